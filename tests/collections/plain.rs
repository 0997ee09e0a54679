//! A collection as its contract is worded, which looks at every record for every question; and each
//! rule of it can be switched off by its name.

mod limits;
mod ops;
mod principal;
mod sweep;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tenure::collection::{
    Answer, Collection, CollectionError, CollectionTime, Cursor, Epoch, Expired, Feed, Fingerprint,
    Op, Opened, Outcome, Policy, PrincipalEnded, RecordKey, Request, Stamp, StoredEnd,
    StoredSession,
};
use tenure::{Clock, ManualClock};

/// See the [module](self).
pub(crate) struct Plain {
    off: &'static str,
    clock: ManualClock,
    ticks: bool,
    state: Mutex<State>,
}

#[derive(Clone)]
enum Record {
    Live { session: StoredSession, noted: Option<(u64, CollectionTime)> },
    End(StoredEnd),
}

#[derive(Clone)]
struct State {
    policy: Policy,
    off: &'static str,
    epoch: Epoch,
    seq: u64,
    floor: u64,
    fingerprint: Option<Fingerprint>,
    records: BTreeMap<RecordKey, Record>,
    /// Sessions that are gone, and still count.
    ghosts: usize,
}

impl Plain {
    /// One that keeps all rules but this.
    pub(crate) fn new(policy: Policy, off: &'static str) -> Self {
        let clock = ManualClock::new();
        let epoch = Epoch::from_number(match off {
            "open: an epoch of its own" => 1,
            _ => u64::from_ne_bytes(random()),
        });
        let (fingerprint, records) = (None, BTreeMap::new());
        let state = State { policy, off, epoch, seq: 0, floor: 0, fingerprint, records, ghosts: 0 };
        Self { off, clock, ticks: false, state: Mutex::new(state) }
    }

    /// Its time moves a little with each call.
    pub(crate) fn ticking(self) -> Self {
        Self { ticks: true, ..self }
    }

    pub(crate) fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    fn call<R>(&self, act: impl FnOnce(&mut State, CollectionTime) -> R) -> R {
        if self.ticks {
            self.clock.advance(Duration::from_micros(1));
        }
        let now = CollectionTime::from_micros(self.clock.now().as_micros());
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.off == "one atomic step" {
            let mut copy = lock().clone();
            let result = act(&mut copy, now);
            std::thread::yield_now();
            *lock() = copy;
            return result;
        }
        act(&mut lock(), now)
    }
}

fn random() -> [u8; 8] {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(7);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_ne_bytes()
}

impl State {
    /// Whether a rule is kept.
    fn on(&self, rule: &str) -> bool {
        self.off != rule
    }

    fn stamp(&self, time: CollectionTime) -> Stamp {
        Stamp { time, epoch: self.epoch, seq: self.seq }
    }

    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn end(&mut self, key: RecordKey, end: StoredEnd) {
        let seq = if self.on("seqs are unique") { self.next_seq() } else { self.seq.max(1) };
        self.records.insert(key, Record::End(StoredEnd { seq, ..end }));
    }
}

impl Collection for Plain {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.call(|state, now| {
            let known = *state.fingerprint.get_or_insert(fingerprint);
            if known != fingerprint && state.on("open: another key") {
                return Err(CollectionError::OtherKey);
            }
            Ok(Opened { stamp: state.stamp(now), floor: state.floor })
        })
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        let stamp = self.call(|state, now| state.stamp(now));
        let apply = |request: &Request| Ok(self.call(|state, now| state.apply(now, request)));
        let mut outcomes: Vec<_> = requests.iter().map(apply).collect();
        if self.off == "limits: what a batch ends" {
            let ends = |(at, one): &(usize, &Request)| {
                matches!((&one.op, &outcomes[*at]), (Op::Remove { .. }, Ok(Outcome::Done { .. })))
                    && requests[..*at].iter().any(|before| before.key == one.key)
            };
            let ghosts = requests.iter().enumerate().filter(ends).count();
            self.call(|state, _| state.ghosts += ghosts);
        }
        if self.off == "batch: an outcome each, in order" {
            outcomes.reverse();
        }
        Ok(Answer { stamp, outcomes })
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        Ok(self.call(|state, now| state.feed(now, after, at_most)))
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        Ok(self.call(|state, now| state.expire(now, at_most)))
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        Ok(self.call(|state, now| state.end_principal(now, principal, reason, except, at_most)))
    }
}
