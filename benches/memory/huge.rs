//! A table so large that neither a cache nor the address translation of the processor holds it.

use std::time::{Duration, Instant};

use memory_stats::memory_stats;
use tenure::SessionId;

use peers::batch::Peer;
use peers::random;
use peers::tables::Kind;

/// An odd number, so that one round is in the middle.
const ROUNDS: u64 = 9;

/// The resident memory of tenure and of the floor, and what a touch costs.
pub(crate) fn compare(sessions: usize) {
    println!("resident memory, of {sessions} sessions");
    let (tenure, ids) = fill(Kind::Tenure, sessions);
    let (floor, floor_ids) = fill(Kind::Floor, sessions);
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let places = random::uniform(sessions, 1_000_000.min(sessions), random::SEED + round);
        times[0].push(time(&*tenure, &ids, &places));
        times[1].push(time(&*floor, &floor_ids, &places));
    }
    let [tenure, floor] = times.map(middle);
    println!("a touch: tenure {tenure:.0} ns, floor {floor:.0} ns: {:.2} times\n", tenure / floor);
}

fn fill(kind: Kind, sessions: usize) -> (Box<dyn Peer>, Vec<SessionId>) {
    let resident = || memory_stats().map(|memory| memory.physical_mem as f64);
    let mut ids = Vec::with_capacity(sessions);
    let before = resident();
    let peer = kind.build(sessions);
    peer.create_each(sessions, &mut ids);
    // The ids have become resident, too, and are the client's to keep.
    let id_bytes = (ids.len() * size_of::<SessionId>()) as f64;
    match before.zip(resident()) {
        Some((before, after)) => {
            let bytes = after - before - id_bytes;
            let each = bytes / sessions as f64;
            println!("{:45} {:8.0} MB, {each:.1} bytes each", kind.name(), bytes / 1e6);
        }
        None => println!("{:45} unknown on this system", kind.name()),
    }
    (peer, ids)
}

/// Nanoseconds a touch.
fn time(peer: &dyn Peer, ids: &[SessionId], places: &[u32]) -> f64 {
    let start = Instant::now();
    assert_eq!(peer.touch_each(ids, places), 0);
    let time: Duration = start.elapsed();
    time.as_secs_f64() * 1e9 / places.len() as f64
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
