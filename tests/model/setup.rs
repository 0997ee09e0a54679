//! The matrix: how the store of one sequence is configured.

use std::time::Duration;

use proptest::prelude::*;
use tenure::{Limit, Limits, ManualClock, SessionStore, StoreBuilder, Timeouts};

use crate::common::{ScriptedIds, secs};
use crate::op::Data;

/// The names that sessions are made of: few, so that groups fill up.
pub(crate) const PRINCIPALS: [&str; 3] = ["alice", "bob", "root"];
pub(crate) const ORIGINATORS: [&str; 3] = ["web", "cli", "backup"];
pub(crate) const HOSTS: [&str; 2] = ["north", "south"];

/// What one of the three limits does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    None,
    Reject,
    Evict,
    EvictIdle,
}

impl Rule {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Reject, Self::Evict, Self::EvictIdle];

    fn limit(self, max: usize) -> Option<Limit> {
        match self {
            Self::None => None,
            Self::Reject => Some(Limit::reject(max)),
            Self::Evict => Some(Limit::evict_oldest(max)),
            Self::EvictIdle => Some(Limit::evict_oldest(max).min_idle(MIN_IDLE)),
        }
    }
}

/// Two of the steps that the clock usually takes, so that the floor is met exactly at times.
pub(crate) const MIN_IDLE: Duration = secs(10);
/// Few enough that most sequences raise the alarm.
const ALARM_ABOVE: u32 = 5;
pub(crate) const IDLE: Duration = secs(60);
pub(crate) const ABSOLUTE: Duration = secs(200);

/// One cell of the matrix that is walked in full, and what is drawn for each sequence besides.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) cell: Cell,
    pub(crate) rest: Rest,
}

/// Every combination of these is tried in every run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) global: Rule,
    pub(crate) principal: Rule,
    pub(crate) originator: Rule,
    pub(crate) idle: bool,
    pub(crate) absolute: bool,
}

/// These are drawn anew for each sequence.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) global_max: usize,
    pub(crate) group_max: usize,
    pub(crate) overrides: bool,
    pub(crate) reserve: usize,
    pub(crate) resolution: Duration,
    pub(crate) grace: Duration,
    pub(crate) tombstones: usize,
    pub(crate) keep: Duration,
    /// Whether the monotonic clock is ever set back.
    pub(crate) hostile: bool,
    /// How many sessions are created to begin with. A crowd fills more than one level of an index.
    pub(crate) crowd: usize,
}

pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for global in Rule::ALL {
        for principal in Rule::ALL {
            for originator in Rule::ALL {
                for (idle, absolute) in [(false, false), (true, false), (false, true), (true, true)]
                {
                    cells.push(Cell { global, principal, originator, idle, absolute });
                }
            }
        }
    }
    cells
}

pub(crate) fn rest() -> impl Strategy<Value = Rest> {
    let hostile = prop::bool::weighted(0.2);
    let times = (
        prop::sample::select(vec![Duration::ZERO, Duration::from_millis(1), secs(10)]),
        prop::sample::select(vec![Duration::ZERO, secs(15)]),
        prop::sample::select(vec![secs(30), secs(3_600)]),
    );
    let few = (3_usize..8, 1_usize..4, Just(0));
    let crowd = (20_usize..60, 10_usize..30, Just(60));
    let sizes = prop_oneof![4 => few.boxed(), 1 => crowd.boxed()];
    let sizes = (sizes, any::<bool>(), 0_usize..3);
    (sizes, times, prop::sample::select(vec![0_usize, 3, 1_000]), hostile).prop_map(
        |(sizes, (resolution, grace, keep), tombstones, hostile)| Rest {
            global_max: sizes.0.0,
            group_max: sizes.0.1,
            crowd: sizes.0.2,
            overrides: sizes.1,
            reserve: sizes.2,
            resolution,
            // A grace lives in tombstones; the store refuses one without the other.
            grace: if tombstones == 0 { Duration::ZERO } else { grace },
            tombstones,
            keep,
            hostile,
        },
    )
}

impl Setup {
    pub(crate) fn global(&self) -> Option<Limit> {
        self.cell.global.limit(self.rest.global_max)
    }

    /// The limit of a principal, after the override for root.
    pub(crate) fn principal(&self, name: &str) -> Option<Limit> {
        let common = self.cell.principal.limit(self.rest.group_max);
        let named = self.rest.overrides && name == "root";
        if named { Some(Limit::evict_oldest(4)) } else { common }
    }

    /// The limit of an originator, after the overrides.
    pub(crate) fn originator(&self, name: &str) -> Option<Limit> {
        let common = self.cell.originator.limit(self.rest.group_max);
        match name {
            "backup" if self.rest.overrides => Some(Limit::UNLIMITED),
            "cli" if self.rest.overrides => Some(Limit::reject(2)),
            _ => common,
        }
    }

    pub(crate) fn idle(&self) -> Option<Duration> {
        self.cell.idle.then_some(IDLE)
    }

    pub(crate) fn absolute(&self) -> Option<Duration> {
        self.cell.absolute.then_some(ABSOLUTE)
    }

    /// The places under the global limit that an ordinary newcomer does not get.
    pub(crate) fn reserve(&self) -> usize {
        if self.cell.global == Rule::None { 0 } else { self.rest.reserve }
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::none();
        if let Some(limit) = self.global() {
            limits = limits.global(limit).reserve(self.reserve());
        }
        if let Some(limit) = self.cell.principal.limit(self.rest.group_max) {
            limits = limits.per_principal(limit);
        }
        if let Some(limit) = self.cell.originator.limit(self.rest.group_max) {
            limits = limits.per_originator(limit);
        }
        if self.rest.overrides {
            limits = limits
                .principal_exception("root", Limit::evict_oldest(4))
                .originator_exception("backup", Limit::UNLIMITED)
                .originator_exception("cli", Limit::reject(2));
        }
        limits
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::none().idle(self.idle()).absolute(self.absolute())
    }

    pub(crate) fn builder(&self, clock: &ManualClock, ids: &ScriptedIds) -> StoreBuilder<Data> {
        SessionStore::builder()
            .limits(self.limits())
            .timeouts(self.timeouts())
            .clock(clock.clone())
            .id_source(ids.clone())
            .touch_resolution(self.rest.resolution)
            .rotation_grace(self.rest.grace)
            .tombstones(self.rest.tombstones, self.rest.keep)
            .alarm_above(ALARM_ABOVE)
    }
}
