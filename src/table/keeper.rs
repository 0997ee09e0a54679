//! What keeps the sessions of a store elsewhere too.

use crate::end::Tombstone;
use crate::id::SessionId;
use crate::tick::Tick;

/// Code of the crate that keeps the sessions of a store in a collection too.
///
/// Its methods are called inside the store's lock, the session's own and that of the tombstones:
/// they lock leaves at most, call nothing of the store, and run no application code, the drop of
/// data included. The store keeps it: it must not hold the store in turn, except weakly.
pub(crate) trait Keeper<T>: Send + Sync {
    /// Whether a session may leave this store's memory. Asked last, when nothing else holds it: if
    /// this returns true, it is gone. The keeper notes what the collection is yet to be told of it,
    /// such as when it was last active.
    fn unload(&self, id: SessionId, data: &T, last_active: Tick) -> bool;

    /// A session has ended here, for any reason, the closing of the store among them. Called before
    /// any thread can learn of the tombstone.
    fn ended(&self, id: SessionId, data: &T, tombstone: &Tombstone);

    /// A session was given another id. Called before any thread finds it by that.
    fn rotated(&self, old: SessionId, new: SessionId, data: &T);
}
