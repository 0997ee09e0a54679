//! The names of principals, originators and hosts, each shared by all its sessions.
//!
//! # Orderings
//!
//! All are relaxed. `place`, `tally` and `gone` are written and read for decisions under the
//! store's lock alone, which orders them, so `gone` needs no read-modify-write. `touched` is a
//! count that threads raise without a lock: it guards no other data, and is compared with `gone`
//! for a report alone. A session that ends between its first touch and the counting of it is
//! counted as gone first, so the difference may be below zero for a moment.

use super::name_hash::hash_of;
use super::names::Names;
use super::short_name::Name;
use crate::sync::{Arc, AtomicU32, Ordering};

/// A name, how many of its live sessions were ever touched, and where its group is.
#[derive(Debug)]
pub(crate) struct Label {
    name: Box<str>,
    /// The hash of the name.
    hash: u64,
    /// How many of its sessions were ever touched.
    touched: AtomicU32,
    /// How many of those have ended.
    gone: AtomicU32,
    place: AtomicU32,
    tally: AtomicU32,
}

impl Label {
    /// A label without a group.
    pub(crate) fn new(name: &str) -> Self {
        Self::with_hash(name, hash_of(name))
    }

    /// As [`new`](Label::new), of a name that was hashed before.
    pub(crate) fn of(name: &Name) -> Self {
        Self::with_hash(name.as_str(), name.hash())
    }

    fn with_hash(name: &str, hash: u64) -> Self {
        let (touched, gone) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { name: name.into(), hash, touched, gone, place: nowhere(), tally: nowhere() }
    }

    /// The hash of its name, as [`hash_of`] returns it.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Where the store's list of groups has that of this label, if there is one. Means something
    /// under the store's lock only.
    #[inline]
    pub(crate) fn place(&self) -> Option<usize> {
        let place = self.place.load(Ordering::Relaxed);
        (place != NOWHERE).then_some(place as usize)
    }

    pub(crate) fn set_place(&self, place: Option<u32>) {
        self.place.store(place.unwrap_or(NOWHERE), Ordering::Relaxed);
    }

    /// The tally in the list of names evicted most that was this label's when it was last looked
    /// up. Means something under the store's lock only.
    #[inline]
    pub(crate) fn tally(&self) -> usize {
        self.tally.load(Ordering::Relaxed) as usize
    }

    pub(crate) fn set_tally(&self, tally: u32) {
        self.tally.store(tally, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many live sessions of this name were touched since they were created.
    pub(crate) fn touched(&self) -> u32 {
        let (touched, gone) = (&self.touched, &self.gone);
        // Both wrap around alike.
        let left = touched.load(Ordering::Relaxed).wrapping_sub(gone.load(Ordering::Relaxed));
        u32::try_from(left.cast_signed()).unwrap_or(0)
    }

    #[inline]
    pub(crate) fn count_touched(&self) {
        self.touched.fetch_add(1, Ordering::Relaxed);
    }

    /// A session that was touched has ended. Under the store's lock.
    #[inline]
    pub(crate) fn count_gone(&self) {
        self.gone.store(self.gone.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
}

/// The place of no group: there are fewer sessions than that.
const NOWHERE: u32 = u32::MAX;

fn nowhere() -> AtomicU32 {
    AtomicU32::new(NOWHERE)
}

impl Names<Arc<Label>> {
    pub(crate) fn as_str(&self) -> Names<&str> {
        self.map(|label| label.name())
    }
}
