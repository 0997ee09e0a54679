//! Calls of a node to the collection, and their answers.

use crate::state::{Keys, Reason};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    /// A fence has the `not_after` of the inserts that it keeps out.
    Remove {
        key: u8,
        reason: Reason,
        fence: Option<u8>,
    },
    Ends {
        cursor: u8,
        epoch: u8,
    },
    Insert {
        key: u8,
        nonce: u8,
        used: u8,
        not_after: u8,
        epoch: u8,
    },
    Store {
        key: u8,
        nonce: u8,
        used: u8,
    },
    Load {
        key: u8,
    },
    Rotate {
        old: u8,
        new: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    pub(crate) time: u8,
    pub(crate) epoch: u8,
    pub(crate) seq: u8,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Done,
    /// There is a tombstone, perhaps with a successor.
    Ended(Option<u8>),
    Missing,
    Stale,
    Exists,
    Gap,
    /// The keys of the tombstones with a higher seq.
    List(Keys),
    /// The nonce of the record, and the time of its last use.
    Found {
        nonce: u8,
        used: u8,
    },
}

/// A call under way. It has been applied as soon as it has an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    pub(crate) answer: Option<Answer>,
    /// When it was sent, with bounds alone.
    pub(crate) sent: u8,
}

/// What a call is part of. A node has at most one call of each under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Refresh,
    /// Creation, logout and rotation, written through.
    Direct,
    Load,
}

pub(crate) const LANES: [Lane; 3] = [Lane::Refresh, Lane::Direct, Lane::Load];

impl Call {
    /// Whether it can change anything, so that it matters when it is applied late.
    pub(crate) const fn writes(self) -> bool {
        !matches!(self, Self::Ends { .. } | Self::Load { .. })
    }
}
