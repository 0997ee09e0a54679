//! The store's events, as far as one client may see them.

use std::future::poll_fn;
use std::task::{Context, Poll};

use tenure::Session;
use tenure::events::{Event, EventError, EventKind, Filter, Subscription};

use crate::classes::Classes;
use crate::login::{Login, Viewer};
use crate::position::Position;
use crate::sessions::Sessions;

/// The classes that have events.
pub(crate) const SESSION: &str = "session";
pub(crate) const HOST: &str = "host";

/// The store's events that are of sessions. It rotates no ids here.
pub(crate) const SESSION_EVENTS: [EventKind; 2] = [EventKind::Created, EventKind::Ended];
/// Those that are of hosts.
pub(crate) const HOST_EVENTS: [EventKind; 6] = [
    EventKind::HostAdded,
    EventKind::HostDead,
    EventKind::HostBack,
    EventKind::HostForgotten,
    EventKind::SkewRaised,
    EventKind::SkewCleared,
];

/// The most events that are taken at once; the rest follows. A slow client holds an answer for
/// long.
const MOST: usize = 256;
/// How many of them may be of hosts, which come first: there are few, and sessions cannot hold them
/// up.
const MOST_OF_HOSTS: usize = MOST / 2;

/// The events that one session may see. They end with the session.
///
/// Users other than root see their own sessions only, but all hosts. No one filter of the store
/// says that, so each class has a subscription.
pub(crate) struct Feed {
    sessions: OfClass,
    hosts: OfClass,
    /// What is still to be told.
    lost: Option<Interrupted>,
}

/// The events of one class.
struct OfClass {
    class: &'static str,
    events: Subscription,
    /// The client has been told of all before, or does not want it.
    told: Position,
}

/// Why there are no events to take.
pub(crate) enum Interrupted {
    /// Events of this class were lost, the first of them after this place.
    Lost { class: &'static str, after: Position },
    /// There will be no more.
    Over(EventError),
}

impl Feed {
    /// All events from now on.
    pub(crate) fn new(sessions: &Sessions, of: &Session<Login>) -> Self {
        let subscribe = |filter| sessions.store.subscribe(filter).until_end_of(of);
        let (its, hosts) = (subscribe(session_events(of)), subscribe(host_events()));
        let told = sessions.history.now();
        let of_class = |class, events| OfClass { class, events, told };
        Self { sessions: of_class(SESSION, its), hosts: of_class(HOST, hosts), lost: None }
    }

    /// Waits until there are events, and takes them, in their order. Some may be of objects that
    /// are not wanted. No thread is held, and a caller that no longer waits has missed none.
    pub(crate) async fn take(&mut self, wanted: &Classes) -> Result<Vec<Event>, Interrupted> {
        poll_fn(|task| self.poll(wanted, task)).await
    }

    fn poll(
        &mut self,
        wanted: &Classes,
        task: &mut Context<'_>,
    ) -> Poll<Result<Vec<Event>, Interrupted>> {
        if let Some(lost) = self.lost.take() {
            return Poll::Ready(Err(lost));
        }
        let mut taken = Vec::new();
        let interrupted = self
            .hosts
            .poll(MOST_OF_HOSTS, wanted, &mut taken, task)
            .and_then(|()| self.sessions.poll(MOST, wanted, &mut taken, task));
        match interrupted {
            Err(lost @ Interrupted::Lost { .. }) if !taken.is_empty() => self.lost = Some(lost),
            Err(interrupted) => return Poll::Ready(Err(interrupted)),
            Ok(()) if taken.is_empty() => return Poll::Pending,
            Ok(()) => {}
        }
        taken.sort_by_key(Event::sequence);
        Poll::Ready(Ok(taken))
    }

    /// The client has been told of everything of this class before this place in another way.
    pub(crate) fn skip_to(&mut self, class: &str, place: Position) {
        let of_class = if class == HOST { &mut self.hosts } else { &mut self.sessions };
        of_class.told = place;
    }
}

impl OfClass {
    /// Takes what there is, until there are this many events.
    fn poll(
        &mut self,
        most: usize,
        wanted: &Classes,
        taken: &mut Vec<Event>,
        task: &mut Context<'_>,
    ) -> Result<(), Interrupted> {
        while taken.len() < most {
            match self.events.poll_recv(task) {
                Poll::Ready(Ok(event)) if event.sequence() < self.told.next => {}
                Poll::Ready(Ok(event)) => {
                    self.told.next = event.sequence() + 1;
                    taken.push(event);
                }
                // It comes once, then the subscription goes on.
                Poll::Ready(Err(EventError::EventsLost { .. })) => {
                    if wanted.want_any(self.class) {
                        return Err(Interrupted::Lost { class: self.class, after: self.told });
                    }
                }
                Poll::Ready(Err(error)) => return Err(Interrupted::Over(error)),
                Poll::Pending => break,
            }
        }
        Ok(())
    }
}

fn session_events(of: &Session<Login>) -> Filter {
    let filter = Filter::all().kinds(SESSION_EVENTS);
    match of.data().viewer() {
        Viewer::All => filter,
        // Such a user's sessions are those that count under it.
        Viewer::User(user) => filter.principal(user),
    }
}

/// The events of all hosts.
pub(crate) fn host_events() -> Filter {
    Filter::all().kinds(HOST_EVENTS)
}
