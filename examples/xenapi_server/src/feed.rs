//! The store's events, as far as one client may see them.

use std::fmt;
use std::future::poll_fn;
use std::str::FromStr;
use std::task::{Context, Poll};

use tenure::events::{
    Event, EventError, EventKind, EventToken, Filter, ParseTokenError, StaleToken, Subscription,
};
use tenure::{Session, SessionInfo};

use crate::classes::Classes;
use crate::login::{Login, Viewer};
use crate::sessions::Sessions;

/// The classes that have events.
pub(crate) const SESSION: &str = "session";
pub(crate) const HOST: &str = "host";

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
    sessions: Subscription,
    hosts: Subscription,
}

/// How far a client has read, in each of its two subscriptions. Its text is the client's token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position {
    sessions: EventToken,
    hosts: EventToken,
}

impl Feed {
    /// All events from now on.
    pub(crate) fn new(sessions: &Sessions, of: &Session<Login>) -> Self {
        let store = &sessions.store;
        let (its, hosts) = (store.subscribe(session_events(of)), store.subscribe(host_events()));
        Self { sessions: its, hosts }.until_end_of(of)
    }

    /// The live sessions, and all events after that.
    pub(crate) fn with_snapshot(
        sessions: &Sessions,
        of: &Session<Login>,
    ) -> (Vec<SessionInfo>, Self) {
        let store = &sessions.store;
        let hosts = store.subscribe(host_events());
        let (live, its) = store.subscribe_with_snapshot(session_events(of));
        (live, Self { sessions: its, hosts }.until_end_of(of))
    }

    /// All events after this position.
    pub(crate) fn after(
        sessions: &Sessions,
        of: &Session<Login>,
        position: Position,
    ) -> Result<Self, StaleToken> {
        let store = &sessions.store;
        let its = store.subscribe_from(session_events(of), position.sessions)?;
        let hosts = store.subscribe_from(host_events(), position.hosts)?;
        Ok(Self { sessions: its, hosts }.until_end_of(of))
    }

    fn until_end_of(self, of: &Session<Login>) -> Self {
        Self { sessions: self.sessions.until_end_of(of), hosts: self.hosts.until_end_of(of) }
    }

    /// Waits until there are events, and takes them, in their order. Some may be of classes that
    /// are not wanted. No thread is held, and whoever no longer waits has missed none.
    pub(crate) async fn take(&mut self, wanted: &Classes) -> Result<Vec<Event>, EventError> {
        poll_fn(|task| self.poll(wanted, task)).await
    }

    fn poll(
        &mut self,
        wanted: &Classes,
        task: &mut Context<'_>,
    ) -> Poll<Result<Vec<Event>, EventError>> {
        let mut taken = Vec::new();
        let of_hosts = (HOST, &mut self.hosts, MOST_OF_HOSTS);
        for (class, events, most) in [of_hosts, (SESSION, &mut self.sessions, MOST)] {
            while taken.len() < most {
                match events.poll_recv(task) {
                    Poll::Ready(Ok(event)) => taken.push(event),
                    // It comes once, then the subscription goes on.
                    Poll::Ready(Err(EventError::EventsLost { .. })) if !wanted.want_any(class) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => break,
                }
            }
        }
        if taken.is_empty() {
            return Poll::Pending;
        }
        taken.sort_by_key(Event::sequence);
        Poll::Ready(Ok(taken))
    }

    /// The place after all that was taken.
    pub(crate) fn position(&self) -> Position {
        Position { sessions: self.sessions.token(), hosts: self.hosts.token() }
    }
}

fn session_events(of: &Session<Login>) -> Filter {
    let filter = Filter::all().kinds([EventKind::Created, EventKind::Ended, EventKind::Rotated]);
    match of.data().viewer() {
        Viewer::All => filter,
        // Such a user's sessions are those that count under it.
        Viewer::User(user) => filter.principal(user),
    }
}

/// The events of all hosts.
pub(crate) fn host_events() -> Filter {
    Filter::all().kinds([
        EventKind::HostAdded,
        EventKind::HostDead,
        EventKind::HostBack,
        EventKind::HostForgotten,
        EventKind::SkewRaised,
        EventKind::SkewCleared,
    ])
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.sessions, self.hosts)
    }
}

impl FromStr for Position {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        let (sessions, hosts) = text.split_once(',').unwrap_or((text, ""));
        Ok(Self { sessions: sessions.parse()?, hosts: hosts.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_two_tokens() {
        let text = "000000000000feed-7,000000000000feed-9";
        assert_eq!(text.parse::<Position>().map(|position| position.to_string()), Ok(text.into()));
        for nonsense in ["", ",", "nonsense", "000000000000feed-7", "000000000000feed-7,"] {
            assert_eq!(nonsense.parse::<Position>(), Err(ParseTokenError), "{nonsense:?}");
        }
    }
}
