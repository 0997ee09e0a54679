//! Ending many sessions at once.

use super::end::EndAs;
use super::handle::SessionStore;
use super::selector::Selector;
use crate::end::EndReason;
use crate::session::{Changed, Record};
use crate::sync::Arc;
use crate::table::{CHUNK, Moment, Table};

/// What became of a request to end many sessions.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// store.create(NewSession::new(())).unwrap();
/// store.create(NewSession::new(()).pinned()).unwrap();
/// let outcome = store.end_where(&Selector::all());
/// assert_eq!((outcome.ended, outcome.kept), (1, 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkEnd {
    /// How many the call ended. Those that had expired are not among them.
    pub ended: usize,
    /// How many were meant, but are pinned and go on.
    pub kept: usize,
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
    /// let others = Selector::principal("alice").except(&here);
    /// assert_eq!(store.end_where(&others).ended, 1);
    /// assert!(there.is_ended() && !here.is_ended() && !bob.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn end_where(&self, selector: &Selector<T>) -> BulkEnd {
        self.end_where_as(selector, EndAs::logged_out())
    }

    /// Ends every session that `selector` means as `how` says: by force, for a
    /// [reason](crate::ApplicationReason) of your program's own, or though they are pinned.
    /// Otherwise as [`end_where`](Self::end_where).
    pub fn end_where_as(&self, selector: &Selector<T>, how: impl Into<EndAs>) -> BulkEnd {
        let EndAs { reason, pinned_too } = how.into();
        self.select(selector, |moment, meant| {
            self.table().end_all(moment, &meant, reason, pinned_too)
        })
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
                let reason = visit.over(record, seen).unwrap_or(reason);
                match visit.end(Arc::clone(record), seen, reason) {
                    Ok(_) => return true,
                    Err(Changed(new)) => seen = new,
                }
            }
            seen.ended()
        })
    }
}
