//! The hosts of the pool.

use dxr::Value;

use crate::failure::Failure;
use crate::refs;
use crate::rpc::{structure, text};

/// The hosts of the pool.
pub(crate) struct Hosts {
    own: String,
}

impl Hosts {
    pub(crate) fn new(own: &str) -> Self {
        Self { own: own.to_owned() }
    }

    /// The names of all, the own one first.
    pub(crate) fn names(&self) -> Vec<&str> {
        vec![&self.own]
    }

    /// The name of the host that is meant.
    pub(crate) fn find(&self, reference: &str) -> Result<&str, Failure> {
        if reference == refs::HOST || refs::host_name(reference) == Some(self.own.as_str()) {
            return Ok(&self.own);
        }
        // What is not a reference at all is not repeated either.
        Err(Failure::handle_invalid("host", refs::shortened(reference)))
    }

    /// The reference of the host of this name.
    pub(crate) fn reference(&self, name: &str) -> String {
        if name == self.own { refs::HOST.to_owned() } else { refs::host(name) }
    }

    /// The record of a host. `live` says whether it was live, where not now is meant.
    pub(crate) fn record(&self, name: &str, live: Option<bool>) -> Option<Value> {
        (name == self.own).then(|| {
            structure([
                ("name_label", text(name)),
                ("hostname", text(name)),
                ("live", Value::Boolean(live.unwrap_or(true))),
            ])
        })
    }
}
