"""Limits: who has to go, who may stay, and when nobody may come."""

import re
import threading

from xenapi_checks.harness import (
    DEADLINE,
    USERS,
    Session,
    check,
    failure,
    logs,
    raises,
    recent,
    references,
    server,
    stats,
    threads,
    until,
    value,
)


@check
def of_450_logins_the_400_newest_live_and_the_50_oldest_know_why():
    with server("--max-sessions", "400", "--reap-every", "100ms") as running:
        sessions = [running.session("root", "") for _ in range(450)]
        gone, live = sessions[:50], sessions[50:]
        newest = live[-1]
        for session in gone:
            # As the server says it: the real client would log in again, and evict one more.
            answer = session.session.get_uuid(session.handle, session.handle)
            handle, reason = failure(answer, "SESSION_INVALID")
            assert reason == "evicted by the global limit", reason
            assert session.handle not in handle
            why = newest.xenapi.session.why_ended(session.handle)
            assert why["reason"] == reason and why["limit"] == "global", why
            recent(why["time"])
        for session in live:
            assert session.xenapi.session.get_auth_user_name(session.handle) == "root"
        counts = newest.xenapi.host.get_session_stats()
        assert (counts["live"], counts["peak"], counts["created"]) == ("400", "400", "450"), counts
        assert counts["ended"]["evicted by the global limit"] == "50", counts
        lines = re.findall(
            r"Session\.destroy trackid=[0-9a-f]{32} user='root' originator='' "
            r"last_active=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "
            r"reason='because max number of sessions was exceeded' limit=global\n",
            running.log(),
        )
        assert len(lines) == 50, len(lines)
        # More than 30 evictions an hour are what a leak looks like.
        alarm = r"\d+ sessions evicted in an hour"
        until(lambda: re.search(alarm, running.log()), "the alarm")
    assert len(re.findall(alarm, logs[-1])) == 1, "the alarm is to rise once"


@check
def a_session_that_is_used_is_not_the_oldest():
    with server("--max-sessions", "3") as running:
        first, second, third = (running.log_in() for _ in range(3))
        assert running.live(first)
        running.log_in()
        assert not running.live(second)
        assert running.live(first) and running.live(third)


@check
def a_named_user_has_a_limit_of_its_own():
    with server("--max-per-user", "5", "--max-per-originator", "2") as running:
        bobs = [running.log_in("bob", "tool") for _ in range(5)]
        alices = [running.log_in("alice", "tool") for _ in range(8)]
        reader = running.session("root", "")
        reason = "evicted by the per-principal limit"
        assert [running.live(ref) for ref in alices] == [False] * 3 + [True] * 5
        for ref in alices[:3]:
            why = reader.xenapi.session.why_ended(ref)
            assert (why["reason"], why["limit"]) == (reason, "per-principal"), why
        assert all(running.live(ref) for ref in bobs)
        # Root is nobody in particular: only its originator counts, and it has none here.
        roots = [running.log_in("root", "") for _ in range(10)]
        assert all(running.live(ref) for ref in roots)


@check
def an_originator_has_a_limit_of_its_own():
    with server("--max-per-user", "2", "--max-per-originator", "5") as running:
        leaky = [running.log_in("root", "leaky") for _ in range(8)]
        tidy = [running.log_in("root", "tidy") for _ in range(5)]
        assert [running.live(ref) for ref in leaky] == [False] * 3 + [True] * 5
        assert all(running.live(ref) for ref in tidy)
        reader = running.session("root", "")
        for ref in leaky[:3]:
            assert reader.xenapi.session.why_ended(ref)["limit"] == "per-originator"


@check
def a_policy_can_reject_instead():
    with server("--max-sessions", "5", "--max-per-user", "2", "--on-full", "reject") as running:
        refs = [running.log_in("alice") for _ in range(2)]
        client = Session(running.url)
        login = client.login_with_password
        strings = raises("TOO_MANY_SESSIONS", login, "alice", USERS["alice"], "1.0", "x")
        assert strings[:3] == ["per-principal", "2", "2"], strings
        refs += [running.log_in("root") for _ in range(3)]
        strings = raises("TOO_MANY_SESSIONS", login, "root", USERS["root"], "1.0", "x")
        assert strings[:3] == ["global", "5", "5"], strings
        assert all(running.live(ref) for ref in refs)
        running.log_out(refs.pop())
        # The place is free at once, not at the next reap.
        refs.append(running.log_in("root"))
        assert all(running.live(ref) for ref in refs)
        counts = stats(running, refs[0])["rejected"]
        assert counts == {"principal": "1", "originator": "0", "global": "1"}, counts


@check
def the_limit_holds_at_every_moment_while_8_threads_log_in():
    most, each = 40, 300
    with server("--max-sessions", str(most)) as running:
        watcher = running.session("root", "watcher")
        seen, done = [], threading.Event()

        def watch():
            while not done.is_set():
                seen.append(int(watcher.xenapi.host.get_session_stats()["live"]))

        def log_in(_):
            with running.proxy() as proxy:
                for _ in range(each):
                    answer = proxy.session.login_with_password("root", USERS["root"])
                    references.add(value(answer))

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        threads(8, log_in)
        done.set()
        watching.join(DEADLINE)
        assert len(seen) > 100, f"only {len(seen)} looks, too few to mean anything"
        assert max(seen) == most, f"{max(seen)} live sessions, {most} allowed"
        counts = watcher.xenapi.host.get_session_stats()
        assert int(counts["peak"]) == most, counts
        assert int(counts["created"]) >= 8 * each + 1, counts
        ended = sum(map(int, counts["ended"].values()))
        assert int(counts["created"]) == int(counts["live"]) + ended, counts


@check
def threads_log_in_work_and_log_out():
    with server("--max-sessions", "400") as running:

        def work(at):
            user = ["root", "alice", "bob"][at % 3]
            for round in range(15):
                session = running.session(user, f"thread-{at}")
                names = session.xenapi.session
                assert names.get_originator(session.handle) == f"thread-{at}"
                assert names.get_auth_user_name(session.handle) == user
                ref = session.handle
                names.logout()
                assert not running.live(ref), f"round {round}"

        threads(12, work)
        counts = stats(running, running.log_in())
        assert counts["live"] == "1" and counts["ended"]["logged out"] == "180", counts
