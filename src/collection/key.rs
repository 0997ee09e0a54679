//! The names of sessions in a collection.

use std::fmt;

use crate::id::SessionId;

/// The secret by which a fleet makes [`RecordKey`]s of ids: the same on each node, and kept apart
/// from the collection.
///
/// # Security
///
/// Who reads the collection learns no id from it, with or without this key, since the hash is
/// one-way and ids have 128 random bits. The key keeps ids that are *not* random from being
/// guessed, and the ids of ended sessions from being read.
///
/// # Examples
///
/// ```
/// use tenure::SessionId;
/// use tenure::collection::HashKey;
///
/// let id = SessionId::from_bytes([7; 16]);
/// let (key, other) = (HashKey::new([1; 32]), HashKey::new([2; 32]));
/// assert_eq!(key.record_key(id), HashKey::new([1; 32]).record_key(id));
/// assert_ne!(key.record_key(id), other.record_key(id));
/// assert_ne!(key.fingerprint(), other.fingerprint());
/// ```
#[derive(Clone)]
pub struct HashKey {
    records: [u8; 32],
    seals: [u8; 32],
    successors: [u8; 32],
    fingerprint: [u8; 8],
}

impl HashKey {
    /// The key made of these 32 bytes, which are random and secret. From a slice, such as a decoded
    /// setting: `HashKey::try_from(bytes)`.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        let derived = |purpose: &[u8]| *blake3::keyed_hash(&secret, purpose).as_bytes();
        Self {
            records: derived(b"tenure record keys"),
            seals: derived(b"tenure sealed ids"),
            successors: derived(b"tenure successors"),
            fingerprint: first(&derived(b"tenure fingerprint")),
        }
    }

    /// The name under which a collection keeps the session with this id.
    #[must_use]
    pub fn record_key(&self, id: SessionId) -> RecordKey {
        RecordKey(first(blake3::keyed_hash(&self.records, id.as_bytes()).as_bytes()))
    }

    /// Compares equal for two nodes that have the same key, and reveals nothing else.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.fingerprint)
    }

    /// Seals the id that has this key, for the nodes of the fleet.
    pub(crate) fn seal(&self, key: RecordKey, id: SessionId) -> SealedId {
        SealedId(mask(&self.seals, &key.0, id.as_bytes()))
    }

    /// Opens what [`seal`](HashKey::seal) sealed. `None` if it is of another id or key.
    pub(crate) fn unseal(&self, key: RecordKey, sealed: SealedId) -> Option<SessionId> {
        let id = SessionId::from_bytes(mask(&self.seals, &key.0, &sealed.0));
        (self.record_key(id) == key).then_some(id)
    }

    /// Seals the id that took over from `old`, for those that have `old`.
    pub(crate) fn seal_successor(&self, old: SessionId, new: SessionId) -> SealedId {
        SealedId(mask(&self.successors, old.as_bytes(), new.as_bytes()))
    }

    /// Opens what [`seal_successor`](HashKey::seal_successor) sealed, if `key` is of what comes
    /// out.
    pub(crate) fn unseal_successor(
        &self,
        old: SessionId,
        key: RecordKey,
        sealed: SealedId,
    ) -> Option<SessionId> {
        let id = SessionId::from_bytes(mask(&self.successors, old.as_bytes(), &sealed.0));
        (self.record_key(id) == key).then_some(id)
    }
}

/// A slice is not as long as a [`HashKey`].
///
/// # Examples
///
/// ```
/// use tenure::collection::HashKey;
///
/// let refused = HashKey::try_from(&b"a password"[..]).unwrap_err();
/// assert_eq!(refused.to_string(), "hash key has 10 bytes, not 32");
/// assert!(HashKey::try_from(&[7; 32][..]).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash key has {found} bytes, not 32")]
#[non_exhaustive]
pub struct HashKeyLength {
    /// How many bytes it has.
    pub found: usize,
}

impl TryFrom<&[u8]> for HashKey {
    type Error = HashKeyLength;

    /// The key made of 32 bytes, which are random and secret.
    fn try_from(secret: &[u8]) -> Result<Self, HashKeyLength> {
        let found = secret.len();
        secret.try_into().map(Self::new).map_err(|_| HashKeyLength { found })
    }
}

/// One message under each pad: a record key has one id, and an id one successor.
fn mask(key: &[u8; 32], pad: &[u8; 16], message: &[u8; 16]) -> [u8; 16] {
    let pad: [u8; 16] = first(blake3::keyed_hash(key, pad).as_bytes());
    std::array::from_fn(|at| pad[at] ^ message[at])
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|at| bytes[at])
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HashKey").field(&self.fingerprint()).finish()
    }
}

/// The name of a session in a collection: a keyed one-way hash of its id.
///
/// # Examples
///
/// ```
/// use tenure::collection::RecordKey;
///
/// let key = RecordKey::from_bytes([0xab; 16]);
/// assert_eq!(key.to_string(), "ab".repeat(16));
/// assert_eq!(key.as_bytes(), &[0xab; 16]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; 16]);

/// Identifies a [`HashKey`] without revealing it.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Fingerprint, HashKey};
///
/// let fingerprint = HashKey::new([1; 32]).fingerprint();
/// assert_eq!(Fingerprint::from_bytes(*fingerprint.as_bytes()), fingerprint);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

/// An id that only those can read who have the fleet's [`HashKey`].
///
/// # Examples
///
/// ```
/// use tenure::collection::SealedId;
///
/// let sealed = SealedId::from_bytes([7; 16]);
/// assert_eq!(sealed.as_bytes(), &[7; 16]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealedId([u8; 16]);

/// The bytes of a name, and its text in hexadecimal digits.
macro_rules! bytes {
    ($name:ident, $len:literal) => {
        impl $name {
            /// The one with these bytes, as a collection keeps them.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

bytes!(RecordKey, 16);
bytes!(Fingerprint, 8);
bytes!(SealedId, 16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_had_back_by_the_same_key_only() {
        let (key, other) = (HashKey::new([1; 32]), HashKey::new([2; 32]));
        let (old, new) = (SessionId::from_bytes([3; 16]), SessionId::from_bytes([4; 16]));
        let record = key.record_key(new);
        let sealed = key.seal(record, new);
        assert_ne!(sealed.as_bytes(), new.as_bytes());
        assert_eq!(key.unseal(record, sealed), Some(new));
        assert_eq!(other.unseal(record, sealed), None);
        assert_eq!(key.unseal(key.record_key(old), sealed), None);

        let sealed = key.seal_successor(old, new);
        assert_eq!(key.unseal_successor(old, record, sealed), Some(new));
        assert_eq!(key.unseal_successor(new, record, sealed), None);
        assert_eq!(other.unseal_successor(old, record, sealed), None);
    }

    #[test]
    fn a_key_shows_its_fingerprint_only() {
        let key = HashKey::new([0x5a; 32]);
        let shown = format!("{key:?}");
        assert!(!shown.contains("5a5a") && !shown.contains("90, 90"), "{shown}");
    }
}
