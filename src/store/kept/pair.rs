//! A store with a keeper, and the naive reference beside it: what an operation does to both.

use std::time::Duration;

use super::super::handle::SessionStore;
use super::super::load::LoadError;
use super::super::newcomer::Loaded;
use super::reference::{ABSOLUTE, CAP, EACH, Known, Reference};
use super::setup::{Kept, Told};
use crate::end::EndReason;
use crate::error::{CreateError, Shortage};
use crate::limits::{Limit, Limits};
use crate::session::{Lease, NewSession, Session};
use crate::sync::{Arc, Ordering, QuietU64};
use crate::tick::Tick;

/// The store and the reference, and what the application has in hand, by number of arrival.
pub(super) struct Pair {
    pub(super) kept: Kept,
    pub(super) reference: Reference,
    handles: Vec<(u64, Session<u32>)>,
    leases: Vec<(u64, Lease<u32>)>,
    pub(super) hooks: Arc<QuietU64>,
    next_data: u32,
}

/// An operation, and three values that say what it is about.
pub(super) type Op = (u8, usize, u64, bool);

fn pick<V>(of: &[V], at: usize) -> Option<usize> {
    (!of.is_empty()).then(|| at % of.len())
}

impl Pair {
    pub(super) fn new() -> Self {
        let limit = |max| Limit::evict_oldest(max);
        let limits = Limits::none().global(limit(CAP)).per_principal(limit(EACH));
        let kept = Kept::with(|builder| builder.limits(limits).absolute_timeout(ABSOLUTE));
        let (handles, leases) = (Vec::new(), Vec::new());
        Self {
            kept,
            reference: Reference::default(),
            handles,
            leases,
            hooks: Arc::default(),
            next_data: 0,
        }
    }

    pub(super) fn store(&self) -> &SessionStore<u32> {
        &self.kept.store
    }

    fn now(&self) -> Tick {
        self.kept.store.now()
    }

    fn any(&self, at: usize) -> Option<u64> {
        let live: Vec<u64> = self.reference.live.keys().copied().collect();
        pick(&live, at).map(|at| live[at])
    }

    pub(super) fn step(&mut self, (what, at, amount, flag): Op) {
        let now = self.now();
        match what {
            0..=3 => self.create(flag),
            4 | 5 => self.kept.clock.advance(Duration::from_secs(amount)),
            6 | 7 => {
                let _ = self.store().reap();
                self.reference.reap(now);
            }
            8..=12 => self.look_up(what, at),
            13 => self.drop_handle(at),
            14 => self.drop_lease(at),
            15 => {
                self.store().table().reconsider();
                self.reference.reconsider();
            }
            16 => {
                if let Some(number) = self.any(at) {
                    let id = self.reference.live[&number].id;
                    let _ = self.store().end_for(id, EndReason::Removed);
                    let over = self.reference.live[&number].over(now);
                    let reason = if over { EndReason::AbsoluteTimeout } else { EndReason::Removed };
                    self.reference.end(number, reason);
                }
            }
            17 => {
                if let Some(number) = self.any(at) {
                    let known = self.reference.live.get_mut(&number).unwrap();
                    known.refused = !known.refused;
                    let mut refused = self.kept.notes.refused.lock();
                    refused.retain(|data| *data != known.data);
                    refused.extend(known.refused.then_some(known.data));
                }
            }
            _ => self.load(at, amount, flag),
        }
    }

    fn create(&mut self, alice: bool) {
        let (now, data) = (self.now(), self.next_data);
        self.next_data += 1;
        let new = NewSession::new(data).principal(if alice { "alice" } else { "bob" });
        let room = self.reference.admit(alice, now);
        match self.store().create(new) {
            Ok(session) => {
                assert!(room, "{:?}", self.reference.live);
                self.reference.created += 1;
                self.arrived(&session, data, alice, 0);
            }
            Err(CreateError::Full { why: Shortage::AllInUse, .. }) => assert!(!room),
            Err(other) => panic!("{other}"),
        }
    }

    fn arrived(&mut self, session: &Session<u32>, data: u32, alice: bool, leases: usize) -> u64 {
        self.reference.insert(Known {
            id: session.id(),
            data,
            alice,
            created: session.created_at(),
            last_active: session.last_active(),
            leases,
            handles: 0,
            hooked: false,
            refused: false,
            held: false,
        })
    }

