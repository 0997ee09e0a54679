"""Clients that send nonsense, too much, or too slowly. The server lives."""

import contextlib
import re
import socket
import time
import xmlrpc.client

from xenapi_checks.calls import Sleeping
from xenapi_checks.harness import (
    DEADLINE,
    NULL,
    USERS,
    call,
    check,
    closed,
    failure,
    fault,
    post,
    references,
    server,
    value,
)


@check
def malformed_xml_is_a_fault_that_says_so():
    with server() as running:
        nested = "<value><array><data>" * 40_000
        bodies = [
            "",
            "GET / HTTP/1.1",
            "<methodCall>",
            "<methodCall></methodCall>",
            call(""),
            '{"method": "session.get_all"}',
            "<methodCall><methodName>session.get_all</methodName><params><param><value>",
            call("session.get_all", "<int>one</int>"),
            call("session.get_all", "<unheard-of>1</unheard-of>"),
            call("session.get_all", "&unheard-of;"),
            f"<methodCall><methodName>a</methodName><params><param>{nested}",
            b"\xff\xfe\x00",
            "<!DOCTYPE a [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]>" + call("a", "&c;"),
        ]
        for body in bodies:
            code, text = fault(running, body)
            assert code == -32700 and ("XML-RPC" in text or "UTF-8" in text), (body[:60], text)
        running.log_in()


@check
def wrong_types_are_refused_by_place():
    with server() as running, running.proxy() as proxy:
        ref = running.log_in()
        cases = [
            (proxy.session.login_with_password, (1, "x"), "parameter 1"),
            (proxy.session.login_with_password, ("root", ["x"]), "parameter 2"),
            (proxy.session.login_with_password, ("root", USERS["root"], "1.0", {}), "parameter 4"),
            (proxy.session.get_all, (7,), "parameter 1"),
            (proxy.session.get_uuid, (ref, True), "parameter 2"),
            (proxy.session.why_ended, (ref, None), "parameter 2"),
            (proxy.task.sleep, (ref, "soon"), "parameter 2"),
            (proxy.task.sleep, (ref, [1]), "parameter 2"),
        ]
        for method, params, place in cases:
            strings = failure(method(*params), "FIELD_TYPE_ERROR")
            assert strings[0] == place and "expected" in strings[1], strings
        for seconds in [-1, 3601, float("nan"), float("inf"), "1e9"]:
            failure(proxy.task.sleep(ref, seconds), "VALUE_NOT_SUPPORTED")
        for seconds in [0, 0.01, "0", "0.01"]:
            assert value(proxy.task.sleep(ref, seconds)) == ""
        for what in ["", "nonsense", NULL, ref[:-1], ref.upper(), ref + "0", "é" * 40]:
            failure(proxy.session.get_all(what), "SESSION_INVALID")
        failure(proxy.session.get_uuid(ref, "nonsense"), "HANDLE_INVALID")
        failure(proxy.session.why_ended(ref, NULL), "HANDLE_INVALID")
        assert "not ended" in failure(proxy.session.why_ended(ref, ref), "VALUE_NOT_SUPPORTED")[2]
        failure(proxy.host.get_servertime(ref, "OpaqueRef:pool"), "HANDLE_INVALID")


@check
def unknown_methods_and_wrong_counts_are_refused():
    with server() as running, running.proxy() as proxy:
        ref = running.log_in()
        for method in ["VM.start", "session.get", "Session.get_all", "x" * 5000]:
            [name] = failure(getattr(proxy, method)(ref), "MESSAGE_METHOD_UNKNOWN")
            assert len(name) < 100 and name[:80] == method[:80], name
        cases = [
            (proxy.session.login_with_password, ("root",), "2", "1"),
            (proxy.session.login_with_password, ("a", "b", "c", "d", "e"), "4", "5"),
            (proxy.session.logout, (), "1", "0"),
            (proxy.session.get_all, (ref, ref), "1", "2"),
            (proxy.session.get_uuid, (ref,), "2", "1"),
            (proxy.task.sleep, (ref, 1, 1), "2", "3"),
        ]
        for method, params, expected, got in cases:
            strings = failure(method(*params), "MESSAGE_PARAMETER_COUNT_MISMATCH")
            assert strings[1:] == [expected, got], strings
        # Each has a name that is no word of anybody's language, too.
        methods = value(proxy.system.listMethods())
        for method in [*methods, *(method.replace(".", "_") for method in methods)]:
            strings = failure(getattr(proxy, method)(*"123456"), "MESSAGE_PARAMETER_COUNT_MISMATCH")
            assert strings[0].replace(".", "_") == method.replace(".", "_"), strings
        for method in ["event_from_", "event__from", "_event_from", "eventfrom", "event"]:
            failure(getattr(proxy, method)(ref), "MESSAGE_METHOD_UNKNOWN")


@check
def a_body_above_1_mib_is_refused_and_one_of_1_mib_is_not():
    with server() as running:
        frame = len(call("session.login_with_password", "", ""))
        body = call("session.login_with_password", "", "x" * (2**20 - frame))
        assert len(body) == 2**20
        status, text = post(running, body)
        assert status == 200 and "SESSION_AUTHENTICATION_FAILED" in text, (status, text)
        for longer in [body + " ", body * 10]:
            status, text = post(running, longer)
            assert status == 413 and "1048576" in text, (status, text)
        status, text = post(running, iter([body.encode()] * 2))
        assert status == 413, (status, text)
        running.log_in()


