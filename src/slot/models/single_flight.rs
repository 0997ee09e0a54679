//! Models of single flight: all who wait get on, and one leads at a time, unless it is taken over.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::super::single_flight::{Joined, SingleFlight};
use crate::clock::StillClock;
use crate::id::TrackSalt;
use crate::session::Context as StoreContext;
use crate::sync::checker::{by_seeds, chance, depth_first, join_all, pause, spawn};
use crate::sync::{Arc, Ordering, Parker, QuietU64, current_thread};

fn single_flight() -> SingleFlight {
    let clock = Box::new(StillClock::default());
    let context = StoreContext::new(clock, TrackSalt::new([0; 32], 0), 0, None);
    SingleFlight::new(Arc::new(context))
}

/// Polls until it is ready. A thread that is not woken sleeps for ever, and the checker says so.
fn wait<F: Future>(future: F) -> F::Output {
    let parker = Arc::new(Parker::default());
    let waker = Waker::from(Arc::clone(&parker));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(ready) => return ready,
            Poll::Pending => parker.park(Duration::MAX),
        };
    }
}

/// Waits until it is its turn to lead, and leads. Takes over what has taken for `longest`: at once,
/// or never, since time stands still.
fn lead(single_flight: &SingleFlight, longest: Duration, leading: impl FnOnce()) {
    lead_in(single_flight, longest, &QuietU64::new(0), |_| leading());
}

/// As [`lead`]. Passes on the era if that did not change while it joined.
fn lead_in(
    single_flight: &SingleFlight,
    longest: Duration,
    era: &QuietU64,
    leading: impl FnOnce(Option<usize>),
) {
    loop {
        let before = era.load(Ordering::Relaxed);
        let joining = single_flight.join(Some(current_thread().id()), longest);
        if let Joined::Lead(_under_way) = wait(joining) {
            let same = before == era.load(Ordering::Relaxed);
            return leading(same.then(|| usize::try_from(before).unwrap()));
        }
    }
}

/// Comes, and does not stay: a task that is dropped, or whose time is up.
fn give_up(single_flight: &SingleFlight) {
    let mut joining = single_flight.join(Some(current_thread().id()), Duration::MAX);
    let waker = Waker::from(Arc::new(Parker::default()));
    let poll = Pin::new(&mut joining).poll(&mut Context::from_waker(&waker));
    pause();
    drop(joining);
    pause();
    drop(poll);
}

fn one_leads_at_a_time<const N: usize>() {
    let (single_flight, leaders) = (Arc::new(single_flight()), Arc::new(QuietU64::new(0)));
    let threads = [(); N].map(|()| {
        let (single_flight, leaders) = (Arc::clone(&single_flight), Arc::clone(&leaders));
        spawn(move || {
            lead(&single_flight, Duration::MAX, || {
                assert_eq!(leaders.fetch_add(1, Ordering::Relaxed), 0, "two lead at once");
                pause();
                leaders.fetch_sub(1, Ordering::Relaxed);
            });
        })
    });
    join_all(threads);
}

/// Some take over at once; the others lead only when the last to begin has ended. A leader that was
/// taken over leads on, and does not end the flight of its successor.
fn takers_lead_at_once_and_others_in_turn<const N: usize>() {
    // Who began last, while it leads.
    let (single_flight, last) = (Arc::new(single_flight()), Arc::new(QuietU64::new(0)));
    let takers = u64::from(chance(u32::try_from(N).unwrap()));
    let threads = std::array::from_fn::<_, N, _>(|number| {
        let (single_flight, last) = (Arc::clone(&single_flight), Arc::clone(&last));
        let own = number as u64 + 1;
        let longest = if own <= takers { Duration::ZERO } else { Duration::MAX };
        spawn(move || {
            lead(&single_flight, longest, || {
                let before = last.swap(own, Ordering::Relaxed);
                assert!(before == 0 || own <= takers, "{own} leads beside {before}");
                pause();
                let _ = last.compare_exchange(own, 0, Ordering::Relaxed, Ordering::Relaxed);
            });
        })
    });
    join_all(threads);
    lead(&single_flight, Duration::MAX, || {});
}

#[test]
fn waiters_get_on_when_a_leader_is_taken_over() {
    by_seeds(40_000, takers_lead_at_once_and_others_in_turn::<4>);
}

#[test]
fn one_of_two_leads_and_the_other_gets_on() {
    depth_first(one_leads_at_a_time::<2>);
}

#[test]
fn one_of_many_leads_and_the_others_get_on() {
    by_seeds(20_000, one_leads_at_a_time::<4>);
}

/// A flight that may be abandoned: then its leader leads on, and does not know that another leads,
/// too. An abandonment begins an odd era and ends it.
struct Abandoned {
    single_flight: SingleFlight,
    era: QuietU64,
    leaders: [QuietU64; 9],
}

impl Abandoned {
    fn abandon(&self) {
        self.era.fetch_add(1, Ordering::Relaxed);
        self.single_flight.abandon();
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    fn lead(&self, leading: impl FnOnce()) {
        lead_in(&self.single_flight, Duration::MAX, &self.era, |era| {
            let leaders = era.filter(|era| era % 2 == 0).map(|era| &self.leaders[era]);
            let others = leaders.map_or(0, |leaders| leaders.fetch_add(1, Ordering::Relaxed));
            assert_eq!(others, 0, "two lead at once, and nobody was abandoned");
            pause();
            if let Some(leaders) = leaders {
                leaders.fetch_sub(1, Ordering::Relaxed);
            }
            leading();
        });
    }
}

/// Some lead, and may panic; others give up, or abandon the flight.
fn everybody_gets_on() {
    let all = Arc::new(Abandoned {
        single_flight: single_flight(),
        era: QuietU64::new(0),
        leaders: std::array::from_fn(|_| QuietU64::new(0)),
    });
    let threads = [0, 1, 2, 3].map(|_| {
        let (all, what) = (Arc::clone(&all), chance(5));
        spawn(move || match what {
            0 => {
                // Not by `panic!`, whose hook the checker takes for the end of the run.
                let leading = || all.lead(|| resume_unwind(Box::new("on purpose")));
                assert!(catch_unwind(AssertUnwindSafe(leading)).is_err());
            }
            1 | 2 => all.lead(|| {}),
            3 => give_up(&all.single_flight),
            _ => all.abandon(),
        })
    });
    join_all(threads);
    all.lead(|| {});
}

#[test]
fn whoever_waits_gets_on_whatever_becomes_of_the_leader() {
    by_seeds(40_000, everybody_gets_on);
}
