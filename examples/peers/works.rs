//! What the tables are put to.

pub(crate) mod create;
pub(crate) mod lease;
pub(crate) mod mass_reap;
pub(crate) mod memory;
pub(crate) mod mix;
pub(crate) mod touch;
pub(crate) mod worst;
