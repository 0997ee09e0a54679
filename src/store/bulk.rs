//! Many sessions at once: lists, and ends by pattern.

use super::handle::SessionStore;
use super::ledger::CHUNK;
use super::selector::Selector;
use crate::end::EndReason;
use crate::session::{Cursor, Record, Session, SessionInfo};
use crate::sync::Arc;
use crate::time::Tick;
use crate::word::Seen;

/// What became of a request to end many sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "pinned sessions are kept, and this says so"]
pub struct BulkEnd {
    /// How many the call ended. Those that had expired are not among them.
    pub ended: usize,
    /// How many were meant, but are pinned and go on.
    pub kept: usize,
}

/// A part of a list. See [`SessionStore::list_page`].
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The sessions, the oldest first.
    pub sessions: Vec<SessionInfo>,
    /// Where the next page goes on; `None` if there is no more.
    pub next: Option<Cursor>,
}

impl<T> SessionStore<T> {
    /// Logs out every session that `selector` means, except the pinned.
    ///
    /// Means those that are live when the call begins. To keep a principal out, stop creating
    /// sessions for it first. The cost grows with the smallest group that the selector names, not
    /// with the store.
    ///
    /// # Examples
    ///
    /// Log a user out everywhere but here:
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let here = store.create(NewSession::new(()).principal("alice")).unwrap();
    /// let there = store.create(NewSession::new(()).principal("alice")).unwrap();
    /// let bob = store.create(NewSession::new(()).principal("bob")).unwrap();
    ///
    /// let others = Selector::all().principal("alice").except(here.id());
    /// assert_eq!(store.end_where(&others).ended, 1);
    /// assert!(there.is_ended() && !here.is_ended() && !bob.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn end_where(&self, selector: &Selector<T>) -> BulkEnd {
        self.end_many(selector, EndReason::LoggedOut)
    }

    /// Ends by force every session that `selector` means, except the pinned: as
    /// [`end_where`](Self::end_where), with the reason [`Killed`](EndReason::Killed).
    pub fn kill_where(&self, selector: &Selector<T>) -> BulkEnd {
        self.end_many(selector, EndReason::Killed)
    }

    fn end_many(&self, selector: &Selector<T>, reason: EndReason) -> BulkEnd {
        let (now, meant) = self.select(selector);
        let mut outcome = BulkEnd::default();
        // An expired session ends for its timeout, pinned or not, and is not counted.
        let pinned = |(session, seen): &(Session<T>, Seen)| {
            session.is_pinned() && session.record.expired(*seen, now).is_none()
        };
        let (kept, meant): (Vec<_>, Vec<_>) = meant.into_iter().partition(pinned);
        outcome.kept = kept.iter().filter(|(_, seen)| !seen.ended()).count();
        for chunk in meant.chunks(CHUNK) {
            let moment = self.table().moment();
            outcome.ended += self.table().visit(moment, |visit| {
                let end =
                    |(session, _): &(Session<T>, Seen)| visit.end_live(&session.record, reason);
                let ended = chunk.iter().filter_map(end);
                ended
                    .filter(|tombstone| tombstone.reason() == reason)
                    .count()
            });
        }
        outcome
    }

    /// Snapshots of the sessions that `selector` means, the oldest by last activity first. Those
    /// that have expired are left out.
    ///
    /// They are the sessions of one moment: at no time are there more of them than the limits allow.
    /// Copying the pointers holds up creating and ending, not touching; the rest happens outside
    /// the store's lock. At a million sessions prefer a selector that names a group.
    #[must_use]
    pub fn list(&self, selector: &Selector<T>) -> Vec<SessionInfo> {
        self.list_page(selector, None, usize::MAX).sessions
    }

    /// As [`list`](Self::list), but at most `size` of them, those after the cursor `after`.
    ///
    /// The order is by last activity, then by age. A session that is touched between two pages
    /// moves to the end and may come again there; none that stays untouched is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// for n in 0..5 {
    ///     store.create(NewSession::new(n)).unwrap();
    /// }
    /// let first = store.list_page(&Selector::all(), None, 3);
    /// let second = store.list_page(&Selector::all(), first.next, 3);
    /// assert_eq!((first.sessions.len(), second.sessions.len()), (3, 2));
    /// assert!(second.next.is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn list_page(&self, selector: &Selector<T>, after: Option<Cursor>, size: usize) -> Page {
        let (now, meant) = self.select(selector);
        let mut ordered: Vec<(Cursor, Seen, Session<T>)> = meant
            .into_iter()
            .filter(|(session, seen)| session.record.expired(*seen, now).is_none())
            .filter(|(_, seen)| !seen.ended())
            .map(|(session, seen)| (cursor(&session.record, seen), seen, session))
            .filter(|(cursor, ..)| after.is_none_or(|after| *cursor > after))
            .collect();
        ordered.sort_unstable_by_key(|(cursor, ..)| *cursor);
        let more = ordered.len() > size;
        ordered.truncate(size);
        let info =
            |(_, seen, session): &(_, Seen, Session<T>)| SessionInfo::new(&session.record, *seen);
        let sessions: Vec<SessionInfo> = ordered.iter().map(info).collect();
        let next = sessions.last().filter(|_| more).map(SessionInfo::cursor);
        Page { sessions, next }
    }

    /// The sessions that `selector` means, each as it was when it was looked at.
    fn select(&self, selector: &Selector<T>) -> (Tick, Vec<(Session<T>, Seen)>) {
        let table = self.table();
        let moment = table.moment();
        let except = selector
            .excepted()
            .and_then(|id| table.find(&id, moment.now).ok());
        let spared = |record: &Arc<Record<T>>| {
            except
                .as_ref()
                .is_some_and(|except| Arc::ptr_eq(except, record))
        };
        let members = table.visit(moment, |visit| visit.roll.members(selector.names()));
        let meant = members
            .into_iter()
            .filter(|record| !spared(record))
            .map(Session::new)
            .filter(|session| selector.matches(session))
            .map(|session| {
                let seen = session.record.word.load();
                (session, seen)
            });
        (moment.now, meant.collect())
    }
}

fn cursor<T>(record: &Record<T>, seen: Seen) -> Cursor {
    Cursor::new(seen.last_active(), record.number)
}
