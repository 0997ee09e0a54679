"""What one client may take of the server."""

from xenapi_checks.calls import Sleeping, changes
from xenapi_checks.harness import call, check, failure, post, raises, server, value

MOST = 256  # events in one answer


@check
def one_session_waits_with_16_calls_at_a_time():
    with server("--max-connections", "64") as running, running.proxy() as proxy:
        ref, watcher = running.log_in("alice"), running.log_in()
        value(proxy.event.register(ref, ["*"]))
        sleeps = [Sleeping(running, ref, 600) for _ in range(16)]
        waits = [
            lambda: proxy.task.sleep(ref, 600),
            lambda: proxy.event.next(ref),
            lambda: getattr(proxy.event, "from")(ref, ["vm"], "", 600.0),
        ]
        for wait in waits:
            assert "16" in failure(wait(), "TOO_BUSY")[0]
        # All else goes on, for others and for this one.
        assert running.live(ref) and value(proxy.task.sleep(watcher, 0)) == ""
        assert all(sleep.goes_on() for sleep in sleeps)
        running.log_out(ref)
        for sleep in sleeps:
            failure(sleep.answer(), "SESSION_INVALID")


@check
def one_answer_has_256_events_and_the_rest_follows():
    with server("--max-sessions", "1000", "--max-per-user", "1000") as running:
        reader = running.log_in()
        with running.proxy() as proxy:
            value(proxy.event.register(reader, ["session"]))
            token = value(getattr(proxy.event, "from")(reader, ["session"], "", 0.0))["token"]
        created = [running.log_in("alice", "x" * 256) for _ in range(600)]
        answers = []
        with running.proxy() as proxy:
            while sum(map(len, answers)) < len(created):
                answers.append(value(proxy.event.next(reader)))
            sizes = [len(answer) for answer in answers]
            assert sizes == [MOST, MOST, 600 - 2 * MOST], sizes
            told = []
            while events := (answer := from_token(proxy, reader, token))["events"]:
                assert len(events) <= MOST, len(events)
                assert answer["valid_ref_counts"] == {"session": str(1 + len(told) + len(events))}
                told += changes(events)
                token = answer["token"]
            assert len(set(told)) == len(told) == 600, len(told)
            # More events, to be looked at as they are on the wire.
            for ref in created:
                value(proxy.session.logout(ref))
        status, text = post(running, call("event.next", reader))
        assert status == 200 and 100_000 < len(text) < 1 << 20, len(text)


def from_token(proxy, ref, token):
    return value(getattr(proxy.event, "from")(ref, ["session"], token, 0.0))


@check
def a_registration_names_something():
    with server() as running:
        session = running.session()
        said = raises("VALUE_NOT_SUPPORTED", session.xenapi.event.register, [])
        assert said[0] == "classes", said
        raises("SESSION_NOT_REGISTERED", session.xenapi.event.next)
        many = [f"host/{at}" for at in range(10_000)]
        for method in [session.xenapi.event.register, session.xenapi.event.unregister]:
            assert "100" in raises("VALUE_NOT_SUPPORTED", method, many)[2]
