//! The reference: everything that ever was, in vectors, searched from end to end.

use std::time::Duration;

use tenure::events::EventKind;
use tenure::{EndReason, SessionId};
use time::OffsetDateTime;

use crate::events::News;
use crate::names::Name;
use crate::op::{Choice, Own, Wanted};
use crate::setup::Setup;
use crate::tombstones::{End, Tombstones, micros};

/// One session, live or ended. Its place in the vector is its creation number.
pub(crate) struct Record {
    pub(crate) wanted: Wanted,
    pub(crate) id: SessionId,
    pub(crate) idle: Option<u64>,
    /// The deadline, not the timeout.
    pub(crate) absolute: Option<u64>,
    pub(crate) created: u64,
    pub(crate) last_active: u64,
    pub(crate) leases: u32,
    /// Touched or leased since it was created.
    pub(crate) touched: bool,
    pub(crate) end: Option<End>,
    pub(crate) tombstone: Option<usize>,
}

pub(crate) struct Reference {
    pub(crate) setup: Setup,
    pub(crate) now: u64,
    pub(crate) wall: OffsetDateTime,
    pub(crate) step: usize,
    pub(crate) sessions: Vec<Record>,
    pub(crate) tombstones: Tombstones,
    pub(crate) closed: bool,
    pub(crate) peak: usize,
    pub(crate) rotated: u64,
    pub(crate) names: Vec<Name>,
    /// The latest `now` ever.
    pub(crate) latest: u64,
    /// What a subscriber must be told that it was not told yet.
    pub(crate) news: Vec<News>,
}

impl Reference {
    pub(crate) fn new(setup: Setup, wall: OffsetDateTime) -> Self {
        Self {
            now: 0,
            wall,
            step: 0,
            sessions: Vec::new(),
            tombstones: Tombstones::new(setup.rest.tombstones, setup.rest.keep),
            closed: false,
            peak: 0,
            rotated: 0,
            names: Vec::new(),
            latest: 0,
            news: Vec::new(),
            setup,
        }
    }

    /// Starts a step at this time.
    pub(crate) fn begin(&mut self, now: u64, wall: OffsetDateTime) {
        self.step += 1;
        self.now = now;
        self.wall = wall;
        self.latest = self.latest.max(now);
        self.tombstones.age(now);
    }

    /// The numbers of the sessions that have not ended, expired ones included.
    pub(crate) fn live(&self) -> Vec<usize> {
        (0..self.sessions.len()).filter(|&i| self.sessions[i].end.is_none()).collect()
    }

    /// When a session expires and of what. Idle time runs only while it is neither in use nor
    /// pinned; where both deadlines fall together the absolute one counts.
    pub(crate) fn deadline(&self, number: usize) -> Option<(u64, EndReason)> {
        let record = &self.sessions[number];
        let idles = record.leases == 0 && !record.wanted.pinned;
        let idle = record.idle.filter(|_| idles).map(|span| record.last_active + span);
        let absolute = record.absolute.map(|at| (at, EndReason::AbsoluteTimeout));
        let idle = idle.map(|at| (at, EndReason::IdleTimeout));
        // `min_by_key` returns the first of equals.
        absolute.into_iter().chain(idle).min_by_key(|(at, _)| *at)
    }

    /// When it may expire at the earliest: an idle timeout that has yet to begin begins now.
    pub(crate) fn expires_at(&self, number: usize) -> Option<u64> {
        let record = &self.sessions[number];
        let from =
            if record.leases > 0 { self.now.max(record.last_active) } else { record.last_active };
        let idle = record.idle.filter(|_| !record.wanted.pinned).map(|span| from + span);
        let ends = record.absolute.into_iter().chain(idle).min();
        ends.filter(|_| record.end.is_none())
    }

