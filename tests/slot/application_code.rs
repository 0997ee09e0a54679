//! No lock of ours is held while application code runs: another thread does everything there is to
//! do meanwhile, and comes back.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Wake, Waker};
use std::time::Duration;

use tenure::slot::{ReusableSession, ReusableSessions, SessionPool};
use tenure::{Clock, ManualClock, NewSession, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{secs, within_a_minute};
use crate::executor::{Gate, Task};
use crate::setup::balanced;

/// Where application code is called.
#[derive(Clone, Copy, Debug)]
enum Place {
    Login,
    Check,
    Drop,
    Hook,
    Clock,
    Key,
    Tell,
    Waker,
}

/// Those where it always is.
const PLACES: [Place; 7] =
    [Place::Login, Place::Check, Place::Drop, Place::Hook, Place::Clock, Place::Key, Place::Tell];

/// All there is to use.
struct World {
    store: SessionStore<Probe>,
    slot: ReusableSession<Probe>,
    slots: ReusableSessions<Key, Probe>,
    pool: SessionPool<Probe>,
    clock: ManualClock,
    /// Whether somebody uses it already: its own application code need not do so again.
    busy: AtomicBool,
    calls: [AtomicUsize; 8],
    visits: [AtomicUsize; 8],
}

/// What leads application code to the world that calls it.
#[derive(Clone, Default)]
struct Link(Arc<OnceLock<Weak<World>>>);

impl Link {
    /// Uses everything in another thread, and waits for that.
    fn visit(&self, place: Place) {
        let Some(world) = self.0.get().and_then(Weak::upgrade) else { return };
        let calls = world.calls[place as usize].fetch_add(1, Ordering::Relaxed);
        // A key or a clock that changes everything each time it is used is in its own way.
        let turn = !matches!(place, Place::Key | Place::Clock) || calls.is_multiple_of(17);
        if turn && !world.busy.swap(true, Ordering::SeqCst) {
            world.visits[place as usize].fetch_add(1, Ordering::Relaxed);
            std::thread::scope(|scope| scope.spawn(|| world.use_all(self)).join()).unwrap();
            world.busy.store(false, Ordering::SeqCst);
        }
    }

    fn probe(&self) -> NewSession<Probe> {
        NewSession::new(Probe(self.clone()))
    }

    fn key(&self, number: u32) -> Key {
        Key(number, self.clone())
    }
}

struct Probe(Link);

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.visit(Place::Drop);
    }
}

#[derive(Clone)]
struct Key(u32, Link);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.visit(Place::Key);
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.1.visit(Place::Key);
        self.0 == other.0
    }
}

impl Eq for Key {}

struct Watched(Link, ManualClock);

impl Clock for Watched {
    fn now(&self) -> Tick {
        self.0.visit(Place::Clock);
        self.1.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.0.visit(Place::Clock);
        self.1.wall()
    }
}

impl Wake for Link {
    fn wake(self: Arc<Self>) {
        self.visit(Place::Waker);
    }
}

impl World {
    fn new(link: &Link, single_flight: bool) -> Arc<Self> {
        let clock = ManualClock::new();
        let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(100)));
        let store: SessionStore<Probe> =
            builder.clock(Watched(link.clone(), clock.clone())).build().unwrap();
        let check = || {
            let link = link.clone();
            move |_: &_| {
                link.visit(Place::Check);
                true
            }
        };
        let mut slot = ReusableSession::new(&store).validate_with(check());
        let mut slots = ReusableSessions::new(&store, 2).validate_with(check());
        if single_flight {
            // What asks inside a login takes it over after that.
            let wait = Duration::from_millis(1);
            slot = slot.single_flight(wait);
            slots = slots.single_flight(wait);
        }
        let pool = SessionPool::new(&store).margin(Duration::ZERO);
        let world = Arc::new(Self {
            store,
            slot,
            slots,
            pool,
            clock,
            busy: AtomicBool::new(false),
            calls: Default::default(),
            visits: Default::default(),
        });
        assert!(link.0.set(Arc::downgrade(&world)).is_ok());
        world
    }

    fn use_all(&self, link: &Link) {
        drop((self.slot.get(), self.slot.invalidate()));
        drop(self.slot.get_or_login(|| link.probe()));
        drop(self.slot.replace(link.probe()).unwrap());
        for key in [1, 2, 3].map(|number| link.key(number)) {
            drop((self.slots.get(&key), self.slots.invalidate(&key)));
            drop(self.slots.get_or_login(&key, || link.probe()));
            drop(self.slots.replace(&key, link.probe()));
        }
        let _ = (self.slots.sweep(), self.slots.len(), self.slots.invalidate_all());
        let lent = self.pool.checkout(|| link.probe());
        drop((self.pool.checkout(|| link.probe()), self.pool.len()));
        drop(lent);
        let _ = (self.store.stats(), self.store.reap());
    }
}

