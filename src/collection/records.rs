//! The decisions of a collection, as plain data: no lock, no clock, no bytes.
//!
//! The rules are functions over a [`Basis`], which is a table of records. There are two: a table of
//! your program's, and [`Records`], which is in memory.
//!
//! [`Records`] keeps what decides what an operation does: of each live session its [`Head`], of
//! each ended one its end; the log of changes, the counts, and who would be evicted or expire
//! next. The bodies, which are names and data, are kept by an implementation, where it likes. Each
//! call takes the time, and returns what it [wrote](Write), so that an implementation which
//! persists writes exactly that.
//!
//! | file | what it has |
//! |---|---|
//! | `basis` | what the rules need of a table |
//! | `meta` | what a collection knows of itself |
//! | `head` | what is kept of a session, and of an end |
//! | `slots` | where that is: dense, found by key |
//! | `order` | rows by a time that only grows: lower bounds, revalidated |
//! | `principals` | how many sessions each principal has |
//! | `log` | the changes by seq |
//! | `table` | all of these together, and the steps that keep them in accord |
//! | `ending` | an end that no request asked for by key |
//! | `admit` | the limits |
//! | `apply` | the operations |
//! | `sweep` | the feed, expiry, and what is forgotten |

mod admit;
mod apply;
mod basis;
mod ending;
mod head;
mod log;
mod meta;
mod order;
mod principals;
mod recorded;
mod slots;
mod sweep;
mod table;

pub(crate) use apply::{Decision, apply};
pub(crate) use basis::{Basis, Entries, Found};
pub(crate) use head::{Head, NEVER, Note};
pub(crate) use meta::Meta;
pub(crate) use sweep::{end_principal, expire, feed, open};
pub(crate) use table::{Kept, Records, Write};

#[cfg(test)]
mod tests;
