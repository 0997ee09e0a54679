//! Who belongs to which group, and the permits that let a session in.

mod group;
mod groups;
mod labels;
mod permit;

pub(crate) use group::{Ages, Group};
pub(crate) use groups::{Groups, narrow};
pub(crate) use permit::Permit;
