//! The store under test beside the reference.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tenure::events::{Filter, Subscription};
use tenure::{
    AcquireError, Clock, Lease, ManualClock, Selector, Session, SessionId, SessionStore, TrackId,
};

use crate::common::{ScriptedIds, id};
use crate::names::{Claimed, Found};
use crate::op::{Choice, Claim, Data, Pick};
use crate::reference::Reference;
use crate::setup::{HOSTS, ORIGINATORS, PRINCIPALS, Setup};
use crate::tombstones::End;

/// What went wrong, in words.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// A hook that ran: its number, and what it was told.
pub(crate) type Ran = Arc<Mutex<Vec<(usize, usize, End)>>>;

pub(crate) struct Pair {
    pub(crate) clock: ManualClock,
    pub(crate) ids: ScriptedIds,
    pub(crate) store: SessionStore<Data>,
    pub(crate) reference: Reference,
    /// A handle of every session ever created, by its number.
    pub(crate) handles: Vec<Session<Data>>,
    pub(crate) tracks: Vec<TrackId>,
    pub(crate) leases: Vec<(usize, Lease<Data>)>,
    /// The session of each hook.
    pub(crate) hooks: Vec<usize>,
    pub(crate) ran: Ran,
    /// How many values of [`Data`] were made, and dropped.
    pub(crate) made: usize,
    pub(crate) dropped: Arc<AtomicUsize>,
    pub(crate) tally: Tally,
    /// The tick until which the application may sleep, as the store last said, `u64::MAX` for ever;
    /// `None` before it was asked.
    pub(crate) wake: Option<u64>,
    /// How often the store said since then that there is an earlier one.
    pub(crate) earlier: Arc<AtomicUsize>,
    /// One who follows the store from its beginning.
    pub(crate) events: Subscription,
    /// The number of the next event, once there was one.
    pub(crate) next_event: Option<u64>,
    /// Whether there are too many evictions, by the events.
    pub(crate) alarm: bool,
}

/// What the counters of the store should say, as far as the answers of the calls tell.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) rejected: [u64; 3],
    pub(crate) hit: u64,
    pub(crate) unknown: u64,
    pub(crate) ended: u64,
    pub(crate) reaps: u64,
    pub(crate) reaped: u64,
}

/// An id that is never given out.
const STRANGER: u128 = u128::MAX;

