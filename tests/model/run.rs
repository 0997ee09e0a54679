//! Runs one operation on both sides and compares their answers.

use tenure::{AcquireError, Clock, EndOutcome, Lease, RotateError, Session, SessionId};

use crate::keys::{Key, call};
use crate::names::{Claimed, Found};
use crate::op::{Claim, Data, EndAs, Op, Pick};
use crate::pair::{Outcome, Pair, same};
use crate::tombstones::micros;

impl Pair {
    /// One step.
    pub(crate) fn run(&mut self, op: Op) -> Outcome {
        self.move_clock(op);
        self.reference.begin(self.clock.now().as_micros(), self.clock.wall());
        match op {
            Op::Create(wanted, repeat) => self.create(wanted, repeat),
            Op::Acquire(pick) => self.acquire(pick),
            Op::DropLease(index) => {
                self.drop_lease(index);
                Ok(())
            }
            Op::Touch(pick) => self.touch(pick),
            Op::Peek(pick) => {
                let key = self.key(pick);
                let answer = call!(self, peek, &key);
                self.lookup(&key, answer.as_ref().map_err(|error| *error)).map(|_| ())
            }
            Op::End(pick) => {
                let key = self.key(pick);
                let answer = call!(self, end, &key);
                self.ending(&key, answer, EndAs::LOGGED_OUT)
            }
            Op::EndAs(pick, how) => {
                let key = self.key(pick);
                let answer = call!(self, end_as, &key, how.how());
                self.ending(&key, answer, how)
            }
            Op::Rotate(pick, repeat) => self.rotate(pick, repeat),
            Op::SetTimeouts(pick, timeouts) => self.set_timeouts(pick, timeouts),
            Op::ExpireIn(pick, span) => self.expire_in(pick, span),
            Op::EndWhere(choice) => {
                let answer = self.store.end_where(&self.selector(&choice));
                self.bulk(answer, &choice, EndAs::LOGGED_OUT)
            }
            Op::EndWhereAs(choice, how) => {
                let answer = self.store.end_where_as(&self.selector(&choice), how.how());
                self.bulk(answer, &choice, how)
            }
            Op::List(choice) => self.list(&choice),
            Op::ListPages(choice, size) => self.pages(choice, size),
            Op::Reap => self.reap(),
            Op::ReapAtMost(steps) => self.reap_at_most(steps).map(|_| ()),
            Op::ReapInSteps(steps) => self.reap_in_steps(steps),
            Op::NextDeadline => {
                let answer = self.store.next_deadline();
                self.promise(answer)
            }
            Op::Pressure(top) => self.pressure(top),
            Op::Hook(index) => {
                if let Some(last) = self.handles.len().checked_sub(1) {
                    self.hook(usize::from(index) % (last + 1));
                }
                Ok(())
            }
            Op::Close => self.close(),
            Op::Advance(_) | Op::SetBack(_) | Op::JumpWall(_) => Ok(()),
        }
    }

    fn move_clock(&mut self, op: Op) {
        match op {
            Op::Advance(span) => self.clock.advance(span),
            Op::SetBack(span) if self.reference.setup.rest.hostile => {
                self.clock.set_back(span);
                // What an application was told before means nothing on such a clock.
                self.wake = None;
            }
            Op::JumpWall(days) => self.clock.jump_wall(time::Duration::days(days)),
            _ => {}
        }
    }

    fn acquire(&mut self, pick: Pick) -> Outcome {
        let key = self.key(pick);
        let answer = call!(self, acquire, &key);
        let found = answer.as_ref().map(Lease::session).map_err(|error| *error);
        if let Some(number) = self.lookup(&key, found)? {
            let now = self.reference.now;
            let record = &mut self.reference.sessions[number];
            record.last_active = record.last_active.max(now);
            record.leases += 1;
            record.touched = true;
            self.leases.extend(answer.map(|lease| (number, lease)));
        }
        Ok(())
    }

    fn drop_lease(&mut self, index: u16) {
        if self.leases.is_empty() {
            return;
        }
        let index = usize::from(index) % self.leases.len();
        let (number, lease) = self.leases.remove(index);
        drop(lease);
        let now = self.reference.now;
        let record = &mut self.reference.sessions[number];
        record.leases -= 1;
        if record.end.is_none() {
            record.last_active = record.last_active.max(now);
        }
    }

