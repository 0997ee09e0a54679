//! Random walks through configurations in which everything may happen, several times. They are far
//! longer than the search can look ahead.

use std::env;
use std::hash::{BuildHasher, RandomState};

use crate::budget::Budget;
use crate::factor;
use crate::search::Model;
use crate::setup::Setup;

/// A small random generator (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: u8) -> u8 {
        u8::try_from(self.next() % u64::from(end)).expect("less than a u8")
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let len = u64::try_from(from.len()).expect("a few");
        from[usize::try_from(self.next() % len).expect("less than the length")]
    }

    fn setup(&mut self) -> Setup {
        let budget = Budget {
            creates: 1,
            touches: self.below(4),
            leases: 0,
            unloads: self.below(3),
            ends: self.below(4),
            loads: self.below(5),
            rotations: self.below(2),
            refreshes: 2 + self.below(8),
            directs: self.below(6),
            forgets: self.below(3),
            losses: self.below(4),
            delays: self.below(4),
            crashes: self.below(3),
            flushes: self.below(2),
            jumps: self.below(2),
        };
        let window = self.below(3);
        Setup {
            nodes: 2 + usize::from(self.below(2)),
            ticks: self.below(7),
            window,
            ttl: window.max(1) + self.below(2),
            jump: budget.jumps,
            ..Setup::new("walk", budget)
        }
    }
}

/// `TENURE_SEED` if it is set, else a fresh one. Either way it is printed.
fn seed() -> u64 {
    let given = env::var("TENURE_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("walks: to repeat this run set TENURE_SEED={seed}");
    seed
}

#[test]
fn long_walks_find_nothing_wrong() {
    let mut random = Random(seed());
    let (mut taken, mut steps) = (0, Vec::new());
    let walks = 4_000 * factor() * factor();
    for walk in 0..walks {
        let setup = random.setup();
        let mut world = setup.first();
        let mut trace = Vec::new();
        loop {
            steps.clear();
            setup.steps(&world, &mut steps);
            if steps.is_empty() {
                break;
            }
            let step = random.pick(&steps);
            let (after, fault) = Model::take(&setup, world, step);
            trace.push((step, world));
            taken += 1;
            let Some(fault) = fault.or_else(|| Model::quiet(&setup, &after)) else {
                world = after;
                continue;
            };
            for (at, (step, before)) in trace.iter().enumerate() {
                let after = trace.get(at + 1).map_or(&after, |(_, world)| world);
                println!("  {:2}. {}", at + 1, setup.tell(*step, before, after));
            }
            panic!("walk {walk}: {fault:?} in {setup:?}");
        }
    }
    println!("{walks} walks took {taken} steps");
    assert!(taken > 20 * walks, "only {taken} steps in {walks} walks");
}
