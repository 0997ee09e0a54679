//! Finds a session by its public name.
//!
//! A store lists names without the sessions behind them, looks up by id only, and its events carry
//! names too, so that a name can never be used to log in. A program that shows sessions to people
//! keeps a directory like this one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tenure::{Session, SessionId};

use crate::login::Login;
use crate::refs;

/// The sessions by name. Cheap to clone; all clones share what they hold.
#[derive(Clone)]
pub(crate) struct Directory(Arc<Shared>);

struct Shared {
    names: Mutex<Names>,
    /// Held for reading while a session is created and entered here.
    entering: RwLock<()>,
    /// How many sessions are known still after they have ended.
    remembered: usize,
}

#[derive(Default)]
struct Names {
    sessions: HashMap<String, Session<Login>>,
    /// Those of them that have ended, the one that ended first at the front.
    ended: VecDeque<String>,
}

impl Directory {
    /// `remembered` sessions are known still after they have ended: as many as there may be unread
    /// events about.
    pub(crate) fn new(remembered: usize) -> Self {
        let shared = Shared { names: Mutex::default(), entering: RwLock::default(), remembered };
        Self(Arc::new(shared))
    }

    /// To be held from before a session is created until it is in here: see
    /// [`settle`](Self::settle).
    pub(crate) fn entering(&self) -> RwLockReadGuard<'_, ()> {
        self.0.entering.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until every session that somebody may have heard of is in here. A session's first
    /// event is out when the store has created it, a moment before it can be entered.
    pub(crate) fn settle(&self) {
        let entered: RwLockWriteGuard<'_, ()> =
            self.0.entering.write().unwrap_or_else(PoisonError::into_inner);
        drop(entered);
    }

    /// To be called before the session's `on_end` hook is set to say that it has
    /// [ended](Self::ended): the other way round, one that ends at once would stay for ever.
    /// Returns whether it is new here.
    pub(crate) fn insert(&self, session: &Session<Login>) -> bool {
        let before = self.lock().sessions.insert(refs::name(session.track_id()), session.clone());
        before.is_none()
    }

    /// The session is known for some time still, then forgotten.
    pub(crate) fn ended(&self, session: &Session<Login>) {
        let mut forgotten = Vec::new();
        let mut names = self.lock();
        names.ended.push_back(refs::name(session.track_id()));
        while names.ended.len() > self.0.remembered {
            let name = names.ended.pop_front();
            forgotten.extend(name.and_then(|name| names.sessions.remove(&name)));
        }
        // The lock is free again when what may be the last handle goes.
        drop(names);
    }

    /// The live session of this name.
    pub(crate) fn find(&self, name: &str) -> Option<Session<Login>> {
        self.recall(name).filter(|session| !session.is_ended())
    }

    /// The session of this name, live or not.
    pub(crate) fn recall(&self, name: &str) -> Option<Session<Login>> {
        self.lock().sessions.get(name).cloned()
    }

    /// The public name of a session by its secret, live or not.
    pub(crate) fn name_of(&self, id: &SessionId) -> Option<String> {
        let names = self.lock();
        let found = names.sessions.iter().find(|(_, session)| session.id() == *id);
        found.map(|(name, _)| name.clone())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().sessions.len()
    }

    #[cfg(test)]
    pub(crate) fn is_being_entered(&self) -> bool {
        self.0.entering.try_write().is_err()
    }

    fn lock(&self) -> MutexGuard<'_, Names> {
        // A map operation that panicked has left the map usable.
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn whoever_settles_waits_for_those_who_enter() {
        let directory = Directory::new(1);
        let entering = directory.entering();
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                directory.settle();
                tell.send(()).expect("somebody listens");
            });
            let early = told.recv_timeout(std::time::Duration::from_millis(100));
            assert!(early.is_err(), "it did not wait");
            drop(entering);
            told.recv().expect("it goes on");
        });
    }
}
