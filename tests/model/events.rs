//! What a subscriber is told, on both sides.
//!
//! The order in which one call ends several sessions for their timeouts or by selector is not
//! defined. That of evictions is: it is the order of the limits.

use tenure::EndReason;
use tenure::events::{Event, EventError, EventKind};

use crate::pair::{Outcome, Pair, same};
use crate::reference::Reference;
use crate::tombstones::End;

/// Something that happened to a session, and how the session was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// For comparing, the first of the sessions that share its track id.
    number: usize,
    kind: EventKind,
    end: Option<End>,
    at: u64,
    wall: time::OffsetDateTime,
    last_active: u64,
    leases: u32,
}

impl Reference {
    pub(crate) fn happened(&mut self, kind: EventKind, number: usize) {
        let record = &self.sessions[number];
        let (last_active, leases) = (record.last_active, record.leases);
        let (end, at, wall) = (record.end, self.now, self.wall);
        self.news.push(News { number, kind, end, at, wall, last_active, leases });
    }
}

impl Pair {
    /// The events since the last time are what the reference says has happened.
    pub(crate) fn check_events(&mut self) -> Outcome {
        let mut told = Vec::new();
        for event in self.told()? {
            let number = event.sequence();
            same("the number of an event", number, self.next_event.unwrap_or(number))?;
            self.next_event = Some(number + 1);
            if event.session().is_some() {
                told.push(self.news(&event)?);
            } else {
                self.pressure_event(&event)?;
            }
        }
        let mut expected = std::mem::take(&mut self.reference.news);
        for news in &mut expected {
            news.number = self.first_of_track(news.number);
        }
        sort_what_is_open(&mut told);
        sort_what_is_open(&mut expected);
        same("the events", told, expected)?;
        // On a clock that was set back there may be more evictions in the last hour than before.
        if self.reference.setup.rest.hostile || self.reference.closed {
            return Ok(());
        }
        same("the alarm by events", self.alarm, self.store.pressure(0).alarm)
    }

    /// All that there is to read.
    fn told(&mut self) -> Outcome<Vec<Event>> {
        let mut told = Vec::new();
        loop {
            match self.events.try_recv() {
                Ok(Some(event)) => told.push(event),
                Ok(None) if !self.reference.closed => return Ok(told),
                Err(EventError::Closed) if self.reference.closed => return Ok(told),
                other => return Err(format!("the subscriber is told {other:?}")),
            }
        }
    }

    fn first_of_track(&self, number: usize) -> usize {
        let track = self.tracks[number];
        self.tracks.iter().position(|known| *known == track).expect("it is one of them")
    }

    fn news(&self, event: &Event) -> Outcome<News> {
        let info = event.session().ok_or("it is about no session")?;
        let number = self.tracks.iter().position(|track| *track == info.track_id());
        Ok(News {
            number: number.ok_or("an event of a stranger")?,
            kind: event.kind(),
            end: event.tombstone().map(End::from),
            at: event.at().as_micros(),
            wall: event.wall(),
            last_active: info.last_active().as_micros(),
            leases: info.leases(),
        })
    }

    /// Raised and cleared take turns, and say what is the case.
    fn pressure_event(&mut self, event: &Event) -> Outcome {
        let raised = event.kind() == EventKind::PressureRaised;
        same("an alarm that is new", raised, !self.alarm)?;
        self.alarm = raised;
        let evictions = event.evictions_last_hour().ok_or("an alarm without a number")?;
        let threshold = u64::from(self.store.pressure(0).threshold);
        same("an alarm that is right", raised, evictions > threshold)
    }
}

/// Puts those in order whose order is open: neighbours that ended, and were not evicted.
fn sort_what_is_open(news: &mut [News]) {
    let is_open =
        |news: &News| news.end.is_some_and(|end| !matches!(end.reason, EndReason::Evicted { .. }));
    for run in news.chunk_by_mut(|a, b| is_open(a) && is_open(b)) {
        // Sessions that share a track id are told apart by the rest.
        let reason = |news: &News| news.end.map(|end| end.reason.to_string());
        run.sort_by_key(|news| (news.number, news.last_active, news.leases, reason(news)));
    }
}
