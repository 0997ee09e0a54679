//! What was measured: one number a row, and why a number is missing.

use crate::median::{median, median_ratio};
use peers::tables::Kind;

#[derive(Default)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) at: At,
    pub(crate) peer: String,
    pub(crate) metric: &'static str,
    pub(crate) value: Value,
}

/// Which workload, on how many sessions, by how many threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) workload: &'static str,
    pub(crate) sessions: usize,
    pub(crate) threads: usize,
}

#[derive(Clone, Copy)]
pub(crate) enum Value {
    Number(f64),
    /// The reason why there is none; the metric is [`MISSING`].
    Missing(&'static str),
}

/// The metric of a row that only says why there is no number.
pub(crate) const MISSING: &str = "n/a";

/// What one table took in each round.
pub(crate) struct Laps {
    pub(crate) kind: Kind,
    pub(crate) values: Vec<f64>,
}

impl Results {
    pub(crate) fn number(&mut self, at: At, peer: &str, metric: &'static str, value: f64) {
        self.rows.push(Row { at, peer: peer.to_owned(), metric, value: Value::Number(value) });
    }

    pub(crate) fn missing(&mut self, at: At, peer: &str, reason: &'static str) {
        let value = Value::Missing(reason);
        self.rows.push(Row { at, peer: peer.to_owned(), metric: MISSING, value });
    }

    /// The median of each table's rounds, and beside it the ratio to the floor, where that took
    /// part.
    pub(crate) fn laps(&mut self, at: At, metric: &'static str, laps: &[Laps]) {
        let floor = laps.iter().find(|lap| lap.kind == Kind::Floor).map(|lap| &*lap.values);
        for lap in laps {
            let Some(middle) = median(&lap.values) else { continue };
            self.number(at, lap.kind.name(), metric, middle);
            if let Some(ratio) = floor.and_then(|floor| median_ratio(&lap.values, floor)) {
                self.number(at, lap.kind.name(), "ratio", ratio);
            }
        }
    }

    /// The share of lookups that found their session.
    pub(crate) fn hit_rate(&mut self, at: At, kind: Kind, missed: usize, of: usize) {
        if of > 0 {
            self.number(at, kind.name(), "hit_rate", 1.0 - missed as f64 / of as f64);
        }
    }
}
