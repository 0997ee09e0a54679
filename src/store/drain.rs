//! Ending many sessions, and waiting until they are no longer in use.

use super::draining::Draining;
use super::end::EndAs;
use super::handle::SessionStore;
use super::selection::Held;
use super::selector::Selector;
use crate::session::{Session, drop_record};

impl<T> SessionStore<T> {
    /// Logs out every session that `selector` means, as [`end_where`](Self::end_where) does, and
    /// returns what waits until the last of their leases is back: by
    /// [`wait`](Draining::wait), which blocks, or as a future.
    ///
    /// The sessions have ended when this returns. They give no more leases, so what is waited for
    /// is the requests that run on them. Nothing is waited for before that: not for requests, nor
    /// for a login of a [reusable session](crate::slot::ReusableSession) that is under way.
    ///
    /// It waits for sessions that had ended before, too, for whatever reason, if `selector` means
    /// them and they are in use: none ends twice, and calls that mean the same sessions wait for
    /// the same leases. So a call that ran out of time is simply made again. Predicates see them as
    /// they are, ended.
    ///
    /// What depends on a session, such as a connection or a transaction, is ended by a
    /// [hook](crate::Session::on_end), in this call. A request that is to stop early looks at
    /// [`is_ended`](crate::Session::is_ended), or waits for [`ended`](crate::Session::ended) beside
    /// its work.
    ///
    /// A caller that holds one of the leases waits for itself: see [`Selector::except`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(()).principal("alice")).unwrap();
    /// let lease = store.acquire(&session).unwrap();
    ///
    /// let drained = store.drain(&Selector::principal("alice")).wait(Duration::ZERO);
    /// assert_eq!((drained.ended, drained.leases), (1, 1));
    ///
    /// // Once the request is over:
    /// drop(lease);
    /// let drained = store.drain(&Selector::principal("alice")).wait(Duration::from_secs(5));
    /// assert_eq!((drained.ended, drained.leases), (0, 0));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    ///
    /// What hangs on a session ends with it:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use std::time::Duration;
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let lease = store.acquire(&session).unwrap();
    ///
    /// // A query of the request; the hook tells it to stop.
    /// let cancelled = Arc::new(AtomicBool::new(false));
    /// let cancel = Arc::clone(&cancelled);
    /// lease.on_end(move |_, _| cancel.store(true, Ordering::Relaxed));
    /// let request = std::thread::spawn(move || {
    ///     let _in_use = lease;
    ///     while !cancelled.load(Ordering::Relaxed) {
    ///         std::thread::yield_now();
    ///     }
    /// });
    /// let drained = store.drain(&Selector::all()).wait(Duration::from_secs(60));
    /// assert_eq!((drained.ended, drained.leases), (1, 0));
    /// request.join().unwrap();
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn drain(&self, selector: &Selector<T>) -> Draining<T> {
        self.drain_as(selector, EndAs::logged_out())
    }

    /// As [`drain`](Self::drain), and the sessions end as `how` says: by force, for a
    /// [reason](crate::ApplicationReason) of your program's own, or though they are pinned.
    pub fn drain_as(&self, selector: &Selector<T>, how: impl Into<EndAs>) -> Draining<T> {
        let (table, EndAs { reason, pinned_too }) = (self.table(), how.into());
        self.select(selector, |moment, meant| {
            // After the live ones were listed, so that none is missed which ends meanwhile; and
            // before any ends here, since predicates may panic.
            let lingering = self.lingering(selector);
            let ended_before = lingering.0.iter().filter(|session| selector.matches(session));
            let ended_before: Vec<_> = ended_before.map(|session| &session.record).collect();
            let outcome = table.end_all(moment, &meant, reason, pinned_too);
            Draining::new(&table.context, outcome, meant.into_iter().chain(ended_before))
        })
    }

    /// The ended sessions in use that `selector` means, as far as its predicates allow.
    fn lingering(&self, selector: &Selector<T>) -> Held<T> {
        let mut found = Held(Vec::new());
        if selector.names().is_none() {
            return found;
        }
        for record in self.table().inspect(|ledger| ledger.lingering.all()) {
            let Some(record) = record.upgrade() else { continue };
            let named = selector.track().is_none_or(|track| record.track_id() == track);
            if named && record.word.load().in_use() {
                found.0.push(Session::new(record));
            } else {
                drop_record(record);
            }
        }
        found
    }
}
