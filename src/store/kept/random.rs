//! Random operations on a store with a keeper, compared with a naive reference after each.
//!
//! So nothing that is leased, held, hooked or refused is unloaded, and of the others the oldest
//! goes first; the counts balance; the keeper is told of all that happens.

use proptest::prelude::*;

use super::pair::{Op, Pair};
use crate::sync::Ordering;

impl Pair {
    fn compare(&mut self) -> Result<(), TestCaseError> {
        let mut told = self.kept.notes.take();
        for expected in std::mem::take(&mut self.reference.told) {
            let at = told.iter().position(|told| *told == expected);
            prop_assert!(at.is_some(), "{expected:?} is not among {told:?}");
            told.swap_remove(at.unwrap());
        }
        prop_assert_eq!(told, []);

        let live = self.store().table().inspect(|ledger| {
            assert!(ledger.live.holds_parked_alone());
            let mut live = ledger.live.records.clone();
            live.sort_by_key(|record| record.number());
            live.iter().map(|it| (it.number(), it.data, it.word.load())).collect::<Vec<_>>()
        });
        let live = live.iter().map(|(number, data, seen)| {
            (*number, *data, seen.last_active(), seen.leases() as usize, seen.ended())
        });
        let expected =
            self.reference.live.iter().map(|(number, known)| {
                (*number, known.data, known.last_active, known.leases, false)
            });
        prop_assert_eq!(live.collect::<Vec<_>>(), expected.collect::<Vec<_>>());

        let (stats, known) = (self.store().stats(), &self.reference);
        prop_assert_eq!((stats.created, stats.loaded), (known.created, known.loaded));
        prop_assert_eq!((stats.unloaded, stats.ended.total()), (known.unloaded, known.ended));
        prop_assert_eq!(self.hooks.load(Ordering::Relaxed), known.hooks);
        self.kept.balances();
        Ok(())
    }
}

fn op() -> impl Strategy<Value = Op> {
    (0..24u8, 0..64usize, 0..70u64, any::<bool>())
}

proptest! {
    #[test]
    fn operations_agree_with_the_reference(ops in prop::collection::vec(op(), 1..150)) {
        let mut pair = Pair::new();
        for op in ops {
            pair.step(op);
            pair.compare()?;
        }
    }
}
