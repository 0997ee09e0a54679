//! The sequences: drawn for each cell of the matrix, run, and shrunk where one fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

use crate::common::{factor, seed};
use crate::op::{Op, Wanted, op};
use crate::pair::{Outcome, Pair};
use crate::setup::{Cell, Rest, Setup, cells, rest};

/// Sequences for each cell of the matrix, and the steps of one. A failing one is cut short.
const SEQUENCES: usize = 4;
const LENGTH: std::ops::Range<usize> = 1..240;

/// The fewest steps that an ordinary run takes.
const AT_LEAST: usize = 100_000;

#[test]
fn sequences_agree_with_the_reference() {
    let seed = seed("model");
    let sequences = SEQUENCES * factor();
    let cells: Vec<(u64, Cell)> = (0..).zip(cells()).collect();
    let steps = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for part in cells.chunks(cells.len().div_ceil(threads)) {
            let steps = &steps;
            scope.spawn(move || {
                for (number, cell) in part {
                    check_cell(*cell, seed.wrapping_add(*number), sequences, steps)
                        .unwrap_or_else(|error| panic!("{error}\nTENURE_SEED={seed} repeats it"));
                }
            });
        }
    });
    let steps = steps.into_inner();
    println!("model: {steps} steps over {} configurations", cells.len());
    assert!(steps >= AT_LEAST, "only {steps} steps ran");
}

/// Runs sequences in one cell of the matrix; a failing one is shrunk.
fn check_cell(cell: Cell, seed: u64, sequences: usize, steps: &AtomicUsize) -> Outcome {
    let config = Config {
        cases: u32::try_from(sequences).expect("a small factor"),
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 20_000,
        // A failing case is kept in `tests/proptest-regressions/sequences.txt`.
        source_file: Some(file!()),
        ..Config::default()
    };
    let strategy = (rest(), prop::collection::vec(op(), LENGTH));
    let mut runner = TestRunner::new(config);
    let result = runner.run(&strategy, |(rest, ops): (Rest, Vec<Op>)| {
        sequence(&Setup { cell, rest }, &ops, steps).map_err(TestCaseError::fail)
    });
    result.map_err(|error| match error {
        TestError::Abort(reason) => format!("aborted: {reason}"),
        TestError::Fail(reason, (rest, ops)) => {
            let ops = ops.iter().enumerate().map(|(step, op)| format!("{step}: {op:?}"));
            let ops = ops.collect::<Vec<_>>().join("\n");
            format!("{reason}\nin {cell:?}\n{rest:?}\nafter the crowd, by these steps:\n{ops}")
        }
    })
}

fn sequence(setup: &Setup, ops: &[Op], steps: &AtomicUsize) -> Outcome {
    let mut pair = Pair::new(setup);
    let crowd =
        (0..setup.rest.crowd).map(|number| Op::Create(Wanted::one_of_a_crowd(number), None));
    for (step, op) in crowd.chain(ops.iter().copied()).enumerate() {
        let compared = pair.run(op).and_then(|()| pair.check());
        compared.map_err(|error| format!("step {step}, {op:?}: {error}"))?;
        steps.fetch_add(1, Ordering::Relaxed);
    }
    pair.finish()
}
