//! The kinds of events.

use std::fmt;

/// A kind of event. A touch is none.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventKind, Filter};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let mut events = store.subscribe(Filter::all().kinds([EventKind::Rotated]));
/// let session = store.create(NewSession::new(())).unwrap();
/// store.rotate(&session.id()).unwrap();
/// let kind = events.try_recv().unwrap().unwrap().kind();
/// assert_eq!((kind, kind.as_str()), (EventKind::Rotated, "rotated"));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A session was created.
    Created,
    /// A session ended.
    Ended,
    /// A session was given another id. Its track id stays.
    Rotated,
    /// A session was loaded from a collection, and is live here from now on.
    Loaded,
    /// A session left the store's memory. It has not ended, and lives on in the collection. One
    /// that is in use, pinned, or held by a handle, an end hook or a future of its end stays.
    Unloaded,
    /// More sessions were evicted in the past hour than
    /// [`alarm_above`](crate::StoreBuilder::alarm_above) says.
    PressureRaised,
    /// No longer as many. Published by the next operation on the store that creates, ends or reaps.
    PressureCleared,
    /// A host was added to a [`HostLiveness`](crate::liveness::HostLiveness), and is live: the
    /// local one when that was built, the others when they were registered or first sent a
    /// heartbeat.
    HostAdded,
    /// A host is assumed dead. Comes before the ends of its sessions.
    HostDead,
    /// A host that was assumed dead was heard from again. Where that was the first to notice its
    /// death, the ends of its sessions come after this.
    HostBack,
    /// A host was removed by [`forget`](crate::liveness::HostLiveness::forget).
    HostForgotten,
    /// A host's wall clock is far from the local one.
    SkewRaised,
    /// A host's wall clock is near the local one again.
    SkewCleared,
    /// With a collection: this node heard of all ends longer ago than
    /// `SharedBuilder::alarm_above` says.
    StalenessRaised,
    /// A refresh heard of all ends again.
    StalenessCleared,
}

impl EventKind {
    /// A name for programs, such as the value of a metric's label, in snake case.
    /// [`Display`](fmt::Display) is for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Ended => "ended",
            Self::Rotated => "rotated",
            Self::Loaded => "loaded",
            Self::Unloaded => "unloaded",
            Self::PressureRaised => "pressure_raised",
            Self::PressureCleared => "pressure_cleared",
            Self::HostAdded => "host_added",
            Self::HostDead => "host_dead",
            Self::HostBack => "host_back",
            Self::HostForgotten => "host_forgotten",
            Self::SkewRaised => "skew_raised",
            Self::SkewCleared => "skew_cleared",
            Self::StalenessRaised => "staleness_raised",
            Self::StalenessCleared => "staleness_cleared",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Created => "created",
            Self::Ended => "ended",
            Self::Rotated => "rotated",
            Self::Loaded => "loaded",
            Self::Unloaded => "unloaded",
            Self::PressureRaised => "pressure raised",
            Self::PressureCleared => "pressure cleared",
            Self::HostAdded => "host added",
            Self::HostDead => "host dead",
            Self::HostBack => "host back",
            Self::HostForgotten => "host forgotten",
            Self::SkewRaised => "clock skew raised",
            Self::SkewCleared => "clock skew cleared",
            Self::StalenessRaised => "staleness raised",
            Self::StalenessCleared => "staleness cleared",
        })
    }
}
