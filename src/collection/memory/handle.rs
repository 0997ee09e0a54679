//! The handle of a collection in memory, and what a test can do with it.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::fault::{Call, Fault};
use super::state::{Contents, State};
use super::stats::MemoryStats;
use crate::clock::{Clock, SystemClock};
use crate::collection::error::CollectionError;
use crate::collection::policy::Policy;
use crate::collection::stamp::{CollectionTime, Epoch};
use crate::sync::{Arc, Mutex};

/// A collection in memory. Clones share it, so several stores of one process can be its nodes.
///
/// It is what the others are compared with, and for tests of your own program: its time can be
/// driven, and it can be told to [fail](Self::faults) at any call and at any request, to
/// [forget](Self::flush) everything, and to go [back](Self::roll_back) to an earlier state. Its
/// time does not go back, even if its clock does.
///
/// # Examples
///
/// The answer of one request in three is lost:
///
/// ```
/// use tenure::collection::{Call, Collection, Fault, MemoryCollection, Op, RecordKey, Request};
///
/// let collection = MemoryCollection::default();
/// let faults = Fault::seeded(7, 3);
/// collection.faults(move |call| match call {
///     Call::Request(_) if faults(call) != Fault::None => Fault::AnswerLost,
///     _ => Fault::None,
/// });
/// let load = Request { key: RecordKey::from_bytes([1; 16]), op: Op::Load };
/// let answer = collection.apply(&vec![load; 99]).unwrap();
/// let lost = answer.outcomes.iter().filter(|outcome| outcome.is_err()).count();
/// assert!((10..60).contains(&lost), "{lost}");
/// ```
#[derive(Clone)]
pub struct MemoryCollection {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) policy: Policy,
    clock: Box<dyn Clock>,
    pub(super) state: Mutex<State>,
    faults: Mutex<Faults>,
}

