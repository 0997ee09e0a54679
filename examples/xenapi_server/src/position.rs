//! How far a client of `event.from` has read.

use std::fmt;
use std::str::FromStr;

/// How far a client has read. Its text is the client's token, and has the form of the store's
/// [`EventToken`](tenure::events::EventToken).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Position {
    /// The name of the store's log: that of another run is another.
    pub(crate) run: u64,
    /// The number of the next event.
    pub(crate) next: u64,
}

/// The text is no token.
#[derive(Debug, PartialEq)]
pub(crate) struct NoToken;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.run, self.next)
    }
}

impl FromStr for Position {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let (run, next) = text.split_once('-').ok_or(NoToken)?;
        // Also refuses the signs that Rust's numbers may have.
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if run.len() != 16 || !digits(run) || !digits(next) {
            return Err(NoToken);
        }
        let run = u64::from_str_radix(run, 16).map_err(|_| NoToken)?;
        Ok(Self { run, next: next.parse().map_err(|_| NoToken)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let text = "000000000000feed-7";
        assert_eq!(text.parse(), Ok(Position { run: 0xfeed, next: 7 }));
        assert_eq!(text.parse::<Position>().map(|position| position.to_string()), Ok(text.into()));
        for nonsense in ["", "-", "nonsense", "000000000000feed-", "feed-7", "000000000000feed-+7"]
        {
            assert_eq!(nonsense.parse::<Position>(), Err(NoToken), "{nonsense:?}");
        }
    }

    #[test]
    fn a_token_of_the_store_is_a_position() {
        let store = tenure::SessionStore::<()>::builder().build().expect("a store");
        let token = store.subscribe(tenure::events::Filter::all()).token().to_string();
        assert_eq!(token.parse::<Position>().map(|position| position.to_string()), Ok(token));
    }
}
