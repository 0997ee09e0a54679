//! A collection in a file, by [redb](https://docs.rs/redb): for one process, which may restart.
//!
//! What decides is in memory, rebuilt when the file is opened; the file has four tables, so that a
//! touch writes 80 bytes and reads nothing.
//!
//! | table | key | what it has |
//! |---|---|---|
//! | `meta` | a name | format, epoch, fingerprint, seq, floor, latest time, number of commits |
//! | `heads` | of the record | what decides about a live session, of fixed width |
//! | `bodies` | of the record | its names and data |
//! | `ends` | of the record | what is remembered of a session that has ended |
//!
//! | file | what it has |
//! |---|---|
//! | `options` | what may be chosen |
//! | `timeline` | the collection's time |
//! | `bytes` | heads, bodies and ends as bytes |
//! | `fault` | what went wrong, as an error of a collection |
//! | `tables` | the tables, and the writing of what was decided |
//! | `load` | memory from the file |
//! | `source` | where the file is, to open it again after an error |
//! | `state` | the file and the memory in accord, whatever fails |
//! | `batch` | what requests do |
//! | `handle` | the collection |
//! | `inspect` | what a file has, without secrets |

mod batch;
mod bytes;
mod fault;
mod handle;
mod inspect;
mod load;
mod options;
mod source;
mod state;
mod tables;
mod timeline;

pub use handle::RedbCollection;
pub use inspect::{RedbRecord, RedbRecords, RedbSummary};
pub use options::{RedbDurability, RedbOptions};

#[cfg(test)]
mod tests;
