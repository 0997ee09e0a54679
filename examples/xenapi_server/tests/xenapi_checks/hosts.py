"""Hosts that call home, and what becomes of those that do not."""

import datetime
import socket
import time
import xmlrpc.client

from xenapi_checks.calls import Calling, Polling, changes
from xenapi_checks.harness import (
    NULL,
    check,
    failure,
    raises,
    recent,
    server,
    until,
    value,
)
from xenapi_checks.pool_logins import HOST, POOL, member

OTHER = "OpaqueRef:host-b"
NOBODY = "b=http://127.0.0.1:9"  # a peer that is never called


def date(ahead=0):
    """The time of a clock that is so many seconds ahead."""
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ahead)
    return xmlrpc.client.DateTime(now.strftime("%Y%m%dT%H:%M:%S"))


def deaths(running):
    return running.log().count("host 'b' is assumed dead")


def host_events(session, token, timeout=0.0):
    """What event.from has to say of hosts, and the new token."""
    answer = getattr(session.xenapi.event, "from")(["host"], token, timeout)
    return answer["events"], answer["token"]


@check
def hosts_have_names():
    with server("--host", "a", "--peer", NOBODY, *POOL) as running:
        host = running.session("alice").xenapi.host
        assert host.get_all() == [HOST, OTHER]
        assert host.get_live(HOST) is True and host.get_live(OTHER) is True
        recent(host.get_servertime(HOST))
        # So the others call it.
        recent(host.get_servertime("OpaqueRef:host-a"))
        for unknown in ["OpaqueRef:host-c", "OpaqueRef:pool", NULL, "b", ""]:
            raises("HANDLE_INVALID", host.get_live, unknown)
            raises("HANDLE_INVALID", host.get_servertime, unknown)
            raises("HANDLE_INVALID", running.session().xenapi.host.heartbeat, unknown, date())
        typo = "OpaqueRef:host-bb"
        assert raises("HANDLE_INVALID", host.get_live, typo) == ["host", typo]
        long = raises("HANDLE_INVALID", host.get_live, "OpaqueRef:host-" + "b" * 10_000)
        assert len(long[1]) == 80, long


@check
def only_root_and_the_pool_speak_for_a_host():
    with server("--peer", NOBODY, *POOL) as running:
        alice, root, pool = running.session("alice"), running.session(), member(running, OTHER)
        said = raises("RBAC_PERMISSION_DENIED", alice.xenapi.host.heartbeat, OTHER, date())
        assert said[0] == "host.heartbeat", said
        for session in [root, pool]:
            assert session.xenapi.host.heartbeat(OTHER, date()) == ""
            # With and without the Z that XenAPI's dates end in.
            zulu = xmlrpc.client.DateTime(date().value + "Z")
            assert session.xenapi.host.heartbeat(OTHER, zulu) == ""
            # This one's own clock is right by definition.
            for own in [HOST, "OpaqueRef:host-host"]:
                raises("VALUE_NOT_SUPPORTED", session.xenapi.host.heartbeat, own, date(-4000))
            raises("FIELD_TYPE_ERROR", session.xenapi.host.heartbeat, OTHER, "now")
        assert "the clock of host" not in running.log()


@check
def a_dead_host_is_answered_at_once_and_not_called():
    with socket.create_server(("127.0.0.1", 0)) as peer:
        peer.setblocking(False)
        url = f"http://127.0.0.1:{peer.getsockname()[1]}"
        options = ["--peer", f"b={url}", *POOL, "--host-dead-after", "300ms", "--reap-every", "1h"]
        with server(*options) as running:
            host = running.session("alice").xenapi.host
            until(lambda: deaths(running) == 1, "the death of the host")
            assert host.get_live(OTHER) is False and host.get_live(HOST) is True
            took = []
            for _ in range(20):
                began = time.monotonic()
                assert raises("HOST_OFFLINE", host.get_servertime, OTHER) == [OTHER]
                took.append(time.monotonic() - began)
            # The middle one: on a busy machine, one may be late.
            assert sorted(took)[10] < 0.05, took
            try:
                peer.accept()
            except BlockingIOError:
                pass
            else:
                raise AssertionError("the dead host was called")


