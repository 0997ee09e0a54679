//! What a collection knows of itself.

use crate::collection::key::Fingerprint;
use crate::collection::stamp::{CollectionTime, Epoch, Stamp};

/// See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) epoch: Epoch,
    pub(crate) seq: u64,
    pub(crate) floor: u64,
    /// That of the nodes, once one of them has opened it.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl Meta {
    pub(crate) fn stamp(&self, now: CollectionTime) -> Stamp {
        Stamp { time: now, epoch: self.epoch, seq: self.seq }
    }

    pub(super) fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}
