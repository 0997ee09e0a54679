//! The operations.

use tenure::collection::{
    CollectionTime, Op, Outcome, RecordKey, Request, StoredEnd, StoredSession,
};

use super::{Record, State};

fn done(version: u32) -> Outcome {
    Outcome::Done { version }
}

impl State {
    pub(super) fn apply(&mut self, now: CollectionTime, request: &Request) -> Outcome {
        let key = request.key;
        if let Op::Insert { not_after, epoch, .. } = &request.op {
            let stale = *epoch != self.epoch && self.on("insert: of this epoch")
                || now > *not_after && self.on("insert: not after its last moment")
                || now == *not_after && !self.on("insert: at its last moment");
            let there = self.records.contains_key(&key) && !self.on("insert: stale first");
            if stale && !there {
                return Outcome::Stale;
            }
        }
        if let Op::Rotate { .. } = &request.op {
            return self.rotate(now, request);
        }
        match (self.records.get(&key).cloned(), &request.op) {
            (Some(Record::End(_)), Op::Touch { .. }) if !self.on("touch: of an end") => done(0),
            (Some(Record::End(_)), Op::Insert { session, .. }) if !self.on("insert: of an end") => {
                self.insert(now, key, session)
            }
            (Some(Record::End(end)), Op::Remove { reason, .. }) if !self.on("remove: once") => {
                self.end(key, StoredEnd { reason: reason.clone(), ..end });
                done(0)
            }
            (Some(Record::End(_)), Op::Load) if !self.on("load: of an end") => Outcome::Missing,
            (Some(Record::End(end)), _) => Outcome::Ended(Box::new(end)),
            (Some(Record::Live { session, noted }), op) => {
                self.apply_to_live(now, key, session, noted, op)
            }
            (None, Op::Insert { session, .. }) => self.insert(now, key, session),
            (None, Op::Remove { reason, id, fence }) => {
                let fence = *fence && self.on("remove: a fence")
                    || !fence && !self.on("remove: no end of nothing");
                if !fence {
                    return Outcome::Missing;
                }
                self.end(key, StoredEnd { id: *id, ..StoredEnd::new(reason, now, 0) });
                done(0)
            }
            (None, Op::Touch { used, .. }) if !self.on("touch: creates nothing") => {
                let session = StoredSession::new(1, *used, vec![]);
                self.records.insert(key, Record::Live { session, noted: None });
                Outcome::Missing
            }
            (None, _) => Outcome::Missing,
        }
    }

    fn insert(&mut self, now: CollectionTime, key: RecordKey, session: &StoredSession) -> Outcome {
        if let Err(full) = self.admit(now, session.principal.as_deref()) {
            return full;
        }
        let mut session = session.clone();
        if self.on("insert: used now at the latest") {
            session.used = session.used.min(now);
        }
        if !self.on("insert: every field") {
            session.host = None;
        }
        if !self.on("insert: no seq") {
            self.next_seq();
        }
        let version = session.version;
        self.records.insert(key, Record::Live { session, noted: None });
        done(version)
    }

