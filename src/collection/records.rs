//! The decisions of a collection, as plain data: no lock, no clock, no bytes.
//!
//! [`Records`] keeps what decides what an operation does: of each live session its [`Head`], of
//! each ended one its end; the log of changes, the counts, and who would be evicted or expire
//! next. The bodies, which are names and data, are kept by an implementation, where it likes. Each
//! call is told the time, and says what it [wrote](Write), so that an implementation which
//! persists writes exactly that.
//!
//! | file | what it has |
//! |---|---|
//! | `head` | what is kept of a session, and of an end |
//! | `slots` | where that is: dense, found by key |
//! | `order` | rows by a time that only grows: lower bounds, revalidated |
//! | `principals` | how many sessions each principal has |
//! | `log` | the changes by seq |
//! | `table` | all of these together, and the steps that keep them in accord |
//! | `admit` | the limits |
//! | `apply` | the operations |
//! | `sweep` | the feed, expiry, and what is forgotten |

mod admit;
mod apply;
mod head;
mod log;
mod order;
mod principals;
mod slots;
mod sweep;
mod table;

pub(crate) use apply::Decision;
#[allow(unused_imports)] // Implementations that persist name them.
pub(crate) use head::{Head, Note};
pub(crate) use table::{Kept, Meta, Records, Write};

#[cfg(test)]
mod tests;
