//! What a refresh asks for, one step after the other.

use crate::collection::{Answer, Cursor, Expired, Feed, Opened, Request};

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Open,
    Apply(&'a [Request]),
    Feed(Cursor, usize),
    /// Nothing of the collection: sessions in memory are looked at, some at a time.
    Look,
    Expire(usize),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Reply {
    Opened(Opened),
    Applied(Answer),
    Feed(Feed),
    Looked,
    Expired(Expired),
}
