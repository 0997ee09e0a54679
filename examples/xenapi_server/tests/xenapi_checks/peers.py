"""Peers that are late, or that answer what they should not."""

import contextlib
import re
import socket
import threading

from xenapi_checks.forwarding import local, peer, remote
from xenapi_checks.harness import check, raises, recent, stats, until
from xenapi_checks.hosts import OTHER, date


class Relay:
    """Passes calls on to a server, and its answers back once they may pass."""

    def __init__(self, to):
        self.to, self.may_pass = to, threading.Event()
        self.may_pass.set()
        self.refuses, self.refused = threading.Event(), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self):
        with contextlib.suppress(OSError):  # Once the listener is shut down.
            while True:
                connection, _ = self.listener.accept()
                if self.refuses.is_set():
                    self.refused += 1
                    connection.close()
                    continue
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        there = socket.create_connection(("127.0.0.1", self.to.port))
        threading.Thread(target=pump, args=(connection, there), daemon=True).start()
        pump(there, connection, self.may_pass)


def pump(source, target, may_pass=None):
    """Passes on what comes, and that nothing more does."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            if may_pass:
                may_pass.wait()
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def relay(to):
    passing = Relay(to)
    threading.Thread(target=passing.run, daemon=True).start()
    try:
        yield passing
    finally:
        passing.may_pass.set()
        passing.listener.shutdown(socket.SHUT_RDWR)
        passing.listener.close()


@check
def a_login_that_comes_too_late_is_logged_out_at_the_peer():
    with remote() as there, relay(there) as passing:
        with local(passing.url, "--peer-timeout", "500ms") as here:
            host, root = here.session().xenapi.host, there.log_in()
            passing.may_pass.clear()
            raises("CANNOT_CONTACT_HOST", host.get_servertime, OTHER)
            assert stats(there, root)["live"] == "2"
            passing.may_pass.set()
            until(lambda: stats(there, root)["live"] == "1", "the logout at the peer")
            recent(host.get_servertime(OTHER))
            assert stats(there, root)["live"] == "2"
        counts = stats(there, root)
        assert (counts["live"], counts["ended"]["logged out"]) == ("1", "2"), counts


@check
def a_call_that_takes_too_long_leaves_the_login_to_the_others():
    with remote() as there, relay(there) as passing:
        with local(passing.url, "--peer-timeout", "1s") as here:
            host = here.session().xenapi.host
            recent(host.get_servertime(OTHER))
            passing.may_pass.clear()
            raises("CANNOT_CONTACT_HOST", host.get_servertime, OTHER)
            passing.may_pass.set()
            recent(host.get_servertime(OTHER))
            assert there.log().count("session.slave_login: done") == 1
            assert "session.logout:" not in there.log()


@check
def a_logout_that_does_not_get_through_is_made_up_for():
    with remote() as there, relay(there) as passing:
        with local(passing.url, "--peer-timeout", "500ms") as here:
            root, host = there.log_in(), here.session().xenapi.host
            recent(host.get_servertime(OTHER))
            passing.refuses.set()
            # The call breaks, and so does the logout.
            raises("CANNOT_CONTACT_HOST", host.get_servertime, OTHER)
            until(lambda: passing.refused >= 2, "the logout")
            passing.refuses.clear()
            assert stats(there, root)["live"] == "2"

            def logged_out():
                host.heartbeat(OTHER, date())
                return stats(there, root)["live"] == "1"

            until(logged_out, "the logout")


def http(fields):
    xml = f"<methodResponse><params><param><value><struct>{fields}</struct></value></param>"
    xml += "</params></methodResponse>"
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(xml)}\r\n\r\n{xml}".encode()


def member(name, value):
    return f"<member><name>{name}</name><value>{value}</value></member>"


@check
def a_peer_cannot_forge_lines_of_the_log_or_codes():
    for code in ["SAD\nerror forged line", "X" * 65, "", "OpaqueRef:x"]:
        description = f"<array><data><value>{code}</value></data></array>"
        answer = http(member("Status", "Failure") + member("ErrorDescription", description))
        with peer(answer) as url, local(url) as here:
            said = raises("INTERNAL_ERROR", here.session().xenapi.host.get_servertime, OTHER)
            assert "ODD_ERROR_CODE" in said[0] and (not code or code not in said[0]), said
            assert "it refuses: ODD_ERROR_CODE\n" in here.log()
            assert not re.search("^error forged", here.log(), re.MULTILINE)


@check
def a_peer_that_answers_another_type_is_of_no_use():
    # It is a fine answer to the login, and no date.
    answer = http(member("Status", "Success") + member("Value", "OpaqueRef:x"))
    with peer(answer) as url, local(url) as here:
        raises("CANNOT_CONTACT_HOST", here.session().xenapi.host.get_servertime, OTHER)
        assert "it answers with string" in here.log()
