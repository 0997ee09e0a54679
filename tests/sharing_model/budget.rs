//! How often things may happen, which keeps the search finite.

/// How often each thing may happen in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) creates: u8,
    pub(crate) touches: u8,
    pub(crate) leases: u8,
    pub(crate) unloads: u8,
    pub(crate) ends: u8,
    pub(crate) loads: u8,
    pub(crate) rotations: u8,
    pub(crate) refreshes: u8,
    /// Calls that a node sends outside its refreshes.
    pub(crate) directs: u8,
    /// Local tombstones that are forgotten.
    pub(crate) forgets: u8,
    /// Answers lost, refreshes dropped.
    pub(crate) losses: u8,
    /// Calls given up that may be applied later, or never.
    pub(crate) delays: u8,
    pub(crate) crashes: u8,
    pub(crate) flushes: u8,
    pub(crate) jumps: u8,
}

impl Budget {
    pub(crate) const NONE: Self = Self {
        creates: 1,
        touches: 0,
        leases: 0,
        unloads: 0,
        ends: 0,
        loads: 0,
        rotations: 0,
        refreshes: 0,
        directs: 0,
        forgets: 0,
        losses: 0,
        delays: 0,
        crashes: 0,
        flushes: 0,
        jumps: 0,
    };
}
