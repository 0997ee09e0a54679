//! What nodes ask of it.

use std::time::Duration;

use super::fault::{Call, Fault};
use super::handle::MemoryCollection;
use super::state::State;
use crate::collection::contract::{AsyncCollection, Collection};
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;

impl Collection for MemoryCollection {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.call(
            &Call::Open,
            |stats| &mut stats.opens,
            |state, clock| {
                let now = state.now(clock);
                state.contents.records.open(now, fingerprint)
            },
        )?
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        let fault = self.fault(&Call::Apply(requests));
        let clock = self.clock();
        let stamp = {
            let mut state = self.shared.state.lock();
            state.stats.applies += 1;
            if fault == Fault::Delayed {
                state.delayed.extend(requests.iter().cloned());
            }
            state.stamp(clock)
        };
        if !fault.is_done() {
            fault.check()?;
        }
        let outcomes = requests.iter().map(|request| {
            let fault = self.fault(&Call::Request(request));
            let mut state = self.shared.state.lock();
            if fault == Fault::Delayed {
                state.delayed.push_back(request.clone());
            }
            let outcome = fault.is_done().then(|| state.apply(clock, request));
            fault.check()?;
            outcome.ok_or_else(|| CollectionError::not_applied("nothing was done"))
        });
        let answer = Answer { stamp, outcomes: outcomes.collect() };
        fault.check()?;
        Ok(answer)
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.call(
            &Call::Feed,
            |stats| &mut stats.feeds,
            |state, clock| {
                let now = state.now(clock);
                state.contents.records.feed(now, after, at_most)
            },
        )
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        let act = |state: &mut State, clock| state.expire(clock, at_most);
        self.call(&Call::Expire, |stats| &mut stats.expires, act)
    }

    fn incarnation(&self) -> u64 {
        self.shared.state.lock().roll_backs
    }

    fn keep_ends(&self) -> Option<Duration> {
        Some(self.shared.policy.keep_ends)
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        let act = |state: &mut State, clock| {
            state.end_principal(clock, (principal, reason), except, at_most)
        };
        self.call(&Call::EndPrincipal, |stats| &mut stats.principals_ended, act)
    }
}

/// Each future is ready at once.
impl AsyncCollection for MemoryCollection {
    async fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        Collection::open(self, fingerprint)
    }

    async fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        Collection::apply(self, requests)
    }

    async fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        Collection::feed(self, after, at_most)
    }

    async fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        Collection::expire(self, at_most)
    }

    fn incarnation(&self) -> u64 {
        Collection::incarnation(self)
    }

    fn keep_ends(&self) -> Option<Duration> {
        Collection::keep_ends(self)
    }

    async fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        Collection::end_principal(self, principal, reason, except, at_most)
    }
}
