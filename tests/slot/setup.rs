//! What the tests of slots share.

use tenure::slot::{LoginError, ReusableSession};
use tenure::{EndReason, ManualClock, NewSession, Session, SessionStore, Timeouts};

use crate::common::{Store, secs};

/// A name that no store takes.
pub(crate) fn too_long() -> String {
    "x".repeat(4_097)
}

/// A store without limits or timeouts, on a clock that stands still.
pub(crate) fn store() -> Store {
    SessionStore::builder().timeouts(Timeouts::none()).clock(ManualClock::new()).build().unwrap()
}

/// A store whose clock has run for an hour and a half.
pub(crate) fn running() -> (Store, ManualClock) {
    let clock = ManualClock::new();
    clock.advance(secs(5_400));
    let builder = SessionStore::builder().timeouts(Timeouts::none());
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// A store whose sessions end ten seconds after they began, and its clock.
pub(crate) fn short_lived() -> (Store, ManualClock) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(10)));
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// All is quiet: every session is counted once, and this many are pinned.
#[track_caller]
pub(crate) fn balanced<T>(store: &SessionStore<T>, pinned: usize) {
    let stats = store.stats();
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total(), "{stats:?}");
    assert_eq!(stats.pinned, pinned, "pinned: {stats:?}");
}

/// How many sessions of the store ended so.
pub(crate) fn ended<T>(store: &SessionStore<T>, reason: EndReason) -> u64 {
    store.stats().ended.count(reason)
}

/// Why a session ended.
pub(crate) fn why<T>(session: &Session<T>) -> Option<EndReason> {
    session.tombstone().map(|tombstone| tombstone.reason())
}

/// Whether two handles are of one session.
pub(crate) fn same<T>(one: &Session<T>, other: &Session<T>) -> bool {
    std::ptr::eq(one.data(), other.data())
}

/// Logs in with this number as the data.
pub(crate) fn log_in(slot: &ReusableSession<u32>, number: u32) -> Result<Session<u32>, LoginError> {
    slot.get_or_login(|| NewSession::new(number))
}

/// The number of the session that the slot holds.
pub(crate) fn held(slot: &ReusableSession<u32>) -> Option<u32> {
    slot.get().map(|session| *session.data())
}
