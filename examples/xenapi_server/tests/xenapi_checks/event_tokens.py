"""event.from: tokens, and what they are good for."""

import time

from xenapi_checks.calls import changes, name
from xenapi_checks.harness import check, raises, recent, server


def event_from(session, classes, token, timeout=0.0):
    """The real client's event.from; `from` is a word of Python's own."""
    return getattr(session.xenapi.event, "from")(classes, token, timeout)


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
            assert abs(float(event["timestamp"]) - time.time()) < 60 and event["id"] == "0", event
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
        ids = [int(event["id"]) for event in again["events"]]
        assert ids == sorted(set(ids)), again


@check
def there_is_one_event_an_object():
    with server("--max-sessions", "30") as running:
        reader = running.session()
        token = event_from(reader, ["session"], "")["token"]
        sessions = [running.session("alice") for _ in range(5)]
        names = [name(session) for session in sessions]
        for session in sessions[:3]:
            session.xenapi.session.logout()
        told = changes(event_from(reader, ["session"], token))
        assert sorted(told) == sorted(
            [("del", "session", ref) for ref in names[:3]]
            + [("add", "session", ref) for ref in names[3:]]
        ), told


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
def a_token_that_is_too_old_or_of_another_run_is_said_to_be():
    with server("--event-ring", "8") as running:
        reader = running.session()
        token = event_from(reader, ["session"], "")["token"]
        for _ in range(8):
            running.log_in("alice")
        assert len(event_from(reader, ["session"], token)["events"]) == 8
        running.log_in("alice")
        for _ in range(2):
            assert raises("EVENTS_LOST", event_from, reader, ["session"], token) == []
        # From the start, it works again.
        start = event_from(reader, ["session"], "")
        assert len(start["events"]) == 10, start
    with server() as running:
        reader = running.session()
        raises("EVENTS_LOST", event_from, reader, ["session"], start["token"])
        token = event_from(reader, ["session"], "")["token"]
        far, near = token.split(",")[0].split("-"), token.split(",")[1]
        ahead = f"{far[0]}-{int(far[1]) + 1000},{near}"
        raises("EVENTS_LOST", event_from, reader, ["session"], ahead)


@check
def nonsense_is_no_token():
    with server() as running:
        reader = running.session()
        token = event_from(reader, ["session"], "")["token"]
        for nonsense in ["nonsense", ",", token + "x", token[1:], " " + token, "0", "é" * 9000]:
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
