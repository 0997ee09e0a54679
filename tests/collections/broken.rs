//! Collections that break one rule: the suite finds each.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tenure::collection::conformance;

use crate::plain::Plain;

/// What a [`Plain`] can leave undone.
const ALL: &[&str] = &[
    "one atomic step",
    "seqs are unique",
    "open: an epoch of its own",
    "open: another key",
    "batch: an outcome each, in order",
    "insert: of this epoch",
    "insert: not after its last moment",
    "insert: stale first",
    "insert: of an end",
    "insert: used now at the latest",
    "insert: every field",
    "insert: no seq",
    "insert: a repetition writes nothing",
    "insert: another exists",
    "insert: by nonce",
    "touch: of an end",
    "touch: creates nothing",
    "touch: when overdue",
    "touch: now at the latest",
    "touch: forward",
    "touch: busy",
    "remove: once",
    "remove: a fence",
    "remove: no end of nothing",
    "remove: its id",
    "remove: the time",
    "remove: the reason",
    "load: of an end",
    "load: in the grace",
    "load: not after the grace",
    "load: not past the deadline",
    "load: marks it used",
    "update: of this session",
    "update: of this version",
    "update: wraps",
    "update: a seq",
    "update: a repetition",
    "update: by token",
    "update: a conflict is no use",
    "rotate: a repetition",
    "rotate: to this successor",
    "rotate: to a free key",
    "rotate: the name for logs",
    "rotate: the change is listed no longer",
    "rotate: ends the old",
    "rotate: the successor",
    "limits: of a principal",
    "limits: of all",
    "limits: one ends",
    "limits: nobody ends in vain",
    "limits: which evicted",
    "limits: names differ",
    "limits: ends free places",
    "limits: what a batch ends",
    "limits: never more",
    "limits: the floor",
    "limits: of its own principal",
    "limits: not in use",
    "limits: the oldest",
    "limits: all in use",
    "feed: of this epoch",
    "feed: not below the floor",
    "feed: not what is to come",
    "feed: at most so many",
    "feed: whether there is more",
    "feed: in order",
    "feed: changes",
    "feed: where to go on",
    "expire: the deadline has no grace",
    "expire: past the deadline in use",
    "expire: at the deadline",
    "expire: not in the hold",
    "expire: not in use",
    "expire: the reason",
    "expire: idle",
    "expire: no end before its time",
    "expire: forgets",
    "expire: at most so many",
    "expire: the floor",
    "expire: a seq",
    "expire: whether there is more",
    "principal: names differ",
    "principal: its own only",
    "principal: in use",
    "principal: what is spared",
    "principal: at most so many",
    "principal: whether there is more",
    "principal: what is spared is not more",
    "principal: the reason",
    "principal: what ended is returned",
];

/// What only a clock that is driven can show.
const TIMED: &[&str] =
    &["insert: at its last moment", "load: not at the end of the grace", "expire: when due"];

/// What the suite says, if it finds something.
fn verdict(run: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(run)).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

fn found(rule: &'static str, timed: bool) -> String {
    let said = verdict(|| {
        if timed {
            conformance::run_timed(|policy| {
                let plain = Plain::new(policy, rule);
                let clock = plain.clock();
                (plain, clock)
            });
        } else {
            conformance::run(|policy| Plain::new(policy, rule).ticking());
        }
    });
    let said = said.unwrap_or_else(|| panic!("without \"{rule}\", nothing was found"));
    println!("{rule}: {said}");
    said
}

#[test]
fn each_rule_is_missed() {
    for rule in ALL {
        let said = found(rule, false);
        assert!(said.contains("breaks the rule"), "{rule}: {said}");
    }
}

#[test]
fn each_limit_of_time_is_missed() {
    for rule in TIMED {
        let said = found(rule, true);
        assert!(said.contains("breaks the rule"), "{rule}: {said}");
    }
}
