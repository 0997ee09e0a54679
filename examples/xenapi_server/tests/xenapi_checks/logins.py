"""Logins, logouts, and what a session may see."""

import xmlrpc.client

from xenapi_checks.calls import Sleeping, name
from xenapi_checks.harness import (
    NAME,
    NULL,
    REF,
    USERS,
    WRONG,
    Session,
    check,
    failure,
    raises,
    recent,
    references,
    server,
    stats,
    until,
    value,
)


@check
def the_real_client_works():
    with server() as running:
        session = running.session("alice", "xencenter")
        assert REF.fullmatch(session.handle), session.handle
        assert session.API_version == "2.21", session.API_version
        of = session.xenapi.session
        assert of.get_auth_user_name(session.handle) == "alice"
        assert of.get_originator(session.handle) == "xencenter"
        assert of.get_this_user(session.handle) == "OpaqueRef:user-alice"
        recent(of.get_last_active(session.handle))
        [pool] = session.xenapi.pool.get_all()
        host = session.xenapi.pool.get_master(pool)
        recent(session.xenapi.host.get_servertime(host))
        assert session.xenapi.host.get_session_stats(host)["live"] == "1"
        assert session.xenapi.system.isAlive() is True
        with running.proxy() as proxy:
            assert value(proxy.system.isAlive()) is True
            assert "task.sleep" in value(proxy.system.listMethods())
            failure(proxy.system.isAlive(NULL), "SESSION_INVALID")


@check
def a_login_takes_two_to_four_parameters():
    with server() as running, running.proxy() as proxy:
        for more in [(), ("1.0",), ("1.0", "script")]:
            ref = value(proxy.session.login_with_password("bob", USERS["bob"], *more))
            references.add(ref)
            originator = value(proxy.session.get_originator(ref, ref))
            assert originator == (more[1] if len(more) == 2 else ""), originator


@check
def sessions_are_listed_by_name_never_by_reference():
    with server() as running:
        refs = [running.log_in("alice", "one"), running.log_in("bob", "two")]
        reader = running.session("root", "reader")
        names = reader.xenapi.session.get_all()
        records = reader.xenapi.session.get_all_records()
        assert len(names) == 3 and all(NAME.fullmatch(name) for name in names), names
        assert set(records) == set(names)
        users = sorted((r["auth_user_name"], r["originator"]) for r in records.values())
        assert users == [("alice", "one"), ("bob", "two"), ("root", "reader")], users
        shown = repr(records) + repr(names)
        for ref in [*refs, reader.handle]:
            secret = ref.removeprefix("OpaqueRef:")
            assert secret not in shown and secret.replace("-", "") not in shown
        with running.proxy() as proxy:
            for name in names:
                failure(proxy.session.get_all(name), "SESSION_INVALID")
        [alice] = [name for name in names if records[name]["auth_user_name"] == "alice"]
        assert reader.xenapi.session.get_originator(alice) == "one"
        assert reader.xenapi.session.get_uuid(alice) == records[alice]["uuid"]
        recent(reader.xenapi.session.get_last_active(alice))
        running.log_out(refs[0])
        assert alice not in reader.xenapi.session.get_all()
        raises("HANDLE_INVALID", reader.xenapi.session.get_originator, alice)


@check
def a_wrong_password_is_refused():
    with server() as running:
        for name, password in [("root", WRONG), ("root", ""), ("nobody", USERS["root"]), ("", "")]:
            session = Session(running.url)
            raises("SESSION_AUTHENTICATION_FAILED", session.login_with_password, name, password)
            assert session.handle is None
        assert stats(running, running.log_in())["created"] == "1"
        assert "user='root'" in running.log() and "nobody" not in running.log()


@check
def a_logout_ends_the_session_and_wakes_what_waits_on_it():
    with server() as running:
        session = running.session()
        ref = session.handle
        sleep = Sleeping(running, ref, 600)
        session.xenapi.session.logout()
        assert session.handle is None
        assert failure(sleep.answer(), "SESSION_INVALID")[1] == "logged out"
        with running.proxy() as proxy:
            assert failure(proxy.session.logout(ref), "SESSION_INVALID")[1] == "logged out"
            why = value(proxy.session.why_ended(running.log_in(), ref))
            assert (why["reason"], why["limit"]) == ("logged out", ""), why
            # After a logout, the real client sends nil as its session.
            failure(proxy.host.get_session_stats(None), "SESSION_INVALID")
        try:
            session.xenapi.host.get_session_stats()
        except xmlrpc.client.Fault as error:
            assert error.faultCode == 401, error
        else:
            raise AssertionError("a client that has logged out got an answer")


@check
def the_client_logs_in_again_when_its_session_is_invalid():
    with server() as running:
        session = running.session("alice", "script")
        first = session.handle
        running.session("root").xenapi.session.logout_subject_identifier("alice")
        assert session.xenapi.session.get_all()
        assert session.handle != first
        assert session.xenapi.session.get_originator(session.handle) == "script"
        assert session.xenapi.session.why_ended(first)["reason"] == "logged out"


@check
def a_user_is_logged_out_everywhere_but_in_the_callers_session():
    with server() as running:
        alices = [running.session("alice") for _ in range(5)]
        roots = [running.log_in("root") for _ in range(3)]
        bob = running.session("bob")
        alices[2].xenapi.session.logout_subject_identifier("alice")
        assert [running.live(session.handle) for session in alices] == [False] * 2 + [True] + [
            False
        ] * 2
        assert all(running.live(ref) for ref in roots) and running.live(bob.handle)
        end = bob.xenapi.session.logout_subject_identifier
        raises("RBAC_PERMISSION_DENIED", end, "root")
        with running.proxy() as proxy:
            value(proxy.session.logout_subject_identifier(roots[0], "root"))
        assert [running.live(ref) for ref in roots] == [True, False, False]


@check
def a_client_that_pauses_keeps_its_session():
    with server("--read-timeout", "100ms") as running:
        session = running.session()
        ref = session.handle
        # The server closes the idle connection, and the client opens another without a word.
        until(lambda: "connection: " in running.log(), "the end of the connection")
        assert len(session.xenapi.session.get_all()) == 1
        assert session.handle == ref


@check
def users_see_their_own_sessions_only_and_root_sees_all():
    with server() as running:
        sessions = {user: running.session(user) for user in USERS}
        own = {user: name(session) for user, session in sessions.items()}
        second = name(running.session("alice"))
        hers = sessions["alice"].xenapi.session
        assert set(hers.get_all()) == {own["alice"], second}
        assert set(hers.get_all_records()) == {own["alice"], second}
        assert set(sessions["root"].xenapi.session.get_all()) == {*own.values(), second}
        getters = [hers.get_uuid, hers.get_this_user, hers.get_auth_user_name]
        for get in [*getters, hers.get_originator, hers.get_last_active]:
            assert get(second)
            for other in [own["root"], own["bob"]]:
                assert raises("HANDLE_INVALID", get, other) == ["session", other]
