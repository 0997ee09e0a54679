//! Keys are application code: hashing, comparing, cloning and dropping them may panic or come back.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tenure::slot::ReusableSessions;
use tenure::{NewSession, SessionStore};

use crate::common::{Store, plain, within_a_minute};
use crate::executor::Task;
use crate::setup::{balanced, store};

type Slots = ReusableSessions<Key, u32>;

/// What is done to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Hash,
    Compare,
    Clone,
}

/// What keys do on top of what they must.
trait Trick: Send + Sync {
    fn play(&self, deed: Deed);
}

struct Key {
    number: u32,
    trick: Arc<dyn Trick>,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.trick.play(Deed::Hash);
        // All in one bucket, so that they are compared.
        0_u32.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.trick.play(Deed::Compare);
        self.number == other.number
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Self {
        self.trick.play(Deed::Clone);
        Self { number: self.number, trick: Arc::clone(&self.trick) }
    }
}

/// Panics when it is played for the so-manieth time.
#[derive(Default)]
struct Bomb(AtomicUsize);

impl Trick for Bomb {
    fn play(&self, deed: Deed) {
        let left = self.0.load(Ordering::Relaxed);
        if left > 0 {
            self.0.store(left - 1, Ordering::Relaxed);
            assert!(left > 1, "{deed:?}, on purpose");
        }
    }
}

/// What one does with slots; those that make or fill one come last.
type Call = fn(&Slots, &Key);

const CALLS: [Call; 6] = [
    |slots, key| drop(slots.get(key)),
    |slots, key| {
        slots.invalidate(key);
    },
    |slots, _| {
        slots.sweep();
    },
    |slots, key| drop(slots.get_or_login(key, plain)),
    |slots, key| drop(slots.try_get_or_login(key, || Err("wrong password"))),
    |slots, key| {
        let login = || std::future::ready(Ok::<_, ()>(plain()));
        drop(Task::new(slots.get_or_login_async(key, login)).finish());
    },
];

/// Every slot holds one session, unless it was emptied, and no session is outside of one.
fn is_usable(slots: &Slots, store: &Store, key: impl Fn(u32) -> Key) {
    let held = (0..9).filter(|number| slots.get(&key(*number)).is_some()).count();
    assert!(held <= slots.len() && slots.len() <= 2, "{held} in {} slots", slots.len());
    balanced(store, held);
    for number in 0..9 {
        slots.get_or_login(&key(number), || NewSession::new(number)).unwrap();
        assert_eq!(*slots.get(&key(number)).unwrap().data(), number);
    }
    assert_eq!(slots.len(), 2);
    balanced(store, 2);
}

#[test]
fn panicking_key_breaks_nothing() {
    for call in CALLS {
        for known in [false, true] {
            let (store, bomb) = (store(), Arc::new(Bomb::default()));
            let key = |number| Key { number, trick: Arc::clone(&bomb) as Arc<dyn Trick> };
            let slots = Slots::new(&store, 2);
            let mut panics = 0;
            for fuse in 1.. {
                is_usable(&slots, &store, key);
                let asked = key(if known { 8 } else { 3 });
                bomb.0.store(fuse, Ordering::Relaxed);
                let ended = catch_unwind(AssertUnwindSafe(|| call(&slots, &asked)));
                bomb.0.store(0, Ordering::Relaxed);
                panics += usize::from(ended.is_err());
                is_usable(&slots, &store, key);
                if ended.is_ok() {
                    break;
                }
            }
            println!("{panics} places where a key may panic");
            assert!(store.stats().application_panics == 0);
        }
    }
}

thread_local! {
    static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Uses the slots that it is a key of.
#[derive(Default)]
struct Nosy {
    slots: OnceLock<std::sync::Weak<Slots>>,
    store: OnceLock<SessionStore<u32>>,
    plays: [AtomicUsize; 3],
    /// How often it may still do so. Without end it would be in its own way.
    left: AtomicUsize,
}

struct Again(Arc<Nosy>);

impl Trick for Again {
    fn play(&self, deed: Deed) {
        let Some(slots) = self.0.slots.get().and_then(std::sync::Weak::upgrade) else { return };
        let left = self.0.left.load(Ordering::Relaxed);
        if left == 0 || INSIDE.replace(true) {
            return;
        }
        self.0.left.store(left - 1, Ordering::Relaxed);
        self.0.plays[deed as usize].fetch_add(1, Ordering::Relaxed);
        let key = |number| Key { number, trick: Arc::new(Again(Arc::clone(&self.0))) };
        for number in 20..23 {
            slots.get_or_login(&key(number), plain).unwrap();
            slots.replace(&key(number), plain()).unwrap();
            drop(slots.get(&key(number)));
            slots.invalidate(&key(number - 1));
        }
        let _ = (slots.sweep(), slots.len(), slots.invalidate_all(), format!("{slots:?}"));
        let store = self.0.store.get().unwrap();
        let _ = store.end(store.create(plain()).unwrap().id());
        INSIDE.set(false);
    }
}

#[test]
fn key_may_use_the_slots() {
    within_a_minute(|| {
        let (store, nosy) = (store(), Arc::new(Nosy::default()));
        let slots = Arc::new(Slots::new(&store, 2));
        assert!(nosy.slots.set(Arc::downgrade(&slots)).is_ok());
        assert!(nosy.store.set(store.clone()).is_ok());
        let key = |number| Key { number, trick: Arc::new(Again(Arc::clone(&nosy))) };
        for call in CALLS {
            for number in 0..4 {
                for left in 1..9 {
                    nosy.left.store(left, Ordering::Relaxed);
                    call(&slots, &key(number));
                }
                assert!(slots.len() <= 2);
            }
        }
        // Not everything is found again: between two looks a key may have changed everything.
        for number in 0..4 {
            nosy.left.store(8, Ordering::Relaxed);
            assert_eq!(slots.replace(&key(number), plain()).map(|_| ()), Ok(()));
        }
        assert!(nosy.plays.iter().all(|plays| plays.load(Ordering::Relaxed) > 0));
        INSIDE.set(true);
        let numbers = (0..4).chain(20..23);
        let held = numbers.filter(|number| slots.get(&key(*number)).is_some()).count();
        INSIDE.set(false);
        balanced(&store, held);
        assert_eq!(store.stats().application_panics, 0);
    });
}

/// A key that panics when it is hashed, if it is told to.
#[derive(Clone, PartialEq, Eq)]
struct Touchy(bool);

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert!(!self.0, "touched");
        state.write_u8(0);
    }
}

#[test]
fn panicking_key_in_a_replacement_leaves_no_session() {
    let store = store();
    let slots = ReusableSessions::new(&store, 4);
    slots.replace(&Touchy(false), plain()).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| slots.replace(&Touchy(true), plain())));
    assert!(panicked.is_err());
    balanced(&store, 1);
}
