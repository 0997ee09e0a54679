//! Machines go down, and disks fail: nothing acknowledged is lost, nothing ended is back, and a
//! batch takes effect as a whole or not at all.

use std::io::ErrorKind;
use std::time::Duration;

use proptest::prelude::*;

use super::accord::{Contents, contents};
use super::disk::Disk;
use super::setup::{insert, key, logout, now, on, options};
use crate::clock::ManualClock;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::SealedId;
use crate::collection::op::{Op, Request};
use crate::collection::record::Successor;
use crate::collection::redb::handle::RedbCollection;
use crate::collection::redb::options::RedbOptions;
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

struct World {
    disk: Disk,
    clock: ManualClock,
    options: RedbOptions,
    collection: Option<RedbCollection>,
    /// What may be in the file: more than one where a commit is in doubt.
    may_be: Vec<Contents>,
    /// What it may be put back to: what was written since then says only what was used.
    before_use: Vec<Contents>,
}

impl World {
    fn new() -> Self {
        let (disk, clock) = (Disk::default(), ManualClock::new());
        let options = options(&clock);
        let collection = on(&disk, &options).unwrap();
        let may_be = vec![contents(&collection).unwrap()];
        let before_use = Vec::new();
        Self { disk, clock, options, collection: Some(collection), may_be, before_use }
    }

    /// Compares the file with what may be in it.
    fn look(&self) -> Option<Contents> {
        let found = contents(self.collection.as_ref()?).ok()?;
        assert!(self.may_be.contains(&found) || self.is_before_use(&found), "lost, or back");
        Some(found)
    }

    /// Whether only what was used is lost. Then the epoch is another, too.
    fn is_before_use(&self, found: &Contents) -> bool {
        let but_epoch = |contents: &Contents| {
            let mut contents = contents.clone();
            contents.remove(&("meta", b"epoch".to_vec()));
            contents
        };
        let found = but_epoch(found);
        self.before_use.iter().any(|before| but_epoch(before) == found)
    }

    /// Opens the file again, if it is not open.
    fn reopen(&mut self) {
        if self.collection.is_none() {
            self.collection = on(&self.disk, &self.options).ok();
        }
    }

    fn crash(&mut self, seed: u64) {
        self.disk.crash(seed);
        self.collection = None;
        self.reopen();
        let found = self.look().expect("a file that opens");
        self.may_be = vec![found];
        self.before_use.clear();
    }

    /// Does something that changes the file.
    fn act<R>(&mut self, act: impl Fn(&RedbCollection) -> Result<R, CollectionError>) {
        self.reopen();
        // Where the file may be in one of two states, it is in one of them now.
        let Some((collection, _)) = self.collection.clone().zip(self.look()) else { return };
        if !is_synced(&collection) {
            // What is not on the disk is not in a copy of it.
            let _ = now(&collection);
            self.look();
            if !is_synced(&collection) {
                return;
            }
        }
        let Some(before) = self.look() else { return };
        let copy = self.disk.copy();
        match act(&collection) {
            Ok(_) => {
                if is_synced(&collection) {
                    self.before_use.clear();
                } else {
                    self.before_use.append(&mut self.may_be);
                }
                self.may_be = vec![contents(&collection).unwrap()];
            }
            Err(error) if error.may_be_applied() => {
                let other = on(&copy, &self.options).expect("a copy of a good file");
                assert_eq!(contents(&other).unwrap(), before);
                let _ = act(&other);
                self.may_be = vec![before, contents(&other).unwrap()];
            }
            Err(_) => assert!(self.may_be.contains(&before) || self.is_before_use(&before)),
        }
        self.look();
    }

    fn step(&mut self, [what, a, b, c]: [u8; 4]) {
        self.clock.advance(Duration::from_millis(u64::from(a) * 20));
        match what {
            0..=15 => self.crash(u64::from(b) << 8 | u64::from(c)),
            16..=31 => {
                let kinds = [ErrorKind::StorageFull, ErrorKind::Other];
                self.disk.fail_after(u64::from(a % 48), kinds[usize::from(b % 2)], c % 2 == 0);
            }
            32..=47 => {
                self.disk.mend();
                self.clock.advance(Duration::from_secs(3));
            }
            48..=51 => {
                let (name, count) = (format!("p{}", b % 3), usize::from(c % 3));
                let spared = [key(a)];
                self.act(|collection| collection.end_principal(&name, "killed", &spared, count));
            }
            52..=63 => self.act(|collection| collection.expire(usize::from(b % 8))),
            64..=67 => self.act(RedbCollection::compact),
            _ => {
                let ops = usize::from(what % 5) + 1;
                let numbers = [a, b, c, a ^ b, b ^ c];
                self.act(|collection| {
                    let requests = numbers[..ops].iter().map(|number| {
                        let op = op(collection, *number, now(collection)?)?;
                        Ok(Request { key: key(*number), op })
                    });
                    collection.apply(&requests.collect::<Result<Vec<_>, CollectionError>>()?)
                });
            }
        }
    }
}

fn is_synced(collection: &RedbCollection) -> bool {
    collection.with_state(|state, _| state.is_synced())
}

fn op(
    collection: &RedbCollection,
    number: u8,
    used: CollectionTime,
) -> Result<Op, CollectionError> {
    Ok(match number / 12 % 8 {
        0..=2 => insert(collection, number)?,
        3 => Op::Touch { used, busy_until: CollectionTime::ORIGIN },
        4 => Op::Load,
        5 => logout(),
        6 => {
            let (nonce, data) = (u32::from(number % 12), vec![number; usize::from(number)]);
            Op::Update { nonce, version: 0, token: u64::from(number), data }
        }
        _ => {
            let id = SealedId::from_bytes([number; 16]);
            let to = Successor { key: key(number / 3), id };
            Op::Rotate { to, track: TrackId::from_bytes([number; 16]), id: Some(id) }
        }
    })
}

/// `TENURE_STEPS=10` tries ten times as many sequences.
fn cases() -> u32 {
    let factor = std::env::var("TENURE_STEPS").ok().and_then(|text| text.parse().ok());
    40 * factor.unwrap_or(1).max(1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn nothing_acknowledged_is_lost_and_nothing_ended_is_back(
        steps in prop::collection::vec(any::<[u8; 4]>(), 1..120),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.disk.mend();
        world.crash(7);
    }
}
