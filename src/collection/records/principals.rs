//! How many sessions each principal has.

use std::collections::HashMap;

use crate::sync::Arc;

/// The number of sessions without a principal, and of all where principals are not counted.
pub(super) const NOBODY: u32 = u32::MAX;

/// The principals that have sessions, each with a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Principals {
    numbers: HashMap<Arc<str>, u32>,
    list: Vec<Principal>,
    vacant: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Principal {
    name: Arc<str>,
    live: usize,
}

impl Principals {
    /// Its number, if it has sessions, and how many.
    pub(super) fn find(&self, name: &str) -> Option<(u32, usize)> {
        self.numbers.get(name).map(|number| (*number, self.list[*number as usize].live))
    }

    /// Counts one session more.
    pub(super) fn enter(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            self.list[*number as usize].live += 1;
            return *number;
        }
        let name: Arc<str> = name.into();
        let principal = Principal { name: Arc::clone(&name), live: 1 };
        let number = if let Some(number) = self.vacant.pop() {
            self.list[number as usize] = principal;
            number
        } else {
            self.list.push(principal);
            u32::try_from(self.list.len() - 1).unwrap_or(NOBODY)
        };
        self.numbers.insert(name, number);
        number
    }

    /// Counts one session less.
    pub(super) fn leave(&mut self, number: u32) {
        let Some(principal) = self.list.get_mut(number as usize) else { return };
        principal.live -= 1;
        if principal.live == 0 {
            self.numbers.remove(&principal.name);
            principal.name = "".into();
            self.vacant.push(number);
        }
    }

    /// How many principals have sessions, and how many sessions those are.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.numbers.len(), self.list.iter().map(|principal| principal.live).sum())
    }
}
