//! One table for each workload, the peers below each other; and one of what they can do.

use super::cells::{cell, short};
use super::forms::Columns::{Metrics, Sizes};
use super::forms::{FORMS, Form};
use super::table::Table;
use crate::results::{At, Results, Row, Value};
use peers::tables::Kind;

pub(super) fn tables(results: &Results) -> Vec<Table> {
    FORMS.iter().filter_map(|form| table(form, results)).chain([abilities()]).collect()
}

/// `None` if the workload was not run.
fn table(form: &Form, results: &Results) -> Option<Table> {
    let rows: Vec<&Row> =
        results.rows.iter().filter(|row| row.at.workload == form.workload).collect();
    let sizes = in_order(rows.iter().map(|row| row.at));
    let sessions = short(sizes.first()?.sessions);
    let of = |peer: &str, at: Option<At>, metrics: &[&str]| {
        let rows = rows.iter().filter(|row| row.peer == peer && at.is_none_or(|at| at == row.at));
        let metric = |metric: &&str| rows.clone().find(|row| row.metric == *metric);
        let cells = metrics.iter().filter_map(metric).filter_map(|row| match row.value {
            Value::Number(number) => Some(cell(row.metric, number)),
            Value::Missing(_) => None,
        });
        cells.collect::<Vec<_>>().join(" ")
    };
    let (mut table_rows, mut notes) = (Vec::new(), Vec::new());
    notes.extend(form.notes.iter().map(|note| (*note).to_owned()));
    for peer in in_order(rows.iter().map(|row| row.peer.as_str())) {
        let cells: Vec<String> = match form.columns {
            Sizes(metrics) => sizes.iter().map(|at| of(peer, Some(*at), metrics)).collect(),
            Metrics(metrics) => metrics.iter().map(|metric| of(peer, None, &[metric])).collect(),
        };
        if cells.iter().any(|cell| !cell.is_empty()) {
            table_rows.push((peer.to_owned(), cells));
        }
        let reason = rows.iter().find_map(|row| match row.value {
            Value::Missing(reason) if row.peer == peer => Some(reason),
            _ => None,
        });
        notes.extend(reason.map(|reason| format!("{peer}: n/a, {reason}")));
    }
    let (title, columns) = match form.columns {
        Sizes(_) => (form.title.to_owned(), sizes.iter().copied().map(heading).collect()),
        Metrics(metrics) => {
            let columns = metrics.iter().map(|metric| (*metric).to_owned()).collect();
            (format!("{} ({sessions} sessions)", form.title), columns)
        }
    };
    Some(Table { title, columns, rows: table_rows, notes })
}

fn heading(at: At) -> String {
    let sessions = short(at.sessions);
    if at.threads == 1 { sessions } else { format!("{sessions}, {} threads", at.threads) }
}

/// Each once, where it first comes.
fn in_order<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

fn abilities() -> Table {
    let yes = |can: bool| if can { "yes" } else { "no" }.to_owned();
    let row = |kind: Kind| {
        let can = kind.abilities();
        let cells = vec![
            can.evicts.text().to_owned(),
            yes(can.hard_cap),
            can.idle.text().to_owned(),
            yes(can.lease),
        ];
        (kind.name().to_owned(), cells)
    };
    let columns =
        ["evicts at the cap", "never above the cap", "idle timeout", "spares what is in use"];
    let notes = Kind::ALL.into_iter().filter(|kind| !kind.abilities().note.is_empty());
    Table {
        title: "What each can do".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: Kind::ALL.into_iter().map(row).collect(),
        notes: notes.map(|kind| format!("{}: {}", kind.name(), kind.abilities().note)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_becomes_a_table_with_its_gaps_explained() {
        let mut results = Results::default();
        let at = |sessions, threads| At { workload: "touch", sessions, threads };
        results.number(at(1_000, 1), "tenure", "ns", 80.0);
        results.number(at(1_000, 1), "tenure", "ratio", 1.25);
        results.number(at(1_000, 2), "tenure", "ns", 90.0);
        results.missing(at(1_000, 1), "other", "it cannot");
        let tables = tables(&results);
        assert_eq!(tables.len(), 2, "the touches, and what each can do");
        assert_eq!(tables[0].columns, ["1k", "1k, 2 threads"]);
        let cells = vec!["80.0 1.25×".to_owned(), "90.0".to_owned()];
        assert_eq!(tables[0].rows, [("tenure".to_owned(), cells)]);
        assert_eq!(tables[0].notes, ["other: n/a, it cannot"]);
    }
}
