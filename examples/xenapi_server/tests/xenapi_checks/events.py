"""event.register, event.next: who is told what, and what becomes of whoever is too slow."""

from xenapi_checks.calls import Polling, changes, name, subscriptions, waiting
from xenapi_checks.harness import (
    NAME,
    Session,
    check,
    failure,
    raises,
    server,
    threads,
    until,
    value,
)


class Table:
    """The sessions that there are, as a client knows them from events alone."""

    def __init__(self, session):
        self.events, self.sessions = session.xenapi.event, session.xenapi.session
        self.rows = {}

    def begin(self):
        """As XenAPI's documentation has it: register first, then read what there is."""
        self.events.register(["session"])
        self.rows = self.sessions.get_all_records()

    def take(self, events):
        for event in events:
            assert event["class"] == "session" and NAME.fullmatch(event["ref"]), event
            if event["operation"] == "del":
                self.rows.pop(event["ref"], None)
            else:
                self.rows[event["ref"]] = event["snapshot"]

    def is_right(self):
        """Compares with what the server says there is."""
        there = self.sessions.get_all_records()
        users = {ref: row["auth_user_name"] for ref, row in self.rows.items()}
        return users == {ref: row["auth_user_name"] for ref, row in there.items()}


@check
def a_table_of_events_stays_right_and_recovers_from_a_loss():
    with server("--event-ring", "16") as running:
        reader = running.session()
        table = Table(reader)
        table.begin()
        alice, bob = running.session("alice"), running.session("bob")
        table.take(reader.xenapi.event.next())
        assert len(table.rows) == 3 and table.is_right()
        alice.xenapi.session.logout()
        table.take(reader.xenapi.event.next())
        assert len(table.rows) == 2 and table.is_right()
        refs = [running.log_in("alice") for _ in range(15)]
        running.log_out(refs.pop())
        assert len(table.rows) == 2
        table.take(reader.xenapi.event.next())
        assert len(table.rows) == 16 and table.is_right(), "as many as the ring holds"
        for ref in refs:
            running.log_out(ref)
        refs = [running.log_in("alice") for _ in range(10)]
        assert raises("EVENTS_LOST", reader.xenapi.event.next) == []
        reader.xenapi.event.unregister(["session"])
        table.begin()
        assert table.is_right()
        running.log_out(refs[3])
        bob.xenapi.session.logout()
        table.take(reader.xenapi.event.next())
        assert len(table.rows) == 10 and table.is_right()


@check
def a_loss_is_told_once_and_counted():
    with server("--event-ring", "8") as running:
        reader, watcher = running.session(), running.session()
        reader.xenapi.event.register(["session"])
        for _ in range(20):
            running.log_in("alice")
        lags = [int(of["lag"]) for of in subscriptions(running, watcher.handle)]
        lost = [int(of["lost"]) for of in subscriptions(running, watcher.handle)]
        assert max(lags) == 8 and max(lost) == 12, (lags, lost)
        raises("EVENTS_LOST", reader.xenapi.event.next)
        bob = running.session("bob")
        # Not told again, though it did not register again; and nothing from before the loss.
        assert changes(reader.xenapi.event.next()) == [("add", "session", name(bob))]


@check
def a_client_that_wants_hosts_does_not_lose_them_to_sessions():
    with server("--event-ring", "8") as running:
        reader, watcher = running.session(), running.log_in()
        reader.xenapi.event.register(["host"])
        for _ in range(20):
            running.log_in("alice")
        poll = Polling(running, watcher, lambda proxy: proxy.event.next(reader.handle))
        reader.xenapi.event.unregister(["host"])
        failure(poll.answer(), "SESSION_NOT_REGISTERED")


@check
def who_waits_for_one_object_is_not_told_of_losses_among_the_others():
    with server("--event-ring", "8") as running:
        reader, alice, bob = running.session(), running.session("alice"), running.session("bob")
        hers, his = name(alice), name(bob)
        events = reader.xenapi.event
        events.register([f"session/{hers}", f"session/{his}"])

        def flood():
            for _ in range(10):
                running.log_out(running.log_in("root"))

        flood()
        poll = Polling(running, reader.handle, lambda proxy: proxy.event.next(reader.handle))
        alice.xenapi.session.logout()
        assert changes(value(poll.answer())) == [("del", "session", hers)]
        # Its event is overwritten, and what became of it is known still.
        bob.xenapi.session.logout()
        for _ in range(6):
            running.log_out(running.log_in("root"))
        assert changes(events.next()) == [("del", "session", his)]
        events.unregister([f"session/{his}"])
        new = running.session("bob")
        events.register([f"session/{name(new)}"])
        new.xenapi.session.logout()
        flood()
        assert raises("EVENTS_LOST", events.next) == []
        flood()
        poll = Polling(running, reader.handle, lambda proxy: proxy.event.next(reader.handle))
        events.unregister(["*"])
        failure(poll.answer(), "SESSION_NOT_REGISTERED")


