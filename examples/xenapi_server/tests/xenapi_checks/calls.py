"""Calls that take their time, on threads of their own; and what is said in answers about events."""

import contextlib
import threading
import time

from xenapi_checks.harness import DEADLINE, stats, until


class Calling:
    """A call on a thread of its own. `function` gets a proxy of the server."""

    def __init__(self, server, function):
        self.server, self.function = server, function
        self.answers, self.finished = [], None
        # A daemon: one that never returns fails its check, and must not keep this script alive.
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        with contextlib.suppress(OSError):  # Without an answer, answer() fails.
            self.answers.append(self.function(self.server.proxy()))
            self.finished = time.monotonic()

    def goes_on(self):
        return self.thread.is_alive()

    def answer(self):
        """What the call answers, which should be soon."""
        self.thread.join(DEADLINE)
        assert self.answers, "the call gave no answer"
        return self.answers[0]


class Sleeping(Calling):
    """A call of task.sleep. Once this is made, the session is in use."""

    def __init__(self, server, ref, seconds):
        before = int(stats(server, ref)["leases"])
        super().__init__(server, lambda proxy: proxy.task.sleep(ref, seconds))
        until(lambda: int(stats(server, ref)["leases"]) > before, "task.sleep to start")


class Polling(Calling):
    """A call that waits for events. Once this is made, it waits."""

    def __init__(self, server, watcher, function):
        before = waiting(server, watcher)
        super().__init__(server, function)
        until(lambda: waiting(server, watcher) > before, "the call to wait for events")


def subscriptions(server, ref):
    """The subscriptions of clients. The first are those of the history and of the log."""
    return stats(server, ref)["subscriptions"][2:]


def waiting(server, ref):
    """How many subscriptions of clients somebody waits on."""
    return sum(of["waiting"] for of in subscriptions(server, ref))


def changes(answer):
    """The events in an answer of event.from or event.next, as (operation, class, ref)."""
    events = answer["events"] if isinstance(answer, dict) else answer
    return [(event["operation"], event["class"], event["ref"]) for event in events]


def name(session):
    """The public name of a session of the real client."""
    uuid = session.xenapi.session.get_uuid(session.handle)
    return "OpaqueRef:trackid-" + uuid.replace("-", "")
