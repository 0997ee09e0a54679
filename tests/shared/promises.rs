//! What was promised about each session, as the answers to those who used it said.

use tenure::shared::{
    PartlyEnded, PrincipalEnds, RefreshError, RefreshReport, SharedAcquireError, SharedCreateError,
    SharedData, Unacknowledged, UpdateError,
};
use tenure::{EndOutcome, EndReason, Lease, Session, SessionId, TrackId};

use crate::world::World;

/// An operation that is under way.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) op: &'static str,
    pub(crate) on: usize,
    pub(crate) case: usize,
    /// By which id.
    pub(crate) id: Option<SessionId>,
    /// When it began, and how often the collection had been flushed by then.
    pub(crate) began: u64,
    pub(crate) flushes: u64,
    /// When the node's last good refresh before that began.
    pub(crate) refreshed: u64,
    /// Whether the session must be found then.
    pub(crate) certain: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Done {
    Created(Result<Session<SharedData<u64>>, SharedCreateError>),
    Acquired(Result<Lease<SharedData<u64>>, SharedAcquireError>),
    Ended(Result<EndOutcome, Unacknowledged>),
    Rotated(Result<Session<SharedData<u64>>, UpdateError>),
    Updated(Result<(), UpdateError>),
    Refreshed(Result<RefreshReport, RefreshError>),
    EndedAll(Result<PrincipalEnds, PartlyEnded>),
}

impl Note {
    /// Whether it ends all sessions of a principal.
    pub(crate) fn ends_all_of(&self, principal: &str) -> bool {
        self.op.strip_prefix("end of ") == Some(principal)
    }
}

/// An end that somebody was promised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// When, and by which node.
    pub(crate) at: u64,
    pub(crate) on: usize,
    /// Since when the collection has acknowledged it.
    pub(crate) told: Option<u64>,
    /// The id that it had then.
    pub(crate) id: SessionId,
}

/// A session, whatever its id.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) ids: Vec<SessionId>,
    pub(crate) track: TrackId,
    pub(crate) principal: &'static str,
    /// When its creation was promised, and by which node if that is yet to tell.
    pub(crate) created: Option<(u64, Option<usize>)>,
    /// Since when the collection has surely had it.
    pub(crate) known: Option<u64>,
    pub(crate) end: Option<End>,
    /// It may have gone, by somebody's hand or for lack of room.
    pub(crate) excused: bool,
    /// Its id may have changed.
    pub(crate) unsure: bool,
    /// The collection's time when it was last told of it.
    pub(crate) settled: u64,
    /// Rotations and ends that are under way.
    pub(crate) busy: u32,
    /// How often its data was changed, and how often it may have been besides.
    pub(crate) changes: u64,
    pub(crate) doubts: u64,
}

impl Case {
    pub(crate) fn new(id: SessionId, track: TrackId, principal: &'static str) -> Self {
        Self {
            ids: vec![id],
            track,
            principal,
            created: None,
            known: None,
            end: None,
            excused: false,
            unsure: false,
            settled: 0,
            busy: 0,
            changes: 0,
            doubts: 0,
        }
    }

    pub(crate) fn last_id(&self) -> SessionId {
        *self.ids.last().unwrap()
    }

    /// Its creation failed: then there is none, unless others have found it meanwhile.
    fn fails(&mut self, at: u64, on: usize) {
        if self.ids.len() > 1 || self.busy > 0 || self.unsure {
            self.excused = true;
        } else {
            let id = self.last_id();
            self.end.get_or_insert(End { at, on, told: None, id });
        }
    }

    /// Whether each node must find it by its last id, once the collection was told by `of`.
    pub(crate) fn is_promised(&self, of: Option<usize>) -> bool {
        let told = self.created.is_some_and(|(_, by)| by.is_none_or(|by| Some(by) == of));
        told && self.end.is_none() && !self.excused && !self.unsure && self.busy == 0
    }
}

impl World {
    /// An operation was dropped half-way.
    pub(crate) fn dropped(&mut self, note: &Note) {
        self.tell(|| format!("dropped: {note:?}"));
        let (at, on) = (self.step, note.on);
        let Some(case) = self.cases.get_mut(note.case) else { return };
        match note.op {
            "create" => case.fails(at, on),
            "update" => case.doubts += 1,
            "end" => (case.busy, case.excused) = (case.busy - 1, true),
            "rotate" => (case.busy, case.unsure) = (case.busy - 1, true),
            _ => {}
        }
    }

    /// What a node that restarts had yet to tell is lost.
    pub(crate) fn forget_promises_of(&mut self, on: usize) {
        for case in &mut self.cases {
            if case.end.is_some_and(|end| end.on == on && end.told.is_none()) {
                (case.end, case.excused) = (None, true);
            }
            if case.created.is_some_and(|(_, by)| by == Some(on)) {
                (case.created, case.excused) = (None, true);
            }
            // A rotation that it had yet to tell.
            case.unsure = true;
        }
    }

    /// An operation is over.
    pub(crate) fn done(&mut self, note: &Note, done: Done) {
        self.tell(|| format!("{} of {} on {}: {done:?}", note.op, note.case, note.on));
        match done {
            Done::Created(created) => self.created(note, created),
            Done::Acquired(acquired) => self.acquired(note, acquired),
            Done::Ended(ended) => self.ended(note, ended),
            Done::Rotated(rotated) => self.rotated(note, rotated),
            Done::Updated(updated) => {
                let case = &mut self.cases[note.case];
                match updated {
                    Ok(()) => case.changes += 1,
                    Err(UpdateError::Collection(error)) if !error.may_be_applied() => {}
                    // An attempt may have been applied before the session was given another id.
                    Err(_) => case.doubts += 1,
                }
            }
            Done::EndedAll(Ok(_)) => self.ended_all(note),
            Done::EndedAll(Err(_)) => {}
            Done::Refreshed(refreshed) => {
                if refreshed.is_ok() {
                    self.refreshed(note);
                }
            }
        }
    }