@check
def only_what_is_registered_for_is_told():
    with server() as running:
        reader = running.session()
        events = reader.xenapi.event
        assert raises("SESSION_NOT_REGISTERED", events.next)[0] != reader.handle
        raises("SESSION_NOT_REGISTERED", events.unregister, ["*"])
        events.register(["VM", "host"])
        events.register(["Session"])
        bob = running.session("bob")
        assert changes(events.next()) == [("add", "session", name(bob))]
        events.unregister(["session"])
        bob.xenapi.session.logout()
        alice = running.session("alice")
        events.register([f"session/{alice.handle}"])
        running.log_in("bob")
        left = name(alice)
        alice.xenapi.session.logout()
        # As xapi does it: what is new to the registration may have happened before.
        told = changes(events.next())
        assert told == [("add", "session", left), ("del", "session", left)], told
        events.unregister(["*"])
        raises("SESSION_NOT_REGISTERED", events.next)
        raises("VALUE_NOT_SUPPORTED", events.register, [f"c{at}" for at in range(101)])
        raises("FIELD_TYPE_ERROR", events.register, "session")
        raises("FIELD_TYPE_ERROR", events.register, ["session", 1])


@check
def a_session_has_one_registration_and_takes_it_along():
    with server() as running:
        watcher = running.log_in()
        sessions = [running.session("alice") for _ in range(5)]
        for session in sessions:
            for _ in range(20):
                session.xenapi.event.register(["session"])
        # One a class that has events.
        assert len(subscriptions(running, watcher)) == 2 * len(sessions)
        for session in sessions:
            session.xenapi.session.logout()
        until(lambda: subscriptions(running, watcher) == [], "the subscriptions to go")


@check
def a_user_is_told_of_its_own_sessions_and_root_of_all():
    with server() as running:
        readers = {user: running.session(user) for user in ["root", "alice", "bob"]}
        for reader in readers.values():
            reader.xenapi.event.register(["*"])
        names = {}
        for user in ["root", "alice", "bob"]:
            session = running.session(user)
            names[user] = name(session)
            session.xenapi.session.logout()
        for user, reader in readers.items():
            seen = set(names.values()) if user == "root" else {names[user]}
            told = changes(reader.xenapi.event.next())
            assert {ref for _, _, ref in told} == seen, (user, told)
            assert [operation for operation, _, _ in told] == ["add", "del"] * len(seen), told
            answer = getattr(reader.xenapi.event, "from")(["session"], "", 0.0)
            visible = {user} if user != "root" else set(readers)
            assert {event["snapshot"]["auth_user_name"] for event in answer["events"]} == visible
            assert answer["valid_ref_counts"] == {"session": str(len(visible))}, answer
        # Naming another's session does not help.
        root = name(readers["root"])
        answer = getattr(readers["bob"].xenapi.event, "from")([f"session/{root}"], "", 0.05)
        assert answer["events"] == [], answer


@check
def a_table_of_events_stays_right_while_8_threads_log_in_and_out():
    with server() as running:
        reader = running.session()
        table, done = Table(reader), []
        token, seen = "", 0

        def work(at):
            for round in range(30):
                session = Session(running.url)
                session.login_with_password("alice", "pass-of-alice", "1.0", f"{at}")
                if round % 3:
                    session.xenapi.session.logout()
            done.append(at)

        def read():
            nonlocal token, seen
            answer = getattr(reader.xenapi.event, "from")(["session"], token, 0.05)
            seen += len(answer["events"])
            for event in answer["events"]:
                assert event["snapshot"]["auth_user_name"] in ("root", "alice"), event
            table.take(answer["events"])
            token = answer["token"]

        def run(at):
            if at < 8:
                work(at)
            while at == 8 and len(done) < 8:
                read()

        threads(9, run)
        read()
        assert len(table.rows) == 8 * 10 + 1 and table.is_right(), len(table.rows)
        assert seen > 100 and waiting(running, reader.handle) == 0


@check
def no_answer_about_events_holds_a_reference():
    with server() as running, running.proxy() as proxy:
        reader, refs = running.log_in(), [running.log_in("alice", "tool") for _ in range(3)]
        value(proxy.event.register(reader, ["*"]))
        start = value(getattr(proxy.event, "from")(reader, ["*", f"session/{refs[0]}"], "", 0.0))
        running.log_out(refs[1])
        refs.append(running.log_in("bob"))
        more = value(getattr(proxy.event, "from")(reader, ["*"], start["token"], 0.0))
        shown = repr([start, more, value(proxy.event.next(reader))])
        assert shown.count("OpaqueRef:trackid-") > 6, shown
        for ref in [reader, *refs]:
            secret = ref.removeprefix("OpaqueRef:")
            assert secret not in shown and secret.replace("-", "") not in shown
