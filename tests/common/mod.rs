//! What several test files share: seeds, random numbers, ids on demand, threads with a time limit.

// Each test file is a crate of its own and uses only a part of this.
#![allow(dead_code)]

use std::collections::VecDeque;
use std::env;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tenure::store::{IdError, IdSource};
use tenure::{NewSession, Selector, SessionId, SessionStore};

/// The store of the tests that do not care about the application's data.
pub(crate) type Store = SessionStore<u32>;

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A session of `principal` with nothing else said.
pub(crate) fn of(principal: &str) -> NewSession<u32> {
    NewSession::new(0).principal(principal)
}

/// A session with nothing said.
pub(crate) fn plain() -> NewSession<u32> {
    NewSession::new(0)
}

/// How many sessions `list` shows.
pub(crate) fn listed<T: Send + Sync + 'static>(store: &SessionStore<T>) -> usize {
    store.list(&Selector::all()).len()
}

/// Counts one more, as hooks do that have nothing else to say.
pub(crate) fn add_one(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// Waits for something that another thread does this moment, without sleeping.
pub(crate) fn spin_until(done: impl Fn() -> bool) {
    for spins in 1_u32.. {
        if done() {
            return;
        }
        // On a busy machine the other thread may need our processor.
        if spins.is_multiple_of(1_000) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

/// Lets `parties` threads go on together, within a few nanoseconds of each other. A barrier that
/// sleeps would let them go too far apart for a race of single instructions.
pub(crate) fn meet(ready: &AtomicUsize, parties: usize) {
    ready.fetch_add(1, Ordering::SeqCst);
    spin_until(|| ready.load(Ordering::SeqCst) >= parties);
}

/// The seed of a randomised test: `TENURE_SEED` if it is set, else a fresh one. Either way it is
/// printed, so that a failure can be run again.
pub(crate) fn seed(test: &str) -> u64 {
    let given = env::var("TENURE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("{test}: to repeat this run set TENURE_SEED={seed}");
    seed
}

/// By how much `TENURE_STEPS` asks the randomised tests to do more than usual.
pub(crate) fn factor() -> usize {
    env::var("TENURE_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// A small random generator (splitmix64), good enough to shuffle what threads do.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a small number");
        usize::try_from(self.next() % end).expect("below a usize")
    }
}

/// The id numbered `number`.
pub(crate) fn id(number: u128) -> SessionId {
    SessionId::from_bytes(number.to_be_bytes())
}

/// An id source that counts, and that says what it is told to say first. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct ScriptedIds(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    drawn: u128,
    first: VecDeque<Result<SessionId, IdError>>,
}

impl ScriptedIds {
    /// Says this at the next draw.
    pub(crate) fn then(&self, answer: Result<SessionId, IdError>) {
        self.lock().first.push_back(answer);
    }

    /// How many ids it has drawn.
    pub(crate) fn drawn(&self) -> u128 {
        self.lock().drawn
    }

    /// Forgets what was to be said and has not been.
    pub(crate) fn clear(&self) {
        self.lock().first.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdSource for ScriptedIds {
    fn next_id(&self) -> Result<SessionId, IdError> {
        let mut script = self.lock();
        script.drawn += 1;
        let fresh = id(script.drawn);
        script.first.pop_front().unwrap_or(Ok(fresh))
    }
}

/// Runs `work` on a thread of its own and waits for it, though not forever: a deadlock fails the
/// test instead of hanging it. A panic in `work` is passed on.
pub(crate) fn within_a_minute<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, wait) = mpsc::channel();
    // Threads are what this test is about; the library itself spawns none.
    #[allow(clippy::disallowed_methods)]
    let worker = std::thread::spawn(move || {
        let result = work();
        // The receiver is gone if the minute is over.
        let _ = done.send(());
        result
    });
    match wait.recv_timeout(secs(60)) {
        Err(RecvTimeoutError::Timeout) => panic!("deadlock: nothing came back within a minute"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
    }
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
