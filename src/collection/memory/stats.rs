//! How many requests a collection in memory had, and what it wrote.

use crate::collection::op::Op;

/// What a [`MemoryCollection`](crate::collection::MemoryCollection) was asked, and what it wrote,
/// since it was made. For benchmarks, and for tests of what a program costs its collection.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Collection, MemoryCollection, Op, RecordKey, Request};
///
/// let collection = MemoryCollection::default();
/// let request = Request { key: RecordKey::from_bytes([1; 16]), op: Op::Load };
/// collection.apply(&[request.clone(), request]).unwrap();
/// let stats = collection.stats();
/// assert_eq!((stats.applies, stats.loads, stats.records_written), (1, 2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryStats {
    /// Calls of `open`, those that failed included, as with all calls.
    pub opens: u64,
    /// Calls of `apply`.
    pub applies: u64,
    /// Calls of `feed`.
    pub feeds: u64,
    /// Calls of `expire`.
    pub expires: u64,
    /// Calls of `end_principal`.
    pub principals_ended: u64,
    /// Insertions that were done or refused, but did not fail, as with all requests.
    pub inserts: u64,
    /// Touches.
    pub touches: u64,
    /// Ends that nodes asked for.
    pub removes: u64,
    /// Loads.
    pub loads: u64,
    /// Changes of data.
    pub updates: u64,
    /// Rotations.
    pub rotates: u64,
    /// How often a record was written, or forgotten.
    pub records_written: u64,
    /// The bytes of that: keys, and what changed of the records, without what an encoding adds.
    pub bytes_written: u64,
}

impl MemoryStats {
    pub(super) fn count(&mut self, op: &Op) {
        *match op {
            Op::Insert { .. } => &mut self.inserts,
            Op::Touch { .. } => &mut self.touches,
            Op::Remove { .. } => &mut self.removes,
            Op::Load => &mut self.loads,
            Op::Update { .. } => &mut self.updates,
            Op::Rotate { .. } => &mut self.rotates,
        } += 1;
    }

    pub(super) fn wrote(&mut self, bytes: usize) {
        self.records_written += 1;
        self.bytes_written += bytes as u64;
    }
}
