//! Lists of sessions, whole and in pages.

use super::handle::SessionStore;
use super::selector::Selector;
use crate::session::{PageCursor, Place, Record, Seen, Session, SessionInfo};
use crate::sync::Arc;
use crate::table::Moment;

/// A part of a list. See [`SessionStore::list_page`] and [`SessionStore::sessions_page`].
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// for n in 0..3 {
///     store.create(NewSession::new(n)).unwrap();
/// }
/// let mut page = store.list_page(&Selector::all(), None, 2);
/// let mut seen = page.sessions.len();
/// while page.next.is_some() {
///     page = store.list_page(&Selector::all(), page.next, 2);
///     seen += page.sessions.len();
/// }
/// assert_eq!(seen, 3);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<S> {
    /// The sessions, the oldest by last activity first.
    pub sessions: Vec<S>,
    /// Where the next page begins; `None` if there is no more.
    pub next: Option<PageCursor>,
}

impl<T> SessionStore<T> {
    /// Snapshots of the sessions that `selector` means, the oldest by last activity first. Those
    /// that have expired are left out.
    ///
    /// They are the sessions of one moment: at no time are there more of them than the limits
    /// allow. Copying the pointers holds up creating and ending, not touching; the rest happens
    /// outside the store's lock. At a million sessions prefer a selector that names a group.
    ///
    /// For a list with your program's data, take [`sessions`](Self::sessions).
    #[must_use]
    pub fn list(&self, selector: &Selector<T>) -> Vec<SessionInfo> {
        self.list_page(selector, None, usize::MAX).sessions
    }

    /// As [`list`](Self::list), but at most `size` of them, those after the cursor `after`. A
    /// `size` of 0 is taken as 1. Each page selects and sorts anew, so prefer few large ones.
    ///
    /// The order is by last activity, then by age. A session that is touched between two pages
    /// moves to the end and may come again there; none that stays untouched is left out. A cursor
    /// of another store, or from before a restart, is taken as `None`.
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
    ) -> Page<SessionInfo> {
        self.page(selector, after, size, |record, seen| SessionInfo::new(record, seen))
    }

    /// Handles of the sessions that `selector` means, in the order of [`list`](Self::list), and as
    /// there, without those that have expired. They are not marked active.
    ///
    /// A handle gives your program's data, and [`info`](Session::info) a snapshot of the rest. One
    /// that you keep keeps the data in memory, and tells when the session has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// for device in ["phone", "laptop"] {
    ///     store.create(NewSession::new(device).principal("alice")).unwrap();
    /// }
    /// let sessions = store.sessions(&Selector::principal("alice"));
    /// let devices: Vec<_> = sessions.iter().map(|session| *session.data()).collect();
    /// assert_eq!(devices, ["phone", "laptop"]);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn sessions(&self, selector: &Selector<T>) -> Vec<Session<T>> {
        self.sessions_page(selector, None, usize::MAX).sessions
    }

    /// As [`sessions`](Self::sessions), in pages as [`list_page`](Self::list_page) has them.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// for n in 0..3 {
    ///     store.create(NewSession::new(n)).unwrap();
    /// }
    /// let first = store.sessions_page(&Selector::all(), None, 2);
    /// assert_eq!(*first.sessions[1].data(), 1);
    /// let second = store.sessions_page(&Selector::all(), first.next, 2);
    /// assert_eq!(*second.sessions[0].data(), 2);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn sessions_page(
        &self,
        selector: &Selector<T>,
        after: Option<PageCursor>,
        size: usize,
    ) -> Page<Session<T>> {
        self.page(selector, after, size, |record, _| Session::new(Arc::clone(record)))
    }

    fn page<S>(
        &self,
        selector: &Selector<T>,
        after: Option<PageCursor>,
        size: usize,
        item: impl Fn(&Arc<Record<T>>, Seen) -> S,
    ) -> Page<S> {
        let name = self.table().context.salt.store();
        let after = after.and_then(|after| after.place(name));
        self.select(selector, |Moment { now, .. }, meant| {
            let size = size.max(1);
            let mut ordered: Vec<(Place, Seen, &Arc<Record<T>>)> = meant
                .into_iter()
                .map(|record| (record, record.word.load()))
                .filter(|(record, seen)| !seen.ended() && record.expired(*seen, now).is_none())
                .map(|(record, seen)| (Place::of(record, seen), seen, record))
                .filter(|(place, ..)| after.is_none_or(|after| *place > after))
                .collect();
            ordered.sort_unstable_by_key(|(place, ..)| *place);
            let more = ordered.len() > size;
            ordered.truncate(size);
            let last = ordered.last().filter(|_| more);
            let next = last.map(|(place, ..)| PageCursor::new(name, *place));
            let item = |(_, seen, record): &(_, _, &Arc<_>)| item(record, *seen);
            Page { sessions: ordered.iter().map(item).collect(), next }
        })
    }
}
