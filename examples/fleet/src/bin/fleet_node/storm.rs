//! What the users of a node do, one step after the other.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use tenure::collection::CollectionError;
use tenure::shared::{SharedAcquireError, UpdateError};
use tenure::{EndOutcome, EndReason, NewSession, SessionId};

use crate::Node;
use crate::logins::Logins;

/// How many logins a node wants there to be.
const WANTED: usize = 600;

pub(crate) struct Storm<'a> {
    node: &'a Node,
    logins: &'a Logins,
    seed: [u64; 2],
    drawn: u64,
}

impl<'a> Storm<'a> {
    pub(crate) fn new(node: &'a Node, logins: &'a Logins, seed: [u64; 2]) -> Self {
        Self { node, logins, seed, drawn: 0 }
    }

    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        BuildHasherDefault::<DefaultHasher>::default().hash_one((self.seed, self.drawn))
    }

    pub(crate) fn step(&mut self) {
        if self.draw() % 10 < 2 && self.logins.len() < WANTED {
            return self.create();
        }
        let what = self.draw() % 100;
        let number = self.draw();
        let Some((login, id)) = self.logins.draw(number) else { return };
        match what {
            0..4 => self.end(&login, id),
            4..10 => self.rotate(&login, id),
            10..25 => self.change(&login, id),
            _ => self.touch(&login, id),
        }
    }

    fn create(&self) {
        let user = format!("user {}", self.drawn % 100);
        match self.node.create(NewSession::new(0).principal(user)) {
            Ok(session) => {
                let id = session.id().expose();
                // Said before others of this node can go on with it.
                println!("at {id} {id}");
                self.logins.learn(&id, &id);
            }
            Err(error) => println!("trouble with a creation: {error}"),
        }
    }

    fn end(&self, login: &str, id: SessionId) {
        println!("ending {login}");
        match self.node.end(id) {
            // Its other id may have ended, or not.
            Ok(EndOutcome::AlreadyEnded(end)) if end.reason() == EndReason::Replaced => {}
            Ok(EndOutcome::Ended(_) | EndOutcome::AlreadyEnded(_)) => println!("ended {login}"),
            // A refresh told of it meanwhile.
            Ok(EndOutcome::Unknown) => {}
            Ok(outcome) => println!("trouble with an end: {outcome:?}"),
            Err(error) => println!("trouble with an end: {error}"),
        }
        self.logins.forget(login, id);
    }

    fn rotate(&self, login: &str, id: SessionId) {
        println!("rotating {login}");
        match self.node.rotate(id) {
            Ok(session) => {
                let id = session.id().expose();
                println!("at {login} {id}");
                self.logins.learn(login, &id);
            }
            Err(UpdateError::Acquire(error)) => {
                println!("kept {login}");
                self.refused(login, id, &error);
            }
            // Another node was faster.
            Err(_) => {}
        }
    }

    fn change(&self, login: &str, id: SessionId) {
        let lease = match self.node.acquire_or_load(id) {
            Ok(lease) => lease,
            Err(error) => return self.refused(login, id, &error),
        };
        println!("changing {login}");
        match self.node.update_data(&lease, |data| data + 1) {
            Ok(_) => println!("changed {login}"),
            Err(UpdateError::Collection(CollectionError::NotApplied { reason })) => {
                println!("trouble with a change: {reason}");
            }
            Err(_) => {}
        }
    }

    fn touch(&self, login: &str, id: SessionId) {
        if let Err(error) = self.node.acquire_or_load(id) {
            self.refused(login, id, &error);
        }
    }

    /// Nobody may be refused but for an end, or for a rotation whose news is on its way.
    fn refused(&self, login: &str, id: SessionId, error: &SharedAcquireError) {
        match error {
            SharedAcquireError::Ended(end) if end.reason() == EndReason::Replaced => {}
            SharedAcquireError::Ended(_) => self.logins.forget(login, id),
            error => println!("trouble with a login that is there: {error}"),
        }
    }
}
