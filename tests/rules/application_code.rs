//! Rule 7: application code runs outside our locks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tenure::store::{IdError, IdSource};
use tenure::{Clock, EndAs, Limit, Limits, NewSession, Selector, SessionId, SessionStore, Tick};
use time::OffsetDateTime;

use crate::common::{id, secs, within_a_minute};
use crate::visits::Visits;

/// All application code that a store calls: it uses the store that calls it.
#[derive(Clone, Default)]
struct Nosy(Arc<Inner>);

#[derive(Default)]
struct Inner {
    store: OnceLock<SessionStore<Nosy>>,
    drawn: AtomicUsize,
    visits: Visits,
}

const PLACES: [&str; 6] = ["clock", "id source", "hook", "drop", "selector", "earlier deadline"];

impl Nosy {
    /// Uses the store in every way, unless this call came from such a use.
    fn visit(&self, place: &'static str) {
        if let Some(store) = self.0.store.get().filter(|store| !store.is_closed()) {
            self.0.visits.visit(place, || self.use_all(store));
        }
    }

    fn use_all(&self, store: &SessionStore<Self>) {
        let session = store.create(NewSession::new(self.clone()).principal("nosy")).unwrap();
        let lease = store.acquire(session.id()).unwrap();
        let _ = (store.stats(), store.pressure(3), store.next_deadline(), store.reap());
        let _ = (store.list(&Selector::all()), store.rotate(session.id()), session.tombstone());
        drop(lease);
        let _ = store.end_where(&Selector::principal("nosy"));
        drop(session);
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.visit("drop");
    }
}

impl Clock for Nosy {
    fn now(&self) -> Tick {
        self.visit("clock");
        Tick::from_micros(1_000)
    }

    fn wall(&self) -> OffsetDateTime {
        self.visit("clock");
        OffsetDateTime::UNIX_EPOCH
    }
}

impl IdSource for Nosy {
    fn next_id(&self) -> Result<SessionId, IdError> {
        self.visit("id source");
        Ok(id(self.0.drawn.fetch_add(1, Ordering::Relaxed) as u128))
    }
}

#[test]
fn rule_07_application_code_runs_outside_the_locks() {
    within_a_minute(|| {
        let nosy = Nosy::default();
        let earlier = nosy.clone();
        let store = SessionStore::builder()
            .limits(Limits::none().global(Limit::evict_oldest(1_000)))
            .clock(nosy.clone())
            .id_source(nosy.clone())
            .on_earlier_deadline(move || earlier.visit("earlier deadline"))
            .build()
            .unwrap();
        assert!(nosy.0.store.set(store.clone()).is_ok());
        let _ = store.next_deadline();
        let alice = || NewSession::new(nosy.clone()).principal("alice");
        for how in [EndAs::logged_out(), EndAs::killed(), EndAs::killed().pinned_too()] {
            let session = store.create(alice().idle_timeout(secs(1))).unwrap();
            let hook = nosy.clone();
            session.on_end(move |_, _| hook.visit("hook"));
            let id = session.id();
            drop(session);
            let _ = store.end_as(id, how);
        }
        store.create(alice()).unwrap();
        let selector = nosy.clone();
        let nosily = Selector::matching(move |_| {
            selector.visit("selector");
            true
        });
        let _ = (
            store.list(&nosily),
            store.end_where(&nosily),
            store.end_where_as(&nosily, EndAs::killed()),
        );
        let _ = store.close();
        nosy.0.visits.are_from(&PLACES);
    });
}
