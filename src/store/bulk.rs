//! Many sessions at once: lists, and ends by pattern.

use super::handle::SessionStore;
use super::selector::Selector;
use crate::end::EndReason;
use crate::session::{Changed, PageCursor, Record, Seen, Session, SessionInfo, drop_record};
use crate::sync::Arc;
use crate::table::{CHUNK, Moment, Table};

/// What became of a request to end many sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkEnd {
    /// How many the call ended. Those that had expired are not among them.
    pub ended: usize,
    /// How many were meant, but are pinned and go on.
    pub kept: usize,
}

/// A part of a list. See [`SessionStore::list_page`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Page {
    /// The sessions, the oldest first.
    pub sessions: Vec<SessionInfo>,
    /// Where the next page goes on; `None` if there is no more.
    pub next: Option<PageCursor>,
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
        self.select(selector, |moment, meant| {
            let records: Vec<_> = meant.into_iter().map(|(record, _)| record).collect();
            self.table().end_all(moment, &records, reason, false)
        })
    }

    /// Snapshots of the sessions that `selector` means, the oldest by last activity first. Those
    /// that have expired are left out.
    ///
    /// They are the sessions of one moment: at no time are there more of them than the limits
    /// allow. Copying the pointers holds up creating and ending, not touching; the rest happens
    /// outside the store's lock. At a million sessions prefer a selector that names a group.
    #[must_use]
    pub fn list(&self, selector: &Selector<T>) -> Vec<SessionInfo> {
        self.list_page(selector, None, usize::MAX).sessions
    }

    /// As [`list`](Self::list), but at most `size` of them, those after the cursor `after`. A
    /// `size` of 0 is taken as 1. Each page selects and sorts anew, so prefer few large ones.
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
    pub fn list_page(
        &self,
        selector: &Selector<T>,
        after: Option<PageCursor>,
        size: usize,
    ) -> Page {
        self.select(selector, |Moment { now, .. }, meant| {
            let size = size.max(1);
            let mut ordered: Vec<(PageCursor, Seen, &Arc<Record<T>>)> = meant
                .into_iter()
                .filter(|(record, seen)| !seen.ended() && record.expired(*seen, now).is_none())
                .map(|(record, seen)| {
                    (PageCursor::new(seen.last_active(), record.number()), seen, record)
                })
                .filter(|(cursor, ..)| after.is_none_or(|after| *cursor > after))
                .collect();
            ordered.sort_unstable_by_key(|(cursor, ..)| *cursor);
            let more = ordered.len() > size;
            ordered.truncate(size);
            let info = |(_, seen, record): &(_, Seen, &Arc<_>)| SessionInfo::new(record, *seen);
            let sessions: Vec<SessionInfo> = ordered.iter().map(info).collect();
            let next = sessions.last().filter(|_| more).map(SessionInfo::cursor);
            Page { sessions, next }
        })
    }

    /// Works on the sessions that `selector` means, each as it was when it was looked at.
    fn select<R>(
        &self,
        selector: &Selector<T>,
        work: impl FnOnce(Moment, Vec<(&Arc<Record<T>>, Seen)>) -> R,
    ) -> R {
        let table = self.table();
        let moment = table.moment();
        let except = selector.excepted().and_then(|id| table.find(&id, moment.now).ok());
        let members = table.visit(moment, |visit| visit.live.members(selector.names()));
        let sessions: Vec<Session<T>> = members.into_iter().map(Session::new).collect();
        let meant = sessions
            .iter()
            .filter(|session| {
                let spared = |except: &Arc<_>| Arc::ptr_eq(except, &session.record);
                !except.as_ref().is_some_and(spared) && selector.matches(session)
            })
            .map(|session| (&session.record, session.record.word.load()));
        let result = work(moment, meant.collect());
        for record in sessions.into_iter().map(|session| session.record).chain(except) {
            drop_record(record);
        }
        result
    }
}

impl<T> Table<T> {
    /// Ends those of these sessions that are live. An expired one ends for its timeout.
    pub(crate) fn end_all(
        &self,
        moment: Moment,
        records: &[&Arc<Record<T>>],
        reason: EndReason,
        pinned_too: bool,
    ) -> BulkEnd {
        let mut outcome = BulkEnd::default();
        for (at, chunk) in records.chunks(CHUNK).enumerate() {
            // Hooks may have taken their time since the last one.
            let moment = if at == 0 { moment } else { self.moment_or_origin() };
            self.visit(moment, |visit| {
                for record in chunk {
                    let spared = record.pinned() && !pinned_too;
                    let ended = visit.end_now(record, (!spared).then_some(reason));
                    let counts = ended.is_some_and(|tombstone| tombstone.reason() == reason);
                    outcome.ended += usize::from(counts);
                    outcome.kept += usize::from(!record.word.load().ended());
                }
            });
        }
        outcome
    }

    /// Ends a session that is not in use, pinned or not; an expired one for its timeout. Returns
    /// whether it has ended.
    pub(crate) fn end_if_free(
        &self,
        moment: Moment,
        record: &Arc<Record<T>>,
        reason: EndReason,
    ) -> bool {
        self.visit(moment, |visit| {
            let mut seen = record.word.load();
            while !seen.ended() && !seen.in_use() {
                let reason = record.expired(seen, moment.now).unwrap_or(reason);
                match visit.end(Arc::clone(record), seen, reason) {
                    Ok(_) => return true,
                    Err(Changed(new)) => seen = new,
                }
            }
            seen.ended()
        })
    }
}
