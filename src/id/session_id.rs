//! The secret.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The bearer secret of a session: it alone gives access.
///
/// Ids from the default source are 128 random bits straight from the operating system, as OWASP
/// ASVS 5.0 asks of a reference token; a version 4 UUID would have only 122. The text form is the
/// hyphenated one of a UUID in lower case, 36 characters.
///
/// Nothing prints the secret: `Debug` leaves it out, and there is no `Display`, so that a log line
/// cannot contain it by accident. [`expose`](Self::expose) returns the text for your client; log
/// [`Session::track_id`](crate::Session::track_id) instead.
///
/// # Examples
///
/// ```
/// use tenure::SessionId;
///
/// let id: SessionId = "9f2d1c44-0b7e-4d3a-91c8-5e6f70812a3b".parse()?;
/// assert_eq!(id.expose(), "9f2d1c44-0b7e-4d3a-91c8-5e6f70812a3b");
/// assert_eq!(format!("{id:?}"), "SessionId(..)");
/// # Ok::<(), tenure::store::ParseIdError>(())
/// ```
///
/// ```compile_fail,E0277
/// fn log(id: tenure::SessionId) {
///     println!("login: {id}");
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(Uuid);

impl SessionId {
    /// The id with these 16 bytes.
    ///
    /// # Security
    ///
    /// The bytes must be unpredictable. Anything else lets a stranger guess his way into a session.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The secret as text: what a cookie or a token holds.
    ///
    /// # Security
    ///
    /// Who has the text has the session. Give it to the client that logged in, and nowhere else:
    /// not to a log, an error message, a metric's label or a URL.
    #[must_use]
    pub fn expose(&self) -> String {
        self.0.as_hyphenated().to_string()
    }

    /// The 16 bytes of the id.
    ///
    /// # Security
    ///
    /// They are the secret, as much as its [text](Self::expose).
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Its two halves as numbers, in the byte order of the machine.
    #[inline]
    pub(crate) fn halves(&self) -> [u64; 2] {
        let half = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&self.as_bytes()[at..at + 8]);
            u64::from_ne_bytes(bytes)
        };
        [half(0), half(8)]
    }

    pub(crate) fn from_halves(halves: [u64; 2]) -> Self {
        let mut bytes = [0; 16];
        for (bytes, half) in bytes.chunks_exact_mut(8).zip(halves) {
            bytes.copy_from_slice(&half.to_ne_bytes());
        }
        Self::from_bytes(bytes)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

impl FromStr for SessionId {
    type Err = ParseIdError;

    /// Reads the hyphenated lower-case form and nothing else: one session has one spelling.
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        if text.len() != Hyphenated::LENGTH {
            return Err(ParseIdError::Length { found: text.len() });
        }
        for (at, byte) in text.bytes().enumerate() {
            let fits = match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            };
            if !fits {
                return Err(ParseIdError::Character { at });
            }
        }
        let uuid = Uuid::try_parse(text).map_err(|_| ParseIdError::Character { at: 0 })?;
        Ok(Self(uuid))
    }
}

/// Why a text is not a session id. It never repeats the text, which may be a secret.
///
/// # Examples
///
/// ```
/// use tenure::SessionId;
/// use tenure::store::ParseIdError;
///
/// let error = "alice".parse::<SessionId>().unwrap_err();
/// assert_eq!(error, ParseIdError::Length { found: 5 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The text is not 36 bytes long.
    #[error("a session id has 36 characters, this text has {found} bytes")]
    Length {
        /// The bytes that there are.
        found: usize,
    },
    /// A hyphen or a lower-case hexadecimal digit was due here.
    #[error(
        "a session id is lower-case hexadecimal in groups of 8-4-4-4-12: byte {at} does not fit"
    )]
    Character {
        /// The position of the first byte that does not fit, from 0.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "00ff1c44-0b7e-4d3a-91c8-5e6f70812a3b";

    #[test]
    fn text_and_bytes_go_both_ways() {
        let id: SessionId = TEXT.parse().unwrap();
        assert_eq!(id.expose(), TEXT);
        assert_eq!(SessionId::from_bytes(*id.as_bytes()), id);
    }

    #[test]
    fn only_one_spelling_is_read() {
        let upper = TEXT.to_uppercase();
        let simple = TEXT.replace('-', "");
        let braced = format!("{{{TEXT}}}");
        let urn = format!("urn:uuid:{TEXT}");
        for wrong in ["", "x", &upper, &simple, &braced, &urn, &TEXT.replace('0', "g")] {
            assert!(wrong.parse::<SessionId>().is_err(), "{wrong} was read");
        }
        let shifted = "00ff1c440-b7e-4d3a-91c8-5e6f70812a3b";
        assert_eq!(shifted.parse::<SessionId>(), Err(ParseIdError::Character { at: 8 }));
        assert_eq!("é".parse::<SessionId>(), Err(ParseIdError::Length { found: 2 }));
    }
}
