//! Episodes of a fleet at random. After each all is quiet, and then all agree.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tenure::shared::SharedAcquireError;
use tenure::{SessionId, TrackId};

use crate::common::{Random, factor, id, secs, seed};
use crate::promises::End;
use crate::world::{Setting, World};

/// How many steps an episode has.
const STEPS: usize = 300;
/// How many episodes there are, unless more are asked for.
const EPISODES: usize = 1_000;

impl World {
    /// What ended in the memory of a node ends everywhere.
    pub(crate) fn ended_here(&mut self, on: usize, id: SessionId, track: TrackId) {
        let at = self.step;
        if let Some(case) = self.cases.iter_mut().find(|case| case.track == track) {
            case.end.get_or_insert(End { at, on, told: None, id });
        }
    }

    fn check_pending(&self) {
        for (on, place) in self.places.iter().enumerate() {
            let stats = place.node.shared_stats();
            let pending = stats.pending_ends + stats.pending_rotations + stats.pending_touches;
            let under_way = stats.insertions_in_doubt + stats.loads_under_way;
            assert_eq!(pending + under_way, 0, "node {on}: {stats:?}");
        }
    }

    fn check(&mut self) {
        self.check_pending();
        // Old ids lead nowhere now.
        self.pass(secs(60));
        let first: Vec<SessionId> = self.cases.iter().map(|case| case.ids[0]).collect();
        let mut live = vec![0_u32; self.cases.len()];
        for id in first.into_iter().chain((1..=self.ids.drawn()).map(id)) {
            self.check_id(id, &mut live);
        }
        let all = live.iter().sum::<u32>() as usize;
        assert_eq!(all, self.collection.live(), "sessions that nobody has");
        for (number, (case, live)) in self.cases.iter().zip(&live).enumerate() {
            let text = format!("case {number}: {live} live, {case:?}");
            assert!(*live <= 1, "two ids: {text}");
            // The end of an id leads to the next one as long as the collection remembers it.
            let astray = self.setting.forgets && (case.unsure || case.ids.len() > 1);
            assert!(case.end.is_none() || *live == 0 || astray, "it is back: {text}");
            let promised = case.created.is_some() && case.end.is_none() && !case.excused;
            assert!(!promised || *live == 1, "it is lost: {text}");
        }
        if let Some(max) = self.setting.logins {
            for name in ["ann", "bob"] {
                let of = self.cases.iter().zip(&live).filter(|(case, _)| case.principal == name);
                assert!(of.map(|(_, live)| *live as usize).sum::<usize>() <= max, "{name}: limit");
            }
        }
        for (on, place) in self.places.iter().enumerate() {
            let stats = place.node.store().stats();
            let gone = stats.ended.total() + stats.unloaded;
            let left = stats.created + stats.loaded - gone;
            assert_eq!(left, stats.live as u64, "counts of node {on}: {stats:?}");
        }
    }

    /// All agree on an id.
    fn check_id(&self, id: SessionId, live: &mut [u32]) {
        let stored = self.stored(id);
        let case = self.cases.iter().position(|case| {
            case.ids.contains(&id)
                || stored.as_ref().is_some_and(|stored| stored.track == Some(case.track))
        });
        if let (Some(case), Some(_)) = (case, &stored) {
            live[case] += 1;
        }
        for on in 0..self.places.len() {
            match (&stored, self.found(on, id)) {
                (Some(stored), Ok((data, version))) => {
                    assert_eq!(version, stored.version, "data of {case:?} on {on}");
                    let case = &self.cases[case.expect("a session of nobody")];
                    let range = case.changes..=case.changes + case.doubts;
                    assert!(range.contains(&data), "data {data} on {on}: {case:?}");
                }
                (None, Err(SharedAcquireError::Unknown | SharedAcquireError::Ended(_))) => {}
                (Some(_), Err(SharedAcquireError::Here(_))) if self.setting.memory.is_some() => {}
                (stored, found) => {
                    panic!("case {case:?} on {on}: {found:?}, but the collection has {stored:?}")
                }
            }
        }
    }
}

/// Tells what happens, if it is to.
fn episode(seed: u64, tells: bool) {
    let mut random = Random::new(seed);
    let setting = Setting::draw(&mut random);
    let mut world = World::new(setting, random, tells);
    let result = catch_unwind(AssertUnwindSafe(|| {
        (0..STEPS).for_each(|_| world.act());
        world.quiet();
        world.check();
    }));
    if let Err(panic) = result {
        if !tells {
            episode(seed, true);
        }
        println!("{}\n{setting:?}\nTENURE_SEED={seed} repeats it", world.story.join("\n"));
        resume_unwind(panic);
    }
}

#[test]
fn fleets_agree_after_anything() {
    let seed = seed("fleets_agree_after_anything");
    // The first is that of the seed, so that one that failed is repeated at once.
    (0..(EPISODES * factor()) as u64).for_each(|number| episode(seed.wrapping_add(number), false));
}
