//! A name for logs.

use std::fmt;
use std::str::FromStr;

/// A one-way name of a session, safe to log.
///
/// It is the first 128 bits of BLAKE3 over the session's first id, keyed with the store's salt. It
/// tells nothing about the id, even to one who knows the salt. It stays the same when the id is
/// rotated, and is the same on every node that was given the same salt. It is computed when it is
/// read, in about a tenth of a microsecond. OWASP's Logging Cheat Sheet asks for a hash in place of
/// the id; xapi logs `trackid=<digest>` likewise.
///
/// The text form is 32 hexadecimal digits in lower case. Lists and logs show it, and
/// [`Selector::track_id`](crate::Selector::track_id) finds the session again.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore, TrackId};
///
/// let store = SessionStore::builder().track_salt([7; 32]).build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let name = session.track_id();
/// assert_eq!(store.rotate(&session.id()).unwrap().track_id(), name);
///
/// let text = name.to_string();
/// assert_eq!(text.len(), 32);
/// assert_eq!(text.parse::<TrackId>(), Ok(name));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackId([u8; 16]);

impl TrackId {
    /// The track id with these 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes of the track id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

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

impl FromStr for TrackId {
    type Err = ParseTrackIdError;

    /// Reads 32 hexadecimal digits in lower case and nothing else: one session has one spelling.
    fn from_str(text: &str) -> Result<Self, ParseTrackIdError> {
        if text.len() != 32 {
            return Err(ParseTrackIdError::Length { found: text.len() });
        }
        let mut bytes = [0; 16];
        for (at, digit) in text.bytes().enumerate() {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return Err(ParseTrackIdError::Character { at }),
            };
            bytes[at / 2] = bytes[at / 2] << 4 | value;
        }
        Ok(Self(bytes))
    }
}

/// Why a text is not a track id. It does not repeat the text, which may be a session id that was
/// put in the wrong place.
///
/// # Examples
///
/// ```
/// use tenure::store::ParseTrackIdError;
/// use tenure::TrackId;
///
/// assert_eq!("abc".parse::<TrackId>(), Err(ParseTrackIdError::Length { found: 3 }));
/// let upper = "D8B99F2709A3CA74172CBE93824C1F29".parse::<TrackId>();
/// assert_eq!(upper, Err(ParseTrackIdError::Character { at: 0 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTrackIdError {
    /// The text is not 32 bytes long.
    #[error("a track id has 32 characters, this text has {found} bytes")]
    Length {
        /// The bytes that there are.
        found: usize,
    },
    /// A lower-case hexadecimal digit was due here.
    #[error("a track id is lower-case hexadecimal: byte {at} does not fit")]
    Character {
        /// The position of the first byte that does not fit, from 0.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "e6d0ed1db9b6d050d78e02ffd6950930";

    #[test]
    fn text_and_bytes_are_read_back() {
        let track: TrackId = TEXT.parse().unwrap();
        assert_eq!(track.to_string(), TEXT);
        assert_eq!(track.as_bytes()[..2], [0xe6, 0xd0]);
        assert_eq!(TrackId::from_bytes(*track.as_bytes()), track);
    }

    #[test]
    fn only_one_spelling_is_read() {
        let at = |at| Err(ParseTrackIdError::Character { at });
        let length = |found| Err(ParseTrackIdError::Length { found });
        let cases = [
            (String::new(), length(0)),
            (TEXT[1..].to_owned(), length(31)),
            (format!("{TEXT}0"), length(33)),
            (format!(" {}", &TEXT[1..]), at(0)),
            (format!("+{}", &TEXT[1..]), at(0)),
            (TEXT.to_uppercase(), at(0)),
            (TEXT.replace("930", "93g"), at(31)),
            (format!("{}é", &TEXT[..30]), at(30)),
            ("9f2d1c44-0b7e-4d3a-91c8-5e6f70812a3b".to_owned(), length(36)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<TrackId>(), error, "{text:?}");
        }
    }
}
