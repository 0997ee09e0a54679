//! What requests do.

use super::fault::Fault;
use super::load::principals;
use super::options::RedbDurability;
use super::state::State;
use super::tables::Tables;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::{Op, Request};
use crate::collection::outcome::{Answer, Expired, Opened, Outcome, PrincipalEnded};
use crate::collection::records::{Decision, Records, Write};
use crate::collection::stamp::CollectionTime;
use crate::tick::Tick;

/// More bytes of data than this are refused. redb takes a little less than three times as many.
pub(super) const MOST_DATA: usize = 1 << 30;

impl State {
    pub(super) fn open_as(
        &mut self,
        tick: Tick,
        fingerprint: Fingerprint,
    ) -> Result<Opened, CollectionError> {
        self.sync(tick)?;
        let (now, open) = self.ready(tick)?;
        let known = open.records.meta().fingerprint;
        let opened = open.records.open(now, fingerprint)?;
        if known.is_none() {
            self.transact(tick, self.durability(), |_, _, _| Ok(((), true)))?;
        }
        Ok(opened)
    }

    pub(super) fn apply(
        &mut self,
        tick: Tick,
        requests: &[Request],
    ) -> Result<Answer, CollectionError> {
        let (now, open) = self.ready(tick)?;
        let stamp = open.records.stamp(now);
        let is_asked = |request| needs_file(&open.records, request);
        let outcomes = if requests.iter().any(is_asked) {
            self.transact(tick, self.durability_of(requests), |now, records, tables| {
                let (mut writes, mut wrote, seq) = (Vec::new(), false, records.meta().seq);
                let mut outcomes = Vec::with_capacity(requests.len());
                for request in requests {
                    outcomes.push(one(now, records, tables, request, &mut writes, &mut wrote)?);
                }
                Ok((outcomes, wrote || records.meta().seq != seq))
            })?
        } else {
            let decide = |request| match open.records.apply(now, request, &mut Vec::new()) {
                Decision::Outcome(outcome) => Ok(outcome),
                Decision::Live => Ok(Outcome::Missing),
            };
            requests.iter().map(decide).collect()
        };
        Ok(Answer { stamp, outcomes })
    }

    pub(super) fn expire(
        &mut self,
        tick: Tick,
        at_most: usize,
    ) -> Result<Expired, CollectionError> {
        let (now, open) = self.ready(tick)?;
        let (before, mut writes) = (open.records.meta(), Vec::new());
        let expired = open.records.expire(now, at_most, &mut writes);
        if writes.is_empty() && open.records.meta() == before {
            // The last call of a refresh: what it told of use is on the disk with this.
            if self.durability() == RedbDurability::Immediate {
                self.sync(tick)?;
            }
            return Ok(expired);
        }
        self.transact(tick, self.durability(), |_, records, tables| {
            tables.write(records, writes.into_iter(), None, None)?;
            Ok((expired, true))
        })
    }

    pub(super) fn end_principal(
        &mut self,
        tick: Tick,
        of: (&str, &str),
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        let (now, open) = self.ready(tick)?;
        if !open.records.knows_principals() {
            let principals = principals(&open.db)?;
            open.records.learn_principals(principals);
        }
        let mut writes = Vec::new();
        let ended = open.records.end_principal(now, of, except, at_most, &mut writes);
        if writes.is_empty() {
            return Ok(ended);
        }
        self.transact(tick, self.durability(), |_, records, tables| {
            tables.write(records, writes.into_iter(), None, None)?;
            Ok((ended, true))
        })
    }
}

impl State {
    /// That sessions were used need not be on the disk before the refresh is good: a crash that
    /// takes it back is, to the sessions, one refresh that failed.
    fn durability_of(&self, requests: &[Request]) -> RedbDurability {
        let is_use = |request: &Request| matches!(request.op, Op::Touch { .. } | Op::Load);
        if requests.iter().all(is_use) { RedbDurability::Eventual } else { self.durability() }
    }
}

/// Whether a request may read the file, or change it.
fn needs_file(records: &Records, request: &Request) -> bool {
    let writes_anew = matches!(request.op, Op::Insert { .. } | Op::Remove { fence: true, .. });
    writes_anew || records.head(request.key).is_some()
}

fn one(
    now: CollectionTime,
    records: &mut Records,
    tables: &mut Tables<'_>,
    request: &Request,
    writes: &mut Vec<Write>,
    wrote: &mut bool,
) -> Result<Result<Outcome, CollectionError>, Fault> {
    let key = request.key;
    let data = match &request.op {
        Op::Insert { session, .. } => session.data.len(),
        Op::Update { data, .. } => data.len(),
        _ => 0,
    };
    if data > MOST_DATA {
        let reason = format!("{data} bytes of data, and {MOST_DATA} at most");
        return Ok(Err(CollectionError::not_applied(reason)));
    }
    // Before anything is decided, so that nothing is if it cannot be read.
    let mut body = None;
    let reads = matches!(request.op, Op::Load | Op::Update { .. } | Op::Rotate { .. });
    if reads && records.head(key).is_some() {
        match tables.body(key)? {
            Ok(session) => body = Some(session),
            Err(unreadable) => return Ok(Err(unreadable)),
        }
    }
    let decision = records.apply(now, request, writes);
    *wrote |= !writes.is_empty();
    tables.write(records, writes.drain(..), Some(&request.op), body.as_deref_mut())?;
    Ok(Ok(match (decision, body, records.head(key)) {
        (Decision::Outcome(outcome), _, _) => outcome,
        (Decision::Live, Some(mut session), Some(head)) => {
            head.put_into(&mut session);
            Outcome::Live(session)
        }
        (Decision::Live, _, _) => Outcome::Missing,
    }))
}
