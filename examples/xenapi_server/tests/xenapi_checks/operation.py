"""What an operator does with the server, and what its log must not hold."""

import re
import signal
import socket
import subprocess
import time
import xmlrpc.client

from xenapi_checks.calls import Calling, Sleeping
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
    stats,
    until,
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
def the_server_stops_within_a_second_whatever_its_clients_do():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # A peer that never answers, and a login there that a call waits for.
        peer = f"b=http://127.0.0.1:{listener.getsockname()[1]}"
        running = Server("--peer", peer, "--pool-secret", POOL_SECRET, "--read-timeout", "1h")
        try:
            watcher, ref = running.log_in(), running.log_in()
            Calling(running, lambda proxy: proxy.host.get_servertime(ref, "OpaqueRef:host-b"))
            until(lambda: stats(running, watcher)["leases"] == "2", "the call")
            silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(3)]
            for connection, sent in zip(silent, [b"", b"POST /", head]):
                connection.sendall(sent)
            began = time.monotonic()
            running.process.send_signal(signal.SIGINT)
            assert running.process.wait(DEADLINE) == 0
            assert time.monotonic() - began < 1, time.monotonic() - began
        finally:
            running.kill()


@check
def a_second_interrupt_stops_the_server_at_once():
    def stopped():
        running = Server("--read-timeout", "1h")
        try:
            with socket.create_connection(("127.0.0.1", running.port)) as connection:
                # It waits for the rest of this, for a moment.
                connection.sendall(b"POST /")
                assert running.live(running.log_in())
                running.process.send_signal(signal.SIGINT)
                until(lambda: "stopping" in running.written(), "the server to stop")
                running.process.send_signal(signal.SIGINT)
                return running.process.wait(DEADLINE)
        finally:
            running.kill()

    # On a busy machine, the second may come when it has just stopped.
    assert any(stopped() == 130 for _ in range(5))


@check
def a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        run = started_with("--user", "a:b", "--port", str(port))
        assert run.returncode == 1 and f"cannot listen on 127.0.0.1:{port}: " in run.stderr, run


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
        ["--user", f"root:{WRONG}", "--nonsense"],
        ["--user", f"root:{WRONG}", "nonsense"],
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
    assert run.returncode == 0 and not run.stderr, run
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