@check
def a_host_lives_while_it_calls_and_again_when_it_calls_again():
    options = ["--peer", NOBODY, "--host-dead-after", "1s", "--reap-every", "1h"]
    with server(*options) as running:
        session = running.session()
        [own, other], token = host_events(session, "")[0], host_events(session, "")[1]
        assert (own["ref"], other["ref"]) in [(HOST, OTHER), (OTHER, HOST)]
        # It calls for longer than it may be silent.
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            session.xenapi.host.heartbeat(OTHER, date())
        assert deaths(running) == 0 and session.xenapi.host.get_live(OTHER) is True
        for times in [1, 2]:
            # With nobody to ask, and the next regular reap an hour off.
            until(lambda: deaths(running) == times, "the death of the host")
            [dead], token = host_events(session, token)
            assert changes([dead]) == [("mod", "host", OTHER)], dead
            assert dead["snapshot"]["live"] is False, dead
            assert session.xenapi.host.get_live(OTHER) is False
            poll = Calling(running, lambda proxy: from_hosts(proxy, session.handle, token))
            session.xenapi.host.heartbeat(OTHER, date())
            assert session.xenapi.host.get_live(OTHER) is True
            answer = value(poll.answer())
            token = answer["token"]
            assert answer["events"][0]["snapshot"]["live"] is True, answer
            line = "host 'b' is back"
            until(lambda: running.log().count(line) == times, "the log")


def from_hosts(proxy, ref, token):
    return getattr(proxy.event, "from")(ref, ["host"], token, 20.0)


@check
def the_sessions_of_a_dead_host_end_and_those_who_wait_are_told():
    options = ["--peer", NOBODY, *POOL, "--host-dead-after", "2s", "--reap-every", "1h"]
    with server(*options) as running:
        watcher, theirs, own = running.log_in(), member(running, OTHER), member(running, HOST)
        theirs.xenapi.event.register(["session"])
        ref = theirs.handle
        poll = Polling(running, watcher, lambda proxy: proxy.event.next(ref))
        assert failure(poll.answer(), "SESSION_INVALID")[1] == "host assumed dead"
        assert not running.live(ref) and running.live(own.handle)
        until(lambda: "reason='host assumed dead'" in running.log(), "the log")


@check
def a_dead_host_that_logs_in_is_live_until_it_is_silent_again():
    options = ["--peer", NOBODY, *POOL, "--host-dead-after", "1s", "--reap-every", "1h"]
    with server(*options) as running:
        watcher = running.session()
        for times in [1, 2]:
            until(lambda: deaths(running) == times, "the death of the host")
            ref = member(running, OTHER).handle
            assert watcher.xenapi.host.get_live(OTHER) is True
            until(lambda: running.log().count("host 'b' is back") == times, "the log")
        until(lambda: not running.live(ref), "the end of its session")
        assert watcher.xenapi.session.why_ended(ref)["reason"] == "host assumed dead"


@check
def a_wrong_clock_is_told_once():
    with server("--peer", NOBODY) as running:
        session = running.session()
        beat, token = session.xenapi.host.heartbeat, host_events(session, "")[1]
        off, fine = "the clock of host 'b' is off by", "the clock of host 'b' is right again"

        def says(raised, cleared):
            log = running.log()
            return (log.count(off), log.count(fine)) == (raised, cleared)

        for ahead in [0, 200, 290]:
            beat(OTHER, date(ahead))
        assert host_events(session, token)[0] == []
        for ahead in [400, 500, -4000, 200, -200]:
            beat(OTHER, date(ahead))
        [raised], token = host_events(session, token)
        assert changes([raised]) == [("mod", "host", OTHER)], raised
        assert abs(raised["snapshot"]["clock_skew"] + 200) < 30, raised
        until(lambda: says(1, 0), "the alert")
        beat(OTHER, date(100))
        until(lambda: says(1, 1), "the end of the alert")
        beat(OTHER, date(-400))
        until(lambda: says(2, 1), "the second alert")
        # In the order of the log, this comes after all that.
        beat(OTHER, date())
        until(lambda: says(2, 2), "the end of that, and no other line")
        assert len(host_events(session, token)[0]) == 1
