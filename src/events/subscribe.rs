//! How a store is subscribed to.

use super::stale::{Stale, Staleness};
use super::subscription::Subscription;
use crate::event_log::{EventToken, Filter, SubscriptionInfo, Wakers};
use crate::session::{SessionInfo, drop_record};
use crate::store::SessionStore;
use crate::sync::Arc;

/// A new subscription.
struct Opened {
    subscription: Subscription,
    sessions: Vec<SessionInfo>,
    /// Why it could not go on from the token.
    reason: Option<Staleness>,
}

impl<T> SessionStore<T> {
    /// The events from now on that `filter` wants.
    ///
    /// The store keeps the last events, as many as its
    /// [event ring](crate::StoreBuilder::event_ring) holds, for all subscribers together. One that
    /// falls behind by more is told how many it lost, and goes on: a slow subscriber holds up
    /// nobody. While nobody is subscribed nothing is recorded, and an event costs one load and a
    /// branch; each subscription makes every event a little dearer.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EventKind, Filter, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all().kinds([EventKind::Created]));
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let event = events.try_next().unwrap().unwrap();
    /// assert_eq!(event.session().unwrap().track_id(), session.track_id());
    /// assert!(events.try_next().unwrap().is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn subscribe(&self, filter: Filter) -> Subscription {
        self.open(filter, None, false).subscription
    }

    /// The live sessions that `filter` wants, and the events from exactly that state on.
    ///
    /// The sessions are those of one moment. Whoever keeps a table adds and removes by the events,
    /// and it stays right. A session that has expired is in until it has ended: that is an event.
    /// Copying the pointers holds up creating and ending, not touching.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{Filter, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let before = store.create(NewSession::new(())).unwrap();
    /// let (live, mut events) = store.subscribe_with_snapshot(Filter::all());
    /// assert_eq!(live[0].track_id(), before.track_id());
    /// assert!(events.try_next().unwrap().is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn subscribe_with_snapshot(&self, filter: Filter) -> (Vec<SessionInfo>, Subscription) {
        let Opened { sessions, subscription, .. } = self.open(filter, None, true);
        (sessions, subscription)
    }

    /// The events after `token` that `filter` wants: it goes on where an earlier subscription, or
    /// another process that was told of the events, had come to.
    ///
    /// # Errors
    ///
    /// [`Stale`] where some of those events are gone, or the token is of another store. It has the
    /// live sessions, and the subscription that goes on from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EventKind, Filter, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().keep_events(true).build()?;
    /// let token = store.subscribe(Filter::all()).token();
    /// store.create(NewSession::new(())).unwrap();
    ///
    /// let mut events = store.subscribe_from(Filter::all(), token).unwrap();
    /// assert_eq!(events.try_next().unwrap().unwrap().kind(), EventKind::Created);
    ///
    /// let other = SessionStore::<()>::builder().build()?;
    /// let stale = other.subscribe_from(Filter::all(), token).unwrap_err();
    /// assert_eq!(
    ///     stale.to_string(),
    ///     "the event token is not of this store: resynchronise from the 0 live sessions"
    /// );
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[allow(clippy::result_large_err, reason = "the error is as much an answer as the other")]
    pub fn subscribe_from(&self, filter: Filter, token: EventToken) -> Result<Subscription, Stale> {
        let Opened { subscription, sessions, reason } = self.open(filter, Some(token), true);
        match reason {
            None => Ok(subscription),
            Some(reason) => Err(Stale { reason, sessions, subscription }),
        }
    }

    /// The live sessions that the subscription's filter wants, after it lost events. It forgets
    /// what it has not taken, and goes on from exactly that state. A subscription of another store
    /// moves over to this one, and is gone for its watchers.
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

    /// Opens a subscription, after `token` if that can be. A snapshot is made only where it starts
    /// now.
    fn open(&self, filter: Filter, token: Option<EventToken>, snapshot: bool) -> Opened {
        let table = self.table();
        let wanted = filter.clone();
        let (id, reason, members, wakers) = table.visit(table.moment(), |visit| {
            let ((id, reason), wakers) = visit.follow(|log| {
                let next = log.next();
                let token = token.unwrap_or_else(|| log.token(next));
                let (from, reason) = match log.missing_since(token, next) {
                    Some(0) => (token.next, None),
                    Some(missed) => (next, Some(Staleness::TooOld { missed })),
                    None => (next, Some(Staleness::Unknown)),
                };
                (log.open(filter, from), reason)
            });
            let needed = snapshot && (token.is_none() || reason.is_some());
            let members = if needed { visit.live.members(wanted.names()) } else { Vec::new() };
            (id, reason, members, wakers)
        });
        table.events.wake(wakers);
        let subscription = Subscription::new(Arc::clone(&table.events), id);
        let infos = members.into_iter().map(|record| {
            let info = SessionInfo::new(&record, record.word.load());
            drop_record(record);
            info
        });
        let sessions = infos.filter(|info| wanted.wants(info)).collect();
        Opened { subscription, sessions, reason }
    }
}

impl Subscription {
    /// Goes on where a new subscription to the same store would begin; moves to it if it is to
    /// another.
    fn go_on_as(&mut self, fresh: Self) {
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
