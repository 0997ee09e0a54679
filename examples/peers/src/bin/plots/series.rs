//! Which rows make a line or a bar.

use std::collections::BTreeMap;

use crate::looks::{self, Look};
use crate::rows::Row;

/// The points of one peer, from left to right.
pub(crate) struct Line {
    pub(crate) look: &'static Look,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A value of each peer by a whole number, in the order of `looks`. Where the file has a value
/// twice, the last one counts.
type ByPeer = BTreeMap<usize, (&'static Look, BTreeMap<u64, f64>)>;

fn by_peer<'a>(rows: impl Iterator<Item = (&'a Row, u64)>) -> ByPeer {
    let mut peers = ByPeer::new();
    for (row, key) in rows {
        if let Some(look) = looks::of(&row.peer) {
            let (_, values) = peers.entry(looks::rank(look)).or_insert((look, BTreeMap::new()));
            values.insert(key, row.value);
        }
    }
    peers
}

fn lines(peers: ByPeer, place: impl Fn(u64) -> f64) -> Vec<Line> {
    let points = |values: BTreeMap<u64, f64>| values.into_iter().map(|(key, v)| (place(key), v));
    let line = |(look, values)| Line { look, points: points(values).collect() };
    peers.into_values().map(line).collect()
}

/// Nanoseconds of one thread against the number of sessions.
pub(crate) fn by_sessions(rows: &[Row], workload: &str) -> Vec<Line> {
    let wanted = rows.iter().filter(|row| {
        row.workload == workload
            && row.metric == "ns"
            && row.threads == 1
            && row.sessions > 0
            && row.value > 0.0
    });
    lines(by_peer(wanted.map(|row| (row, row.sessions))), |sessions| sessions as f64)
}

/// The quantiles that a picture of latencies shows, and how it calls them.
pub(crate) const QUANTILES: [(&str, &str); 6] = [
    ("q0.5", "50 %"),
    ("q0.9", "90 %"),
    ("q0.99", "99 %"),
    ("q0.999", "99.9 %"),
    ("q0.9999", "99.99 %"),
    ("max", "max"),
];

/// Nanoseconds at each of the [`QUANTILES`], by their place among them.
pub(crate) fn by_quantile(rows: &[Row], workload: &str) -> Vec<Line> {
    let wanted = rows.iter().filter(|row| row.workload == workload && row.value > 0.0);
    let place = |row: &Row| (0..).zip(QUANTILES).find(|(_, (metric, _))| row.metric == *metric);
    let placed = wanted.filter_map(|row| Some((row, place(row)?.0)));
    lines(by_peer(placed), |place| place as f64)
}

/// Bytes a session, the least first.
pub(crate) fn bytes(rows: &[Row]) -> Vec<(&'static Look, f64)> {
    let wanted = rows.iter().filter(|row| row.workload == "memory" && row.metric == "bytes");
    let peers = by_peer(wanted.map(|row| (row, 0))).into_values();
    let mut bars: Vec<_> = peers.map(|(look, values)| (look, values[&0])).collect();
    bars.sort_by(|one, other| one.1.total_cmp(&other.1));
    bars
}

/// The mixed workload in the largest store.
pub(crate) struct Mix {
    pub(crate) sessions: u64,
    /// Million operations a second, by the number of threads.
    pub(crate) peers: Vec<(&'static Look, BTreeMap<u64, f64>)>,
}

/// The mixed workload, if the file has it.
pub(crate) fn mix(rows: &[Row]) -> Option<Mix> {
    let wanted = || {
        let mixed = |row: &&Row| row.workload == "mix" && row.metric == "mops" && row.threads > 0;
        rows.iter().filter(mixed).filter(|row| looks::of(&row.peer).is_some())
    };
    let sessions = wanted().map(|row| row.sessions).max()?;
    let largest = wanted().filter(|row| row.sessions == sessions);
    let peers = by_peer(largest.map(|row| (row, row.threads))).into_values().collect();
    Some(Mix { sessions, peers })
}

#[cfg(test)]
mod tests;
