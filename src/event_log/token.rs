//! A place in the sequence of a store's events.

use std::fmt;
use std::str::FromStr;

/// A place in the sequence of a store's events, to go on from later.
///
/// It names the store that it is of, by a random number drawn when that was built: a token from
/// before a restart is told apart from one of now. Its text is 16 hexadecimal digits, a hyphen and
/// the number of the next event. There is nothing secret in it.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventToken, Filter};
/// use tenure::SessionStore;
///
/// let store = SessionStore::<()>::builder().build()?;
/// let token = store.subscribe(Filter::all()).token();
/// assert_eq!(token.to_string().parse(), Ok(token));
/// assert!("".parse::<EventToken>().is_err());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventToken {
    /// The log that it is of.
    pub(crate) log: u64,
    /// The number of the first event after it.
    pub(crate) next: u64,
}

/// The text is no event token.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventToken, ParseTokenError};
///
/// assert_eq!("yesterday".parse::<EventToken>(), Err(ParseTokenError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event token is 16 hexadecimal digits, a hyphen and a number")]
pub struct ParseTokenError;

/// The events do not go on from a token. To go on all the same,
/// [subscribe with a snapshot](crate::SessionStore::subscribe_with_snapshot).
///
/// # Examples
///
/// ```
/// use tenure::events::{Filter, StaleToken};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().event_ring(2).keep_events(true).build()?;
/// let token = store.subscribe(Filter::all()).token();
/// for n in 0..5 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// let stale = store.subscribe_from(Filter::all(), token).unwrap_err();
/// assert_eq!(stale, StaleToken::TooOld { missed: 3 });
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StaleToken {
    /// Events after it are gone: too many came since, or there was no subscription for a while.
    #[error("the event token is too old by at least {missed} events")]
    TooOld {
        /// At least how many, those that the filter does not want among them.
        missed: u64,
    },
    /// It is no token of this store: another made it, or this one before a restart.
    #[error("the event token is not of this store")]
    Unknown,
}

impl fmt::Display for EventToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.log, self.next)
    }
}

impl FromStr for EventToken {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        let (log, next) = text.split_once('-').ok_or(ParseTokenError)?;
        let log = u64::from_str_radix(log, 16).map_err(|_| ParseTokenError)?;
        let next = next.parse().map_err(|_| ParseTokenError)?;
        let token = Self { log, next };
        // One token has one spelling.
        (token.to_string() == text).then_some(token).ok_or(ParseTokenError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_is_read() {
        let token = EventToken { log: 0xfeed, next: u64::MAX };
        assert_eq!(token.to_string(), "000000000000feed-18446744073709551615");
        assert_eq!(token.to_string().parse(), Ok(token));
        for wrong in [
            "",
            "-",
            "000000000000FEED-1",
            "000000000000feed-01",
            "000000000000feed-+1",
            "000000000000feed",
            "000000000000feed-",
            "feed-1",
            "+00000000000feed-1",
            "000000000000feed-+1",
            "000000000000feed-1-1",
            "000000000000feed-18446744073709551616",
            "00000000000000é-1",
        ] {
            assert_eq!(wrong.parse::<EventToken>(), Err(ParseTokenError), "{wrong:?}");
        }
    }
}
