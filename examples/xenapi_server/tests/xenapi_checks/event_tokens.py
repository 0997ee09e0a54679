"""event.from: tokens, and what they are good for."""

import time

from xenapi_checks.calls import Polling, changes, name
from xenapi_checks.harness import check, raises, recent, server, value
from xenapi_checks.hosts import NOBODY, OTHER, date


def event_from(session, classes, token, timeout=0.0):
    """The real client's event.from; `from` is a word of Python's own."""
    return session.xenapi.event_from(classes, token, timeout)


@check
def a_client_starts_with_everything_and_goes_on_from_its_token():
    with server() as running:
        reader, alice = running.session(), running.session("alice", "tool")
        own, hers = name(reader), name(alice)
        start = event_from(reader, ["*"], "")
        assert sorted(changes(start)) == sorted(
            [("add", "session", own), ("add", "session", hers), ("add", "host", "OpaqueRef:host")]
        ), start
        assert start["valid_ref_counts"] == {"session": "2", "host": "1"}, start
        records = reader.xenapi.session.get_all_records()
        for event in start["events"]:
            assert abs(float(event["timestamp"]) - time.time()) < 60, event
            if event["class"] == "session":
                shown, record = dict(event["snapshot"]), dict(records[event["ref"]])
                assert shown.pop("last_active") and record.pop("last_active")
                assert shown == record, (shown, record)
            else:
                assert event["snapshot"]["live"] is True, event
        bob = running.session("bob")
        his = name(bob)
        more = event_from(reader, ["*"], start["token"])
        assert changes(more) == [("add", "session", his)], more
        assert more["events"][0]["snapshot"]["auth_user_name"] == "bob", more
        assert more["valid_ref_counts"]["session"] == "3", more
        alice.xenapi.session.logout()
        last = event_from(reader, ["*"], more["token"])
        assert changes(last) == [("del", "session", hers)], last
        snapshot = last["events"][0]["snapshot"]
        assert snapshot["originator"] == "tool", snapshot
        assert snapshot["ended"]["reason"] == "logged out", snapshot
        recent(snapshot["ended"]["time"])
        # An older token gives the same again, in the order in which it happened.
        again = event_from(reader, ["*"], start["token"])
        assert changes(again) == changes(more) + changes(last), again
        assert again["valid_ref_counts"] == last["valid_ref_counts"], again
        ids = [int(event["id"]) for event in again["events"]]
        assert ids == sorted(set(ids)), again


@check
def what_was_created_and_has_ended_since_is_left_out_as_in_xapi():
    with server("--max-sessions", "30") as running:
        reader = running.session()
        token = event_from(reader, ["session"], "")["token"]
        sessions = [running.session("alice") for _ in range(5)]
        names = [name(session) for session in sessions]
        sessions[0].xenapi.session.logout()
        seen = event_from(reader, ["session"], token)
        assert changes(seen) == [("add", "session", ref) for ref in names[1:]], seen
        for session in sessions[1:3]:
            session.xenapi.session.logout()
        bob = running.session("bob")
        his = name(bob)
        bob.xenapi.session.logout()
        # Since the one token they ended, since the other they came and went.
        told = changes(event_from(reader, ["session"], seen["token"]))
        assert told == [("del", "session", ref) for ref in names[1:3]], told
        told = changes(event_from(reader, ["session"], token))
        assert told == [("add", "session", ref) for ref in names[3:]], told
        # That alone is nothing to be told: the call waits on.
        token = event_from(reader, ["session"], "")["token"]
        running.log_out(running.log_in("bob"))
        answer = event_from(reader, ["session", f"session/{his}"], token, 0.2)
        assert answer["events"] == [] and answer["token"] != token, answer
        assert answer["valid_ref_counts"] == {"session": "3"}, answer


@check
def counts_are_of_the_moment_of_the_token():
    with server("--max-sessions", "1000", "--max-per-user", "1000") as running:
        reader = running.session()
        alice = running.session("alice")
        start = event_from(reader, ["session"], "")
        hers = event_from(alice, ["session"], "")["token"]
        refs = [running.log_in("bob") for _ in range(450)]
        for ref in refs[:150]:
            running.log_out(ref)
        seen = {event["ref"] for event in start["events"]}
        token, counts = start["token"], []
        while (answer := event_from(reader, ["session"], token))["events"]:
            for event in answer["events"]:
                (seen.discard if event["operation"] == "del" else seen.add)(event["ref"])
            token = answer["token"]
            counts.append(len(seen))
            assert answer["valid_ref_counts"] == {"session": str(len(seen))}, (counts, answer)
        assert len(counts) == 3 and counts[-1] == 302, counts
        # The others' are none of hers.
        answer = event_from(alice, ["session"], hers)
        assert answer["valid_ref_counts"] == {"session": "1"} and not answer["events"], answer


@check
def without_events_the_answer_is_empty_when_the_time_is_up():
    with server() as running:
        reader = running.session()
        start = event_from(reader, ["session"], "")
        for timeout in [0.0, 0.3, 1]:
            began = time.monotonic()
            answer = event_from(reader, ["session"], start["token"], timeout)
            took = time.monotonic() - began
            assert answer["events"] == [] and timeout <= took < timeout + 5, (timeout, took)
            assert answer["valid_ref_counts"] == {"session": "1"}, answer
        # Nothing of the class, to begin with: it waits, too.
        began = time.monotonic()
        assert event_from(reader, ["VM"], "", 0.3)["events"] == []
        assert time.monotonic() - began >= 0.3
        raises("FIELD_TYPE_ERROR", event_from, reader, ["*"], "", "soon")