    fn apply_to_live(
        &mut self,
        now: CollectionTime,
        key: RecordKey,
        mut session: StoredSession,
        mut noted: Option<(u64, CollectionTime)>,
        op: &Op,
    ) -> Outcome {
        let outcome = match op {
            Op::Insert { session: new, .. } => {
                let same = new.nonce == session.nonce;
                let over = same && !self.on("insert: a repetition writes nothing")
                    || !same && !self.on("insert: another exists");
                if over {
                    return self.insert(now, key, new);
                }
                return if same && self.on("insert: by nonce") {
                    done(session.version)
                } else {
                    Outcome::Exists
                };
            }
            Op::Touch { used, busy_until } => {
                let kept = kept(&session, self.policy.grace);
                if kept.is_some_and(|kept| now >= kept) && !self.on("touch: when overdue") {
                    return Outcome::Missing;
                }
                let given =
                    if self.on("touch: now at the latest") { (*used).min(now) } else { *used };
                session.used =
                    if self.on("touch: forward") { session.used.max(given) } else { given };
                let busy = session.busy_until.max(*busy_until);
                session.busy_until = if self.on("touch: busy") { busy } else { *busy_until };
                done(session.version)
            }
            Op::Remove { reason, id, .. } => {
                let id = id.filter(|_| self.on("remove: its id"));
                let at = if self.on("remove: the time") { now } else { session.created };
                let reason =
                    if self.on("remove: the reason") { reason.as_str() } else { "removed" };
                self.end(key, StoredEnd { id, ..StoredEnd::new(reason, at, 0) });
                return done(0);
            }
            Op::Load => {
                let grace = if self.on("load: in the grace") {
                    self.policy.grace
                } else {
                    std::time::Duration::ZERO
                };
                let end = kept(&session, grace);
                let at_the_end = end == Some(now) && !self.on("load: not at the end of the grace");
                let idle = end.is_some_and(|end| now >= end) && !at_the_end;
                let past = session.deadline.is_some_and(|deadline| now >= deadline);
                if idle && self.on("load: not after the grace")
                    || past && self.on("load: not past the deadline")
                {
                    return Outcome::Missing;
                }
                if self.on("load: marks it used") {
                    session.used = now;
                }
                Outcome::Live(Box::new(session.clone()))
            }
            Op::Update { nonce, version, token, data } => {
                let next = version.wrapping_add(1);
                let same = session.nonce == *nonce || !self.on("update: of this session");
                if same && (session.version == *version || !self.on("update: of this version")) {
                    session.version =
                        if self.on("update: wraps") { next } else { version.saturating_add(1) };
                    (session.token, session.data) = (*token, data.clone());
                    if self.on("update: a seq") {
                        noted = Some((self.next_seq(), now));
                    }
                    done(session.version)
                } else if same
                    && session.version == next
                    && (session.token == *token && self.on("update: a repetition")
                        || !self.on("update: by token"))
                {
                    done(next)
                } else {
                    if !self.on("update: a conflict is no use") {
                        session.used = now;
                    }
                    Outcome::Live(Box::new(session.clone()))
                }
            }
            Op::Rotate { .. } => return Outcome::Missing,
        };
        self.records.insert(key, Record::Live { session, noted });
        outcome
    }

    fn rotate(&mut self, now: CollectionTime, request: &Request) -> Outcome {
        let Op::Rotate { to, track, id } = &request.op else { return Outcome::Missing };
        let new = self.records.get(&to.key).cloned();
        match self.records.get(&request.key).cloned() {
            Some(Record::End(end))
                if end.successor == Some(*to) && self.on("rotate: a repetition")
                    || end.successor.is_some() && !self.on("rotate: to this successor") =>
            {
                let version = |record| match record {
                    Record::Live { session, .. } => session.version,
                    Record::End(_) => 0,
                };
                done(new.map_or(0, version))
            }
            Some(Record::End(end)) => Outcome::Ended(Box::new(end)),
            _ if new.is_some() && self.on("rotate: to a free key") => Outcome::Exists,
            None => Outcome::Missing,
            Some(Record::Live { mut session, noted }) => {
                if self.on("rotate: the name for logs") {
                    session.track = Some(*track);
                }
                let (version, key) = (session.version, request.key);
                let noted = noted.filter(|_| !self.on("rotate: the change is listed no longer"));
                if self.on("rotate: ends the old") {
                    let successor = Some(*to).filter(|_| self.on("rotate: the successor"));
                    let end = StoredEnd::new("replaced", now, 0);
                    self.end(key, StoredEnd { id: *id, successor, ..end });
                }
                self.records.insert(to.key, Record::Live { session, noted });
                done(version)
            }
        }
    }
}

/// Until when it is given out.
pub(super) fn kept(session: &StoredSession, grace: std::time::Duration) -> Option<CollectionTime> {
    let idle = session.idle?;
    let end = session.used.saturating_add(idle).saturating_add(grace);
    Some(end).filter(|end| end.as_micros() < u64::MAX)
}