type Schedule = dyn Fn(&Call<'_>) -> Fault + Send + Sync;

#[derive(Default)]
struct Faults {
    next: VecDeque<Fault>,
    schedule: Option<Arc<Schedule>>,
}

/// What a [`MemoryCollection`] had at a moment.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Collection, HashKey, MemoryCollection, Op, RecordKey, Request};
///
/// let collection = MemoryCollection::default();
/// let snapshot = collection.snapshot();
/// let op = Op::Remove { reason: "killed".into(), id: None, fence: true };
/// collection.apply(&[Request { key: RecordKey::from_bytes([1; 16]), op }]).unwrap();
/// collection.roll_back(&snapshot);
/// let opened = collection.open(HashKey::new([1; 32]).fingerprint()).unwrap();
/// assert_eq!(opened.stamp.seq, 0);
/// ```
#[derive(Clone)]
pub struct MemorySnapshot(Contents);

impl MemoryCollection {
    /// A collection with this policy, by the system's monotonic clock.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::with_clock(policy, SystemClock::new())
    }

    /// A collection with this policy, by this clock: a
    /// [`ManualClock`](crate::ManualClock), for instance.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::ManualClock;
    /// use tenure::collection::{Collection, HashKey, MemoryCollection, Policy};
    ///
    /// let clock = ManualClock::new();
    /// let policy = Policy::new(Duration::from_secs(60));
    /// let collection = MemoryCollection::with_clock(policy, clock.clone());
    /// let key = HashKey::new([1; 32]).fingerprint();
    /// let before = collection.open(key)?.stamp.time;
    /// clock.advance(Duration::from_secs(9));
    /// assert_eq!(collection.open(key)?.stamp.time.since(before), Duration::from_secs(9));
    /// # Ok::<(), tenure::collection::CollectionError>(())
    /// ```
    #[must_use]
    pub fn with_clock(policy: Policy, clock: impl Clock) -> Self {
        let state = Mutex::new(State::new(Contents::new(policy, random_epoch())));
        let faults = Mutex::new(Faults::default());
        Self { shared: Arc::new(Shared { policy, clock: Box::new(clock), state, faults }) }
    }

    /// Asks this about each call, and about each request of a batch, in place of what was asked
    /// before. No lock is held meanwhile. `|_| Fault::None` ends it.
    pub fn faults(&self, schedule: impl Fn(&Call<'_>) -> Fault + Send + Sync + 'static) {
        let before = self.shared.faults.lock().schedule.replace(Arc::new(schedule));
        drop(before);
    }

    /// Lets the next call fail so, after those that were given before. Of a batch, all of it. The
    /// [schedule](Self::faults) is not asked about that call then.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.faults.lock().next.push_back(fault);
    }

    /// Does the requests that were [delayed](Fault::Delayed), in their order. Returns how many
    /// those are. Their outcomes are not reported.
    pub fn deliver(&self) -> usize {
        let clock = self.clock();
        let mut state = self.shared.state.lock();
        let delayed = std::mem::take(&mut state.delayed);
        for request in &delayed {
            let _ = state.apply(clock, request);
        }
        delayed.len()
    }

    /// Forgets everything, and is another epoch from now on.
    pub fn flush(&self) {
        let fresh = Contents::new(self.shared.policy, random_epoch());
        let before = std::mem::replace(&mut self.shared.state.lock().contents, fresh);
        drop(before);
    }

    /// Forgets every end and every note of a change before its time, and raises the floor.
    pub fn prune(&self) {
        self.shared.state.lock().prune();
    }

    /// What there is now, to [go back](Self::roll_back) to.
    #[must_use]
    pub fn snapshot(&self) -> MemorySnapshot {
        MemorySnapshot(self.shared.state.lock().contents.clone())
    }

    /// Puts the collection back to what it had, in the same epoch, as a server that lost what it
    /// had not written to disk. It is in another [run](crate::collection::Collection::incarnation)
    /// then. Its time does not go back.
    pub fn roll_back(&self, snapshot: &MemorySnapshot) {
        let earlier = snapshot.0.clone();
        let before = {
            let mut state = self.shared.state.lock();
            state.roll_backs += 1;
            std::mem::replace(&mut state.contents, earlier)
        };
        drop(before);
    }

    /// How many live sessions there are.
    #[must_use]
    pub fn live(&self) -> usize {
        self.shared.state.lock().contents.records.live()
    }

    /// What it was asked, and what it wrote.
    #[must_use]
    pub fn stats(&self) -> MemoryStats {
        self.shared.state.lock().stats
    }

    pub(super) fn clock(&self) -> CollectionTime {
        CollectionTime::from_micros(self.shared.clock.now().as_micros())
    }

    /// How a call fails; of a request, only by the schedule.
    pub(super) fn fault(&self, call: &Call<'_>) -> Fault {
        let schedule = {
            let mut faults = self.shared.faults.lock();
            let next = if let Call::Request(_) = call { None } else { faults.next.pop_front() };
            match next {
                Some(fault) => return fault,
                None => faults.schedule.clone(),
            }
        };
        schedule.map_or(Fault::None, |schedule| schedule(call))
    }

    /// Does a call that is no batch, unless it fails.
    pub(super) fn call<R>(
        &self,
        call: &Call<'_>,
        count: impl FnOnce(&mut MemoryStats) -> &mut u64,
        act: impl FnOnce(&mut State, CollectionTime) -> R,
    ) -> Result<R, CollectionError> {
        let (fault, clock) = (self.fault(call), self.clock());
        let mut state = self.shared.state.lock();
        *count(&mut state.stats) += 1;
        let done = fault.is_done().then(|| act(&mut state, clock));
        fault.check()?;
        done.ok_or_else(|| CollectionError::not_applied("nothing was done"))
    }
}

impl Default for MemoryCollection {
    /// That of nodes which refresh every five minutes, by the system's monotonic clock.
    fn default() -> Self {
        Self::new(Policy::new(Duration::from_secs(300)))
    }
}

impl fmt::Debug for MemoryCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCollection").field("live", &self.live()).finish_non_exhaustive()
    }
}

impl fmt::Debug for MemorySnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.0.records.live();
        f.debug_struct("MemorySnapshot").field("live", &live).finish_non_exhaustive()
    }
}

/// It is no secret, but must be another each time.
fn random_epoch() -> Epoch {
    Epoch::from_number(RandomState::new().hash_one(()))
}
