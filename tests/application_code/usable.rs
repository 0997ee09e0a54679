//! What a store must still be able to do, whatever the application's code did to it.

use tenure::{EndAs, EndOutcome, Limit, Limits, NewSession, Selector, SessionStore};

use crate::common::listed;

/// The cap of the stores that are mistreated.
pub(crate) const CAP: usize = 4;

pub(crate) fn limits() -> Limits {
    Limits::none().global(Limit::evict_oldest(CAP))
}

/// The store still does everything, with room for exactly [`CAP`] sessions.
pub(crate) fn is_usable<T: Send + Sync + 'static>(store: &SessionStore<T>, data: impl Fn() -> T) {
    let _ = store.end_where_as(&Selector::all(), EndAs::killed());
    let stats = store.stats();
    assert_eq!((stats.live, stats.ended.total(), stats.leases), (0, stats.created, 0));
    assert_eq!(listed(store), 0);
    let mut leases = Vec::new();
    while let Ok(session) = store.create(NewSession::new(data())) {
        leases.push(store.acquire(session.id()).unwrap());
        assert!(leases.len() <= CAP);
    }
    assert_eq!(leases.len(), CAP, "the permits are all there");
    let id = leases[0].id();
    assert!(store.rotate(id).is_ok());
    assert!(matches!(store.end(leases[0].id()), EndOutcome::Ended(_)));
    drop(leases);
    assert_eq!((store.stats().live, listed(store)), (CAP - 1, CAP - 1));
}