    /// Gives a session other deadlines, and ends it if it has expired by them.
    pub(crate) fn set_deadlines(
        &mut self,
        number: usize,
        idle: Option<u64>,
        absolute: Option<u64>,
    ) {
        (self.sessions[number].idle, self.sessions[number].absolute) = (idle, absolute);
        if let Some(reason) = self.due(number) {
            self.end(number, reason);
        }
    }

    /// Why a session has expired by now, if it has.
    pub(crate) fn due(&self, number: usize) -> Option<EndReason> {
        self.deadline(number).filter(|(at, _)| *at <= self.now).map(|(_, reason)| reason)
    }

    pub(crate) fn end(&mut self, number: usize, reason: EndReason) {
        let tombstone = self.tombstones.insert(self.now, self.step);
        let (at, wall) = (self.now, self.wall);
        let record = &mut self.sessions[number];
        assert!(record.end.is_none(), "the reference ends a session twice");
        record.end = Some(End { reason, at, wall, last_active: record.last_active });
        record.tombstone = Some(tombstone);
        self.happened(EventKind::Ended, number);
    }

    /// Ends every session that has expired by now.
    pub(crate) fn reap(&mut self) -> usize {
        let due: Vec<_> = self.live().into_iter().filter_map(|i| Some((i, self.due(i)?))).collect();
        for &(number, reason) in &due {
            self.end(number, reason);
        }
        due.len()
    }

    /// Idle, and absolute.
    pub(crate) fn timeouts(&self, wanted: &Wanted) -> [Option<u64>; 2] {
        let timeout = |own, default: Option<Duration>| match own {
            Own::Default => default.map(micros),
            Own::Off => None,
            Own::After(span) => Some(micros(span)),
        };
        let idle = timeout(wanted.idle, self.setup.idle()).filter(|_| !wanted.pinned);
        [idle, timeout(wanted.absolute, self.setup.absolute())]
    }

    pub(crate) fn add(&mut self, wanted: Wanted, id: SessionId) -> usize {
        let [idle, absolute] = self.timeouts(&wanted);
        let (age, idle_for) = wanted.past.unwrap_or_default();
        let created = self.now - micros(age);
        self.sessions.push(Record {
            wanted,
            id,
            idle,
            absolute: absolute.map(|span| created + span),
            created,
            last_active: self.now - micros(idle_for),
            leases: 0,
            touched: false,
            end: None,
            tombstone: None,
        });
        let session = self.sessions.len() - 1;
        self.names.push(Name { id, session, rotated: None });
        self.peak = self.peak.max(self.live().len());
        self.happened(EventKind::Created, session);
        session
    }

    pub(crate) fn rename(&mut self, session: usize, new: SessionId) {
        let tombstone = self.tombstones.insert(self.now, self.step);
        let old = self.sessions[session].id;
        let last_active = self.sessions[session].last_active;
        let end = End { reason: EndReason::Replaced, at: self.now, wall: self.wall, last_active };
        let name = self.names.iter_mut().rev().find(|name| name.id == old);
        name.expect("every session has a name").rotated = Some((tombstone, end, new));
        self.names.push(Name { id: new, session, rotated: None });
        self.sessions[session].id = new;
        self.rotated += 1;
        self.happened(EventKind::Rotated, session);
    }

    /// The sessions that these conditions mean, expired ones among them, oldest first.
    pub(crate) fn select(&self, choice: &Choice) -> Vec<usize> {
        let fits = |wish: Option<usize>, is: Option<usize>| wish.is_none() || wish == is;
        let mut chosen = self.live();
        chosen.retain(|&number| {
            let record = &self.sessions[number];
            let wanted = &record.wanted;
            fits(choice.principal, wanted.principal)
                && fits(choice.originator, wanted.originator)
                && fits(choice.host, wanted.host)
                && choice.parity.is_none_or(|parity| wanted.tag % 2 == parity)
        });
        chosen.sort_by_key(|&number| (self.sessions[number].last_active, number));
        chosen
    }
}
