//! What happened, as subscribers are told.

use std::fmt;

use time::OffsetDateTime;

use super::kind::EventKind;
use super::subject::Subject;
use super::token::EventToken;
use crate::end::{EndReason, Tombstone};
use crate::session::{Names, SessionInfo};
use crate::sync::Arc;
use crate::tick::Tick;

/// Something that happened in a store. Cheap to clone. It shows no secret id.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventKind, Filter};
/// use tenure::{EndAs, EndReason, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let mut events = store.subscribe(Filter::all());
/// let session = store.create(NewSession::new(()).principal("alice")).unwrap();
/// store.end_as(&session.id(), EndAs::killed());
///
/// let created = events.try_recv().unwrap().unwrap();
/// let ended = events.try_recv().unwrap().unwrap();
/// assert_eq!((created.kind(), ended.kind()), (EventKind::Created, EventKind::Ended));
/// assert_eq!(ended.sequence(), created.sequence() + 1);
/// assert_eq!(ended.reason(), Some(EndReason::Killed));
/// assert_eq!(ended.session().unwrap().track_id(), session.track_id());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Event(Arc<Change>);

/// What all clones of an event share.
#[derive(Debug)]
struct Change {
    /// Its number, and the log that it is of.
    token: EventToken,
    at: Tick,
    wall: OffsetDateTime,
    what: What,
}

/// What each kind of event tells.
#[derive(Debug)]
pub(crate) enum What {
    Created(SessionInfo),
    Ended(SessionInfo, Tombstone),
    Rotated(SessionInfo),
    Loaded(SessionInfo),
    Unloaded(SessionInfo),
    Pressure {
        evictions_last_hour: u64,
        alarm: bool,
    },
    /// `kind` is one of the four that begin with `Host`.
    Host {
        host: Arc<str>,
        kind: EventKind,
    },
    /// By how much the host's clock is ahead, and whether that is too much.
    Skew {
        host: Arc<str>,
        skew: time::Duration,
        raised: bool,
    },
    /// How long ago all ends were heard of, and whether that is too long.
    #[cfg(feature = "shared")]
    Staleness(std::time::Duration, bool),
}

impl Event {
    pub(super) fn new(log: u64, number: u64, at: Tick, wall: OffsetDateTime, what: What) -> Self {
        Self(Arc::new(Change { token: EventToken { log, next: number }, at, wall, what }))
    }

    /// What kind of event it is.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self.0.what {
            What::Created(_) => EventKind::Created,
            What::Ended(..) => EventKind::Ended,
            What::Rotated(_) => EventKind::Rotated,
            What::Loaded(_) => EventKind::Loaded,
            What::Unloaded(_) => EventKind::Unloaded,
            What::Pressure { alarm: true, .. } => EventKind::PressureRaised,
            What::Pressure { alarm: false, .. } => EventKind::PressureCleared,
            What::Host { kind, .. } => kind,
            What::Skew { raised: true, .. } => EventKind::SkewRaised,
            What::Skew { raised: false, .. } => EventKind::SkewCleared,
            #[cfg(feature = "shared")]
            What::Staleness(_, true) => EventKind::StalenessRaised,
            #[cfg(feature = "shared")]
            What::Staleness(_, false) => EventKind::StalenessCleared,
        }
    }

    /// Its number. Events are numbered in the order in which their changes took effect, over the
    /// whole store. A filter leaves gaps; so does a time without subscribers.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.0.token.next
    }

    /// The place right after it, for [`subscribe_from`](crate::SessionStore::subscribe_from).
    #[must_use]
    pub fn token(&self) -> EventToken {
        EventToken { next: self.sequence() + 1, ..self.0.token }
    }

    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Tick {
        self.0.at
    }

    /// When it happened, on the wall clock. For display only: a wall clock may jump.
    #[must_use]
    pub fn wall(&self) -> OffsetDateTime {
        self.0.wall
    }

    /// The session as it was then, if the event is about one.
    #[must_use]
    pub fn session(&self) -> Option<&SessionInfo> {
        match &self.0.what {
            What::Created(info)
            | What::Ended(info, _)
            | What::Rotated(info)
            | What::Loaded(info)
            | What::Unloaded(info) => Some(info),
            _ => None,
        }
    }

    /// When and why the session ended, if the event is that.
    #[must_use]
    pub fn tombstone(&self) -> Option<Tombstone> {
        match self.0.what {
            What::Ended(_, tombstone) => Some(tombstone),
            _ => None,
        }
    }

    /// Why the session ended, if the event is that.
    #[must_use]
    pub fn reason(&self) -> Option<EndReason> {
        self.tombstone().map(|tombstone| tombstone.reason())
    }

    /// The host that the event is about, or that its session belongs to.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.0.what {
            What::Host { host, .. } | What::Skew { host, .. } => Some(host),
            _ => self.session().and_then(SessionInfo::host),
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        match self.session() {
            Some(info) => Subject::new(info.names(), Some(info.number())),
            None => Subject::new(Names { host: self.host(), ..Names::default() }, None),
        }
    }

    /// How many sessions were evicted in the past hour, if the event is about that.
    #[must_use]
    pub fn evictions_last_hour(&self) -> Option<u64> {
        match self.0.what {
            What::Pressure { evictions_last_hour, .. } => Some(evictions_last_hour),
            _ => None,
        }
    }

    /// How long ago a node of shared sessions heard of all ends, if the event is about that.
    #[must_use]
    pub fn staleness(&self) -> Option<std::time::Duration> {
        match self.0.what {
            #[cfg(feature = "shared")]
            What::Staleness(staleness, _) => Some(staleness),
            _ => None,
        }
    }

    /// By how much the host's wall clock is ahead of the local one, if the event is about that.
    #[must_use]
    pub fn skew(&self) -> Option<time::Duration> {
        match self.0.what {
            What::Skew { skew, .. } => Some(skew),
            _ => None,
        }
    }
}

/// Events are equal if they are the same one: of one store, with one number.
impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.0.token == other.0.token
    }
}

impl Eq for Event {}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("sequence", &self.sequence())
            .field("at", &self.at())
            .field("what", &self.0.what)
            .finish_non_exhaustive()
    }
}
