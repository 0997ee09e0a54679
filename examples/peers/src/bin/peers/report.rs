//! The results for people and for programs.

mod cells;
mod csv;
mod forms;
mod table;
mod tables;

pub(crate) use self::csv::csv;

use crate::results::Results;

pub(crate) fn plain(results: &Results) -> String {
    let tables: String = tables::tables(results).iter().map(table::Table::plain).collect();
    format!("{LEGEND}{tables}\n")
}

pub(crate) fn markdown(head: &str, results: &Results) -> String {
    let tables = tables::tables(results);
    let tables: String = tables.iter().map(table::Table::markdown).collect();
    format!("# tenure and its peers\n\n{head}\n\n{LEGEND}\n{tables}")
}

/// How to read the tables.
const LEGEND: &str = "\
Columns are numbers of sessions, with the number of threads where it is not one. Times are medians \
of rounds; a ratio, as in 1.20×, is the median of the rounds' ratios to the first floor.\n";
