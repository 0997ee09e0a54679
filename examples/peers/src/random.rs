//! Tables of random numbers, made before any timing starts. The same seed gives the same table.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};

/// The seed of the first table; others count on from it.
pub const SEED: u64 = 42;

/// `count` places below `len`, each as likely as the next.
pub fn uniform(len: usize, count: usize, seed: u64) -> Vec<u32> {
    let (mut rng, len) = (SmallRng::seed_from_u64(seed), narrow(len));
    (0..count).map(|_| rng.random_range(0..len)).collect()
}

/// Every place below `len` once, in random order.
pub fn shuffled(len: usize, seed: u64) -> Vec<u32> {
    let mut places: Vec<u32> = (0..narrow(len)).collect();
    shuffle(&mut places, seed);
    places
}

/// Puts the items in random order.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    items.shuffle(&mut SmallRng::seed_from_u64(seed));
}

/// `count` places below `len` by Zipf's law with exponent 1: place `k` is drawn `1 / (k + 1)` as
/// often as place 0.
pub fn zipf(len: usize, count: usize, seed: u64) -> Vec<u32> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let law = Zipf::new(f64::from(narrow(len)), 1.0).expect("there is a place to draw");
    (0..count).map(|_| place(law.sample(&mut rng), len)).collect()
}

/// One of several threads' part of a table of places: thread `t` of `n` owns the places that leave
/// `t` when divided by `n`, so each has its share of the hot ones. A draw of any place becomes the
/// place of that thread nearest below the next multiple of `n`; `None` where the table ends before.
pub fn own_place(place: u32, thread: u32, threads: u32, len: usize) -> Option<u32> {
    let own = place - place % threads + thread;
    ((own as usize) < len).then_some(own)
}

/// What a thread of the mixed workload does, and at which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Touch(u32),
    Lease(u32),
    /// The id of the new session replaces the one at this place.
    Create(u32),
}

/// The steps of one thread: 95 % touches, 4 % leases, 1 % creations, at places by Zipf's law. The
/// places are the thread's own, numbered from 0.
pub fn mix(len: usize, thread: u32, threads: u32, count: usize, seed: u64) -> Vec<Step> {
    let mut rng = SmallRng::seed_from_u64(seed ^ u64::from(thread) << 32);
    let law = Zipf::new(f64::from(narrow(len)), 1.0).expect("there is a place to draw");
    let mut steps = Vec::with_capacity(count);
    while steps.len() < count {
        let drawn = place(law.sample(&mut rng), len);
        let Some(own) = own_place(drawn, thread, threads, len) else { continue };
        let at = own / threads;
        steps.push(match rng.random_range(0..100) {
            0 => Step::Create(at),
            1..=4 => Step::Lease(at),
            _ => Step::Touch(at),
        });
    }
    steps
}

/// Zipf's law draws whole numbers from 1 to `len`, as floats.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn place(drawn: f64, len: usize) -> u32 {
    (drawn as u32).clamp(1, narrow(len)) - 1
}

fn narrow(len: usize) -> u32 {
    u32::try_from(len).expect("a table has fewer than 2^32 places")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_the_places_without_overlap() {
        let mut seen = [0; 10];
        for thread in 0..3 {
            let mut own: Vec<u32> =
                (0..10).filter_map(|place| own_place(place, thread, 3, 10)).collect();
            own.dedup();
            assert!(own.iter().all(|place| place % 3 == thread));
            for place in own {
                seen[place as usize] += 1;
            }
        }
        assert_eq!(seen, [1; 10]);
    }

    #[test]
    fn hot_places_are_drawn_as_zipf_says() {
        let draws = zipf(1_000, 100_000, SEED);
        let count = |place| draws.iter().filter(|drawn| **drawn == place).count();
        // The harmonic number of 1,000 is 7.485.
        assert!((12_500..14_300).contains(&count(0)), "place 0 was drawn {} times", count(0));
        assert!((6_100..7_300).contains(&count(1)), "place 1 was drawn {} times", count(1));
        assert!(draws.iter().all(|place| *place < 1_000));
    }

    #[test]
    fn a_mix_has_its_shares_and_stays_in_its_part() {
        let steps = mix(1_001, 1, 2, 100_000, SEED);
        let creates = steps.iter().filter(|step| matches!(step, Step::Create(_))).count();
        let leases = steps.iter().filter(|step| matches!(step, Step::Lease(_))).count();
        assert!((800..1_200).contains(&creates), "{creates} creations");
        assert!((3_600..4_400).contains(&leases), "{leases} leases");
        let (Step::Touch(at) | Step::Lease(at) | Step::Create(at)) =
            steps.iter().copied().max_by_key(|step| step_place(*step)).unwrap();
        assert!(at < 500, "thread 1 of 2 owns 500 of 1,001 places, but drew its place {at}");
    }

    fn step_place(step: Step) -> u32 {
        let (Step::Touch(at) | Step::Lease(at) | Step::Create(at)) = step;
        at
    }

    #[test]
    fn a_shuffle_has_every_place_once() {
        let mut places = shuffled(1_000, SEED);
        assert!(!places.is_sorted());
        places.sort_unstable();
        assert!(places.into_iter().eq(0..1_000));
    }
}
