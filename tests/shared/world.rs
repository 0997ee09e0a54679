//! A fleet whose clocks, failures and order of steps a seed decides, and what was promised to those
//! who used it.

use std::time::Duration;

use tenure::collection::{Fault, HashKey, MemoryCollection, Policy};
use tenure::shared::{SharedData, SharedSessions};
use tenure::{Lease, Limit, Limits, ManualClock, NewSession, Session, SessionId, SessionStore};

use crate::common::{Random, ScriptedIds, secs};
use crate::executor::{Gate, Line, Tasks};
use crate::promises::{Case, Done, Note};

pub(crate) type Node = SharedSessions<u64, Line>;

pub(crate) const KEY: [u8; 32] = [7; 32];
const SALT: [u8; 32] = [3; 32];
/// For longer than an episode: no session expires in the collection.
const GRACE: Duration = secs(4_000_000);
/// For how long an insertion may be under way where ends are forgotten soon.
const WINDOW: Duration = secs(600);

/// What an episode is like.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is chosen by itself")]
pub(crate) struct Setting {
    pub(crate) nodes: usize,
    /// One call in so many waits, at either end. None if 0.
    pub(crate) waits: usize,
    /// One call or request in so many fails. None if 0.
    pub(crate) faults: u64,
    /// The most sessions in the memory of a node.
    pub(crate) memory: Option<usize>,
    /// The most sessions of a principal.
    pub(crate) logins: Option<usize>,
    pub(crate) grace_of_ids: bool,
    pub(crate) flushes: bool,
    pub(crate) restarts: bool,
    /// Ends are forgotten soon.
    pub(crate) forgets: bool,
    /// Batches are as small as this.
    pub(crate) batch: usize,
}

impl Setting {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut one_in = |n| random.below(n) == 0;
        Self {
            memory: one_in(3).then_some(4),
            logins: one_in(5).then_some(3),
            grace_of_ids: one_in(4),
            flushes: one_in(4),
            restarts: one_in(2),
            forgets: one_in(4),
            waits: if one_in(4) { 0 } else { 2 },
            faults: if one_in(3) { 0 } else { 7 },
            batch: if one_in(3) { 1 } else { 3 },
            nodes: 2 + random.below(3),
        }
    }
}

/// A node, and what its requests hold.
pub(crate) struct Place {
    pub(crate) node: Node,
    pub(crate) clock: ManualClock,
    pub(crate) leases: Vec<(usize, Lease<SharedData<u64>>)>,
    pub(crate) handles: Vec<(usize, Session<SharedData<u64>>)>,
    /// When its last good refresh began.
    pub(crate) refreshed: u64,
    /// Whether it tells of creations, and of ends, by its refresh alone.
    pub(crate) behind: (bool, bool),
}

pub(crate) struct World {
    pub(crate) setting: Setting,
    pub(crate) random: Random,
    pub(crate) gate: Gate,
    pub(crate) collection: MemoryCollection,
    pub(crate) clock: ManualClock,
    pub(crate) places: Vec<Place>,
    pub(crate) tasks: Tasks<Note, Done>,
    pub(crate) cases: Vec<Case>,
    pub(crate) ids: ScriptedIds,
    pub(crate) step: u64,
    pub(crate) flushes: u64,
    pub(crate) given: u128,
    /// What happened, for those who read of a failure.
    pub(crate) story: Vec<String>,
    tells: bool,
    /// Knows the names for logs.
    names: SessionStore<()>,
}

impl World {
    pub(crate) fn new(setting: Setting, mut random: Random, tells: bool) -> Self {
        let clock = ManualClock::new();
        let mut policy = Policy::new(secs(300));
        let keep_ends = if setting.forgets { 2 * WINDOW } else { GRACE };
        (policy.grace, policy.hold, policy.keep_ends) = (GRACE, GRACE, keep_ends);
        if let Some(max) = setting.logins {
            policy = policy.per_principal(Limit::evict_oldest(max));
        }
        let names = SessionStore::builder().track_salt(SALT).tombstones(0, secs(0));
        let mut world = Self {
            setting,
            gate: Gate::new(setting.waits, random.next(), tells),
            collection: MemoryCollection::with_clock(policy, clock.clone()),
            clock,
            places: Vec::new(),
            tasks: Tasks::new(),
            cases: Vec::new(),
            ids: ScriptedIds::default(),
            step: 0,
            flushes: 0,
            given: 0,
            story: Vec::new(),
            tells,
            names: names.build().unwrap(),
            random,
        };
        for _ in 0..setting.nodes {
            let place = world.place(world.places.len());
            world.places.push(place);
        }
        world.set_faults(setting.faults);
        world
    }

