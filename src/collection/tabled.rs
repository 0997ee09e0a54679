//! A collection over a table of your program's: the rules are this crate's, and your program reads
//! and writes.
//!
//! | file | what it has |
//! |---|---|
//! | `contract` | what your program does |
//! | `record` | what is under a key, as bytes and columns |
//! | `about` | what the collection knows of itself, as bytes |
//! | `table` | the table inside a transaction, and what of it can be read |
//! | `basis` | the table, as the rules need it |
//! | `handle` | the collection |

mod about;
mod basis;
mod contract;
mod handle;
mod record;
mod table;

pub use contract::{RecordTable, Transact};
pub use handle::TableCollection;
pub use record::TableRecord;
