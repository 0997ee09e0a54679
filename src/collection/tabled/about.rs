//! What a collection knows of itself, as bytes under a key of their own.

use std::hash::{BuildHasher, RandomState};

use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::records::Meta;
use crate::collection::stamp::{CollectionTime, Epoch};

/// Where it is. No hash of an id is this.
pub(super) const ABOUT: RecordKey = RecordKey::from_bytes([0; 16]);

/// The number of the format.
const FORMAT: u32 = 1;

/// It.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) meta: Meta,
    /// How many live sessions there are.
    pub(super) live: usize,
    /// The latest time at which anything was written.
    pub(super) time: CollectionTime,
}

impl About {
    /// That of a collection with nothing in it. The epoch is no secret, but must be another each
    /// time.
    pub(super) fn new() -> Self {
        let epoch = Epoch::from_number(RandomState::new().hash_one(()));
        let meta = Meta { epoch, seq: 0, floor: 0, fingerprint: None };
        Self { meta, live: 0, time: CollectionTime::ORIGIN }
    }

    /// Little-endian: the format, epoch, seq, floor, live sessions, time, and the fingerprint, if
    /// there is one.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let Meta { epoch, seq, floor, fingerprint } = self.meta;
        let words = [
            u64::from(FORMAT),
            epoch.number(),
            seq,
            floor,
            self.live as u64,
            self.time.as_micros(),
        ];
        let mut bytes = words.map(u64::to_le_bytes).as_flattened().to_vec();
        bytes.extend(fingerprint.iter().flat_map(Fingerprint::as_bytes));
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, CollectionError> {
        let wrong = || CollectionError::Unreadable { reason: "what it is about".into() };
        let (words, rest) = bytes.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let found = u32::try_from(*words.first().ok_or_else(wrong)?).unwrap_or(u32::MAX);
        if found != FORMAT {
            return Err(CollectionError::OtherFormat { found, known: FORMAT });
        }
        let [_, epoch, seq, floor, live, time, fingerprint @ ..] = &words[..] else {
            return Err(wrong());
        };
        let fingerprint = match fingerprint {
            [] => None,
            [word] if rest.is_empty() => Some(Fingerprint::from_bytes(word.to_le_bytes())),
            _ => return Err(wrong()),
        };
        let (epoch, seq, floor) = (Epoch::from_number(*epoch), *seq, *floor);
        let live = usize::try_from(*live).map_err(|_| wrong())?;
        let time = CollectionTime::from_micros(*time);
        Ok(Self { meta: Meta { epoch, seq, floor, fingerprint }, live, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_had_back() {
        let mut about = About::new();
        for fingerprint in [None, Some(Fingerprint::from_bytes([7; 8]))] {
            about.meta.fingerprint = fingerprint;
            (about.live, about.meta.seq) = (9, 8);
            assert_eq!(About::from_bytes(&about.to_bytes()), Ok(about));
        }
        assert!(About::from_bytes(&about.to_bytes()[..40]).is_err());
        let mut other = about.to_bytes();
        other[0] = 2;
        let refused = CollectionError::OtherFormat { found: 2, known: 1 };
        assert_eq!(About::from_bytes(&other), Err(refused));
    }
}