@check
def a_timeout_out_of_range_is_the_longest_as_in_xapi():
    with server() as running:
        watcher, refs = running.log_in(), [running.log_in() for _ in range(4)]
        with running.proxy() as proxy:
            token = value(proxy.event_from(watcher, ["session"], "", 0.0))["token"]
        polls = [
            Polling(running, watcher, from_session(ref, token, timeout))
            for ref, timeout in zip(refs, [-1.0, 1e300, float("inf"), -0.5])
        ]
        assert all(poll.goes_on() for poll in polls)
        bob = running.session("bob")
        for poll in polls:
            assert changes(value(poll.answer())) == [("add", "session", name(bob))]


def from_session(ref, token, timeout):
    return lambda proxy: proxy.event_from(ref, ["session"], token, timeout)


@check
def a_token_that_is_too_old_or_of_another_run_is_said_to_be():
    with server("--event-ring", "8") as running:
        reader = running.session()
        refs = [running.log_in("alice") for _ in range(9)]
        token = event_from(reader, ["session"], "")["token"]
        # As many new ones as there may be: they live, so none is lost.
        more = [running.log_in("alice") for _ in range(20)]
        assert len(event_from(reader, ["session"], token)["events"]) == 20
        token = event_from(reader, ["session"], "")["token"]
        for ref in refs[:8]:
            running.log_out(ref)
        assert len(event_from(reader, ["session"], token)["events"]) == 8
        running.log_out(refs[8])
        for _ in range(2):
            assert raises("EVENTS_LOST", event_from, reader, ["session"], token) == []
        # From the start, it works again.
        start = event_from(reader, ["session"], "")
        assert len(start["events"]) == 1 + len(more), start
    with server() as running:
        reader = running.session()
        raises("EVENTS_LOST", event_from, reader, ["session"], start["token"])
        log, number = event_from(reader, ["session"], "")["token"].split("-")
        ahead = f"{log}-{int(number) + 1000}"
        raises("EVENTS_LOST", event_from, reader, ["session"], ahead)


@check
def a_watcher_is_told_of_losses_among_what_it_watches_only():
    with server("--event-ring", "8", "--peer", NOBODY) as running:
        reader, alice = running.session(), running.session("alice")
        bob = running.session("bob")
        hers, his = name(alice), name(bob)
        watched = {
            f"session/{hers}": event_from(reader, [f"session/{hers}"], "")["token"],
            f"session/{alice.handle}": event_from(reader, [f"session/{hers}"], "")["token"],
            "host": event_from(reader, ["host"], "")["token"],
            f"host/{OTHER}": event_from(reader, [f"host/{OTHER}"], "")["token"],
            "pool": event_from(reader, ["pool"], "")["token"],
        }
        own = event_from(alice, ["session"], "")["token"]

        def flood():
            for ref in [running.log_in("bob") for _ in range(30)]:
                running.log_out(ref)

        flood()
        for item, token in watched.items():
            assert event_from(reader, [item], token)["events"] == [], item
        # A user's own sessions are all that it watches.
        assert event_from(alice, ["session"], own)["events"] == []
        token = event_from(reader, [f"session/{his}", f"session/{hers}"], "")["token"]
        flood()
        reader.xenapi.host.heartbeat(OTHER, date(4000))
        alice.xenapi.session.logout()
        for _ in range(4):
            running.log_out(running.log_in("bob"))
        for item, token in watched.items():
            told = changes(event_from(reader, [item], token))
            expected = [("mod", "host", OTHER)] if "host" in item else []
            if "session" in item:
                expected = [("del", "session", hers)]
            assert told == expected, (item, told)
        # Among what it watches, it is told.
        bob.xenapi.session.logout()
        flood()
        raises("EVENTS_LOST", event_from, reader, [f"session/{his}"], token)


@check
def nonsense_is_no_token():
    with server() as running:
        reader = running.session()
        token = event_from(reader, ["session"], "")["token"]
        for nonsense in ["nonsense", "-", token + "x", token[1:], " " + token, "0", "é" * 9000]:
            [said] = raises("EVENT_FROM_TOKEN_PARSE_FAILURE", event_from, reader, ["*"], nonsense)
            assert len(said) < 200 and said[:80] == nonsense[:80], said


@check
def classes_and_objects_are_told_apart():
    with server() as running:
        reader, alice, bob = running.session(), running.session("alice"), running.session("bob")
        hers, his, host = name(alice), name(bob), "OpaqueRef:host"
        every = {("session", name(reader)), ("session", hers), ("session", his), ("host", host)}
        cases = [
            (["session"], every - {("host", host)}),
            (["Host"], {("host", host)}),
            ([f"host/{host}"], {("host", host)}),
            (["host/OpaqueRef:host-other"], set()),
            ([f"session/{hers}"], {("session", hers)}),
            ([f"session/{bob.handle}", "host"], {("session", his), ("host", host)}),
            (["session/OpaqueRef:nonsense", "pool", "task/x"], set()),
            (["*"], every),
            ([], set()),
        ]
        for classes, expected in cases:
            answer = event_from(reader, classes, "")
            assert {(of, ref) for _, of, ref in changes(answer)} == expected, (classes, answer)
        # What others do in the meantime is passed by, and the token with it.
        token = event_from(reader, [f"session/{hers}"], "")["token"]
        bob.xenapi.session.logout()
        answer = event_from(reader, [f"session/{hers}"], token, 0.1)
        assert answer["events"] == [] and answer["token"] != token, answer
        alice.xenapi.session.logout()
        answer = event_from(reader, [f"session/{hers}"], answer["token"])
        assert changes(answer) == [("del", "session", hers)], answer
