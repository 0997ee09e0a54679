//! What the public types are, as far as the compiler can say.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

use tenure::clock::CoarseClock;
use tenure::events::{
    BarrierError, Event, EventError, EventKind, EventToken, Filter, ParseTokenError, StaleToken,
    Subscription, SubscriptionInfo, SubscriptionWatcher, Updates, Watch,
};
use tenure::liveness::{
    Heartbeat, HostError, HostInfo, HostLiveness, HostLivenessBuilder, SkewAlert, SweepReport,
};
use tenure::slot::{LoginError, PooledSession, ReusableSession, ReusableSessions, SessionPool};
use tenure::stats::{EndCounts, Pressure, Ranked, Stats, Top};
use tenure::store::{
    BulkEnd, Drained, Draining, IdError, OnFull, Page, PageCursor, ParseCursorError, ParseIdError,
    ParseTrackIdError, Shortage, UntilEnded,
};
use tenure::{
    AcquireError, ApplicationReason, BuildError, Clock, CreateError, EndAs, EndOutcome, EndReason,
    Lease, Limit, LimitKind, Limits, LookupError, ManualClock, NewSession, ReapReport, RotateError,
    Selector, Session, SessionId, SessionInfo, SessionStore, StoreBuilder, SystemClock, Tick,
    Timeouts, Tombstone, TrackId, WeakSessionStore,
};

/// Application data that can be shared between threads, and nothing else: no `Clone`, no `Debug`.
struct Opaque;

fn thread_safe<T: Send + Sync + Unpin + 'static>() {}
fn value<T: Copy + Eq + Debug + Send + Sync + Unpin + 'static>() {}
/// Not cloned: it holds a subscription, which has one owner.
fn owned_error<T: Error + Send + Sync + 'static>() {}
fn error<T: Error + Debug + Display + Clone + Send + Sync + 'static>() {}

fn key<T: Eq + Hash>() {}
fn text<T: Display + FromStr>() {}
fn shown<T: Display>() {}
fn ordered<T: Ord>() {}

#[test]
fn public_types_are_send_and_sync() {
    thread_safe::<SessionStore<Opaque>>();
    thread_safe::<Session<Opaque>>();
    thread_safe::<Lease<Opaque>>();
    thread_safe::<UntilEnded<Opaque>>();
    thread_safe::<Draining<Opaque>>();
    value::<Drained>();
    thread_safe::<Selector<Opaque>>();
    thread_safe::<NewSession<Opaque>>();
    thread_safe::<StoreBuilder<Opaque>>();
    thread_safe::<Limits>();
    thread_safe::<SessionInfo>();
    thread_safe::<Page<SessionInfo>>();
    thread_safe::<Page<Session<Opaque>>>();
    thread_safe::<Stats>();
    thread_safe::<Pressure>();
    thread_safe::<Top>();
    thread_safe::<Ranked>();
    thread_safe::<ReapReport>();
    thread_safe::<SystemClock>();
    thread_safe::<CoarseClock>();
    thread_safe::<ManualClock>();
    thread_safe::<Event>();
    thread_safe::<Filter>();
    thread_safe::<SubscriptionInfo>();
    thread_safe::<SubscriptionWatcher>();
    thread_safe::<ReusableSession<Opaque>>();
    thread_safe::<ReusableSessions<String, Opaque>>();
    thread_safe::<WeakSessionStore<Opaque>>();
    thread_safe::<SessionPool<Opaque>>();
    thread_safe::<PooledSession<Opaque>>();
    thread_safe::<HostLiveness<Opaque>>();
    thread_safe::<HostLivenessBuilder<Opaque>>();
    thread_safe::<HostInfo>();
    thread_safe::<SweepReport>();
}

#[test]
fn subscriptions_are_send_and_unpin() {
    fn sent<T: Send + Unpin + 'static>() {}
    sent::<Subscription>();
    sent::<Watch>();
    sent::<Updates>();
}

/// A runtime may move a future between its threads.
#[test]
fn futures_are_send() {
    fn sent(_: impl Send) {}
    let store = SessionStore::<Opaque>::builder().build().unwrap();
    let slot = ReusableSession::new(&store);
    let slots = ReusableSessions::new(&store, 1);
    let hosts = HostLiveness::new(&store, "ada");
    let login = || std::future::ready(Ok::<_, LoginError>(NewSession::new(Opaque)));
    sent(slot.get_or_login_async(login));
    sent(slots.get_or_login_async(&1, login));
    sent(hosts.get_or_login_async("ada", login));
    sent(hosts.lease_or_login_async("ada", login));
    sent(store.subscribe(Filter::all()).recv());
    sent(store.watch(Filter::all()).recv());
}

#[test]
fn small_types_are_copy() {
    value::<Tick>();
    value::<SessionId>();
    value::<TrackId>();
    value::<EndReason>();
    value::<LimitKind>();
    value::<ApplicationReason>();
    value::<EndAs>();
    value::<Tombstone>();
    value::<Limit>();
    value::<OnFull>();
    value::<Timeouts>();
    value::<Shortage>();
    value::<EndOutcome>();
    value::<BulkEnd>();
    value::<PageCursor>();
    value::<EventKind>();
    value::<EventToken>();
    value::<EventError>();
    value::<BarrierError>();
    value::<StaleToken>();
    value::<Heartbeat>();
    value::<SkewAlert>();
}

