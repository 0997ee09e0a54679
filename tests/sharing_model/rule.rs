//! The rules of the protocol that can be switched off.

macro_rules! rules {
    ($($(#[$text:meta])* $name:ident,)*) => {
        /// A rule. What its name says is so while the rule is on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Rule {
            $($(#[$text])* $name,)*
        }

        /// All of them.
        pub(crate) const EVERY: &[Rule] = &[$(Rule::$name,)*];
    };
}

rules! {
    // The collection.
    /// `insert` is refused as stale if it names another epoch.
    InsertChecksEpoch,
    /// `insert` is refused as stale after its `not_after`.
    InsertChecksTime,
    /// `insert` is refused if the key has a tombstone.
    InsertRefusesEnded,
    /// `insert` on a live record with another nonce is `Exists`.
    InsertKnowsOthers,
    /// `insert` on a live record with its own nonce is `Done`.
    InsertKnowsItself,
    /// `store` writes nothing where there is no record.
    StoreNeverCreates,
    /// `store` keeps the later of the two times.
    StoreKeepsTheLater,
    /// `remove` changes nothing where there is a tombstone.
    FirstReasonStays,
    /// `remove` with a fence leaves a tombstone where there was nothing.
    Fence,
    /// A fence is written until the insert's `not_after` alone. Later nothing is there to keep out,
    /// and the session may have been replaced, and the tombstone forgotten that says by what.
    FenceChecksTime,
    /// `load` sets the time of last use.
    LoadTouches,
    /// Pruning raises the floor, so that `ends_since` can tell that something is missing.
    PruneRaisesFloor,
    /// Tombstones are kept for at least as long as an insert may take.
    TombstonesOutlastInserts,
    /// Tombstones are kept longer by what the collection's clock may jump back.
    TombstonesCoverJumps,
    /// They are kept longer by that once more: the clock may have jumped before the tombstone was
    /// written, and a fence is written later by as much.
    TombstonesCoverFences,

    // Loads.
    /// A session with a tombstone here is neither looked for nor taken.
    TakeChecksTombstone,
    /// A session with a pending end here is not taken.
    TakeChecksPending,
    /// A session that was ended here while the load was under way is not taken.
    TakeChecksMeanwhile,
    /// An answer of another epoch is not taken.
    TakeChecksEpoch,
    /// An answer from before the last end that this node has heard of is not taken.
    TakeChecksSeq,

    // A node.
    /// `Missing` from `store` ends the session here.
    MissingEnds,
    /// What is `Missing` is never inserted again.
    MissingIsNotInserted,
    /// `Gap` makes all that is held suspect.
    GapMakesSuspect,
    /// The tombstone stays as long as the end is pending.
    PendingKeepsTombstone,
    /// A touch that is not yet stored is kept when its session is unloaded.
    UnloadKeepsTouch,
    /// What is not inserted, or may not be, is not unloaded.
    UnloadOnlyInserted,
    /// What is leased is not unloaded.
    UnloadSparesLeased,
    /// A refresh hears of ends before it inserts and stores.
    EndsFirst,
    /// `not_after` stays while an attempt is in doubt.
    NotAfterStays,
    /// The epoch of the first attempt stays while an attempt is in doubt.
    EpochStays,
    /// `Stale` while an earlier attempt is in doubt makes the session suspect: `store` asks whether
    /// there is a record. It is no leave to insert anew.
    StaleAsks,
    /// What was in doubt stays so after `Stale`, until the record is seen, since the collection's
    /// clock may jump back. Its end is fenced, also if it is `Missing`.
    DoubtOutlastsStale,
    /// There are never two inserts at once for one session.
    OneInsertAtOnce,
    /// A rotation is repeated until its answer is definite.
    RotateRepeats,
    /// An end that meets `Ended(Replaced)` ends the successor too before it is acknowledged.
    EndFollows,
    /// An end that goes on ends the successor here too: a load of it under way is not taken.
    FollowedEndIsAnEnd,
    /// `rotate` is `Done` where the new record is there, even if the old tombstone no longer is.
    RotateKnowsNew,
    /// A `Missing` from `remove` acknowledges nothing.
    MissingAcknowledgesNothing,
    /// There are never two removes at once for one session.
    OneRemoveAtOnce,
    /// A refresh that leaves anything suspect is not a good one.
    GoodLeavesNoSuspect,
    /// What is leased is stored as used now.
    LeasedIsUsedNow,
    /// Ticks become the collection's time rounded towards the past.
    TimesAreEarly,
    /// The grace is as long as the bound says, and not one less.
    GraceIsEnough,

    // Changes of data.
    /// `update` writes if the version is still the one that was read.
    UpdateComparesVersions,
    /// `update` is `Done` where the last write was its own.
    UpdateKnowsItself,
}

/// All rules but some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules(u64);

impl Rules {
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) const fn without(self, rule: Rule) -> Self {
        Self(self.0 & !(1 << rule as u32))
    }

    pub(crate) const fn has(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) != 0
    }
}
