//! The configurations, each small enough to be tried in full, and the rules that fail in each when
//! they are switched off.

use crate::budget::Budget;
use crate::rule::Rule;
use crate::setup::Setup;

/// A configuration and what it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) setup: Setup,
    /// It has at least this many states.
    pub(crate) least: usize,
    /// Each of these fails in it when it is switched off.
    pub(crate) needs: &'static [Rule],
}

const NONE: Budget = Budget::NONE;

/// Ends, loads and late inserts, in no time.
pub(crate) const ENDS: Case = Case {
    setup: Setup::new(
        "ends",
        Budget { ends: 1, loads: 1, refreshes: 2, directs: 1, forgets: 1, delays: 1, ..NONE },
    ),
    least: 34_000,
    needs: &[
        Rule::InsertRefusesEnded,
        Rule::Fence,
        Rule::TakeChecksTombstone,
        Rule::TakeChecksMeanwhile,
        Rule::TakeChecksSeq,
        Rule::PendingKeepsTombstone,
    ],
};

/// The collection is flushed.
pub(crate) const FLUSH: Case = Case {
    setup: Setup::new(
        "flush",
        Budget { ends: 1, refreshes: 2, directs: 1, delays: 1, flushes: 1, ..NONE },
    ),
    least: 19_000,
    needs: &[
        Rule::InsertChecksEpoch,
        Rule::StoreNeverCreates,
        Rule::MissingEnds,
        Rule::MissingIsNotInserted,
        Rule::GapMakesSuspect,
        Rule::EpochStays,
        Rule::StaleAsks,
        Rule::GoodLeavesNoSuspect,
    ],
};

/// The collection is flushed while a load is under way.
pub(crate) const FLUSH_AND_LOAD: Case = Case {
    setup: Setup::new(
        "flush and load",
        Budget { ends: 1, loads: 1, refreshes: 2, directs: 1, flushes: 1, ..NONE },
    ),
    least: 40_000,
    needs: &[Rule::TakeChecksEpoch, Rule::EndsFirst],
};

/// An insert arrives when the tombstone has been forgotten.
pub(crate) const LATE_INSERT: Case = Case {
    setup: Setup {
        ticks: 3,
        ..Setup::new("late insert", Budget { ends: 1, directs: 2, delays: 1, ..NONE })
    },
    least: 800,
    needs: &[Rule::InsertChecksTime, Rule::TombstonesOutlastInserts],
};

/// An end is forgotten before a node hears of it.
pub(crate) const MISSED_END: Case = Case {
    setup: Setup {
        ticks: 2,
        ..Setup::new("missed end", Budget { ends: 1, loads: 1, refreshes: 1, directs: 2, ..NONE })
    },
    least: 62_000,
    needs: &[Rule::PruneRaisesFloor],
};

/// An insert is repeated after its session was ended, and that forgotten.
pub(crate) const REPEATED_INSERT: Case = Case {
    setup: Setup {
        ticks: 2,
        ..Setup::new(
            "repeated insert",
            Budget { ends: 1, refreshes: 1, directs: 2, losses: 1, ..NONE },
        )
    },
    least: 20_000,
    needs: &[Rule::NotAfterStays, Rule::OneInsertAtOnce],
};

/// The collection's clock jumps back.
pub(crate) const JUMP: Case = Case {
    setup: Setup {
        ticks: 4,
        jump: 1,
        ..Setup::new("jump", Budget { ends: 1, directs: 2, delays: 1, jumps: 1, ..NONE })
    },
    least: 3_000,
    needs: &[Rule::TombstonesCoverJumps],
};

/// The same, and then a session is rotated and ended.
pub(crate) const JUMP_AND_ROTATION: Case = Case {
    setup: Setup {
        ticks: 4,
        jump: 1,
        ..Setup::new(
            "jump and rotation",
            Budget { ends: 1, loads: 1, rotations: 1, directs: 2, jumps: 1, ..NONE },
        )
    },
    least: 80_000,
    needs: &[Rule::TombstonesCoverFences],
};

/// A stale insert is valid again after a jump.
pub(crate) const JUMP_AND_STALE: Case = Case {
    setup: Setup {
        ticks: 2,
        jump: 1,
        nodes: 1,
        ..Setup::new(
            "jump and stale",
            Budget { ends: 1, refreshes: 1, directs: 3, delays: 1, jumps: 1, ..NONE },
        )
    },
    least: 40_000,
    needs: &[Rule::DoubtOutlastsStale],
};

/// Two nodes are given the same id.
pub(crate) const CREATORS: Case = Case {
    setup: Setup {
        creators: 2,
        ..Setup::new(
            "creators",
            Budget { creates: 2, refreshes: 2, directs: 2, delays: 1, losses: 1, ..NONE },
        )
    },
    least: 13_000,
    needs: &[Rule::InsertKnowsOthers, Rule::InsertKnowsItself],
};

/// Two ends of one session.
pub(crate) const TWO_ENDS: Case = Case {
    setup: Setup::new("two ends", Budget { ends: 2, loads: 1, refreshes: 1, directs: 2, ..NONE }),
    least: 8_900,
    needs: &[Rule::FirstReasonStays, Rule::OneRemoveAtOnce],
};

/// Sessions are unloaded, and late touches stored.
pub(crate) const UNLOAD: Case = Case {
    setup: Setup {
        ticks: 1,
        ..Setup::new(
            "unload",
            Budget { loads: 1, unloads: 1, touches: 1, refreshes: 2, directs: 1, ..NONE },
        )
    },
    least: 23_000,
    needs: &[Rule::UnloadOnlyInserted],
};

/// A rotation whose answer is lost, and an end of what it replaced.
pub(crate) const ROTATION: Case = Case {
    setup: Setup {
        ticks: 2,
        ..Setup::new(
            "rotation",
            Budget { ends: 1, loads: 1, rotations: 1, directs: 2, losses: 1, ..NONE },
        )
    },
    least: 21_000,
    needs: &[
        Rule::RotateRepeats,
        Rule::RotateKnowsNew,
        Rule::EndFollows,
        Rule::MissingAcknowledgesNothing,
        Rule::FenceChecksTime,
    ],
};

/// A session is loaded by its new id while it is ended by its old one.
pub(crate) const ROTATION_AND_LOAD: Case = Case {
    setup: Setup::new(
        "rotation and load",
        Budget { ends: 1, loads: 1, rotations: 1, directs: 3, forgets: 1, ..NONE },
    ),
    least: 1_000,
    needs: &[Rule::FollowedEndIsAnEnd],
};

/// A node loses its memory and starts again.
pub(crate) const CRASH: Case = Case {
    setup: Setup::new(
        "crash",
        Budget { ends: 1, loads: 1, refreshes: 2, directs: 1, crashes: 1, ..NONE },
    ),
    least: 35_000,
    needs: &[],
};

/// Three nodes.
pub(crate) const THREE: Case = Case {
    setup: Setup {
        nodes: 3,
        ..Setup::new("three", Budget { ends: 1, loads: 2, refreshes: 2, directs: 1, ..NONE })
    },
    least: 100_000,
    needs: &[],
};
