//! Operations on many sessions at once, on both sides.

use tenure::store::{BulkEnd, PageCursor};
use tenure::{EndReason, Selector, Session, SessionInfo};

use crate::op::{Choice, Data, EndAs};
use crate::pair::{Outcome, Pair, same};
use crate::setup::{HOSTS, ORIGINATORS, PRINCIPALS};

impl Pair {
    pub(crate) fn bulk(&mut self, answer: BulkEnd, choice: &Choice, how: EndAs) -> Outcome {
        let (mut ended, mut kept) = (0, 0);
        for number in self.select(choice) {
            if let Some(reason) = self.reference.due(number) {
                self.reference.end(number, reason);
            } else if self.reference.sessions[number].wanted.pinned && !how.pinned_too {
                kept += 1;
            } else {
                self.reference.end(number, how.reason);
                ended += 1;
            }
        }
        same("bulk", (answer.ended, answer.kept), (ended, kept))
    }

    /// The sessions that a listing shows: those that have not expired.
    pub(crate) fn visible(&self, choice: &Choice) -> Vec<usize> {
        let mut chosen = self.select(choice);
        chosen.retain(|&number| self.reference.due(number).is_none());
        chosen
    }

    pub(crate) fn list(&self, choice: &Choice) -> Outcome {
        let selector = self.selector(choice);
        let expected = self.visible(choice);
        self.handles(&self.store.sessions(&selector), &expected)?;
        self.listing(&self.store.list(&selector), &expected)
    }

    /// Compares a list of handles with the sessions that it should have.
    fn handles(&self, sessions: &[Session<Data>], expected: &[usize]) -> Outcome {
        let numbers: Vec<_> = sessions.iter().map(|session| session.data().number).collect();
        same("sessions", &*numbers, expected)?;
        let infos: Vec<_> = sessions.iter().map(Session::info).collect();
        self.listing(&infos, expected)
    }

    /// Lists infos and handles in pages, the cursors of which go out as text.
    pub(crate) fn pages(&self, choice: Choice, size: usize) -> Outcome {
        let selector: Selector<Data> = self.selector(&choice);
        let (mut infos, mut sessions, mut after) = (Vec::new(), Vec::new(), None);
        // Nothing is touched in between: no session comes twice.
        for _ in 0..=self.handles.len() {
            let page = self.store.list_page(&selector, after, size);
            if page.sessions.len() > size.max(1)
                || (page.sessions.is_empty() && page.next.is_some())
            {
                return Err(format!("a page of {size} has {}", page.sessions.len()));
            }
            let handles = self.store.sessions_page(&selector, after, size);
            same("cursors", handles.next, page.next)?;
            infos.extend(page.sessions);
            sessions.extend(handles.sessions);
            let Some(next) = page.next else {
                let expected = self.visible(&choice);
                self.handles(&sessions, &expected)?;
                return self.listing(&infos, &expected);
            };
            let read: Result<PageCursor, _> = next.to_string().parse();
            same("a cursor as text", read, Ok(next))?;
            after = read.ok();
        }
        Err(format!("pages of {size} never end"))
    }

    pub(crate) fn close(&mut self) -> Outcome {
        let answer = self.store.close();
        let mut ended = 0;
        for number in self.reference.live() {
            let due = self.reference.due(number);
            ended += usize::from(due.is_none());
            self.reference.end(number, due.unwrap_or(EndReason::StoreClosed));
        }
        self.reference.closed = true;
        same("close", (answer.ended, answer.kept), (ended, 0))
    }

    /// Compares a listing with the sessions that it should show.
    pub(crate) fn listing(&self, infos: &[SessionInfo], expected: &[usize]) -> Outcome {
        // Sessions share a track id if the second was created with the id of the first.
        let shown: Vec<_> = infos.iter().map(SessionInfo::track_id).collect();
        let tracks: Vec<_> = expected.iter().map(|&number| self.tracks[number]).collect();
        if shown != tracks {
            let known = |track| self.tracks.iter().position(|known| known == track);
            let shown: Vec<_> = shown.iter().map(known).collect();
            return Err(format!("listed: {shown:?}, the reference says {expected:?}"));
        }
        for (info, &number) in infos.iter().zip(expected) {
            let record = &self.reference.sessions[number];
            let wanted = &record.wanted;
            let name = |names: &[&'static str], index: Option<usize>| index.map(|i| names[i]);
            same("principal", info.principal(), name(&PRINCIPALS, wanted.principal))?;
            same("originator", info.originator(), name(&ORIGINATORS, wanted.originator))?;
            same("host", info.host(), name(&HOSTS, wanted.host))?;
            same("created", info.created_at().as_micros(), record.created)?;
            same("last active", info.last_active().as_micros(), record.last_active)?;
            same("leases", info.leases(), record.leases)?;
            same("pinned", info.is_pinned(), wanted.pinned)?;
            same("privileged", info.is_privileged(), wanted.privileged)?;
        }
        Ok(())
    }
}