/// One round through all that calls application code.
fn round(world: &World, link: &Link) {
    let login = || {
        link.visit(Place::Login);
        link.probe()
    };
    let hooked = |session: tenure::Session<Probe>| {
        let link = link.clone();
        session.on_end(move |_, _| link.visit(Place::Hook));
    };
    drop(world.slot.get_or_login(login).map(hooked));
    drop((world.slot.get(), world.slot.get_or_login(login)));
    drop(world.slot.replace(link.probe()).map(hooked));
    world.slot.invalidate();
    for number in 1..4 {
        drop(world.slots.get_or_login(&link.key(number), login).map(hooked));
        drop(world.slots.replace(&link.key(number), link.probe()));
        drop(world.slots.get(&link.key(number)));
    }
    world.slots.invalidate(&link.key(3));
    let _ = (world.slots.sweep(), world.slots.invalidate_all());
    // Somebody waits for a login, where only one may be under way.
    let gate = Gate::<Result<NewSession<Probe>, ()>>::new();
    let mut leader = Task::new(world.slot.get_or_login_async(|| gate.pass()));
    let mut waiter = Task::new(world.slot.get_or_login_async(|| gate.pass()));
    // Nobody may put anything in meanwhile.
    world.busy.store(true, Ordering::SeqCst);
    world.slot.invalidate();
    let _ = leader.poll();
    let _ = waiter.poll_with(&Waker::from(Arc::new(link.clone())));
    world.busy.store(false, Ordering::SeqCst);
    drop((leader, waiter));
    let mut dirty = world.pool.checkout(login).unwrap();
    dirty.mark_dirty();
    drop((world.pool.checkout(login), dirty, world.pool.checkout(login)));
    world.clock.advance(secs(60));
    drop(world.pool.checkout(login));
    world.clock.advance(secs(60));
    drop((world.slot.get(), world.slots.get(&link.key(1)), world.pool.checkout(login)));
}

#[test]
fn no_lock_is_held_while_application_code_runs() {
    for single_flight in [false, true] {
        let (visits, store) = within_a_minute(move || {
            let link = Link::default();
            let world = World::new(&link, single_flight);
            for _ in 0..30 {
                round(&world, &link);
            }
            let closed = NonZeroUsize::new(1).unwrap();
            drop([(); 3].map(|()| world.pool.checkout(|| link.probe()).unwrap()));
            world.pool.close(closed, |_| link.visit(Place::Tell));
            world.slot.invalidate();
            world.slots.invalidate_all();
            let store = world.store.clone();
            let visits = world.visits.each_ref().map(|count| count.load(Ordering::Relaxed));
            (visits, store)
        });
        println!("single flight {single_flight}: {visits:?}");
        let missed = |place: Place| visits[place as usize] == 0;
        for place in PLACES {
            assert!(!missed(place), "{place:?} was never visited");
        }
        assert!(missed(Place::Waker) != single_flight);
        balanced(&store, 0);
        assert_eq!(store.stats().application_panics, 0);
    }
}
