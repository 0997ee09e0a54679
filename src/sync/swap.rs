//! A pointer that is read much and swapped at times.
//!
//! # Orderings
//!
//! Those of `arc-swap`: a replacement releases and a load acquires, so a thread that sees a value
//! sees all that was written to it before.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

/// A shared pointer that can be read while it is swapped. Reading takes no lock and does not wait.
#[derive(Debug)]
pub(crate) struct Swap<T>(ArcSwap<T>);

impl<T> Swap<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ArcSwap::from_pointee(value))
    }

    /// Looks at the value without taking a share in it. It may be the last to look at one that was
    /// swapped out, and then drops that: hold no lock.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.load())
    }

    pub(crate) fn load(&self) -> Arc<T> {
        self.0.load_full()
    }

    /// Puts `new` in the place of `seen`, if that is still there: that very pointer, not an equal
    /// one. A caller that holds `seen` keeps its address from being used again. The error is what
    /// is there instead, for the caller to drop.
    pub(crate) fn replace(&self, seen: &Arc<T>, new: Arc<T>) -> Result<(), Arc<T>> {
        let before = Guard::into_inner(self.0.compare_and_swap(seen, new));
        if Arc::ptr_eq(&before, seen) { Ok(()) } else { Err(before) }
    }
}
