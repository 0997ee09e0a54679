//! Each configuration in full: with all rules on nothing is wrong, and without any one of those
//! that it needs something is.

use crate::cases::{self, Case};
use crate::factor;
use crate::rhythm;
use crate::rule::{EVERY, Rule, Rules};
use crate::search::{Found, Model, search};
use crate::setup::Bounds;
use crate::update::Updates;

/// Searches all there is. Returns what was found, having printed it.
fn all<M: Model>(name: &str, model: &M) -> Found {
    let found = search(model, usize::MAX);
    let Found { states, depth, fault, .. } = &found;
    match fault {
        None => println!("{name}: nothing wrong in {states} states, {depth} steps deep"),
        Some((fault, trace)) => {
            let steps = trace.0.len();
            println!("{name}: {fault:?} after {steps} steps, in {states} states\n{trace}");
        }
    }
    found
}

fn check(Case { setup, least, needs }: Case) {
    let found = all(setup.name, &setup);
    assert!(found.fault.is_none(), "{}: {found:?}", setup.name);
    assert!(found.states >= least, "{}: only {} states", setup.name, found.states);
    for &rule in needs {
        let name = format!("{} without {rule:?}", setup.name);
        assert!(all(&name, &setup.without(rule)).fault.is_some(), "{name}: nothing is wrong");
    }
}

/// One test a configuration, named like it.
macro_rules! cases {
    ($($name:ident: $case:path,)*) => {
        const CASES: &[Case] = &[$($case,)*];

        $(#[test]
        fn $name() {
            check($case);
        })*
    };
}

cases! {
    ends: cases::ENDS,
    flush: cases::FLUSH,
    flush_and_load: cases::FLUSH_AND_LOAD,
    late_insert: cases::LATE_INSERT,
    missed_end: cases::MISSED_END,
    repeated_insert: cases::REPEATED_INSERT,
    jump: cases::JUMP,
    jump_and_rotation: cases::JUMP_AND_ROTATION,
    jump_and_stale: cases::JUMP_AND_STALE,
    creators: cases::CREATORS,
    two_ends: cases::TWO_ENDS,
    unload: cases::UNLOAD,
    rotation: cases::ROTATION,
    rotation_and_load: cases::ROTATION_AND_LOAD,
    crash: cases::CRASH,
    three: cases::THREE,
    late_touch: rhythm::LATE_TOUCH,
    loads: rhythm::LOADS,
    lease: rhythm::LEASE,
    late_store: rhythm::LATE_STORE,
    clock_error: rhythm::CLOCK_ERROR,
}

/// R, D, E and f, of growing size.
const BOUNDS: [(u8, u8, u8, u8); 8] = [
    (1, 1, 0, 0),
    (1, 0, 0, 1),
    (1, 1, 0, 1),
    (2, 1, 0, 0),
    (1, 0, 0, 2),
    (1, 1, 1, 0),
    (2, 0, 1, 0),
    (1, 1, 1, 1),
];

#[test]
fn the_grace_is_enough_and_one_less_is_not() {
    for (between, apply, error, failures) in BOUNDS {
        let bounds = Bounds { between, apply, error, failures };
        println!("{bounds:?}: a grace of {}", bounds.grace());
        check(rhythm::grace(bounds));
    }
    if factor() > 1 {
        check(rhythm::grace(Bounds { between: 2, apply: 1, error: 1, failures: 1 }));
    }
}

const UPDATES: Updates = Updates { losses: 2, delays: 1, strict: false, rules: Rules::ALL };

#[test]
fn a_change_is_neither_lost_nor_applied_twice() {
    let found = all("updates", &UPDATES);
    assert!(found.fault.is_none() && found.states >= 1_000, "{found:?}");
    for rule in [Rule::UpdateComparesVersions, Rule::UpdateKnowsItself] {
        let name = format!("updates without {rule:?}");
        let updates = Updates { rules: UPDATES.rules.without(rule), ..UPDATES };
        assert!(all(&name, &updates).fault.is_some(), "{name}: nothing is wrong");
    }
}

/// The token tells only the last write. This is a limit of the protocol, which must be documented.
#[test]
fn a_change_whose_answer_is_lost_may_run_twice_if_another_follows() {
    let found = all("strict updates", &Updates { strict: true, ..UPDATES });
    assert!(found.fault.is_some(), "{found:?}");
}

/// The tombstone is there as long as the end is pending, and is looked at too.
#[test]
fn checking_for_pending_ends_is_implied_by_the_tombstones() {
    for case in [cases::ENDS, cases::TWO_ENDS] {
        let found = all(case.setup.name, &case.setup.without(Rule::TakeChecksPending));
        assert!(found.fault.is_none(), "{found:?}");
    }
}

#[test]
fn every_rule_is_switched_off_somewhere() {
    let elsewhere = [
        Rule::GraceIsEnough,
        Rule::UpdateComparesVersions,
        Rule::UpdateKnowsItself,
        Rule::TakeChecksPending,
    ];
    let needed = |rule: &Rule| CASES.iter().any(|case| case.needs.contains(rule));
    for rule in EVERY {
        assert!(needed(rule) || elsewhere.contains(rule), "{rule:?} is never switched off");
    }
}
