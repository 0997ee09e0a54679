//! A place in a list of sessions.

use std::fmt;
use std::str::FromStr;

use super::record::Record;
use super::word::Seen;
use crate::tick::Tick;

/// What lists are ordered by: last activity, then age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) last_active: Tick,
    /// The creation number.
    pub(crate) number: u64,
}

impl Place {
    pub(crate) fn of<T>(record: &Record<T>, seen: Seen) -> Self {
        Self { last_active: seen.last_active(), number: record.number() }
    }
}

/// A place in a list of sessions, for the next page. See
/// [`list_page`](crate::SessionStore::list_page).
///
/// It names its store by a random number drawn when that was built. A cursor of another store, or
/// from before a restart, begins at the first page: it leaves out no session.
///
/// Its text form is 46 characters, made to be handed to a client and taken back. It holds no
/// secret, and gives no access. It does tell when the session at the end of the page was last
/// active, in microseconds since the clock's origin, and how many sessions the store had created
/// before it: give it to those who may see the list. A client that makes one up sees the list from
/// another place on, and nothing else.
///
/// # Examples
///
/// ```
/// use tenure::store::PageCursor;
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// for n in 0..3 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// let first = store.list_page(&Selector::all(), None, 2);
/// let link = format!("/sessions?after={}", first.next.unwrap());
///
/// let text = link.strip_prefix("/sessions?after=").unwrap();
/// let after: PageCursor = text.parse().unwrap();
/// assert_eq!(store.list_page(&Selector::all(), Some(after), 2).sessions.len(), 1);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageCursor {
    /// The name of the store.
    store: u64,
    last_active: Tick,
    number: u64,
}

impl PageCursor {
    pub(crate) const fn new(store: u64, place: Place) -> Self {
        let Place { last_active, number } = place;
        Self { store, last_active, number }
    }

    /// The place that it means in the store of this name, if it is of that one.
    pub(crate) fn place(self, store: u64) -> Option<Place> {
        let Self { last_active, number, .. } = self;
        (self.store == store).then_some(Place { last_active, number })
    }
}

/// The length of the text: the store, when the session was last active, its number, in hexadecimal
/// digits with hyphens in between.
const LENGTH: usize = 16 + 1 + 12 + 1 + 16;

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, last_active, number } = self;
        write!(f, "{store:016x}-{:012x}-{number:016x}", last_active.as_micros())
    }
}

impl FromStr for PageCursor {
    type Err = ParseCursorError;

    /// Reads what [`Display`](fmt::Display) writes and nothing else.
    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        if text.len() != LENGTH {
            return Err(ParseCursorError::Length { found: text.len() });
        }
        let mut numbers = [0_u64; 3];
        let mut field = 0;
        for (at, byte) in text.bytes().enumerate() {
            let digit = match (at, byte) {
                (16 | 29, b'-') => {
                    field += 1;
                    continue;
                }
                (16 | 29, _) => return Err(ParseCursorError::Character { at }),
                (_, b'0'..=b'9') => byte - b'0',
                (_, b'a'..=b'f') => byte - b'a' + 10,
                _ => return Err(ParseCursorError::Character { at }),
            };
            numbers[field] = numbers[field] << 4 | u64::from(digit);
        }
        let [store, last_active, number] = numbers;
        Ok(Self { store, last_active: Tick::from_micros(last_active), number })
    }
}

/// Why a text is no page cursor. It does not repeat the text.
///
/// # Examples
///
/// ```
/// use tenure::store::{PageCursor, ParseCursorError};
///
/// assert_eq!("2".parse::<PageCursor>(), Err(ParseCursorError::Length { found: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseCursorError {
    /// The text is not 46 bytes long.
    #[error("a page cursor has {LENGTH} characters, this text has {found} bytes")]
    Length {
        /// The bytes that there are.
        found: usize,
    },
    /// A hyphen or a lower-case hexadecimal digit was due here.
    #[error(
        "a page cursor is lower-case hexadecimal in groups of 16-12-16: byte {at} does not fit"
    )]
    Character {
        /// The position of the first byte that does not fit, from 0.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "000000000000feed-ffffffffffff-00000000000000ff";

    #[test]
    fn text_is_read_back() {
        let place = Place { last_active: Tick::MAX, number: 255 };
        let cursor = PageCursor::new(0xfeed, place);
        assert_eq!(cursor.to_string(), TEXT);
        assert_eq!(TEXT.parse(), Ok(cursor));
        assert_eq!((cursor.place(0xfeed), cursor.place(0xfeee)), (Some(place), None));
        for number in [0, u64::MAX] {
            let cursor = PageCursor::new(number, Place { last_active: Tick::ZERO, number });
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn only_one_spelling_is_read() {
        let length = |found| Err(ParseCursorError::Length { found });
        let at = |at| Err(ParseCursorError::Character { at });
        let cases = [
            (String::new(), length(0)),
            (format!("{TEXT} "), length(47)),
            (TEXT.replace('-', ""), length(44)),
            (TEXT.to_uppercase(), at(12)),
            (TEXT.replace('-', "0"), at(16)),
            (TEXT.replace('-', "_"), at(16)),
            (format!("+{}", &TEXT[1..]), at(0)),
            (format!("-{}", &TEXT[1..]), at(0)),
            (format!("{}é", &TEXT[..44]), at(44)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PageCursor>(), error, "{text:?}");
        }
    }
}
