"""What an operator does with the server, and what its log must not hold."""

import re
import signal
import subprocess
import xmlrpc.client

from xenapi_checks.calls import Sleeping
from xenapi_checks.harness import (
    DEADLINE,
    POOL_SECRET,
    USERS,
    WRONG,
    Server,
    check,
    failure,
    logs,
    program,
    references,
)


@check
def the_server_stops_when_told_and_says_so_to_whoever_waits():
    for stop in [signal.SIGTERM, signal.SIGINT]:
        running = Server()
        try:
            sleep = Sleeping(running, running.log_in(), 600)
            running.process.send_signal(stop)
            assert running.process.wait(DEADLINE) == 0
            assert failure(sleep.answer(), "SESSION_INVALID")[1] == "store closed"
        finally:
            running.kill()


@check
def a_log_that_nobody_reads_holds_nobody_up():
    command = [*program, "--log", "debug"]
    for name, password in USERS.items():
        command += ["--user", f"{name}:{password}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            url = process.stdout.readline().decode().split()[-1]
            with xmlrpc.client.ServerProxy(f"http://{url}/RPC2") as proxy:
                # The pipe takes 64 KiB, the server holds 1,024 lines.
                for _ in range(4_000):
                    failure(getattr(proxy, "x" * 100)(), "MESSAGE_METHOD_UNKNOWN")
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0
            assert process.stderr.read().count(b"no such method") < 4_000
        finally:
            process.kill()


def started_with(*options):
    """What a server says that ends by itself."""
    command = [*program, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)


@check
def a_senseless_command_line_is_refused_without_the_password():
    for options in [
        [],
        ["--user", WRONG],
        ["--user", f":{WRONG}"],
        ["--user", f"root:{WRONG}", "--user", f"root:{WRONG}"],
        ["--user", f"root:{WRONG}", "--max-sessions", "0"],
        ["--user", f"root:{WRONG}", "--idle-timeout", "0s"],
        ["--user", f"root:{WRONG}", "--reap-every", "often"],
        ["--user", f"root:{WRONG}", "--on-full", "explode"],
        ["--user", f"root:{WRONG}", "--event-ring", "0"],
        ["--user", f"root:{WRONG}", "--pool-secret", ""],
        ["--user", f"root:{WRONG}", "--host", "a b"],
        ["--user", f"root:{WRONG}", "--host-dead-after", "0s"],
        ["--user", f"root:{WRONG}", "--peer", "b=http://192.0.2.1:80"],
        ["--user", f"root:{WRONG}", "--host", "b", "--peer", "b=http://127.0.0.1:80"],
        ["--user", f"root:{WRONG}", "--reuse-pool-sessions"],
        ["--user", f"root:{WRONG}", "--pool-secret", WRONG, "--max-sessions", "0"],
    ]:
        run = started_with(*options)
        assert run.returncode == 2 and "error:" in run.stderr, (options, run)
        assert WRONG not in run.stderr + run.stdout, run
    run = started_with("--help")
    options = ["port", "user", "max-sessions", "max-per-user", "max-per-originator", "on-full"]
    options += ["idle-timeout", "reap-every", "read-timeout", "log", "event-ring", "pool-secret"]
    options += ["host", "peer", "host-dead-after", "peer-timeout"]
    for option in options:
        assert f"--{option} " in run.stdout, f"--{option} is not in the help"


def no_log_held_a_reference_or_a_password():
    log = "".join(logs)
    assert len(references) > 1500, f"only {len(references)} references, too few to mean anything"
    assert log.count("Session.create") > 1500 and log.count("Session.destroy") > 1000
    found = set(re.findall(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", log))
    secrets = {ref.removeprefix("OpaqueRef:") for ref in references}
    leaked = found & (secrets | {secret.replace("-", "") for secret in secrets})
    assert not leaked, f"{len(leaked)} references in the logs"
    # Nor those that servers gave to each other.
    assert "OpaqueRef" not in log
    assert not re.search(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", log)
    for password in [*USERS.values(), WRONG, POOL_SECRET]:
        assert password not in log, "a password is in a log"
