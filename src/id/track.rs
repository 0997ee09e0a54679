//! How the name for logs is made of the id.

use std::fmt;

use super::keyed_hash::KeyedHash;
use super::session_id::SessionId;
use super::track_id::TrackId;
use crate::sync::{Arc, OnceLock};

/// The key of a store's track ids. Clones share it, and each store has its own: it tells stores
/// apart, too.
#[derive(Clone)]
pub(crate) struct TrackSalt(Arc<Keyed>);

struct Keyed {
    hash: KeyedHash,
    store: u64,
}

/// What the track id of a session is known by.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// The session's first id.
    FirstId(SessionId),
    /// The track id itself, of a session whose first id is not known here.
    Known(TrackId),
}

impl TrackSalt {
    /// That of the store with this name.
    pub(crate) fn new(salt: [u8; 32], store: u64) -> Self {
        Self(Arc::new(Keyed { hash: KeyedHash::new(salt), store }))
    }

    /// The random name of the store.
    pub(crate) fn store(&self) -> u64 {
        self.0.store
    }

    /// Whether they are of the same store.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The track id of the session of this origin.
    pub(crate) fn track_id(&self, origin: Origin) -> TrackId {
        match origin {
            Origin::FirstId(first) => TrackId::from_bytes(self.0.hash.hash(first.as_bytes())),
            Origin::Known(track_id) => track_id,
        }
    }
}

/// The track id of a session, computed when it is first read.
///
/// Where it keeps the session's first id for that, it never shows it.
#[derive(Clone)]
pub(crate) struct Track {
    salt: TrackSalt,
    origin: Origin,
    known: OnceLock<TrackId>,
}

impl Track {
    pub(crate) fn new(salt: &TrackSalt, origin: Origin) -> Self {
        Self { salt: salt.clone(), origin, known: OnceLock::new() }
    }

    /// Whether it is of the store that has this salt.
    pub(crate) fn is_of(&self, store: &TrackSalt) -> bool {
        self.salt.is(store)
    }

    /// The name of that store.
    pub(crate) fn store(&self) -> u64 {
        self.salt.store()
    }

    pub(crate) fn id(&self) -> TrackId {
        *self.known.get_or_init(|| self.salt.track_id(self.origin))
    }
}

impl fmt::Debug for Track {
    /// As the track id, and nothing else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_keyed_blake3_cut_to_128_bits() {
        // Computed with the crate `blake3`: keyed_hash of bytes 0 to 15 with the key 0 to 31.
        let salt = TrackSalt::new(std::array::from_fn(|i| u8::try_from(i).unwrap()), 0);
        let id = SessionId::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        let id = Origin::FirstId(id);
        assert_eq!(salt.track_id(id).to_string(), "e6d0ed1db9b6d050d78e02ffd6950930");
    }

    #[test]
    fn a_track_is_read_again_and_shows_no_id() {
        let id = Origin::FirstId(SessionId::from_bytes([0xab; 16]));
        let salt = TrackSalt::new([1; 32], 0);
        let track = Track::new(&salt, id);
        let shown = format!("TrackId({})", salt.track_id(id));
        for track in [&track, &track.clone()] {
            assert_eq!((track.id(), track.id()), (salt.track_id(id), salt.track_id(id)));
            assert_eq!(
                (format!("{track:?}"), format!("{track:#?}")),
                (shown.clone(), shown.clone())
            );
        }
    }

    #[test]
    fn another_salt_or_id_gives_another_name() {
        let [id, other] = [1, 2].map(|n| Origin::FirstId(SessionId::from_bytes([n; 16])));
        let name = TrackSalt::new([1; 32], 0).track_id(id);
        assert_ne!(TrackSalt::new([2; 32], 0).track_id(id), name);
        assert_ne!(TrackSalt::new([1; 32], 0).track_id(other), name);
        let known = TrackSalt::new([2; 32], 0).track_id(Origin::Known(name));
        assert_eq!(known, name);
    }
}
