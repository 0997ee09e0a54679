"""session.slave_login: members of the pool, each with a session or all with one."""

import re

from xenapi_checks.calls import changes, name
from xenapi_checks.harness import (
    POOL_SECRET,
    REF,
    USERS,
    WRONG,
    Session,
    check,
    failure,
    references,
    server,
    stats,
    threads,
    until,
    value,
)

HOST = "OpaqueRef:host"
POOL = ["--pool-secret", POOL_SECRET]


def slave_login(running, secret=POOL_SECRET, host=HOST):
    with running.proxy() as proxy:
        answer = proxy.session.slave_login(host, secret)
    if answer["Status"] == "Success":
        references.add(answer["Value"])
    return answer


def member(running, host=HOST):
    """A session of the real client that has logged in as a member of the pool."""
    session = Session(running.url)
    # What its `login_with_password` does, for a method that it has no name for.
    session._login("slave_login", (host, POOL_SECRET))
    assert REF.fullmatch(session.handle), session.handle
    return session


@check
def members_of_the_pool_share_one_session():
    with server("--max-sessions", "3", *POOL, "--reuse-pool-sessions") as running:
        watcher = running.session()
        refs = []

        def log_in(_):
            for _ in range(25):
                refs.append(value(slave_login(running)))

        threads(16, log_in)
        assert len(refs) == 400 and len(set(refs)) == 1, len(set(refs))
        counts = watcher.xenapi.host.get_session_stats()
        assert (counts["live"], counts["pinned"]) == ("2", "1"), counts
        lost = int(counts["ended"]["replaced"])
        assert int(counts["created"]) == 2 + lost and lost < 16, counts
        # Not one event of a login that was outrun.
        answer = getattr(watcher.xenapi.event, "from")(["session"], "", 0.0)
        assert len(answer["events"]) == 2, answer
        assert len(re.findall("Session.create trackid=.* originator='xapi'", running.log())) == 1
        # The limit is for the others.
        others = [running.log_in() for _ in range(3)]
        assert all(running.live(ref) for ref in [*others, refs[0]])
        running.log_in()
        assert [running.live(ref) for ref in others] == [False, True, True]
        assert running.live(refs[0])


@check
def a_logout_of_the_shared_session_is_a_success_and_keeps_it():
    with server(*POOL, "--reuse-pool-sessions", "--idle-timeout", "1s") as running:
        first, second = member(running), member(running)
        ref = first.handle
        assert second.handle == ref
        first.xenapi.session.logout()
        assert first.handle is None and running.live(ref)
        line = r"Session\.logout trackid=[0-9a-f]{32} user='' originator='xapi' kept"
        assert re.search(line, running.log()), running.log()[-500:]
        root = running.log_in()
        with running.proxy() as proxy:
            # They have no user; and the empty name is no name.
            for caller in [ref, root]:
                answer = proxy.session.logout_subject_identifier(caller, "")
                assert failure(answer, "VALUE_NOT_SUPPORTED")[0] == "user", answer
        assert running.live(ref) and member(running).handle == ref
        # Nor does it go unused for too long, as another does.
        until(lambda: "reason='because of its age'" in running.log(), "another to idle out")
        assert running.live(ref) and member(running).handle == ref


@check
def without_the_switch_each_member_has_a_session_of_its_own():
    with server("--max-sessions", "4", *POOL) as running:
        members = [member(running) for _ in range(6)]
        assert len({session.handle for session in members}) == 6
        live = [running.live(session.handle) for session in members]
        assert live == [False] * 2 + [True] * 4
        last = members[-1]
        counts = last.xenapi.host.get_session_stats()
        assert (counts["live"], counts["pinned"]) == ("4", "0"), counts
        ref = last.handle
        record = last.xenapi.session.get_all_records()[name(last)]
        assert record["pool"] and record["is_local_superuser"] and record["originator"] == "xapi"
        assert (record["auth_user_name"], record["this_user"]) == ("", "OpaqueRef:NULL"), record
        last.xenapi.session.logout()
        assert not running.live(ref)


@check
def a_member_of_the_pool_may_do_what_root_may():
    with server(*POOL, "--reuse-pool-sessions") as running:
        alice, pool = running.session("alice"), member(running)
        hers = name(alice)
        answer = getattr(pool.xenapi.event, "from")([f"session/{hers}"], "", 0.0)
        assert changes(answer) == [("add", "session", hers)], answer
        pool.xenapi.session.logout_subject_identifier("alice")
        assert not running.live(alice.handle)


@check
def a_wrong_pool_secret_is_refused_and_told_to_nobody():
    wrong = [WRONG, "", POOL_SECRET[:-1], POOL_SECRET + "x", POOL_SECRET.upper(), USERS["root"]]
    with server(*POOL, "--reuse-pool-sessions") as running:
        for secret in wrong:
            said = failure(slave_login(running, secret), "SESSION_AUTHENTICATION_FAILED")
            assert POOL_SECRET not in str(said) and (not secret or secret not in str(said)), said
        assert running.log().count("wrong pool secret") == len(wrong)
        # The host is looked at once the secret is right.
        failure(slave_login(running, WRONG, "OpaqueRef:x"), "SESSION_AUTHENTICATION_FAILED")
        for host in ["OpaqueRef:x", "host", "", "OpaqueRef:pool"]:
            failure(slave_login(running, POOL_SECRET, host), "HANDLE_INVALID")
        assert stats(running, running.log_in())["created"] == "1"
    with server() as running:
        for secret in [POOL_SECRET, ""]:
            failure(slave_login(running, secret), "SESSION_AUTHENTICATION_FAILED")
        assert stats(running, running.log_in())["created"] == "1"
