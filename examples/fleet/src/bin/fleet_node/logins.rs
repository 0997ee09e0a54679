//! The logins that a node knows.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tenure::SessionId;

/// Each by its name, with the id that it was last known by.
#[derive(Default)]
pub(crate) struct Logins(Mutex<Known>);

#[derive(Default)]
struct Known {
    names: Vec<String>,
    ids: HashMap<String, SessionId>,
}

impl Logins {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn learn(&self, name: &str, id: &str) {
        let Ok(id) = id.parse() else { return println!("trouble with an id") };
        let mut known = self.lock();
        if known.ids.insert(name.into(), id).is_none() {
            known.names.push(name.into());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().names.len()
    }

    /// One of them. The newest are drawn more often, so that several nodes use the same at once.
    pub(crate) fn draw(&self, number: u64) -> Option<(String, SessionId)> {
        let known = self.lock();
        let count = known.names.len() as u64;
        let among = if number.is_multiple_of(2) { count.min(20) } else { count };
        let back = number / 2 % among.max(1);
        let at = usize::try_from(count.checked_sub(1 + back)?).ok()?;
        let name = known.names[at].clone();
        let id = known.ids[&name];
        Some((name, id))
    }

    /// Forgets one that has ended, unless it has another id meanwhile.
    pub(crate) fn forget(&self, name: &str, id: SessionId) {
        let mut known = self.lock();
        if known.ids.get(name) == Some(&id) {
            known.ids.remove(name);
            known.names.retain(|other| other != name);
        }
    }
}
