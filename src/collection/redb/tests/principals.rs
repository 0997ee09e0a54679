//! The sessions of a principal.

use std::time::Duration;

use super::accord::contents;
use super::disk::Disk;
use super::setup::{ask, insert, key, on, options};
use crate::clock::ManualClock;
use crate::collection::contract::Collection;
use crate::limits::Limit;

#[test]
fn sessions_of_a_principal_are_found_after_a_restart() {
    let (disk, clock) = (Disk::default(), ManualClock::new());
    for limit in [None, Some(Limit::reject(9))] {
        let mut options = options(&clock);
        options.policy.per_principal = limit;
        let first = on(&disk, &options).unwrap();
        for number in 0..6 {
            ask(&first, number, insert(&first, number).unwrap()).unwrap();
        }
        drop(first);
        let again = on(&disk, &options).unwrap();
        // Known at once, or read when they are asked for; so is what is put in after that.
        let ended = again.end_principal("p1", "killed", &[key(1)], 9).unwrap();
        assert_eq!((ended.ended.len(), ended.ended[0].0, ended.more), (1, key(4), false));
        ask(&again, 7, insert(&again, 7).unwrap()).unwrap();
        let ended = again.end_principal("p1", "killed", &[], 1).unwrap();
        assert!(ended.more);
        assert_eq!(again.end_principal("p1", "killed", &[], 1).unwrap().ended.len(), 1);
        contents(&again).unwrap();
        clock.advance(Duration::from_secs(99));
        while again.expire(99).unwrap().more {}
    }
}