    fn touch(&mut self, pick: Pick) -> Outcome {
        let key = self.key(pick);
        let answer = call!(self, touch, &key);
        if let Some(number) = self.lookup(&key, answer.as_ref().map_err(|error| *error))? {
            let (now, resolution) = (self.reference.now, self.reference.setup.rest.resolution);
            let record = &mut self.reference.sessions[number];
            let idle = record.idle.filter(|_| !record.wanted.pinned).unwrap_or(u64::MAX);
            if now >= record.last_active + micros(resolution).min(idle / 2) {
                record.last_active = record.last_active.max(now);
            }
            record.touched = true;
        }
        Ok(())
    }

    /// Compares and counts the answer of touch, acquire or peek, and returns the session.
    fn lookup(
        &mut self,
        key: &Key,
        answer: Result<&Session<Data>, impl Into<AcquireError>>,
    ) -> Outcome<Option<usize>> {
        let found = Self::found(answer)?;
        self.agree(key, found)?;
        match found {
            Found::Session(number) => {
                self.tally.hit += 1;
                return Ok(Some(number));
            }
            Found::Ended(_) => self.tally.ended += 1,
            Found::Unknown => self.tally.unknown += 1,
        }
        Ok(None)
    }

    fn ending(&mut self, key: &Key, answer: EndOutcome, how: EndAs) -> Outcome {
        let found = match answer {
            EndOutcome::AlreadyEnded(tombstone) => Found::Ended(tombstone.into()),
            EndOutcome::Unknown => Found::Unknown,
            EndOutcome::Ended(_) | EndOutcome::Kept => {
                // Both mean that the key led to a session; only one can be meant.
                let is_session = |found: &Found| matches!(found, Found::Session(_));
                let mut possible = self.leads(key);
                possible.retain(is_session);
                *possible.first().ok_or(format!("{answer:?} of a key that leads nowhere"))?
            }
            other => return Err(format!("an outcome nobody knows: {other:?}")),
        };
        self.agree(key, found)?;
        let Found::Session(number) = found else {
            return Ok(());
        };
        if self.reference.sessions[number].wanted.pinned && !how.pinned_too {
            return same("the end of a pinned session", answer, EndOutcome::Kept);
        }
        self.reference.end(number, how.reason);
        let EndOutcome::Ended(tombstone) = answer else {
            return Err("it was kept".into());
        };
        same("the tombstone", Some(tombstone.into()), self.reference.sessions[number].end)
    }

    fn rotate(&mut self, pick: Pick, claim: Option<Claim>) -> Outcome {
        let key = self.key(pick);
        let claimed = self.claim(claim);
        let answer = match claimed {
            Some((new, true)) => call!(self, rotate_to, &key, new),
            _ => call!(self, rotate, &key),
        };
        self.ids.clear();
        let refused = match &answer {
            Err(RotateError::IdInUse) => Some(Claimed::InUse),
            Err(RotateError::IdEnded(end)) => Some(Claimed::Ended((*end).into())),
            _ => None,
        };
        if let Some(refused) = refused {
            return self.refused_rotation(&key, claimed.map(|(new, _)| new), refused);
        }
        let found = match &answer {
            Ok(session) => Found::Session(session.data().number),
            Err(RotateError::Lookup(error)) => Self::found(Err(*error))?,
            Err(other) => return Err(format!("rotate answered {other}")),
        };
        self.agree_among(&self.leads_now(&key), found)?;
        let (Found::Session(number), Ok(session)) = (found, answer) else {
            return Ok(());
        };
        if let Some((new, _)) = claimed {
            same("the new id", session.id(), new)?;
            self.claimed(new, Claimed::Free)?;
        }
        self.reference.rename(number, session.id());
        Ok(())
    }

    /// A rotation may be refused if the new id is taken, and the old one leads to a session.
    fn refused_rotation(&mut self, old: &Key, new: Option<SessionId>, claimed: Claimed) -> Outcome {
        let goes_on = |found: &Found| match found {
            Found::Session(number) => self.reference.due(*number).is_none(),
            _ => false,
        };
        if !self.leads_now(old).iter().any(goes_on) {
            return Err("a rotation was refused for its new id, and the old one led nowhere".into());
        }
        self.claimed(new.ok_or("an id was refused that nobody repeated")?, claimed)
    }
}
