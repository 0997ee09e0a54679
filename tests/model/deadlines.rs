//! Moves deadlines on both sides, and the spans that they are drawn from.

use std::time::Duration;

use proptest::prelude::*;
use tenure::{LookupError, Session, Timeouts};

use crate::common::secs;
use crate::keys::{Key, call};
use crate::names::Found;
use crate::op::{Data, Pick};
use crate::pair::{Outcome, Pair, same};
use crate::reference::Reference;
use crate::tombstones::micros;

impl Pair {
    pub(crate) fn set_timeouts(&mut self, pick: Pick, given: [Option<Duration>; 2]) -> Outcome {
        let key = self.key(pick);
        let mut timeouts = Timeouts::none();
        if let Some(idle) = given[0] {
            timeouts = timeouts.idle(idle);
        }
        if let Some(absolute) = given[1] {
            timeouts = timeouts.absolute(absolute);
        }
        let answer = call!(self, set_timeouts, &key, timeouts);
        // A timeout that is longer than time is none.
        let [idle, absolute] = given.map(|span| span.filter(|span| *span < Duration::MAX));
        self.moved(&key, &answer, |reference, number| {
            let created = reference.sessions[number].created;
            let absolute = absolute.map(|span| created + micros(span));
            reference.set_deadlines(number, idle.map(micros), absolute);
        })
    }

    pub(crate) fn expire_in(&mut self, pick: Pick, span: Duration) -> Outcome {
        let key = self.key(pick);
        let answer = call!(self, expire_in, &key, span);
        self.moved(&key, &answer, |reference, number| {
            let at = (span < Duration::MAX).then(|| reference.now + micros(span));
            reference.set_deadlines(number, None, at);
        })
    }

    /// Moves the deadlines of the session that the key leads to, if it is live. One that has
    /// expired by the new ones has ended by the call, which says so.
    fn moved(
        &mut self,
        key: &Key,
        answer: &Result<Session<Data>, LookupError>,
        to: impl FnOnce(&mut Reference, usize),
    ) -> Outcome {
        let found = Self::found(answer.as_ref().map_err(|error| *error))?;
        let possible = self.leads(key);
        let live = possible.iter().find_map(|answer| match answer {
            Found::Session(number) => self.reference.due(*number).is_none().then_some(*number),
            Found::Ended(_) | Found::Unknown => None,
        });
        if let (Some(number), false) = (live, possible.contains(&found)) {
            to(&mut self.reference, number);
            let end = self.reference.sessions[number].end;
            return same(
                "moved deadlines",
                found,
                end.map_or(Found::Session(number), Found::Ended),
            );
        }
        self.agree_among(&possible, found)?;
        let Found::Session(number) = found else { return Ok(()) };
        to(&mut self.reference, number);
        same("the end by moved deadlines", None, self.reference.sessions[number].end)
    }
}

/// How long ago something was that a restored session remembers.
pub(crate) fn ago() -> impl Strategy<Value = Duration> {
    prop_oneof![
        4 => Just(Duration::ZERO),
        4 => Just(secs(5)),
        2 => Just(secs(20)),
        2 => Just(Duration::from_micros(59_999_999)),
        1 => Just(secs(60)),
        2 => Just(secs(199)),
        1 => Just(secs(200)),
    ]
}

/// A timeout that a session is given later, where zero is one too.
pub(crate) fn later() -> impl Strategy<Value = Duration> {
    prop_oneof![
        1 => Just(Duration::ZERO),
        2 => Just(secs(5)),
        4 => Just(secs(20)),
        4 => Just(secs(60)),
        2 => Just(secs(300)),
        1 => Just(Duration::MAX),
    ]
}
