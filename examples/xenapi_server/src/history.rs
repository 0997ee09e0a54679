//! Follows the store's events, so that `event.from` can be told what became of every object since a
//! client's token, however far behind the client is.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tenure::SessionStore;
use tenure::events::{Event, EventError, EventKind, EventToken, Filter, Subscription};
use time::OffsetDateTime;

use crate::directory::Directory;
use crate::feed::{HOST_EVENTS, SESSION_EVENTS};
use crate::login::Login;
use crate::objects::{Objects, Question, Stamp, Window};
use crate::position::Position;
use crate::refs;

/// Follows the store's events. Cheap to clone; all clones share what they hold.
#[derive(Clone)]
pub(crate) struct History(Arc<Mutex<State>>);

struct State {
    store: SessionStore<Login>,
    directory: Directory,
    events: Subscription,
    /// Wakes [`History::follow`].
    follower: Waker,
    objects: Objects,
    /// The place after all events that the objects know of.
    now: Position,
}

/// The client asks for what is not known any more.
#[derive(Debug)]
pub(crate) struct Lost;

impl History {
    /// `remembered` sessions are known still after they have ended.
    pub(crate) fn new(
        store: &SessionStore<Login>,
        directory: &Directory,
        remembered: usize,
    ) -> Self {
        let kinds = SESSION_EVENTS.into_iter().chain(HOST_EVENTS);
        let events = store.subscribe(Filter::all().kinds(kinds));
        let now = position(events.token());
        Self(Arc::new(Mutex::new(State {
            store: store.clone(),
            directory: directory.clone(),
            events,
            follower: Waker::noop().clone(),
            objects: Objects::new(directory, remembered),
            now,
        })))
    }

    /// Follows the events until the store is closed.
    pub(crate) async fn follow(self) {
        poll_fn(|task| {
            let mut state = self.lock();
            state.follower.clone_from(task.waker());
            if state.catch_up() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The place after all that has happened.
    pub(crate) fn now(&self) -> Position {
        let mut state = self.lock();
        state.catch_up();
        state.now
    }

    /// What became of each object since this position, or all that there is.
    ///
    /// What was created and has ended in between is left out, as xapi does it. Where too much has
    /// happened for one answer, this returns the first part: all of it is of one moment, before
    /// which the rest did not happen yet.
    pub(crate) fn since(
        &self,
        from: Option<Position>,
        question: Question<'_>,
    ) -> Result<Window, Lost> {
        let mut state = self.lock();
        state.catch_up();
        state.directory.settle();
        if let Some(from) = from {
            let of_this_run = from.run == state.now.run && from.next <= state.now.next;
            if !of_this_run || !state.objects.are_known_since(from.next, question) {
                return Err(Lost);
            }
        }
        Ok(state.objects.window(from.map(|from| from.next), state.now, question))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes what has happened. Returns whether the store is closed.
    fn catch_up(&mut self) -> bool {
        let follower = self.follower.clone();
        let mut task = Context::from_waker(&follower);
        loop {
            match self.events.poll_recv(&mut task) {
                Poll::Ready(Ok(event)) => self.note(&event),
                Poll::Ready(Err(EventError::EventsLost { .. })) => self.resync(),
                Poll::Ready(Err(_closed)) => return true,
                Poll::Pending => return false,
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let stamp = Stamp { number: event.sequence(), at: event.wall() };
        self.now.next = stamp.number + 1;
        match (event.kind(), event.session()) {
            (EventKind::Ended, Some(info)) => {
                self.objects.end(refs::name(info.track_id()), stamp, event.tombstone());
            }
            (_, Some(info)) => self.objects.begin(info.clone(), stamp),
            (_, None) => {
                event.host().into_iter().for_each(|host| self.objects.host_changed(host, stamp));
            }
        }
    }

    /// Goes on from the live sessions, when events were lost: what is new or gone was created or
    /// ended at the latest now, and nobody has been given a place in between.
    fn resync(&mut self) {
        let live = self.store.resync(&mut self.events);
        self.now = position(self.events.token());
        let number = self.now.next.saturating_sub(1);
        let stamp = Stamp { number, at: OffsetDateTime::now_utc() };
        let names: HashSet<_> = live.iter().map(|info| refs::name(info.track_id())).collect();
        for gone in self.objects.live().filter(|name| !names.contains(name)).collect::<Vec<_>>() {
            let session = self.directory.recall(&gone);
            self.objects.end(gone, stamp, session.and_then(|session| session.tombstone()));
        }
        for info in live {
            self.objects.begin(info, stamp);
        }
        self.objects.all_hosts_changed(stamp);
    }
}

/// The place that a token of the store's names, by the token's text.
fn position(token: EventToken) -> Position {
    token.to_string().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Args;
    use crate::classes::Classes;
    use crate::log::{Level, Log};
    use crate::login::Viewer;
    use crate::sessions::Sessions;

    fn since(sessions: &Sessions, from: Option<Position>) -> Result<Window, Lost> {
        let wanted = Classes::read(&["session"], |_, object| object.to_owned()).expect("fine");
        let question = Question { wanted: &wanted, viewer: &Viewer::All, hosts: &[] };
        sessions.history.since(from, question)
    }

    #[test]
    fn events_that_the_history_itself_loses_are_made_up_for() {
        let command = ["xenapi_server", "--user=a:b", "--event-ring=4"];
        let args = Args::parse_from(command);
        let sessions = Sessions::new(&args, Log::new(Level::Error), Arc::default()).expect("fine");
        let log_in = || sessions.log_in(Login::user("root", "")).expect("there is room");
        let (first, second) = (log_in(), log_in());
        let start = since(&sessions, None).expect("all there is");
        assert_eq!((start.changes.len(), start.sessions), (2, 2));
        // Nobody asks meanwhile, and nobody follows.
        let new: Vec<_> = (0..7).map(|_| log_in()).collect();
        sessions.log_out(&first);
        sessions.log_out(&new[3]);
        let more = since(&sessions, Some(start.until)).expect("no end is forgotten");
        assert_eq!((more.changes.len(), more.sessions), (1 + 6, 1 + 6));
        let after = since(&sessions, Some(more.until)).expect("nothing new");
        assert_eq!((after.changes.len(), after.until), (0, more.until));
        sessions.log_out(&second);
        assert_eq!(since(&sessions, Some(more.until)).map(|it| it.changes.len()).ok(), Some(1));
        // It remembers four that have ended.
        for session in &new {
            sessions.log_out(session);
        }
        assert!(since(&sessions, Some(start.until)).is_err());
        assert!(since(&sessions, Some(Position { run: 0, ..more.until })).is_err());
    }
}
