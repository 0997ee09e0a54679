//! Larger configurations with all rules on, as far as there is time for.

use crate::budget::Budget;
use crate::factor;
use crate::search::search;
use crate::setup::Setup;

/// Most of what can happen, once or twice.
const BUSY: Budget =
    Budget { ends: 1, loads: 1, refreshes: 2, directs: 2, losses: 1, ..Budget::NONE };

/// Searches as many states as `TENURE_STEPS` asks for.
fn check(setup: Setup) {
    let most = 60_000 * factor() * factor();
    let found = search(&setup, most);
    if let Some((fault, trace)) = found.fault {
        panic!("{}: {fault:?} in {} states\n{trace}", setup.name, found.states);
    }
    let so_far = if found.complete { "all" } else { "so far" };
    println!("{}: {} states, {} steps deep, {so_far}", setup.name, found.states, found.depth);
    assert!(found.complete || found.states == most, "{}: {} states", setup.name, found.states);
}

#[test]
fn flushes_crashes_and_late_calls() {
    let budget = Budget { flushes: 1, crashes: 1, delays: 1, ..BUSY };
    check(Setup::new("flushes, crashes and late calls", budget));
}

#[test]
fn flushes_and_pruning() {
    let budget = Budget { flushes: 1, ..BUSY };
    check(Setup { ticks: 2, ..Setup::new("flushes and pruning", budget) });
}

#[test]
fn crashes_and_pruning() {
    let budget = Budget { crashes: 1, delays: 1, ..BUSY };
    check(Setup { ticks: 2, ..Setup::new("crashes and pruning", budget) });
}

#[test]
fn two_ends_and_forgotten_tombstones() {
    let budget = Budget { ends: 2, forgets: 1, refreshes: 3, ..BUSY };
    check(Setup { ticks: 2, ..Setup::new("two ends and forgotten tombstones", budget) });
}

#[test]
fn two_late_calls() {
    let budget = Budget { delays: 2, losses: 0, ..BUSY };
    check(Setup { ticks: 2, ..Setup::new("two late calls", budget) });
}

#[test]
fn three_nodes() {
    let budget = Budget { loads: 2, refreshes: 3, delays: 1, ..BUSY };
    check(Setup { nodes: 3, ..Setup::new("three nodes", budget) });
}

#[test]
fn three_nodes_and_pruning() {
    let budget = Budget { loads: 2, ..BUSY };
    check(Setup { nodes: 3, ticks: 2, ..Setup::new("three nodes and pruning", budget) });
}

#[test]
fn rotations_and_late_calls() {
    let budget = Budget { rotations: 1, delays: 1, ..BUSY };
    check(Setup { ticks: 2, ..Setup::new("rotations and late calls", budget) });
}

#[test]
fn rotations_and_flushes() {
    let budget = Budget { rotations: 1, flushes: 1, ..BUSY };
    check(Setup::new("rotations and flushes", budget));
}

#[test]
fn unloading_and_pruning() {
    let budget = Budget { unloads: 1, touches: 1, ..BUSY };
    check(Setup { ticks: 3, ..Setup::new("unloading and pruning", budget) });
}

#[test]
fn clock_jumps() {
    let budget = Budget { jumps: 1, delays: 1, ..BUSY };
    check(Setup { ticks: 3, jump: 1, ..Setup::new("clock jumps", budget) });
}
