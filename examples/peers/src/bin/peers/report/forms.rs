//! Which numbers of which workload go into a table.

use crate::workloads::mass_reap::{DURING, QUIET, WORKLOAD as MASS_REAP};

/// What a table of one workload shows.
pub(super) struct Form {
    pub(super) workload: &'static str,
    pub(super) title: &'static str,
    pub(super) columns: Columns,
    pub(super) notes: &'static [&'static str],
}

pub(super) enum Columns {
    /// One for each number of sessions and threads, with these metrics in each cell.
    Sizes(&'static [&'static str]),
    /// One for each of these metrics.
    Metrics(&'static [&'static str]),
}

use Columns::{Metrics, Sizes};

const POINTS: &[&str] = &["p50", "p90", "p99", "p99.9", "p99.99", "max"];

pub(super) const FORMS: [Form; 11] = [
    Form {
        workload: "touch",
        title: "Touch at random: ns",
        columns: Sizes(&["ns", "ratio", "hit_rate"]),
        notes: &[],
    },
    Form {
        workload: "touch hot",
        title: "Touch one session: ns",
        columns: Sizes(&["ns", "ratio"]),
        notes: &[
            "with more threads than cores, waiting for a core is in it",
            "tenure writes nothing within 1 ms of the last touch, which the others do",
        ],
    },
    Form {
        workload: "lease",
        title: "Lease, from start to end of a request: ns",
        columns: Sizes(&["ns", "ratio"]),
        notes: &["only tenure has leases; the others mark the session again at the end"],
    },
    Form {
        workload: "create",
        title: "Create at the cap, all sessions touched before: ns",
        columns: Sizes(&["ns", "hit_rate"]),
        notes: &["%: how many of the last batch, of 5,000 at most, were there right after it"],
    },
    Form {
        workload: "create, first",
        title: "The first creations after touching all: ns, their mean",
        columns: Sizes(&["ns"]),
        notes: &["as many as a tenth of the sessions, and at most 10,000"],
    },
    Form {
        workload: "mix",
        title: "95 % touch, 4 % lease, 1 % create, by Zipf's law: million operations a second",
        columns: Sizes(&["mops", "ratio", "hit_rate"]),
        notes: &[
            "%: lookups that found their session; a miss is an operation, and a cheap one",
            "the floors and tower-sessions have no cap and grow; mutex + hashmap refuses to create",
        ],
    },
    Form {
        workload: "worst create",
        title: "The worst single create after touching all",
        columns: Metrics(&["max_ms", "reap_ms"]),
        notes: &["the median of three times"],
    },
    Form {
        workload: MASS_REAP,
        title: "Collecting what expired at once, beside a tenth as many that live on: ns for each",
        columns: Metrics(&["ns", "reap_ms"]),
        notes: &["the floor and mutex + hashmap scan all; reap_ms is the whole"],
    },
    Form {
        workload: QUIET,
        title: "A touch while nothing is collected: ns",
        columns: Metrics(POINTS),
        notes: &["one every 5 µs, each timed from when it was due"],
    },
    Form {
        workload: DURING,
        title: "A touch during that collection: ns",
        columns: Metrics(POINTS),
        notes: &["the same"],
    },
    Form {
        workload: "memory",
        title: "Resident bytes a session",
        columns: Metrics(&["bytes"]),
        notes: &["what the process has more of, allocator and unused room included"],
    },
];
