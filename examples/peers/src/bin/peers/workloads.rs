//! The workloads that the tables are measured with.

pub(crate) mod create;
pub(crate) mod lease;
pub(crate) mod mass_reap;
pub(crate) mod memory;
pub(crate) mod mix;
pub(crate) mod touch;
pub(crate) mod worst;
