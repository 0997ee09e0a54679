//! What a refresh did.

use std::fmt;

use crate::collection::{CollectionError, Op, Outcome};

/// A part of a refresh.
///
/// # Examples
///
/// ```
/// use tenure::shared::RefreshStep;
///
/// assert_eq!(RefreshStep::Store.as_str(), "store");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RefreshStep {
    /// Asking how the collection stands.
    Open,
    /// Telling it of rotations and ends.
    Departures,
    /// Hearing of what other nodes ended and changed.
    Feed,
    /// Telling it of new sessions and of touches.
    Store,
    /// Having it expire what is overdue.
    Expire,
}

impl RefreshStep {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Departures, Self::Feed, Self::Store, Self::Expire];

    /// A name for programs, such as the value of a metric's label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Departures => "departures",
            Self::Feed => "feed",
            Self::Store => "store",
            Self::Expire => "expire",
        }
    }
}

impl fmt::Display for RefreshStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a refresh did.
///
/// # Examples
///
/// ```
/// use tenure::shared::RefreshReport;
///
/// let report = RefreshReport::default();
/// assert!(report.is_good() && report.touched == 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshReport {
    /// Sessions that the collection was told have ended.
    pub ended: u64,
    /// Rotations that it was told of.
    pub rotated: u64,
    /// Sessions that were put into it.
    pub inserted: u64,
    /// Sessions that it was told were used.
    pub touched: u64,
    /// Ends and changes of other nodes that it reported.
    pub heard: u64,
    /// Sessions that were not there any more, and so have ended here.
    pub missing: u64,
    /// Sessions of which it is not known whether the collection still has them, since requests
    /// changed them each time it was asked. The next refresh asks again.
    pub suspect: u64,
    /// Sessions that it ended because they were overdue.
    pub expired: u64,
    /// Ends that it forgot.
    pub forgotten: u64,
    /// Whether it could not tell all that happened since the last refresh, so that every session
    /// was asked for.
    pub gap: bool,
    /// Whether this node has heard of every end that the collection had acknowledged before the
    /// refresh began, whatever else failed: the feed was read, and no session is left in doubt.
    pub heard_all: bool,
    /// Whether the feed was read.
    fed: bool,
    /// How many calls and records failed, and at which step the first did.
    pub failures: u64,
    /// The first failure.
    pub failure: Option<(RefreshStep, CollectionError)>,
}

impl RefreshReport {
    /// Whether nothing failed, and nothing is left in doubt: then this node knows all that was
    /// acknowledged before the refresh began.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.failures == 0 && self.suspect == 0
    }

    /// The feed was read. Where that is not `certain`, sessions are in doubt.
    pub(super) fn fed(&mut self, certain: bool) {
        (self.fed, self.heard_all) = (true, certain);
    }

    /// Nothing more is asked of these. A session that the collection may know is in doubt.
    pub(super) fn left(&mut self, all: usize, insertions: usize) {
        self.suspect = all as u64;
        self.heard_all = self.fed && all == insertions;
    }

    pub(super) fn failed(&mut self, step: RefreshStep, error: &CollectionError) {
        self.failures += 1;
        self.failure.get_or_insert_with(|| (step, error.clone()));
    }

    pub(super) fn count(&mut self, op: &Op, outcome: &Result<Outcome, CollectionError>) {
        match (op, outcome) {
            (Op::Remove { .. }, Ok(Outcome::Done { .. } | Outcome::Ended(_))) => self.ended += 1,
            (Op::Rotate { .. }, Ok(Outcome::Done { .. })) => self.rotated += 1,
            (Op::Insert { .. }, Ok(Outcome::Done { .. })) => self.inserted += 1,
            (Op::Touch { .. }, Ok(Outcome::Done { .. })) => self.touched += 1,
            (Op::Touch { .. }, Ok(Outcome::Missing)) => self.missing += 1,
            _ => {}
        }
    }
}
