//! A name for logs.

use std::fmt;

use hmac_sha256::HMAC;

use super::session_id::SessionId;
use super::source::{IdError, random_bytes};
use crate::sync::{Arc, OnceLock};

/// A one-way name of a session, safe to log.
///
/// It is the first 128 bits of HMAC-SHA-256 over the session's first id, keyed with the store's
/// salt. It stays the same when the id is rotated, and is the same on every node that was given the
/// same salt. Nothing computes it but reading it, which takes about a microsecond. OWASP's Logging
/// Cheat Sheet asks for a hash in place of the id; xapi logs `trackid=<digest>` likewise.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::<()>::builder().track_salt([7; 32]).build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let name = session.track_id();
/// assert_eq!(name.to_string().len(), 32);
/// assert_eq!(store.rotate(&session.id()).unwrap().track_id(), name);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId([u8; 16]);

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrackId({self})")
    }
}

/// The key of a store's track ids. Clones share it, and each store has its own: it tells stores
/// apart, too.
#[derive(Clone)]
pub(crate) struct TrackSalt(Arc<HMAC>);

impl TrackSalt {
    pub(crate) fn new(salt: [u8; 32]) -> Self {
        Self(Arc::new(HMAC::new(salt)))
    }

    pub(crate) fn random() -> Result<Self, IdError> {
        random_bytes().map(Self::new)
    }

    /// Whether they are of the same store.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The track id of the session whose first id this is.
    pub(crate) fn track_id(&self, first: SessionId) -> TrackId {
        let mut keyed = HMAC::clone(&self.0);
        keyed.update(first.as_bytes());
        let mut name = [0; 16];
        name.copy_from_slice(&keyed.finalize()[..16]);
        TrackId(name)
    }
}

/// The track id of a session, computed when it is first read.
///
/// It keeps the session's first id for that, which it never shows.
#[derive(Clone)]
pub(crate) struct Track {
    salt: TrackSalt,
    first: SessionId,
    known: OnceLock<TrackId>,
}

impl Track {
    pub(crate) fn new(salt: &TrackSalt, first: SessionId) -> Self {
        Self { salt: salt.clone(), first, known: OnceLock::new() }
    }

    /// Whether it is of the store that has this salt.
    pub(crate) fn is_of(&self, store: &TrackSalt) -> bool {
        self.salt.is(store)
    }

    pub(crate) fn id(&self) -> TrackId {
        *self.known.get_or_init(|| self.salt.track_id(self.first))
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
    fn it_is_hmac_sha_256_cut_to_128_bits() {
        // Computed with Python: hmac.new(bytes(range(32)), bytes(range(16)), 'sha256').
        let salt = TrackSalt::new(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        let id = SessionId::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        assert_eq!(salt.track_id(id).to_string(), "d8b99f2709a3ca74172cbe93824c1f29");
    }

    #[test]
    fn a_track_is_read_again_and_shows_no_id() {
        let id = SessionId::from_bytes([0xab; 16]);
        let salt = TrackSalt::new([1; 32]);
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
        let id = SessionId::from_bytes([1; 16]);
        let name = TrackSalt::new([1; 32]).track_id(id);
        assert_ne!(TrackSalt::new([2; 32]).track_id(id), name);
        assert_ne!(TrackSalt::new([1; 32]).track_id(SessionId::from_bytes([2; 16])), name);
    }
}
