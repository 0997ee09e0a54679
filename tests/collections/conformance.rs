//! Collections that keep every rule.

use std::task::{Context, Waker};

use tenure::ManualClock;
use tenure::collection::{MemoryCollection, conformance};

use crate::plain::Plain;

#[test]
fn a_collection_in_memory_keeps_every_rule() {
    conformance::run(MemoryCollection::new);
    conformance::run_timed(|policy| {
        let clock = ManualClock::new();
        (MemoryCollection::with_clock(policy, clock.clone()), clock)
    });
}

#[test]
fn an_asynchronous_collection_keeps_every_rule() {
    let block_on = |mut call: std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>>| {
        let ready = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(ready.is_ready());
    };
    conformance::run_async(MemoryCollection::new, block_on);
    conformance::run_async_timed(
        |policy| {
            let clock = ManualClock::new();
            (MemoryCollection::with_clock(policy, clock.clone()), clock)
        },
        block_on,
    );
}

#[test]
fn a_collection_without_indexes_keeps_every_rule() {
    conformance::run(|policy| Plain::new(policy, "").ticking());
    conformance::run_timed(|policy| {
        let plain = Plain::new(policy, "");
        let clock = plain.clock();
        (plain, clock)
    });
}
