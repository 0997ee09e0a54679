//! Creates a session on both sides.

use std::sync::Arc;
use std::time::Duration;

use tenure::store::Shortage;
use tenure::{CreateError, NewSession, Session, Tick};

use crate::admission::{Refusal, Why};
use crate::common::id;
use crate::names::Claimed;
use crate::op::{Claim, Data, Own, Wanted};
use crate::pair::{Outcome, Pair, same};
use crate::setup::{HOSTS, ORIGINATORS, PRINCIPALS};
use crate::tombstones::micros;

/// An id that no session ever gets.
const NEVER_GIVEN: u128 = u128::MAX - 1;

impl Pair {
    pub(crate) fn create(&mut self, wanted: Wanted, claim: Option<Claim>) -> Outcome {
        let mut new = self.newcomer(&wanted);
        let claimed = self.claim(claim);
        if let Some((id, true)) = claimed {
            new = new.id(id);
        }
        let answer = self.store.create(new);
        self.ids.clear();
        // Where the call failed without a claim, it drew an id that was never given out.
        let drawn = answer.as_ref().ok().map(Session::id);
        let id = claimed.map(|(id, _)| id).or(drawn).unwrap_or_else(|| id(NEVER_GIVEN));
        let early = self.reference.refuses_early(&wanted);
        if let Some(early) = early {
            let refusal = answer.as_ref().err().map(refusal).transpose()?;
            return same("refused early because", refusal, Some(early));
        }
        match &answer {
            Err(CreateError::IdInUse) => return self.claimed(id, Claimed::InUse),
            Err(CreateError::IdEnded(end)) => {
                return self.claimed(id, Claimed::Ended((*end).into()));
            }
            _ => self.claimed(id, Claimed::Free)?,
        }
        let refusal = answer.as_ref().err().map(refusal).transpose()?;
        let number = match (self.reference.admit(wanted, id), answer) {
            (Ok(number), Ok(session)) => {
                same("the new id", session.id(), id)?;
                self.handles.push(session);
                number
            }
            (Err(expected), Err(_)) => {
                if let Refusal::Full { limit, .. } = expected {
                    self.tally.rejected[limit as usize] += 1;
                }
                return same("refused because", refusal, Some(expected));
            }
            (expected, answer) => {
                return Err(format!("create: {answer:?}, the reference says {expected:?}"));
            }
        };
        self.newborn(number, &wanted)
    }

    fn newcomer(&mut self, wanted: &Wanted) -> NewSession<Data> {
        let number = self.handles.len();
        self.made += 1;
        let dropped = Arc::clone(&self.dropped);
        let mut new = NewSession::new(Data { number, tag: wanted.tag, dropped })
            .principal(wanted.principal.map(|index| PRINCIPALS[index]))
            .originator(wanted.originator.map(|index| ORIGINATORS[index]))
            .host(wanted.host.map(|index| HOSTS[index]));
        if wanted.pinned {
            new = new.pinned();
        }
        if wanted.privileged {
            new = new.privileged();
        }
        if let Some((age, idle)) = wanted.past {
            new = new.age(age).idle_for(idle);
        }
        let timeout = |own| match own {
            Own::Default => None,
            Own::Off => Some(None),
            Own::After(span) => Some(Some(span)),
        };
        if let Some(idle) = timeout(wanted.idle) {
            new = new.idle_timeout(idle);
        }
        if let Some(absolute) = timeout(wanted.absolute) {
            new = new.absolute_timeout(absolute);
        }
        new
    }

    /// What a handle says about a session that was just created.
    fn newborn(&mut self, number: usize, wanted: &Wanted) -> Outcome {
        let session = &self.handles[number];
        let name = |names: &[&'static str], index: Option<usize>| index.map(|i| names[i]);
        same("number", session.data().number, number)?;
        same("principal", session.principal(), name(&PRINCIPALS, wanted.principal))?;
        same("originator", session.originator(), name(&ORIGINATORS, wanted.originator))?;
        same("host", session.host(), name(&HOSTS, wanted.host))?;
        same(
            "created",
            session.created_at(),
            Tick::from_micros(self.reference.sessions[number].created),
        )?;
        same("pinned", session.is_pinned(), wanted.pinned)?;
        same("privileged", session.is_privileged(), wanted.privileged)?;
        self.tracks.push(session.track_id());
        self.hook(number);
        Ok(())
    }
}

fn refusal(error: &CreateError) -> Outcome<Refusal> {
    let micros = |span: &Duration| micros(*span);
    Ok(match error {
        CreateError::ZeroTimeout { .. } => Refusal::ZeroTimeout,
        CreateError::IdleBeyondAge { .. } => Refusal::IdleBeyondAge,
        CreateError::Expired { which, since, .. } => {
            Refusal::Expired { idle: *which == "idle", since: micros(since) }
        }
        CreateError::Closed => Refusal::Closed,
        CreateError::Full { limit, live, max, why } => {
            let why = match why {
                Shortage::Rejecting => Why::Rejecting,
                Shortage::Reserved { reserve } => Why::Reserved { reserve: *reserve },
                Shortage::AllInUse => Why::AllInUse,
                Shortage::TooYoung { idle, .. } => Why::TooYoung { idle: micros(idle) },
                other => return Err(format!("a shortage nobody knows: {other}")),
            };
            Refusal::Full { limit: *limit, live: *live, max: *max, why }
        }
        other => return Err(format!("create answered {other}")),
    })
}
