//! What each request does to a record, as the contract says. No SQL.

use tenure::collection::{
    CollectionTime, Op, Outcome, Policy, RecordKey, Request, Stamp, StoredEnd, StoredSession,
};

/// What is kept under a key.
pub(crate) enum Record {
    Live(StoredSession),
    Ended(StoredEnd),
}

/// What comes of a request, and what is to be written.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    pub(crate) writes: Vec<(RecordKey, Record)>,
    /// The place in the feed of the record that was asked about, if it gets another.
    pub(crate) seq: Option<u64>,
}

impl Decision {
    fn only(outcome: Outcome) -> Self {
        Self { outcome, writes: Vec::new(), seq: None }
    }

    fn done(version: u32) -> Self {
        Self::only(Outcome::Done { version })
    }

    fn write(mut self, key: RecordKey, record: Record) -> Self {
        self.writes.push((key, record));
        self
    }
}

/// What a request comes to, given the record that is there, and the one under its
/// [other key](other_key).
pub(crate) fn decide(
    record: Option<Record>,
    other: Option<Record>,
    Request { key, op }: Request,
    now: Stamp,
    policy: &Policy,
) -> Decision {
    let (time, next) = (now.time, now.seq + 1);
    let live = match (record, &op) {
        (_, Op::Insert { not_after, epoch, .. }) if *epoch != now.epoch || time > *not_after => {
            return Decision::only(Outcome::Stale);
        }
        // The rotation was done before.
        (Some(Record::Ended(end)), Op::Rotate { to, .. }) if end.successor == Some(*to) => {
            let live =
                |record| if let Record::Live(live) = record { Some(live.version) } else { None };
            return Decision::done(other.and_then(live).unwrap_or(0));
        }
        (Some(Record::Ended(end)), _) => return Decision::only(Outcome::Ended(Box::new(end))),
        (Some(Record::Live(live)), _) => Some(live),
        (None, _) => None,
    };
    let Some(mut live) = live else {
        return match op {
            Op::Insert { mut session, .. } => {
                session.used = session.used.min(time);
                Decision::done(session.version).write(key, Record::Live(*session))
            }
            Op::Remove { reason, id, fence: true } => {
                let end = StoredEnd { id, ..StoredEnd::new(reason, time, next) };
                let decision = Decision::done(0).write(key, Record::Ended(end));
                Decision { seq: Some(next), ..decision }
            }
            Op::Rotate { .. } if other.is_some() => Decision::only(Outcome::Exists),
            _ => Decision::only(Outcome::Missing),
        };
    };
    match op {
        Op::Insert { session, .. } if session.nonce == live.nonce => Decision::done(live.version),
        Op::Insert { .. } => Decision::only(Outcome::Exists),
        Op::Touch { used, busy_until } => {
            live.used = live.used.max(used.min(time));
            live.busy_until = live.busy_until.max(busy_until);
            Decision::done(live.version).write(key, Record::Live(live))
        }
        Op::Remove { reason, id, .. } => {
            let end = StoredEnd { id, ..StoredEnd::new(reason, time, next) };
            let decision = Decision::done(0).write(key, Record::Ended(end));
            Decision { seq: Some(next), ..decision }
        }
        Op::Load if is_usable(&live, time, policy) => {
            live.used = live.used.max(time);
            Decision::only(Outcome::Live(Box::new(live.clone()))).write(key, Record::Live(live))
        }
        Op::Load => Decision::only(Outcome::Missing),
        Op::Update { nonce, version, token, data } => {
            if live.nonce != nonce {
                return Decision::only(Outcome::Live(Box::new(live)));
            }
            let after = version.wrapping_add(1);
            if live.version == after && live.token == token {
                return Decision::done(after);
            }
            if live.version != version {
                return Decision::only(Outcome::Live(Box::new(live)));
            }
            (live.version, live.token, live.data) = (after, token, data);
            let decision = Decision::done(after).write(key, Record::Live(live));
            Decision { seq: Some(next), ..decision }
        }
        Op::Rotate { .. } if other.is_some() => Decision::only(Outcome::Exists),
        Op::Rotate { to, track, id } => {
            let end = StoredEnd::new("replaced", time, next);
            let end = StoredEnd { id, successor: Some(to), ..end };
            live.track = Some(track);
            let decision = Decision::done(live.version).write(key, Record::Ended(end));
            Decision { seq: Some(next), ..decision.write(to.key, Record::Live(live)) }
        }
    }
}

/// Another record that a request is about.
pub(crate) fn other_key(op: &Op) -> Option<RecordKey> {
    if let Op::Rotate { to, .. } = op { Some(to.key) } else { None }
}

fn is_usable(session: &StoredSession, now: CollectionTime, policy: &Policy) -> bool {
    let idle = session.idle.map(|idle| session.used.saturating_add(idle + policy.grace));
    let deadlines = [idle, session.deadline];
    deadlines.into_iter().flatten().all(|deadline| now < deadline)
}

/// When there is something to do about a record: to end it, or to forget it.
pub(crate) fn due(record: &Record, policy: &Policy) -> Option<CollectionTime> {
    match record {
        Record::Live(session) => {
            let spare = policy.grace + policy.hold;
            let idle = session.idle.map(|idle| session.used.saturating_add(idle + spare));
            let idle = idle.map(|idle| idle.max(session.busy_until));
            idle.into_iter().chain(session.deadline).min()
        }
        Record::Ended(end) => Some(end.at.saturating_add(policy.keep_ends)),
    }
}

/// Why a session that is due ends.
pub(crate) fn reason(session: &StoredSession, now: CollectionTime) -> &'static str {
    let over = session.deadline.is_some_and(|deadline| deadline <= now);
    if over { "absolute_timeout" } else { "idle_timeout" }
}
