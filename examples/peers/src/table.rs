//! The trait of a session table under test, and what a table says of itself.

use tenure::SessionId;

/// What an application knows at a login. The names are borrowed: each table makes of them what it
/// keeps.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    pub data: u64,
    pub principal: &'a str,
    pub originator: &'a str,
}

/// The login of most workloads. The names are those of `new_session`.
pub const LOGIN: Login<'static> = Login { data: 0, principal: "alice", originator: "bench" };

/// A session table under test.
///
/// The loops over it are in `batch.rs`: they know the type, so that an operation is never a virtual
/// call.
pub trait Table: Send + Sync {
    const ABILITIES: Abilities;

    /// What a lookup hands out: the loops pass it to `black_box`.
    type Handle;

    /// Draws an id from the operating system and keeps the session under it; `None` if the table is
    /// full and refuses.
    fn create(&self, login: Login<'_>) -> Option<SessionId>;

    /// Looks the session up, marks it as active now, and hands it out.
    fn touch(&self, id: &SessionId) -> Option<Self::Handle>;

    /// A request from start to end: the session counts as idle from its end on. Only tenure has a
    /// lease; the others mark the session once more when the request is done, which protects
    /// nothing. Returns whether the session was there.
    fn lease(&self, id: &SessionId) -> bool;

    /// How many sessions there are, expired ones that were not collected included.
    fn len(&self) -> usize;

    /// Does what the table has put off.
    fn settle(&self) {}
}

/// What a table can do.
#[derive(Clone, Copy, Debug)]
pub struct Abilities {
    pub evicts: Evicts,
    /// Whether there are never more sessions than the cap, not even for a moment.
    pub hard_cap: bool,
    pub idle: Idle,
    /// Whether a session can be marked as in use, and is then neither evicted nor timed out.
    pub lease: bool,
    /// What else a reader of its numbers should know; may be empty.
    pub note: &'static str,
}

/// What happens when a session is created in a full table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicts {
    /// Evicts the session that was idle for the longest.
    Oldest,
    /// Evicts some session that is not used much, perhaps the new one.
    Approximately,
    /// The new one is refused.
    Refuses,
    /// There is no cap.
    No,
}

/// How sessions time out for being idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    Yes,
    ByScan,
    No,
}

impl Evicts {
    /// Whether a full table evicts a session to take another.
    pub const fn makes_room(self) -> bool {
        matches!(self, Self::Oldest | Self::Approximately)
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Oldest => "exactly the oldest",
            Self::Approximately => "approximately",
            Self::Refuses => "refuses when full",
            Self::No => "no cap",
        }
    }
}

impl Idle {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::ByScan => "by a scan of all",
            Self::No => "no",
        }
    }
}
