"""What it does for a session to be in use, or to go unused."""

import re
import socket

from xenapi_checks.calls import Sleeping
from xenapi_checks.harness import USERS, call, check, failure, server, stats, until, value


@check
def a_session_in_use_survives_being_the_oldest():
    with server("--max-sessions", "3") as running:
        busy = running.log_in()
        sleep = Sleeping(running, busy, 600)
        others = [running.log_in() for _ in range(20)]
        assert [running.live(ref) for ref in others] == [False] * 18 + [True] * 2
        assert sleep.goes_on() and running.live(busy)
        running.log_out(busy)
        failure(sleep.answer(), "SESSION_INVALID")


@check
def a_login_is_refused_when_all_sessions_are_in_use():
    with server("--max-sessions", "2") as running:
        refs = [running.log_in() for _ in range(2)]
        sleeps = [Sleeping(running, ref, 600) for ref in refs]
        with running.proxy() as proxy:
            answer = proxy.session.login_with_password("root", USERS["root"])
        limit, live, most, why = failure(answer, "TOO_MANY_SESSIONS")
        assert (limit, live, most) == ("global", "2", "2") and "in use" in why, answer
        running.log_out(refs[0])
        assert running.live(running.log_in()) and running.live(refs[1])
        running.log_out(refs[1])
        for sleep in sleeps:
            failure(sleep.answer(), "SESSION_INVALID")


@check
def a_client_that_hangs_up_no_longer_uses_its_session():
    with server() as running:
        ref, watcher = running.log_in(), running.log_in()
        body = call("task.sleep", ref, "<int>3600</int>").encode()
        head = f"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(head + body)
            # One more than the lease of the call that asks.
            until(lambda: stats(running, watcher)["leases"] == "2", "the lease")
        until(lambda: stats(running, watcher)["leases"] == "1", "the end of the lease")


@check
def a_session_that_goes_unused_ends_and_one_in_use_does_not():
    with server("--idle-timeout", "1s", "--reap-every", "1h") as running:
        busy, idle = running.log_in("bob"), running.log_in("alice", "sleepy")
        sleep = Sleeping(running, busy, 3)
        # Nobody asks for it, and the next regular reap is an hour off.
        line = (
            r"Session\.destroy \S+ user='alice' originator='sleepy' \S+ reason='because of its age'"
        )
        until(lambda: re.search(line, running.log()), "the reaper")
        with running.proxy() as proxy:
            reason = failure(proxy.session.get_all(idle), "SESSION_INVALID")[1]
            assert reason == "idle timeout", reason
            why = value(proxy.session.why_ended(running.log_in(), idle))
            assert (why["reason"], why["limit"]) == ("idle timeout", ""), why
        assert value(sleep.answer()) == ""