#[test]
fn ids_reasons_and_ticks_have_text_hash_and_order() {
    fn read<T: FromStr>() {}
    key::<SessionId>();
    key::<TrackId>();
    key::<Session<Opaque>>();
    key::<EndReason>();
    key::<Tick>();
    read::<SessionId>();
    text::<TrackId>();
    text::<PageCursor>();
    shown::<EndReason>();
    shown::<LimitKind>();
    shown::<Tombstone>();
    key::<EventKind>();
    text::<EventToken>();
    shown::<EventKind>();
    shown::<StaleToken>();
    ordered::<Tick>();
    ordered::<LimitKind>();
}

/// Whether a type has a trait: an associated constant of the type hides that of the trait `No`.
macro_rules! has {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code)]
        trait No {
            const IT_HAS: bool = false;
        }
        impl<T: ?Sized> No for T {}
        struct Type<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        impl<T: ?Sized + $($bound)+> Type<T> {
            const IT_HAS: bool = true;
        }
        <Type<$type>>::IT_HAS
    }};
}

/// A log line, a format string or a conversion cannot show a secret by accident.
#[test]
fn session_id_turns_into_text_only_by_expose() {
    const { assert!(has!(TrackId: Display), "the check itself sees nothing") };
    const { assert!(!has!(SessionId: Display)) };
    const { assert!(!has!(SessionId: ToString)) };
    const { assert!(!has!(SessionId: std::fmt::LowerHex)) };
    const { assert!(!has!(SessionId: std::fmt::UpperHex)) };
    const { assert!(!has!(SessionId: AsRef<str>)) };
    const { assert!(!has!(SessionId: AsRef<[u8]>)) };
    const { assert!(!has!(SessionId: Into<String>)) };
    const { assert!(!has!(SessionId: std::ops::Deref)) };
}

#[test]
fn error_types_implement_error() {
    error::<BuildError>();
    error::<CreateError>();
    error::<LookupError>();
    error::<AcquireError>();
    error::<RotateError>();
    error::<IdError>();
    error::<ParseIdError>();
    error::<ParseTrackIdError>();
    error::<ParseCursorError>();
    error::<ParseTokenError>();
    error::<EventError>();
    error::<BarrierError>();
    error::<LoginError>();
    error::<LoginError<IdError>>();
    error::<HostError>();
    error::<HostError<IdError>>();
    owned_error::<StaleToken>();
}

#[test]
fn clone_does_not_require_clone_data() {
    fn cloned<T: Clone>() {}
    cloned::<SessionStore<Opaque>>();
    cloned::<Session<Opaque>>();
    cloned::<Selector<Opaque>>();
    cloned::<Event>();
    cloned::<EndCounts>();
    cloned::<Filter>();
    cloned::<SubscriptionWatcher>();
    cloned::<SessionPool<Opaque>>();
    cloned::<HostLiveness<Opaque>>();
    cloned::<HostInfo>();
    cloned::<SweepReport>();
}

#[test]
fn debug_does_not_require_debug_data() {
    fn debug<T: Debug>() {}
    debug::<SessionStore<Opaque>>();
    debug::<Session<Opaque>>();
    debug::<Lease<Opaque>>();
    debug::<NewSession<Opaque>>();
    debug::<StoreBuilder<Opaque>>();
    debug::<Selector<Opaque>>();
    debug::<UntilEnded<Opaque>>();
    debug::<Subscription>();
    debug::<SubscriptionWatcher>();
    debug::<ReusableSession<Opaque>>();
    debug::<ReusableSessions<String, Opaque>>();
    debug::<SessionPool<Opaque>>();
    debug::<PooledSession<Opaque>>();
    debug::<HostLiveness<Opaque>>();
}

#[test]
fn handles_are_small() {
    let pointer = size_of::<usize>();
    assert_eq!(size_of::<Session<Opaque>>(), pointer);
    assert_eq!(size_of::<Option<Session<Opaque>>>(), pointer);
    assert!(size_of::<Lease<Opaque>>() <= 2 * pointer);
    assert!(size_of::<SessionStore<Opaque>>() <= 2 * pointer);
    assert_eq!(size_of::<HostLiveness<Opaque>>(), pointer);
    assert_eq!(size_of::<Event>(), pointer);
    assert_eq!(size_of::<SessionId>(), 16);
    assert_eq!(size_of::<Tick>(), 8);
}

/// The trait of a clock can be used as an object, and requires that it can be shared.
#[test]
fn clock_is_object_safe() {
    fn thread_safe_unsized<T: Send + Sync + ?Sized>() {}
    let clock: Box<dyn Clock> = Box::new(ManualClock::new());
    assert_eq!(clock.now(), Tick::START);
    thread_safe_unsized::<dyn Clock>();
}
