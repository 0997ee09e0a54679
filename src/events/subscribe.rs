//! How a store is subscribed to.

use super::subscription::Subscription;
use crate::event_log::{EventToken, Filter, StaleToken, SubscriptionInfo, Wakers};
use crate::session::{Record, SessionInfo, drop_record};
use crate::store::SessionStore;
use crate::sync::Arc;
use crate::table::Visit;

impl<T> SessionStore<T> {
    /// The events from now on that `filter` wants.
    ///
    /// The store keeps the last events, as many as its [event
    /// ring](crate::StoreBuilder::event_ring) holds, for all subscribers together. One that falls
    /// behind by more is told how many it lost, and goes on: a slow subscriber does not hold up
    /// others. While there is no subscription nothing is recorded, and an event costs one load and
    /// a branch. Subscriptions with equal filters share the cost of an event, and those that ask
    /// for other names or for another session add nothing to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::events::{EventKind, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all().kinds([EventKind::Created]));
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let event = events.try_recv().unwrap().unwrap();
    /// assert_eq!(event.session().unwrap().track_id(), session.track_id());
    /// assert!(events.try_recv().unwrap().is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn subscribe(&self, filter: Filter) -> Subscription {
        self.open(filter, |_| ()).0
    }

    /// The live sessions that `filter` wants, and the events from exactly that state on.
    ///
    /// The sessions are those of one moment. A table that adds and removes by the events stays
    /// right. A session that has expired is in until it has ended: that is an event.
    /// Copying the pointers holds up creating and ending, not touching.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::events::Filter;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let before = store.create(NewSession::new(())).unwrap();
    /// let (live, mut events) = store.subscribe_with_snapshot(Filter::all());
    /// assert_eq!(live[0].track_id(), before.track_id());
    /// assert!(events.try_recv().unwrap().is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn subscribe_with_snapshot(&self, filter: Filter) -> (Vec<SessionInfo>, Subscription) {
        let wanted = filter.clone();
        let (subscription, infos): (_, Vec<SessionInfo>) = if let Some(only) = wanted.only() {
            let salt = &self.table().context.salt;
            let (subscription, info) = only.with_info(salt, |info| self.open(filter, |_| info()));
            (subscription, info.into_iter().collect())
        } else {
            let (subscription, members) =
                self.open(filter, |visit| visit.live.members(wanted.names()));
            (subscription, members.into_iter().map(info_of).collect())
        };
        (infos.into_iter().filter(|info| wanted.wants(info)).collect(), subscription)
    }

    /// The events after `token` that `filter` wants: it goes on where an earlier subscription, or
    /// another process that was told of the events, had come to.
    ///
    /// # Errors
    ///
    /// [`StaleToken`] where some of those events are gone, or the token is not of this store. Then
    /// a [subscription with a snapshot](Self::subscribe_with_snapshot) goes on from the live
    /// sessions.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::events::{EventKind, Filter, StaleToken};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().keep_events(true).build()?;
    /// let token = store.subscribe(Filter::all()).token();
    /// store.create(NewSession::new(())).unwrap();
    ///
    /// let mut events = store.subscribe_from(Filter::all(), token).unwrap();
    /// assert_eq!(events.try_recv().unwrap().unwrap().kind(), EventKind::Created);
    ///
    /// let other = SessionStore::<()>::builder().build()?;
    /// let stale = other.subscribe_from(Filter::all(), token).unwrap_err();
    /// assert_eq!(stale, StaleToken::Unknown);
    /// let (live, _events) = other.subscribe_with_snapshot(Filter::all());
    /// assert!(live.is_empty());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn subscribe_from(
        &self,
        filter: Filter,
        token: EventToken,
    ) -> Result<Subscription, StaleToken> {
        let events = &self.table().events;
        let id = events.resume(filter, token)?;
        Ok(Subscription::new(Arc::clone(events), id))
    }

    /// The live sessions that the subscription's filter wants, after it lost events. It forgets
    /// what it has not taken, and goes on from exactly that state. A subscription of another store
    /// moves over to this one, and is gone for its watchers. A stream that had ended goes on.
    pub fn resync(&self, subscription: &mut Subscription) -> Vec<SessionInfo> {
        let (sessions, fresh) = self.subscribe_with_snapshot(subscription.info().filter);
        subscription.go_on_as(fresh);
        sessions
    }

    /// Every subscription, with how far it is behind and what it has lost.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.table().events.log().infos()
    }

    /// Opens a subscription, and looks at the store as it is before the first event.
    fn open<R>(
        &self,
        filter: Filter,
        look: impl FnOnce(&mut Visit<'_, T>) -> R,
    ) -> (Subscription, R) {
        let table = self.table();
        let (id, wakers, seen) = table.visit(table.moment(), |visit| {
            let (id, wakers) = visit.follow(|log| log.open(filter));
            (id, wakers, look(visit))
        });
        let subscription = Subscription::new(Arc::clone(&table.events), id);
        table.events.wake(wakers);
        (subscription, seen)
    }
}

/// A snapshot of a session. Hold no lock.
fn info_of<T>(record: Arc<Record<T>>) -> SessionInfo {
    let info = SessionInfo::new(&record, record.word.load());
    drop_record(record);
    info
}

impl Subscription {
    /// Goes on where a new subscription to the same store would begin; moves to it if it is to
    /// another.
    fn go_on_as(&mut self, fresh: Self) {
        self.reopen();
        if Arc::ptr_eq(&self.hub, &fresh.hub) {
            let mut wakers = Wakers::default();
            self.hub.log().go_on_as(self.id, fresh.id, &mut wakers);
            self.hub.wake(wakers);
        } else {
            let mut old = std::mem::replace(self, fresh);
            std::mem::swap(&mut self.own, &mut old.own);
        }
    }
}
