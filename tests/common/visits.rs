//! Application code that uses the library that calls it: from which places, and not from itself.

// Each test file that has it uses a part of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;

thread_local! {
    /// Whether application code of this thread is using the library already.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// How often application code used the library, by the place that called it.
#[derive(Default)]
pub(crate) struct Visits(Mutex<BTreeMap<&'static str, usize>>);

impl Visits {
    /// Runs `work` and counts it, unless this call came from such work.
    pub(crate) fn visit(&self, place: &'static str, work: impl FnOnce()) {
        if INSIDE.replace(true) {
            return;
        }
        *self.0.lock().unwrap().entry(place).or_default() += 1;
        work();
        INSIDE.set(false);
    }

    /// Each of these places called, and no other did.
    pub(crate) fn are_from(&self, places: &[&'static str]) {
        let mut expected = places.to_vec();
        expected.sort_unstable();
        let seen: Vec<_> = self.0.lock().unwrap().keys().copied().collect();
        assert_eq!(seen, expected, "some place never called");
    }
}

/// Runs `work` without visits in this thread.
pub(crate) fn without_visits<R>(work: impl FnOnce() -> R) -> R {
    INSIDE.set(true);
    let result = work();
    INSIDE.set(false);
    result
}
