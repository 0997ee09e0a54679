"""Waiting for events: what wakes a client, and what it costs the others."""

import contextlib
import socket
import time

from xenapi_checks.calls import Calling, Polling, changes, name, subscriptions, waiting
from xenapi_checks.harness import (
    Server,
    call,
    check,
    failure,
    references,
    server,
    stats,
    threads,
    until,
    value,
)


def polls(ref, classes=("*",), timeout=600.0):
    """The two ways to wait, once `ref` is registered and has read what there is."""
    return [
        lambda proxy: proxy.event.next(ref),
        lambda proxy: getattr(proxy.event, "from")(ref, list(classes), now(proxy, ref), timeout),
    ]


def now(proxy, ref):
    return value(getattr(proxy.event, "from")(ref, ["*"], "", 0.0))["token"]


def register(running, ref, classes=("*",)):
    with running.proxy() as proxy:
        value(proxy.event.register(ref, list(classes)))


@check
def a_client_that_waits_is_woken_by_what_it_waits_for():
    with server() as running:
        watcher = running.log_in()
        for at in range(2):
            ref = running.log_in()
            register(running, ref)
            poll = Polling(running, watcher, polls(ref)[at])
            bob = running.session("bob")
            began = time.monotonic()
            answer = value(poll.answer())
            assert poll.finished - began < 1, poll.finished - began
            assert changes(answer) == [("add", "session", name(bob))], answer
            running.log_out(ref)


@check
def a_client_that_waits_is_told_at_once_when_its_session_ends():
    def by_itself(running, ref):
        running.log_out(ref)

    def by_root(running, ref):
        running.session("root").xenapi.session.logout_subject_identifier("alice")

    with server() as running:
        watcher = running.log_in()
        for ends in [by_itself, by_root]:
            for at in range(2):
                ref = running.log_in("alice")
                register(running, ref)
                poll = Polling(running, watcher, polls(ref)[at])
                began = time.monotonic()
                ends(running, ref)
                handle, reason = failure(poll.answer(), "SESSION_INVALID")
                assert poll.finished - began < 0.5, poll.finished - began
                assert reason == "logged out" and handle != ref, (handle, reason)
        until(lambda: subscriptions(running, watcher) == [], "the subscriptions to go")


@check
def the_end_of_its_session_comes_before_what_is_unread():
    with server() as running, running.proxy() as proxy:
        ref = running.log_in("alice")
        register(running, ref)
        token = now(proxy, ref)
        running.log_in("alice")
        running.log_out(ref)
        failure(proxy.event.next(ref), "SESSION_INVALID")
        failure(getattr(proxy.event, "from")(ref, ["*"], token, 0.0), "SESSION_INVALID")


@check
def a_session_that_waits_for_events_is_in_use():
    with server("--max-sessions", "3", "--idle-timeout", "2s") as running:
        watcher, polled = running.log_in(), running.log_in("alice")
        register(running, polled)
        poll = Polling(running, watcher, polls(polled)[0])
        # Of 20 logins beyond the limit, none takes its place; nor does it go unused meanwhile.
        others = [running.log_in("bob") for _ in range(20)]
        assert [running.live(ref) for ref in others] == [False] * 18 + [True] * 2
        until(lambda: "reason='because of its age'" in running.log(), "the others to idle out")
        assert poll.goes_on() and running.live(polled)
        running.log_out(polled)
        assert failure(poll.answer(), "SESSION_INVALID")[1] == "logged out"


@check
def clients_that_wait_are_told_when_the_server_stops():
    running = Server()
    try:
        watcher, ref = running.log_in(), running.log_in("alice")
        register(running, ref)
        calls = [Polling(running, watcher, poll) for poll in polls(ref)]
        running.stop()
        for poll in calls:
            assert failure(poll.answer(), "SESSION_INVALID")[1] == "store closed"
    finally:
        running.process.kill()


@check
def whoever_unregisters_ends_the_wait():
    with server() as running, running.proxy() as proxy:
        watcher, ref = running.log_in(), running.log_in("alice")
        register(running, ref, ["session", "host"])
        poll = Polling(running, watcher, polls(ref)[0])
        # A second call waits for its turn, and is told, too.
        second = Calling(running, polls(ref)[0])
        value(proxy.event.unregister(ref, ["session"]))
        assert poll.goes_on()
        value(proxy.event.unregister(ref, ["host"]))
        failure(poll.answer(), "SESSION_NOT_REGISTERED")
        failure(second.answer(), "SESSION_NOT_REGISTERED")


def times(running, watcher):
    """How long 200 calls take."""
    began = time.monotonic()
    threads(4, lambda _: [running.live(watcher) for _ in range(50)])
    return time.monotonic() - began


@check
def a_hundred_clients_that_wait_hold_nobody_up():
    with server() as running:
        watcher = running.log_in("root", "watcher")
        alone = times(running, watcher)
        refs = [running.log_in("alice") for _ in range(100)]
        calls = [
            Calling(running, lambda proxy, ref=ref: polls(ref, ["session"])[1](proxy))
            for ref in refs
        ]
        # Each has its sessions and its hosts to wait for.
        until(lambda: waiting(running, watcher) == 2 * len(refs), "all to wait")
        took = times(running, watcher)
        assert took < 10 * alone + 1, f"the others are held up: {took} s, not {alone} s"
        session = running.session("alice")
        for poll in calls:
            assert changes(value(poll.answer())) == [("add", "session", name(session))]
        until(lambda: subscriptions(running, watcher) == [], "the subscriptions to go")


@check
def a_client_that_hangs_up_frees_its_subscription():
    with server() as running:
        watcher, ref = running.log_in(), running.log_in("alice")
        strings = ["<array><data><value>host</value></data></array>", "", "<double>600.0</double>"]
        with running.proxy() as proxy:
            strings[1] = now(proxy, ref)
        body = call("event.from", ref, *strings).encode()
        head = f"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(head + body)
            until(lambda: waiting(running, watcher) == 2, "the call to wait")
        until(lambda: subscriptions(running, watcher) == [], "the subscriptions to go")
        assert running.live(ref)


@check
def a_client_that_hangs_up_leaves_its_registration_to_the_next():
    with server() as running, running.proxy() as proxy:
        watcher, ref = running.log_in(), running.log_in("alice")
        register(running, ref)
        body = call("event.next", ref).encode()
        head = f"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with contextlib.closing(socket.create_connection(("127.0.0.1", running.port))) as first:
            first.sendall(head + body)
            until(lambda: waiting(running, watcher) == 2, "the call to wait")
        until(lambda: int(stats(running, watcher)["leases"]) == 1, "the end of the call")
        new = running.log_in("alice")
        references.add(new)
        assert len(changes(value(proxy.event.next(ref)))) == 1


@check
def a_client_that_hangs_up_with_a_byte_unread_holds_nothing():
    with server("--max-connections", "4") as running:
        watcher = running.log_in()
        for body in ["event.next", "task.sleep"]:
            ref = running.log_in("alice")
            register(running, ref)
            more = [] if body == "event.next" else ["<int>3600</int>"]
            body = call(body, ref, *more).encode()
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", running.port)) as connection:
                    connection.sendall(head + body + b"P")
                    until(lambda: int(stats(running, watcher)["leases"]) == 2, "the call")
                until(lambda: int(stats(running, watcher)["leases"]) == 1, "the end of the call")
            assert running.live(ref)