impl Pair {
    pub(crate) fn new(setup: &Setup) -> Self {
        let clock = ManualClock::new();
        let ids = ScriptedIds::default();
        let earlier = Arc::new(AtomicUsize::new(0));
        let called = Arc::clone(&earlier);
        let store = setup
            .builder(&clock, &ids)
            .on_earlier_deadline(move || {
                called.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .expect("the matrix holds only what can be built");
        Self {
            reference: Reference::new(setup.clone(), clock.wall()),
            events: store.subscribe(Filter::all()),
            next_event: None,
            alarm: false,
            clock,
            ids,
            store,
            handles: Vec::new(),
            tracks: Vec::new(),
            leases: Vec::new(),
            hooks: Vec::new(),
            ran: Ran::default(),
            made: 0,
            dropped: Arc::default(),
            tally: Tally::default(),
            wake: None,
            earlier,
        }
    }

    pub(crate) fn id(&self, pick: Pick) -> SessionId {
        let at = |ids: &[SessionId], index: u16| match ids.len() {
            0 => id(STRANGER),
            count => ids[usize::from(index) % count],
        };
        match pick {
            Pick::Live(index) => {
                let live = self.reference.live();
                let ids: Vec<_> = live.iter().map(|&i| self.reference.sessions[i].id).collect();
                at(&ids, index)
            }
            Pick::Any(index) | Pick::Text(index) => at(&self.reference.ids(), index),
            Pick::Handle(index) | Pick::Lease(index) => {
                let ids: Vec<_> = self.reference.sessions.iter().map(|known| known.id).collect();
                at(&ids, index)
            }
            Pick::Stranger | Pick::Nonsense => id(STRANGER),
        }
    }

    /// The session that this picks, live or ended, once there is one.
    fn any_session(&self, index: Option<u16>) -> Option<usize> {
        usize::from(index?).checked_rem(self.handles.len())
    }

    /// The sessions that a choice means, expired ones among them, oldest first.
    pub(crate) fn select(&self, choice: &Choice) -> Vec<usize> {
        let spared = self.any_session(choice.except);
        let track = self.any_session(choice.track).map(|number| self.tracks[number]);
        let mut chosen = self.reference.select(choice);
        chosen.retain(|&number| spared != Some(number));
        // Sessions share a track id if the second was created with the id of the first.
        chosen.retain(|&number| track.is_none_or(|track| track == self.tracks[number]));
        chosen
    }

    pub(crate) fn selector(&self, choice: &Choice) -> Selector<Data> {
        let mut selector: Selector<Data> = Selector::all();
        if let Some(index) = choice.principal {
            selector = selector.and_principal(PRINCIPALS[index]);
        }
        if let Some(index) = choice.originator {
            selector = selector.and_originator(ORIGINATORS[index]);
        }
        if let Some(index) = choice.host {
            selector = selector.and_host(HOSTS[index]);
        }
        if let Some(number) = self.any_session(choice.track) {
            selector = selector.and_track_id(self.tracks[number]);
        }
        if let Some(number) = self.any_session(choice.except) {
            selector = selector.except(&self.handles[number]);
        }
        if let Some(parity) = choice.parity {
            selector = selector.and_matching(move |session| session.data().tag % 2 == parity);
        }
        selector
    }

    /// Registers a hook on a session; what it is told goes to the record of all that ran.
    pub(crate) fn hook(&mut self, number: usize) {
        let hook = self.hooks.len();
        self.hooks.push(number);
        let ran = Arc::clone(&self.ran);
        self.handles[number].on_end(move |session, tombstone| {
            let what = (hook, session.data().number, End::from(*tombstone));
            ran.lock().expect("no hook panics").push(what);
        });
    }

    /// What an answer to a lookup says about whom the id leads to.
    pub(crate) fn found(answer: Result<&Session<Data>, impl Into<AcquireError>>) -> Outcome<Found> {
        match answer.map_err(Into::into) {
            Ok(session) => Ok(Found::Session(session.data().number)),
            Err(AcquireError::Ended(tombstone)) => Ok(Found::Ended(tombstone.into())),
            Err(AcquireError::Unknown) => Ok(Found::Unknown),
            Err(other) => Err(format!("a lookup returned {other}")),
        }
    }

    /// The id that a claim means, and whether the application gives it. If not, the id source draws
    /// it next.
    pub(crate) fn claim(&self, claim: Option<Claim>) -> Option<(SessionId, bool)> {
        match claim? {
            Claim::Given(pick) => Some((self.id(pick), true)),
            Claim::Drawn(pick) => {
                self.ids.then(Ok(self.id(pick)));
                Some((self.id(pick), false))
            }
        }
    }

    /// Checks what the store says of an id that a session was to get. An id in its grace is taken
    /// by its tombstone.
    pub(crate) fn claimed(&mut self, id: SessionId, claimed: Claimed) -> Outcome {
        let possible = self.reference.resolve_current(id);
        let in_use = |found: &Found| match found {
            Found::Session(number) => self.reference.due(*number).is_none(),
            _ => false,
        };
        match claimed {
            Claimed::InUse if possible.iter().any(in_use) => Ok(()),
            Claimed::InUse => Err(format!("in use, but the reference says one of {possible:?}")),
            Claimed::Ended(end) => self.agree_among(&possible, Found::Ended(end)),
            Claimed::Free => self.agree_among(&possible, Found::Unknown),
        }
    }

    /// Checks where the store says that an id leads, where these answers are possible. An expired
    /// session is ended by it.
    pub(crate) fn agree_among(&mut self, possible: &[Found], found: Found) -> Outcome {
        for &answer in possible {
            let Found::Session(number) = answer else {
                if answer == found {
                    return Ok(());
                }
                continue;
            };
            let Some(reason) = self.reference.due(number) else {
                if answer == found {
                    return Ok(());
                }
                continue;
            };
            let Found::Ended(end) = found else { continue };
            let last_active = self.reference.sessions[number].last_active;
            let (at, wall) = (self.reference.now, self.reference.wall);
            if end == (End { reason, at, wall, last_active }) {
                self.reference.end(number, reason);
                return Ok(());
            }
        }
        Err(format!("the id leads to {found:?}, the reference says one of {possible:?}"))
    }
}

/// An error unless both are equal.
// By value, so that its calls read like assertions.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, store: T, reference: T) -> Outcome {
    if store == reference {
        return Ok(());
    }
    Err(format!("{what}: the store says {store:?}, the reference {reference:?}"))
}
