//! The names of principals, originators and hosts, each shared by all its sessions.

use crate::sync::{Arc, AtomicI32, Ordering};

/// A name, and how many of its live sessions were ever touched.
#[derive(Debug)]
pub(crate) struct Label {
    name: Box<str>,
    touched: AtomicI32,
}

impl Label {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), touched: AtomicI32::new(0) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How many live sessions of this name were touched since they were created.
    pub(crate) fn touched(&self) -> u32 {
        // A session that ends between its first touch and the counting of it takes one off early.
        u32::try_from(self.touched.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub(crate) fn count_touched(&self) {
        self.touched.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn uncount_touched(&self) {
        self.touched.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The groups that a session belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) principal: Option<Arc<Label>>,
    pub(crate) originator: Option<Arc<Label>>,
    pub(crate) host: Option<Arc<Label>>,
}

impl Names {
    pub(crate) fn each(&self) -> impl Iterator<Item = &Label> {
        [&self.principal, &self.originator, &self.host].into_iter().flatten().map(|label| &**label)
    }
}
