//! Moving the deadlines of a live session.

use std::time::Duration;

use super::handle::SessionStore;
use super::key::{Named, SessionKey};
use crate::error::LookupError;
use crate::session::{Record, Session};
use crate::sync::Arc;
use crate::table::Visit;
use crate::tick::Tick;
use crate::timeouts::{Deadlines, Timeouts};

impl<T> SessionStore<T> {
    /// Gives a live session other timeouts, shorter or longer, in place of those that it has.
    ///
    /// As at its creation, the absolute timeout counts from then, and the idle timeout from the
    /// last activity; a [pinned](crate::NewSession::pinned) session has no idle timeout. The call
    /// does not mark the session active. From the moment it has returned, every lookup and every
    /// reap uses the new timeouts. If the session has expired by them, it ends within the call, for
    /// the timeout that is over, and the call fails with its tombstone. A zero timeout ends the
    /// session at once; a zero idle timeout does so once no lease is held.
    ///
    /// To change one of the two, begin with those that the session has: see
    /// [`Session::timeouts`].
    ///
    /// A program that sleeps until the [next deadline](Self::next_deadline) is told if it must come
    /// earlier ([`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline)). It publishes no
    /// event.
    ///
    /// The call takes the store's lock for a moment, as ending a session does. It costs the same
    /// however many sessions there are.
    ///
    /// # Errors
    ///
    /// [`LookupError::Unknown`], or [`LookupError::Ended`] with what is remembered: a session that
    /// has ended or expired cannot be revived, and one that has expired by the new timeouts has
    /// ended by this call.
    ///
    /// # Examples
    ///
    /// "Keep me logged in":
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{ManualClock, NewSession, SessionStore, Timeouts};
    ///
    /// let day = Duration::from_secs(24 * 3600);
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let id = store.create(NewSession::new(())).unwrap().id();
    ///
    /// let longer = Timeouts::none().idle(7 * day).absolute(30 * day);
    /// let session = store.set_timeouts(&id, longer).unwrap();
    /// assert_eq!(session.expires_in(), Some(7 * day));
    /// clock.advance(6 * day);
    /// assert!(store.touch(&id).is_ok());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn set_timeouts(
        &self,
        key: impl SessionKey<T>,
        timeouts: Timeouts,
    ) -> Result<Session<T>, LookupError> {
        self.move_deadlines(&key.named().0, |record, _| {
            let idle = timeouts.idle.filter(|_| !record.pinned());
            Deadlines::new(Timeouts { idle, ..timeouts }, record.created())
        })
    }

    /// Lets a live session expire so long from now, used or not, in place of its timeouts. What a
    /// framework's expiry date asks for.
    ///
    /// It ends as [`AbsoluteTimeout`](crate::EndReason::AbsoluteTimeout) then; if the span is zero,
    /// within the call, which fails with the tombstone. Otherwise as
    /// [`set_timeouts`](Self::set_timeouts).
    ///
    /// # Errors
    ///
    /// As [`set_timeouts`](Self::set_timeouts).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{EndReason, LookupError, ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let id = store.create(NewSession::new(())).unwrap().id();
    ///
    /// store.expire_in(&id, Duration::from_secs(60)).unwrap();
    /// clock.advance(Duration::from_secs(59));
    /// assert_eq!(store.touch(&id).unwrap().expires_in(), Some(Duration::from_secs(1)));
    /// clock.advance(Duration::from_secs(1));
    /// let Err(LookupError::Ended(tombstone)) = store.touch(&id) else { panic!() };
    /// assert_eq!(tombstone.reason(), EndReason::AbsoluteTimeout);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn expire_in(
        &self,
        key: impl SessionKey<T>,
        span: Duration,
    ) -> Result<Session<T>, LookupError> {
        let to = |_: &Record<T>, now| Deadlines::new(Timeouts::none().absolute(span), now);
        self.move_deadlines(&key.named().0, to)
    }

    fn move_deadlines(
        &self,
        key: &Named<'_, T>,
        to: impl FnOnce(&Record<T>, Tick) -> Deadlines,
    ) -> Result<Session<T>, LookupError> {
        let table = self.table();
        let (record, next) = table.visit(table.moment(), |visit| {
            // The record is live, so this pointer to it is not the last.
            let record = table.find_named(key, visit.moment.now)?;
            let to = to(&record, visit.moment.now);
            visit.move_deadlines(&record, to).map(|next| (record, next))
        })?;
        table.context.tell_of_listed(next);
        Ok(Session::new(record))
    }
}

impl<T> Visit<'_, T> {
    /// Gives a live session other deadlines, and ends it if it has expired by them, which is an
    /// error. Returns its next deadline, which the application may have to be told of.
    fn move_deadlines(
        &mut self,
        record: &Arc<Record<T>>,
        to: Deadlines,
    ) -> Result<Option<Tick>, LookupError> {
        self.refuse_expired(record)?;
        let next = self.live.move_deadlines(record, to);
        self.refuse_expired(record).map(|()| next)
    }
}