    fn look_up(&mut self, what: u8, at: usize) {
        let (now, Some(number)) = (self.now(), self.any(at)) else { return };
        let id = self.reference.live[&number].id;
        let there = self.reference.look_up(number, now);
        let store = self.kept.store.clone();
        let session = match what {
            8 => store.touch(id).ok(),
            9 => store.acquire(id).ok().map(|lease| {
                let session = lease.session().clone();
                self.leases.push((number, lease));
                session
            }),
            10 => store.rotate(id).ok(),
            _ => store.peek(id).ok(),
        };
        assert_eq!(session.is_some(), there, "{what} of {number}");
        let (Some(session), Some(known)) = (session, self.reference.live.get_mut(&number)) else {
            return;
        };
        match what {
            8 => known.last_active = now,
            9 => (known.last_active, known.leases) = (now, known.leases + 1),
            10 => {
                known.id = session.id();
                self.reference.told.push(Told::Rotated(id, known.id, known.data));
            }
            11 => {
                known.handles += 1;
                self.handles.push((number, session));
            }
            _ if known.hooked => {}
            _ => {
                known.hooked = true;
                let hooks = Arc::clone(&self.hooks);
                session.on_end(move |_, _| {
                    hooks.fetch_add(1, Ordering::Relaxed);
                });
            }
        }
    }

    fn drop_handle(&mut self, at: usize) {
        let Some(at) = pick(&self.handles, at) else { return };
        let (number, session) = self.handles.swap_remove(at);
        assert!(session.tombstone().is_some() || self.reference.live.contains_key(&number));
        if let Some(known) = self.reference.live.get_mut(&number) {
            known.handles -= 1;
        }
    }

    fn drop_lease(&mut self, at: usize) {
        let Some(at) = pick(&self.leases, at) else { return };
        let (number, lease) = self.leases.swap_remove(at);
        drop(lease);
        self.reference.release(number, self.now());
    }

    /// Loads a session that was unloaded, or revives one that is live.
    fn load(&mut self, at: usize, idle: u64, leased: bool) {
        let now = self.now();
        let live = self.any(at).filter(|_| at.is_multiple_of(2));
        let elsewhere = pick(&self.reference.elsewhere, at);
        let known = match (live, elsewhere) {
            (Some(number), _) => self.reference.live[&number].clone(),
            (None, Some(at)) => self.reference.elsewhere[at].clone(),
            (None, None) => return,
        };
        let age = now.since(known.created);
        let idle = if leased { Duration::ZERO } else { Duration::from_secs(idle).min(age) };
        let name = if known.alice { "alice" } else { "bob" };
        let new = NewSession::new(known.data).id(known.id).principal(name).age(age).idle_for(idle);
        let over = age >= ABSOLUTE;
        let room = live.is_some() || over || self.reference.admit(known.alice, now);
        let loaded = if leased {
            let loaded = self.store().load_leased(new, Loaded::default());
            loaded.map(|(lease, is_new)| (lease.session().clone(), is_new, Some(lease)))
        } else {
            let loaded = self.store().load(new, Loaded::default());
            loaded.map(|(session, is_new)| (session, is_new, None))
        };
        match loaded {
            Ok((session, is_new, lease)) => {
                assert!(room && !over && is_new == live.is_none());
                let number = if let Some(number) = live {
                    let known = self.reference.live.get_mut(&number).unwrap();
                    known.last_active = known.last_active.max(now.saturating_sub(idle));
                    known.held = false;
                    known.leases += usize::from(leased);
                    number
                } else {
                    self.reference.elsewhere.retain(|other| other.id != known.id);
                    self.reference.loaded += 1;
                    self.arrived(&session, known.data, known.alice, usize::from(leased))
                };
                self.leases.extend(lease.map(|lease| (number, lease)));
            }
            Err(LoadError::Refused(CreateError::Expired { .. })) => assert!(over),
            Err(LoadError::Refused(CreateError::Full { .. })) => assert!(!room),
            Err(other) => panic!("{other:?}"),
        }
    }
}