    /// A node that has just started, hours away from the others by its clock.
    fn place(&mut self, on: usize) -> Place {
        let clock = ManualClock::new();
        clock.advance(secs(self.random.below(1_000_000) as u64));
        let mut store = SessionStore::builder()
            .clock(clock.clone())
            .id_source(self.ids.clone())
            .track_salt(SALT)
            .idle_timeout(secs(1_800));
        if let Some(max) = self.setting.memory {
            store = store.limits(Limits::default().global(Limit::evict_oldest(max)));
        }
        if self.setting.grace_of_ids {
            store = store.rotation_grace(secs(30));
        }
        let line = Line {
            inner: self.collection.clone(),
            gate: self.gate.clone(),
            batch: self.setting.batch,
            on,
        };
        let behind = (self.random.below(4) == 0, self.random.below(4) == 0);
        let window = if self.setting.forgets { WINDOW } else { GRACE };
        let mut builder = SharedSessions::builder(line, HashKey::new(KEY));
        if behind.0 {
            builder = builder.create_behind();
        }
        if behind.1 {
            builder = builder.end_behind();
        }
        let node = builder.store(store).insertion_window(window).build().unwrap();
        Place { node, clock, leases: Vec::new(), handles: Vec::new(), refreshed: 0, behind }
    }

    pub(crate) fn set_faults(&mut self, one_in: u64) {
        self.collection.faults(Fault::seeded(self.random.next(), one_in));
    }

    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        if !self.tells {
            return;
        }
        let said = self.gate.take_said();
        self.story.extend(said.into_iter().map(|said| format!("    {said}")));
        let text = format!("{}: {}", self.step, what());
        self.story.push(text);
    }

    /// A new session of which everybody knows the id.
    pub(crate) fn new_case(&mut self) -> (usize, NewSession<u64>) {
        self.given += 1;
        let id = SessionId::from_bytes((self.given << 64).to_be_bytes());
        let named = self.names.create(NewSession::new(()).id(id)).unwrap();
        let principal = ["ann", "bob"][self.random.below(2)];
        let case = self.cases.len();
        let mut new = Case::new(id, named.track_id(), principal);
        new.excused = self.tasks.any(|note| note.ends_all_of(principal));
        self.cases.push(new);
        self.names.end(&named);
        self.tell_key(case, id);
        (case, NewSession::new(0).id(id).principal(principal))
    }

    pub(crate) fn tell_key(&mut self, case: usize, id: SessionId) {
        let key = HashKey::new(KEY).record_key(id).to_string();
        self.tell(|| format!("of {case} on: the key is {}", &key[..6]));
    }

    /// Time passes: for the nodes a little more or less of it.
    pub(crate) fn pass(&mut self, span: Duration) {
        self.clock.advance(span);
        for at in 0..self.places.len() {
            let drift = u32::try_from(self.random.below(10)).unwrap_or(0);
            let jump = secs(if self.random.below(50) == 0 { 30 } else { 0 });
            self.places[at].clock.advance(span + span * drift / 1_000 + jump);
        }
    }

    /// A node loses its memory, and all that it was doing.
    pub(crate) fn restart(&mut self, on: usize) {
        self.tell(|| format!("node {on} restarts"));
        while let Some(note) = self.tasks.drop_first(|note| note.on == on) {
            self.dropped(&note);
        }
        let place = self.place(on);
        let before = std::mem::replace(&mut self.places[on], place);
        drop(before);
        self.forget_promises_of(on);
    }
}
