//! This crate, with one limit on all sessions and an idle timeout.

use ::tenure::{
    Limit, Limits, NewSession, Session, SessionId, SessionStore, SystemClock, Timeouts,
};

use crate::record::IDLE;
use crate::table::{Abilities, Evicts, Idle, Login, Table};

pub struct Tenure(pub SessionStore<u64>);

impl Tenure {
    pub fn new(cap: usize) -> Self {
        Self::with_limits(Limits::none().global(Limit::evict_oldest(cap)))
    }

    pub fn with_limits(limits: Limits) -> Self {
        let builder = SessionStore::builder().limits(limits).clock(SystemClock::new());
        Self(builder.timeouts(Timeouts::none().idle(IDLE)).build().expect("the limits are valid"))
    }
}

impl Table for Tenure {
    const ABILITIES: Abilities = Abilities {
        evicts: Evicts::Oldest,
        hard_cap: true,
        idle: Idle::Yes,
        lease: true,
        note: "a touch within 1 ms of the last one writes nothing",
    };

    type Handle = Session<u64>;

    fn create(&self, login: Login<'_>) -> Option<SessionId> {
        let new = NewSession::new(login.data).principal(login.principal);
        self.0.create(new.originator(login.originator)).ok().map(|session| session.id())
    }

    fn touch(&self, id: &SessionId) -> Option<Session<u64>> {
        self.0.touch(id).ok()
    }

    fn lease(&self, id: &SessionId) -> bool {
        self.0.acquire(id).is_ok()
    }

    fn len(&self) -> usize {
        self.0.stats().live
    }

    fn settle(&self) {
        self.0.reap();
    }
}
