//! All rules, one after the other.

use super::blocking::{Blocking, Task};
use super::case::{Case, Rule, TestClock};
use super::{
    expire, feed, forget, insert, insert_stale, limits, limits_evict, load, open, pairs, principal,
    races, races_limits, remove, rotate, sizes, touch, update,
};
use crate::collection::contract::{AsyncCollection, Collection};
use crate::collection::policy::Policy;
use crate::collection::stamp::Epoch;

/// Tries every rule on the collections that `make` returns for a policy, each of which must be
/// empty.
///
/// # Panics
///
/// If a collection breaks a rule, with what is wrong.
pub fn run<C: Collection>(make: impl Fn(Policy) -> C) {
    let mut epochs = Vec::new();
    for rule in rules() {
        check(&rule, &make((rule.policy)()), None, &mut epochs);
    }
}

/// As [`run`], with collections whose clock can be driven: their limits of time are tried to the
/// microsecond.
///
/// # Panics
///
/// As [`run`].
///
/// # Examples
///
/// ```
/// use tenure::ManualClock;
/// use tenure::collection::{MemoryCollection, conformance};
///
/// conformance::run_timed(|policy| {
///     let clock = ManualClock::new();
///     (MemoryCollection::with_clock(policy, clock.clone()), clock)
/// });
/// ```
pub fn run_timed<C: Collection, K: TestClock>(make: impl Fn(Policy) -> (C, K)) {
    let mut epochs = Vec::new();
    for rule in rules() {
        let (collection, clock) = make((rule.policy)());
        check(&rule, &collection, Some(&clock), &mut epochs);
    }
}

/// As [`run`], with asynchronous collections: `block_on` runs a call to its end, and may be called
/// by several threads at once.
///
/// # Panics
///
/// As [`run`].
///
/// # Examples
///
/// With tokio it is `|call| runtime.block_on(call)`. What is in memory is ready at once:
///
/// ```
/// use tenure::collection::{MemoryCollection, conformance};
///
/// conformance::run_async(MemoryCollection::new, |mut call| {
///     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
///     assert!(call.as_mut().poll(&mut context).is_ready());
/// });
/// ```
pub fn run_async<C, B>(make: impl Fn(Policy) -> C, block_on: B)
where
    C: AsyncCollection,
    B: Fn(Task<'_>) + Send + Sync,
{
    run(|policy| Blocking { collection: make(policy), block_on: &block_on });
}

/// As [`run_async`] and [`run_timed`].
///
/// # Panics
///
/// As [`run`].
pub fn run_async_timed<C, K, B>(make: impl Fn(Policy) -> (C, K), block_on: B)
where
    C: AsyncCollection,
    K: TestClock,
    B: Fn(Task<'_>) + Send + Sync,
{
    run_timed(|policy| {
        let (collection, clock) = make(policy);
        (Blocking { collection, block_on: &block_on }, clock)
    });
}

/// Tries one rule. Besides, each collection is to have an epoch that none of `epochs` was.
fn check(
    rule: &Rule,
    collection: &dyn Collection,
    clock: Option<&dyn TestClock>,
    epochs: &mut Vec<Epoch>,
) {
    let case = Case { rule: "each collection has an epoch of its own", collection, clock };
    let epoch = case.open().stamp.epoch;
    case.check(!epochs.contains(&epoch), "open returned the epoch of another");
    epochs.push(epoch);
    (rule.check)(&Case { rule: rule.name, ..case });
}

fn rules() -> Vec<Rule> {
    let all = [
        open::RULES,
        insert::RULES,
        insert_stale::RULES,
        touch::RULES,
        remove::RULES,
        load::RULES,
        update::RULES,
        rotate::RULES,
        feed::RULES,
        expire::RULES,
        forget::RULES,
        limits::RULES,
        limits_evict::RULES,
        pairs::RULES,
        principal::RULES,
        races::RULES,
        races_limits::RULES,
        sizes::RULES,
    ];
    all.concat()
}
