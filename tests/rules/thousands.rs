//! Rule 2 among thousands of sessions, so that every level of an index is used.

use std::time::Duration;

use proptest::prelude::*;
use tenure::{Limit, LimitKind, Limits, ManualClock, Session, SessionStore};

use crate::capacity::evicted_by;
use crate::common::{Store, of, secs};

const MANY: usize = 5_000;

/// Touches all in another order, and then creates as many: the victims come in the order of the
/// touches.
fn check_order(limits: Limits, kind: LimitKind, stride: usize, reap: bool) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(limits).clock(clock.clone());
    let store: Store = builder.touch_resolution(Duration::ZERO).build().unwrap();
    let crowd: Vec<Session<u32>> = (0..MANY).map(|_| store.create(of("alice")).unwrap()).collect();
    clock.advance(secs(1));
    // The stride has no factor in common with the number, so it comes by all.
    let order: Vec<usize> = (0..MANY).map(|step| step * stride % MANY).collect();
    for (step, at) in order.iter().enumerate() {
        // Some are equally old.
        if step % 3 == 0 {
            clock.advance(Duration::from_micros(1));
        }
        store.touch(crowd[*at].id()).unwrap();
    }
    if reap {
        let refreshed = store.reap().steps;
        assert!(refreshed >= MANY / 16, "reap looked at {refreshed} blocks of an index");
        assert_eq!(store.reap().steps, 0, "reap leaves something for itself");
    }
    let mut expected = order;
    for equals in expected.chunks_mut(3) {
        equals.sort_unstable();
    }
    for (step, at) in expected.into_iter().enumerate() {
        store.create(of("alice")).unwrap();
        assert_eq!(evicted_by(&crowd[at]), Some(kind), "step {step}, session {at}");
    }
    assert_eq!(store.stats().live, MANY);
}

#[test]
fn rule_02_exact_order_over_all() {
    let limits = Limits::none().global(Limit::evict_oldest(MANY));
    check_order(limits, LimitKind::Global, 1_237, false);
}

#[test]
fn rule_02_exact_order_after_a_reap_with_nothing_due() {
    let limits = Limits::none().global(Limit::evict_oldest(MANY));
    check_order(limits, LimitKind::Global, 2_503, true);
}

#[test]
fn rule_02_exact_order_within_a_group() {
    let limits = Limits::none().per_principal(Limit::evict_oldest(MANY));
    check_order(limits, LimitKind::Principal, 3_001, false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// A group whose size rises and falls past the point where it gets an index of its own.
    #[test]
    fn rule_02_exact_order_in_groups_that_grow_and_shrink(
        steps in prop::collection::vec((0..4_u8, any::<prop::sample::Index>()), 200..600),
    ) {
        let clock = ManualClock::new();
        let limits = Limits::none().per_principal(Limit::evict_oldest(24));
        let builder = SessionStore::builder().limits(limits).clock(clock.clone());
        let store: Store = builder.build().unwrap();
        // The oldest first.
        let mut live: Vec<Session<u32>> = Vec::new();
        for (what, which) in steps {
            clock.advance(secs(1));
            match what {
                0 | 1 => {
                    let new = store.create(of("alice")).unwrap();
                    if live.len() == 24 {
                        let oldest = live.remove(0);
                        prop_assert_eq!(evicted_by(&oldest), Some(LimitKind::Principal));
                    }
                    live.push(new);
                }
                2 if !live.is_empty() => {
                    let touched = live.remove(which.index(live.len()));
                    store.touch(touched.id()).unwrap();
                    live.push(touched);
                }
                3 if !live.is_empty() => {
                    // Several at once, so that it shrinks as fast as it grows.
                    let gone = live.remove(which.index(live.len()));
                    store.end(&gone);
                }
                _ => {}
            }
            prop_assert!(live.iter().all(|session| !session.is_ended()));
        }
    }
}