    fn created(
        &mut self,
        note: &Note,
        created: Result<Session<SharedData<u64>>, SharedCreateError>,
    ) {
        let (at, on, now) = (self.step, note.on, self.now());
        let flushed = self.flushes != note.flushes || self.setting.logins.is_some();
        let place = &mut self.places[on];
        let case = &mut self.cases[note.case];
        match created {
            Ok(session) => {
                assert_eq!(session.track_id(), case.track);
                case.created = Some((at, place.behind.0.then_some(on)));
                case.known = (!place.behind.0).then_some(at);
                case.settled = now;
                case.excused |= flushed;
                if session.is_ended() && case.end.is_none() {
                    case.excused = true;
                }
                place.handles.push((note.case, session));
            }
            // There is none then, here or there.
            Err(_) => case.fails(at, on),
        }
    }

    fn acquired(
        &mut self,
        note: &Note,
        acquired: Result<Lease<SharedData<u64>>, SharedAcquireError>,
    ) {
        let step = self.step;
        let case = &self.cases[note.case];
        match acquired {
            Ok(lease) => {
                assert_eq!(lease.track_id(), case.track, "another session");
                if let Some(end) = case.end {
                    let heard = end.told.is_some_and(|told| told < note.refreshed);
                    assert!(!heard, "{note:?} at {step}: given out after {end:?}");
                    let own = end.on == note.on && end.at < note.began && note.id == Some(end.id);
                    assert!(!own, "{note:?} at {step}: given out where it ended: {end:?}");
                }
                let data = *lease.data().get();
                assert!(data <= case.changes + case.doubts + u64::from(case.busy) + 99, "data");
                self.places[note.on].leases.push((note.case, lease));
            }
            Err(SharedAcquireError::Unknown | SharedAcquireError::Ended(_)) => {
                let promised = note.certain && case.is_promised(Some(note.on));
                let promised = promised && case.ids.last() == note.id.as_ref();
                // What the collection has not been told of may idle out where it was created, and
                // is given up if an insertion was under way as all was forgotten.
                let told = case.created.is_some_and(|(_, by)| by.is_none());
                let fresh = self.flushes == 0 && self.now() < case.settled + 1_200_000_000;
                let promised = promised && (told || fresh);
                let flushed = self.flushes != note.flushes;
                assert!(!promised || flushed, "{note:?} at {step}: refused: {case:?}");
            }
            Err(_) => {}
        }
    }

    fn ended(&mut self, note: &Note, ended: Result<EndOutcome, Unacknowledged>) {
        let (at, on, behind) = (self.step, note.on, self.places[note.on].behind.1);
        let case = &mut self.cases[note.case];
        case.busy -= 1;
        let told = (!behind && ended.is_ok()).then_some(at);
        let outcome = ended.as_ref().copied().unwrap_or_else(|error| error.outcome);
        match outcome {
            EndOutcome::Ended(_) => {
                let id = note.id.unwrap();
                let end = case.end.get_or_insert(End { at, on, told, id });
                end.told = end.told.or(told);
            }
            EndOutcome::AlreadyEnded(tombstone) if tombstone.reason() == EndReason::Replaced => {}
            // It may end, or have ended.
            _ => case.excused = true,
        }
    }

    /// Those have ended that the collection, or this node, knew when it began.
    fn ended_all(&mut self, note: &Note) {
        let (at, on) = (self.step, note.on);
        for (number, case) in self.cases.iter_mut().enumerate() {
            let here = case.created.is_some_and(|(at, by)| at < note.began && by == Some(on));
            let known = here || case.known.is_some_and(|at| at < note.began);
            if number != note.case && known && note.ends_all_of(case.principal) {
                let id = case.last_id();
                let end = case.end.get_or_insert(End { at, on, told: None, id });
                end.told = end.told.or(Some(at));
            }
        }
    }

    fn rotated(&mut self, note: &Note, rotated: Result<Session<SharedData<u64>>, UpdateError>) {
        let now = self.now();
        let case = &mut self.cases[note.case];
        case.busy -= 1;
        match rotated {
            Ok(session) => {
                assert_eq!(session.track_id(), case.track);
                case.settled = now;
                case.ids.retain(|id| *id != session.id());
                case.ids.push(session.id());
                let id = session.id();
                self.places[note.on].handles.push((note.case, session));
                self.tell_key(note.case, id);
            }
            Err(_) => case.unsure = true,
        }
    }

    fn refreshed(&mut self, note: &Note) {
        let (step, on, began) = (self.step, note.on, note.began);
        self.places[on].refreshed = began;
        let now = self.now();
        for case in &mut self.cases {
            if let Some((at, by @ Some(_))) = &mut case.created
                && *by == Some(on)
                && *at < began
            {
                // If it was in doubt for longer than the window, it was given up.
                let given_up = self.setting.forgets || self.flushes > 0;
                case.excused |= given_up;
                case.known = case.known.or((!given_up).then_some(step));
                (*by, case.settled) = (None, now);
            }
            if let Some(end) = &mut case.end
                && (end.on, end.told) == (on, None)
                && end.at < began
            {
                end.told = Some(step);
            }
        }
    }

    pub(crate) fn now(&self) -> u64 {
        use tenure::Clock;
        self.clock.now().as_micros()
    }
}
