//! Configurations in which refreshes keep to the bounds, so that touches must be kept. Only stores
//! are slow, late or lost in them.

use crate::budget::Budget;
use crate::cases::Case;
use crate::rule::Rule;
use crate::setup::{Bounds, Setup};

const NONE: Budget = Budget::NONE;

const fn regular(name: &'static str, bounds: Bounds, budget: Budget) -> Setup {
    let grace = bounds.grace();
    let setup = Setup::new(name, budget);
    Setup { bounds: Some(bounds), grace, idle: 3, ticks: 6, window: 50, ttl: 50, ..setup }
}

const SHORT: Bounds = Bounds { between: 1, apply: 1, error: 0, failures: 0 };
const FAILS: Bounds = Bounds { between: 1, apply: 0, error: 0, failures: 1 };
const OFF_BY_ONE: Bounds = Bounds { between: 1, apply: 0, error: 1, failures: 0 };

pub(crate) const LATE_TOUCH: Case = Case {
    setup: regular(
        "late touch",
        SHORT,
        Budget { directs: 1, loads: 2, touches: 2, unloads: 1, ..NONE },
    ),
    least: 22_000,
    needs: &[Rule::UnloadKeepsTouch],
};

pub(crate) const LOADS: Case = Case {
    setup: regular("loads", SHORT, Budget { directs: 1, loads: 2, unloads: 2, ..NONE }),
    least: 3_400,
    needs: &[Rule::LoadTouches],
};

pub(crate) const LEASE: Case = Case {
    setup: regular("lease", SHORT, Budget { directs: 1, loads: 1, leases: 1, unloads: 1, ..NONE }),
    least: 6_800,
    needs: &[Rule::UnloadSparesLeased, Rule::LeasedIsUsedNow],
};

pub(crate) const LATE_STORE: Case = Case {
    setup: regular(
        "late store",
        FAILS,
        Budget { directs: 1, loads: 1, touches: 3, delays: 1, ..NONE },
    ),
    least: 38_000,
    needs: &[Rule::StoreKeepsTheLater],
};

pub(crate) const CLOCK_ERROR: Case = Case {
    setup: regular("clock error", OFF_BY_ONE, Budget { directs: 1, loads: 1, touches: 1, ..NONE }),
    least: 4_400,
    needs: &[Rule::TimesAreEarly],
};

/// A session that is touched just after a refresh has read it, shortly before it would be idle.
pub(crate) const fn grace(bounds: Bounds) -> Case {
    let setup = regular("grace", bounds, Budget { directs: 1, loads: 1, touches: 2, ..NONE });
    let grace = bounds.grace();
    Case {
        setup: Setup { idle: grace + 2, ticks: 2 * grace + 3, ..setup },
        least: 4_000,
        needs: &[Rule::GraceIsEnough],
    }
}
