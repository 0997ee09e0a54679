"""Calls that are about another host: real servers, and peers that misbehave."""

import contextlib
import socket
import threading
import time

from xenapi_checks.calls import Calling
from xenapi_checks.harness import (
    POOL_SECRET,
    Server,
    check,
    failure,
    raises,
    recent,
    server,
    stats,
    threads,
    until,
)
from xenapi_checks.hosts import OTHER, date, deaths
from xenapi_checks.pool_logins import POOL


NAMED = ["--host", "b", "--peer", "a=http://127.0.0.1:9"]


def remote(*options, port=0):
    """The other server. It knows the first one by name, and never calls it."""
    return server(*NAMED, *POOL, *options, port=port)


def local(url, *options):
    """The server that forwards to it."""
    return server("--host", "a", "--peer", f"b={url}", *POOL, *options)


def served(running):
    """How many calls were forwarded to this server."""
    return running.log().count("host.get_servertime: done")


def logins(running):
    return running.log().count("Session.create trackid")


@contextlib.contextmanager
def peer(answer=None):
    """A peer that takes calls and gives them all the same answer, or none. Answers its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def serve(listener, answer):
    held = []
    with contextlib.suppress(OSError):  # Once the listener is shut down.
        while True:
            connection, _ = listener.accept()
            held.append(connection)
            if answer is not None:
                connection.recv(65536)
                connection.sendall(answer)
                connection.close()


@check
def one_server_forwards_to_another_with_one_login():
    with remote() as there, local(there.url) as here:
        session = here.session("alice")
        recent(session.xenapi.host.get_servertime(OTHER))
        assert (served(there), logins(there)) == (1, 1)
        others = [here.session("bob") for _ in range(8)]

        def ask(at):
            for _ in range(10):
                recent(others[at].xenapi.host.get_servertime(OTHER))

        threads(8, ask)
        assert (served(there), logins(there)) == (81, 1), (served(there), logins(there))
        # The login there is nobody's session here.
        shown = session.xenapi.session.get_all()
        events = getattr(session.xenapi.event, "from")(["session"], "", 0.0)["events"]
        root = here.session("root")
        assert len(shown) == 1 and len(root.xenapi.session.get_all()) == 10, shown
        start = getattr(root.xenapi.event, "from")(["session"], "", 0.0)
        assert len(start["events"]) == 10 and len(events) == 1, (start, events)
        assert start["valid_ref_counts"]["session"] == "10", start
        counts = root.xenapi.host.get_session_stats()
        assert (counts["live"], counts["pinned"]) == ("11", "1"), counts


@check
def calls_that_need_the_first_login_make_one():
    with remote() as there, local(there.url) as here:
        sessions = [here.session("alice") for _ in range(16)]
        threads(16, lambda at: recent(sessions[at].xenapi.host.get_servertime(OTHER)))
        assert (served(there), logins(there)) == (16, 1), (served(there), logins(there))


@check
def a_login_that_the_other_server_has_ended_is_made_anew():
    with remote("--max-sessions", "2") as there, local(there.url) as here:
        session, root = here.session("alice"), there.log_in()
        for round in range(1, 4):
            recent(session.xenapi.host.get_servertime(OTHER))
            assert there.log().count("session.slave_login: done") == round
            # Used later than the login, which has to go.
            assert there.live(root)
            there.log_out(there.log_in())


@check
def a_login_that_is_given_up_is_logged_out_at_the_other_server():
    with remote() as there:
        root = there.log_in()
        for round in [1, 2]:
            with local(there.url) as here:
                recent(here.session().xenapi.host.get_servertime(OTHER))
                assert stats(there, root)["live"] == "2"
            # The server has stopped, and has said so.
            counts = stats(there, root)
            assert (counts["live"], counts["ended"]["logged out"]) == ("1", str(round)), counts


@check
def a_login_at_a_host_that_was_assumed_dead_is_logged_out_when_it_is_back():
    options = ["--host-dead-after", "1s", "--reap-every", "1h"]
    with remote() as there, local(there.url, *options) as here:
        root, host = there.log_in(), here.session().xenapi.host
        for round in [1, 2, 3]:
            host.heartbeat(OTHER, date())
            recent(host.get_servertime(OTHER))
            assert stats(there, root)["live"] == "2"
            # It lives, and its heartbeats are late.
            until(lambda: deaths(here) == round, "the death of the host")
            assert stats(there, root)["live"] == "2", "a dead host is not called"
            host.heartbeat(OTHER, date())
            until(lambda: stats(there, root)["live"] == "1", "the logout at the host")
            assert stats(there, root)["ended"]["logged out"] == str(round)


@check
def a_peer_that_stops_cannot_be_contacted_then_is_dead_then_lives_again():
    options = ["--host-dead-after", "3s", "--reap-every", "1h"]
    there = Server(*NAMED, *POOL)
    try:
        with local(there.url, *options) as here:
            session = here.session()
            host = session.xenapi.host
            recent(host.get_servertime(OTHER))
            host.heartbeat(OTHER, date())
            there.kill()
            assert raises("CANNOT_CONTACT_HOST", host.get_servertime, OTHER) == [OTHER]
            assert host.get_live(OTHER) is True
            until(lambda: deaths(here) == 1, "the death of the host")
            raises("HOST_OFFLINE", host.get_servertime, OTHER)
            with remote(port=there.port) as again:
                raises("HOST_OFFLINE", host.get_servertime, OTHER)
                assert logins(again) == 0
                host.heartbeat(OTHER, date())
                recent(host.get_servertime(OTHER))
                assert host.get_live(OTHER) is True and logins(again) == 1
    finally:
        there.process.kill()


@check
def a_peer_that_never_answers_is_not_waited_for_for_long():
    with peer() as url, local(url, "--peer-timeout", "300ms") as here:
        host = here.session().xenapi.host
        began = time.monotonic()
        raises("CANNOT_CONTACT_HOST", host.get_servertime, OTHER)
        assert 0.3 <= time.monotonic() - began < 5, time.monotonic() - began


@check
def whoever_waits_for_a_peer_is_told_when_its_session_ends_or_the_peer_dies():
    with peer() as url, local(url, "--peer-timeout", "1h", "--host-dead-after", "2s") as here:
        watcher, ref = here.log_in(), here.log_in("alice")
        call = Calling(here, lambda proxy: proxy.host.get_servertime(ref, OTHER))
        until(lambda: int(stats(here, watcher)["leases"]) == 2, "the call")
        here.log_out(ref)
        assert failure(call.answer(), "SESSION_INVALID")[1] == "logged out"
        call = Calling(here, lambda proxy: proxy.host.get_servertime(watcher, OTHER))
        assert failure(call.answer(), "HOST_OFFLINE") == [OTHER]


@check
def a_peer_that_answers_nonsense_cannot_be_contacted():
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
    xml = b"<methodResponse><params><param><value><int>1</int></value></param></params>"
    answers = [
        b"",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ok % (5, b"hello"),
        ok % (100, b"too short"),
        ok % (len(xml) + 17, xml + b"</methodResponse>"),
        ok % (3 << 20, b"x" * (3 << 20)),
    ]
    for answer in answers:
        with peer(answer) as url, local(url, "--peer-timeout", "5s") as here:
            raises("CANNOT_CONTACT_HOST", here.session().xenapi.host.get_servertime, OTHER)
            here.log_in()


@check
def a_peer_with_another_secret_is_an_error_that_tells_no_secret():
    with server("--peer", "a=http://127.0.0.1:9", "--pool-secret", "another") as there:
        with local(there.url) as here:
            said = raises("INTERNAL_ERROR", here.session().xenapi.host.get_servertime, OTHER)
            assert "SESSION_AUTHENTICATION_FAILED" in said[0] and POOL_SECRET not in said[0], said
    with server("--peer", "b=http://127.0.0.1:9") as running:
        get = running.session().xenapi.host.get_servertime
        raises("SESSION_AUTHENTICATION_FAILED", get, OTHER)
