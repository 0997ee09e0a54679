"""What the checks share: servers to start, ways to talk to them, and what to expect of answers."""

import contextlib
import datetime
import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import xmlrpc.client

import XenAPI

NULL = "OpaqueRef:NULL"
REF = re.compile(r"OpaqueRef:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"OpaqueRef:trackid-[0-9a-f]{32}")
USERS = {"root": "pass-of-root", "alice": "pass-of-alice", "bob": "pass-of-bob"}
WRONG = "pass-that-is-wrong"
POOL_SECRET = "secret-of-the-pool"
DEADLINE = 30  # seconds; for what should take a moment
socket.setdefaulttimeout(2 * DEADLINE)  # no check waits for ever

program = []  # the path of the server to start; main() sets it
checks = []  # the functions marked with @check, in the order in which they are defined
references = set()  # every session reference that any server gave out
logs = []  # what every server wrote to stderr


def check(function):
    checks.append(function)
    return function


class Server:
    """A running server, its port, and its log so far."""

    def __init__(self, *options, port=0):
        self.log_file = tempfile.NamedTemporaryFile(prefix="xenapi_server_")
        command = [*program, "--port", str(port), "--log", "debug"]
        for name, password in USERS.items():
            command += ["--user", f"{name}:{password}"]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=self.log_file, text=True
        )
        line = self.process.stdout.readline()
        started = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        assert started, f"the server said {line!r}, and to its log {self.written()!r}"
        self.port = int(started[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def log(self):
        """The log of all that has happened by now."""
        if self.process.poll() is None:
            # The server does not wait for its log. Lines stay in their order: once it has written
            # that there is no such method, it has written all that came before.
            marks = itertools.count()
            until(lambda: self.mark(next(marks)), "the log")
        return self.written()

    def mark(self, at):
        mark = f"no-method-{at}-{os.urandom(8).hex()[:15]}"
        with self.proxy() as proxy:
            failure(getattr(proxy, mark)(), "MESSAGE_METHOD_UNKNOWN")
        end = time.monotonic() + 1
        while not (there := mark in self.written()) and time.monotonic() < end:
            time.sleep(0.001)
        return there

    def written(self):
        # Opened anew: the server writes where its file stands, and this must not move that.
        with open(self.log_file.name, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """Stops it as an operator would, and checks that it was alive and went in peace."""
        assert self.process.poll() is None, f"the server died:\n{self.written()[-2000:]}"
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DEADLINE)
        logs.append(self.log())
        assert code == 0, f"the server ended with {code}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        logs.append(self.log())

    def session(self, user="root", originator="test", version="1.0"):
        """A session of the real client."""
        session = Session(self.url)
        session.login_with_password(user, USERS[user], version, originator)
        return session

    def proxy(self):
        """A client without XenAPI's rules, to see the answers as they are."""
        return xmlrpc.client.ServerProxy(self.url + "/RPC2", allow_none=True)

    def log_in(self, user="root", originator="test"):
        """The reference of a new session."""
        with self.proxy() as proxy:
            answer = proxy.session.login_with_password(user, USERS[user], "1.0", originator)
        references.add(value(answer))
        return value(answer)

    def log_out(self, ref):
        with self.proxy() as proxy:
            value(proxy.session.logout(ref))

    def live(self, ref):
        """Whether the server takes this reference for a session. Asking touches it."""
        with self.proxy() as proxy:
            answer = proxy.session.get_uuid(ref, ref)
        if answer["Status"] == "Success":
            return True
        assert answer["ErrorDescription"][0] == "SESSION_INVALID", answer
        return False


class Session(XenAPI.Session):
    """The real client; it only notes the references that it is given."""

    def _login(self, method, params):
        super()._login(method, params)
        references.add(self.handle)


@contextlib.contextmanager
def server(*options, port=0):
    running = Server(*options, port=port)
    try:
        yield running
    except BaseException:
        running.kill()
        raise
    running.stop()


def value(answer):
    assert answer["Status"] == "Success", answer
    return answer["Value"]


def failure(answer, code):
    """The strings after the code of an answer that must be this failure."""
    assert answer["Status"] == "Failure", f"{code} was expected, not {answer}"
    assert answer["ErrorDescription"][0] == code, f"{code} was expected, not {answer}"
    assert all(isinstance(string, str) for string in answer["ErrorDescription"]), answer
    return answer["ErrorDescription"][1:]


def raises(code, function, *params):
    """The strings after the code of the failure that the real client raises."""
    try:
        got = function(*params)
    except XenAPI.Failure as error:
        return failure({"Status": "Failure", "ErrorDescription": error.details}, code)
    raise AssertionError(f"{code} was expected, not {got!r}")


def until(true, what):
    """Waits for something to become true, which should not take long."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited {DEADLINE} s in vain: {what}"
        time.sleep(0.01)


def recent(date):
    """Checks that a date is xapi's form of now, in UTC, give or take a minute."""
    then = datetime.datetime.strptime(date.value, "%Y%m%dT%H:%M:%SZ")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs(now - then) < datetime.timedelta(minutes=1), f"{date} is not now, {now}"


def threads(number, function):
    """Runs a function on many threads at once; re-raises what any of them raised."""
    errors = []

    def run(at):
        try:
            function(at)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(at,)) for at in range(number)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]


def stats(server, ref):
    with server.proxy() as proxy:
        return value(proxy.host.get_session_stats(ref))


def post(server, body, path="/RPC2", method="POST"):
    """An HTTP request as it is; returns the status and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "text/xml"})
        response = connection.getresponse()
        return response.status, response.read().decode()


def call(method, *values):
    """The XML of a call, its values as they are."""
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return f"<methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>"


def fault(server, body):
    """The code and text of the fault that a body must be answered with."""
    status, text = post(server, body)
    assert status == 200, (status, text)
    try:
        got = xmlrpc.client.loads(text)
    except xmlrpc.client.Fault as error:
        return error.faultCode, error.faultString
    raise AssertionError(f"a fault was expected, not {got!r}")


def closed(connection):
    """Reads until the server closes; returns what came."""
    text = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            text += piece
    return text.decode()