@check
def other_requests_are_told_what_is_wrong():
    with server() as running:
        assert post(running, call("system.isAlive"), "/")[0] == 200
        assert post(running, "", "/", "GET")[0] == 405
        assert post(running, "", "/elsewhere")[0] == 404
        assert post(running, "", "/elsewhere?" + "x" * 100_000)[0] in (414, 431)
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert closed(connection).startswith("HTTP/1.1 400 ")
        running.log_in()


@check
def a_head_of_64_kib_is_read_and_a_longer_one_is_refused():
    body = call("system.isAlive").encode()
    with server() as running:

        def status(length, pieces, filler):
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nX: ".encode()
            head += filler * (length - len(head) - 5) + b"x\r\n\r\n"
            assert len(head) == length
            with socket.create_connection(("127.0.0.1", running.port)) as connection:
                with contextlib.suppress(ConnectionError):
                    for at in range(0, length, pieces):
                        connection.sendall(head[at : at + pieces])
                    connection.sendall(body)
                return connection.recv(12).decode()

        for pieces in [1 << 20, 4_000]:
            for filler in [b"x", b" "]:
                for length in [60_000, 2**16 - 1, 2**16]:
                    assert status(length, pieces, filler) == "HTTP/1.1 200", (length, pieces)
                for length in [2**16 + 1, 70_000, 90_000, 130_000, 300_000]:
                    assert status(length, pieces, filler) == "HTTP/1.1 431", (length, pieces)


@check
def silent_connections_do_not_hold_honest_ones_up():
    isalive = call("system.isAlive").encode()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(isalive)}\r\n\r\n".encode()
    with server("--read-timeout", "1h", "--max-connections", "4") as running:
        ref = running.log_in()
        sleep = Sleeping(running, ref, 600)
        # Nothing at all, half a head, a head without its body, and an answered call.
        for sent in [b"", b"POST /R", head, head + isalive]:
            silent = []
            for _ in range(8):
                silent.append(socket.create_connection(("127.0.0.1", running.port)))
                silent[-1].sendall(sent)
                if sent.endswith(isalive):
                    assert silent[-1].recv(12) == b"HTTP/1.1 200"
            began = time.monotonic()
            assert running.live(running.log_in())
            assert time.monotonic() - began < 5, time.monotonic() - began
            for connection in silent:
                connection.close()
        # A call that runs keeps its place.
        assert sleep.goes_on()
        running.log_out(ref)
        failure(sleep.answer(), "SESSION_INVALID")


@check
def slow_clients_are_cut_off_and_the_others_served():
    head = b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    # Four slow ones take all connections that there are.
    with server("--read-timeout", "1s", "--max-connections", "4") as running:
        slow = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(4)]
        for connection, sent in zip(slow, [b"", b"POST /R", head, head + b"\r\n<methodCall>"]):
            connection.sendall(sent)
        running.log_in()
        answers = [closed(connection) for connection in slow]
        for connection in slow:
            connection.close()
        assert answers[:3] == ["", "", ""], answers
        assert answers[3].startswith("HTTP/1.1 408 ") and "too long" in answers[3], answers


@check
def a_client_that_drips_is_cut_off():
    with server("--read-timeout", "1s") as running:
        connection = socket.create_connection(("127.0.0.1", running.port))
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            connection.settimeout(0.05)
            end = time.monotonic() + DEADLINE
            while True:
                assert time.monotonic() < end, "the server is patient without end"
                connection.sendall(b" ")
                with contextlib.suppress(TimeoutError):
                    answer = connection.recv(65536)
                    assert answer.startswith(b"HTTP/1.1 408 "), answer
                    break
        running.log_in()


@check
def a_client_that_never_reads_is_cut_off():
    with server("--read-timeout", "1s") as running:
        body = call("system.listMethods").encode()
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection = socket.create_connection(("127.0.0.1", running.port))
        with connection:
            try:
                while True:
                    connection.sendall((head + body) * 100)
            except ConnectionError:
                pass  # Not TimeoutError: the server closed, and did not just stop reading.
        running.log_in()


@check
def what_a_client_calls_itself_harms_nobody():
    with server() as running, running.proxy() as proxy:
        names = ["a\nerror forged line", "<b>&\"'", "\x7f", "é\u202e", " x "]
        refs = [running.log_in("root", name) for name in names]
        body = call("session.login_with_password", "root", USERS["root"], "1.0", "bell &#7;")
        references.add(value(xmlrpc.client.loads(post(running, body)[1])[0][0]))
        records = running.session("root", "reader").xenapi.session.get_all_records()
        shown = {record["originator"] for record in records.values()}
        assert {names[0], names[1], names[3], names[4]} <= shown, shown
        assert "bell \ufffd" in shown, shown
        for ref in refs:
            running.log_out(ref)
        assert r"originator='a\nerror forged line'" in running.log()
        assert not re.search("^error forged", running.log(), re.MULTILINE)
        answer = proxy.session.login_with_password("root", USERS["root"], "1.0", "x" * 257)
        assert failure(answer, "VALUE_NOT_SUPPORTED")[0] == "originator"
