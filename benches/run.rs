//! The scale of a run: how large the tables are, and how long each benchmark measures.
//!
//! Tables are built when their benchmark first runs, so that one which is filtered out builds
//! nothing; and before the closure that is timed is handed over, since criterion goes by the wall
//! clock to guess how many steps it has time for.

#![allow(dead_code, reason = "no bench uses all of it")]

use std::time::Duration;

use criterion::Criterion;

/// Whether everything is only to be tried once, as by `cargo bench -- --test`, or by `cargo test`,
/// which leaves `--bench` out. That is how criterion sees it, too.
pub(crate) fn only_tries() -> bool {
    let asked = |flag: &str| std::env::args().any(|arg| arg == flag);
    asked("--test") || !asked("--bench")
}

/// Whether the tables of ten million sessions are asked for, which need gigabytes and minutes.
pub(crate) fn huge() -> bool {
    std::env::var_os("TENURE_BENCH_HUGE").is_some_and(|value| value == "1")
}

/// The sizes to measure at; a hundredth of them where everything is only tried.
pub(crate) fn sizes<const N: usize>(sizes: [usize; N]) -> [usize; N] {
    sizes.map(size)
}

/// As [`sizes`], of one.
pub(crate) fn size(sessions: usize) -> usize {
    if only_tries() { sessions.div_ceil(100) } else { sessions }
}

/// Measures each benchmark for so short a time that all of them together are done in minutes.
pub(crate) fn brief() -> Criterion {
    let criterion = Criterion::default().sample_size(30);
    criterion.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2))
}
