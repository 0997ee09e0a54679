//! Tests of the grouping.

use super::*;

fn row(
    workload: &str,
    peer: &str,
    (sessions, threads): (u64, u64),
    metric: &str,
    value: f64,
) -> Row {
    let (workload, peer, metric) = (workload.to_owned(), peer.to_owned(), metric.to_owned());
    Row { workload, peer, sessions, threads, metric, value }
}

#[test]
fn a_line_goes_by_the_number_of_sessions() {
    let rows = [
        row("touch", "moka", (1_000, 1), "ns", 90.0),
        row("touch", "tenure", (100_000, 1), "ns", 70.0),
        row("touch", "tenure", (1_000, 1), "ns", 60.0),
        // None of these is in the picture.
        row("touch", "tenure", (1_000, 2), "ns", 1.0),
        row("touch", "tenure", (1_000, 1), "ratio", 1.0),
        row("create", "tenure", (1_000, 1), "ns", 1.0),
        row("touch", "tenure", (10_000, 1), "ns", 0.0),
        row("touch", "somebody else", (1_000, 1), "ns", 1.0),
    ];
    let lines = by_sessions(&rows, "touch");
    let of = |at: usize| (lines[at].look.peer, lines[at].points.as_slice());
    assert_eq!(lines.len(), 2);
    assert_eq!(of(0), ("tenure", &[(1_000.0, 60.0), (100_000.0, 70.0)][..]));
    assert_eq!(of(1), ("moka", &[(1_000.0, 90.0)][..]));
}

#[test]
fn the_last_of_two_values_counts() {
    let rows = [1.0, 2.0].map(|ns| row("touch", "tenure", (1_000, 1), "ns", ns));
    assert_eq!(by_sessions(&rows, "touch")[0].points, [(1_000.0, 2.0)]);
}

#[test]
fn quantiles_go_to_their_places() {
    let rows = [
        row("touch, quiet", "tenure", (0, 1), "max", 900.0),
        row("touch, quiet", "tenure", (0, 1), "q0.99", 200.0),
        row("touch, quiet", "tenure", (0, 1), "q0.5", 60.0),
        row("touch, quiet", "tenure", (0, 1), "q0.12345", 50.0),
        row("touch, during the mass reap", "tenure", (0, 1), "q0.5", 70.0),
    ];
    let lines = by_quantile(&rows, "touch, quiet");
    assert_eq!(lines[0].points, [(0.0, 60.0), (2.0, 200.0), (5.0, 900.0)]);
    assert_eq!(by_quantile(&rows, "touch, during the mass reap")[0].points, [(0.0, 70.0)]);
    assert!(by_quantile(&rows, "lease").is_empty());
}

#[test]
fn bars_are_sorted_by_bytes() {
    let rows = [
        row("memory", "moka", (1_000_000, 0), "bytes", 330.0),
        row("memory", "tenure", (1_000_000, 0), "bytes", 210.0),
        row("memory", "floor (dashmap)", (1_000_000, 0), "ns", 1.0),
    ];
    let bars: Vec<_> = bytes(&rows).into_iter().map(|(look, bytes)| (look.peer, bytes)).collect();
    assert_eq!(bars, [("tenure", 210.0), ("moka", 330.0)]);
}

#[test]
fn the_mix_is_that_of_the_largest_store() {
    let rows = [
        row("mix", "tenure", (100_000, 1), "mops", 8.0),
        row("mix", "tenure", (1_000_000, 8), "mops", 9.0),
        row("mix", "tenure", (1_000_000, 1), "mops", 5.0),
        row("mix", "tenure", (1_000_000, 1), "hit_rate", 0.99),
        row("mix", "somebody else", (10_000_000, 1), "mops", 1.0),
    ];
    let mix = mix(&rows).unwrap();
    assert_eq!(mix.sessions, 1_000_000);
    assert_eq!(mix.peers.len(), 1);
    assert_eq!(mix.peers[0].1, BTreeMap::from([(1, 5.0), (8, 9.0)]));
    assert!(super::mix(&rows[3..4]).is_none());
}
