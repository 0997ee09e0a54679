//! Running models of the crate's protocols under a model checker. See ARCHITECTURE.md.

#[cfg(loom)]
pub(crate) use by_loom::{exhaustively, interrupted_at_most};
#[cfg(shuttle)]
pub(crate) use by_shuttle::{by_seeds, chance, depth_first};

#[cfg(loom)]
use loom::thread::JoinHandle;
#[cfg(loom)]
pub(crate) use loom::thread::spawn;
#[cfg(shuttle)]
use shuttle::thread::JoinHandle;
#[cfg(shuttle)]
pub(crate) use shuttle::thread::{spawn, yield_now as pause};

/// Waits for these threads.
pub(crate) fn join_all(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

#[cfg(loom)]
mod by_loom {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use loom::model::Builder;

    /// Runs a model in every order that its threads can run in, and with every value that a load
    /// may see, but for orders that come to the same. There must be `at_least` this many: a model
    /// whose threads never meet checks nothing.
    pub(crate) fn exhaustively(at_least: u64, model: impl Fn() + Send + Sync + 'static) {
        check(Builder::new(), at_least, model);
    }

    /// As [`exhaustively`], but only orders in which threads are interrupted at most this often:
    /// for models that have too many.
    pub(crate) fn interrupted_at_most(
        times: usize,
        at_least: u64,
        model: impl Fn() + Send + Sync + 'static,
    ) {
        let mut builder = Builder::new();
        builder.preemption_bound = Some(times);
        check(builder, at_least, model);
    }

    fn check(mut builder: Builder, at_least: u64, model: impl Fn() + Send + Sync + 'static) {
        builder.max_branches = 100_000;
        let runs = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&runs);
        builder.check(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            model();
        });
        let runs = runs.load(Ordering::Relaxed);
        println!("{runs} interleavings");
        assert!(runs >= at_least, "only {runs} interleavings, not {at_least}");
    }
}

#[cfg(shuttle)]
mod by_shuttle {
    use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
    use shuttle::{Config, Runner};

    /// Runs a model in this many random orders, and in as many in which few changes of threads
    /// decide. A run that fails says how to repeat it.
    pub(crate) fn by_seeds(runs: usize, model: impl Fn() + Send + Sync + Clone + 'static) {
        let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let seed = given("TENURE_SEED").unwrap_or_else(shuttle_seed);
        println!("to repeat this run set TENURE_SEED={seed}");
        let steps: u64 = given("TENURE_STEPS").unwrap_or(1).max(1);
        let runs = runs * usize::try_from(steps).unwrap_or(1);
        run(RandomScheduler::new_from_seed(seed, runs), model.clone());
        for depth in 1..=3 {
            run(PctScheduler::new_from_seed(seed, depth, runs / 3), model.clone());
        }
    }

    /// Runs a model in every order. Only for one that ends in every order, and is small.
    pub(crate) fn depth_first(model: impl Fn() + Send + Sync + 'static) {
        run(DfsScheduler::new(None, false), model);
    }

    /// One of `of` ways that a model may go on, chosen by the checker.
    pub(crate) fn chance(of: u32) -> u32 {
        use shuttle::rand::Rng;
        shuttle::rand::thread_rng().gen_range(0..of)
    }

    fn shuttle_seed() -> u64 {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(0)
    }

    fn run(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) {
        let mut config = Config::new();
        config.stack_size = 1 << 18;
        // It takes every ordering for `SeqCst`; the models by loom do not.
        config.silence_warnings = true;
        println!("{} runs", Runner::new(scheduler, config).run(model));
    }
}
