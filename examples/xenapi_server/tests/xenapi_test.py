#!/usr/bin/env python3
"""Drives `xenapi_server` with the real XenAPI client.

    python3 xenapi_test.py PATH_TO_THE_SERVER

It needs the PyPI package `XenAPI`. It starts servers of its own on free ports of the loopback
interface, prints a line for each check, and exits with 1 if any failed. Nothing in it waits for a
fixed time: it polls what it waits for, up to a deadline.

The checks are in `xenapi_checks/`.
"""

import sys
import time
import traceback

from xenapi_checks import (  # noqa: F401
    bounds,
    event_tokens,
    event_waits,
    events,
    forwarding,
    hostile,
    hosts,
    in_use,
    limits,
    logins,
    operation,
    peers,
    pool_logins,
)
from xenapi_checks.harness import checks, program


def main():
    # Last, since it looks at what all the servers have logged by then.
    everything = [*checks, operation.no_log_held_a_reference_or_a_password]
    failed = 0
    for check in everything:
        name = check.__name__.replace("_", " ")
        started = time.monotonic()
        try:
            check()
        except Exception:
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        else:
            print(f"passed  {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{len(everything) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program.append(sys.argv[1])
    sys.exit(main())
