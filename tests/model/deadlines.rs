//! Moves deadlines on both sides, and the spans that they are drawn from.

use std::time::Duration;

use proptest::prelude::*;
use tenure::{LookupError, Session, Timeouts};

use crate::common::secs;
use crate::keys::{Key, call};
use crate::names::Found;
use crate::op::{Data, Pick};
use crate::pair::{Outcome, Pair};
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
        let Some(number) = self.moved(&key, &answer)? else { return Ok(()) };
        // A timeout that is longer than time is none.
        let [idle, absolute] = given.map(|span| span.filter(|span| *span < Duration::MAX));
        let created = self.reference.sessions[number].created;
        let absolute = absolute.map(|span| created + micros(span));
        self.reference.set_deadlines(number, idle.map(micros), absolute);
        Ok(())
    }

    pub(crate) fn expire_in(&mut self, pick: Pick, span: Duration) -> Outcome {
        let key = self.key(pick);
        let answer = call!(self, expire_in, &key, span);
        let Some(number) = self.moved(&key, &answer)? else { return Ok(()) };
        let at = (span < Duration::MAX).then(|| self.reference.now + micros(span));
        self.reference.set_deadlines(number, None, at);
        Ok(())
    }

    /// The session whose deadlines were moved.
    fn moved(
        &mut self,
        key: &Key,
        answer: &Result<Session<Data>, LookupError>,
    ) -> Outcome<Option<usize>> {
        let found = Self::found(answer.as_ref().map_err(|error| *error))?;
        self.agree(key, found)?;
        let Found::Session(number) = found else { return Ok(None) };
        Ok(Some(number))
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
