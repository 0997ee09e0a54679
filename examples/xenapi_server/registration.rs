//! What a session has registered for, and `event.next` waits on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure::{EventError, Session};
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::changes::Change;
use crate::classes::Classes;
use crate::failure::Failure;
use crate::feed::Feed;
use crate::login::Login;
use crate::methods::Api;

/// The one registration that a session may have.
#[derive(Default)]
pub(crate) struct Registered(Mutex<Option<Arc<Registration>>>);

struct Registration {
    wanted: watch::Sender<Classes>,
    /// Whoever waits holds it. A second call of the same session waits for its turn.
    feed: AsyncMutex<Feed>,
}

/// Why `event.next` has no events to answer.
pub(crate) enum Nothing {
    /// The session wants none, or no longer.
    NotRegistered,
    /// As the store says.
    Broken(EventError),
}

impl Registered {
    /// The session wants events of these classes too.
    pub(crate) fn add(
        &self,
        api: &Api,
        of: &Session<Login>,
        classes: Classes,
    ) -> Result<(), Failure> {
        if let Some(registration) = self.get() {
            let mut added = Ok(());
            registration.wanted.send_modify(|wanted| added = wanted.add(classes));
            return added;
        }
        // Made before the lock is taken; it is of no use if another call was faster.
        let feed = AsyncMutex::new(Feed::new(&api.sessions, of));
        let new = Arc::new(Registration { wanted: watch::Sender::new(classes.clone()), feed });
        let mut slot = self.lock();
        match &*slot {
            None => {
                *slot = Some(new);
                Ok(())
            }
            Some(faster) => {
                let mut added = Ok(());
                faster.wanted.send_modify(|wanted| added = wanted.add(classes));
                drop(slot);
                added
            }
        }
    }

    /// The session no longer wants events of these classes. Answers whether it wanted any.
    pub(crate) fn remove(&self, classes: &Classes) -> bool {
        let Some(registration) = self.get() else {
            return false;
        };
        registration.wanted.send_modify(|wanted| wanted.remove(classes));
        if registration.wanted.borrow().is_empty() {
            self.clear();
        }
        true
    }

    /// The session no longer wants events. Its calls that wait for some are told by its end, or by
    /// their classes being gone.
    pub(crate) fn clear(&self) {
        let registration = self.lock().take();
        // The lock is free again when the subscriptions go.
        drop(registration);
    }

    /// Waits until there are events, and takes them.
    pub(crate) async fn next(
        &self,
        api: &Api,
        of: &Session<Login>,
    ) -> Result<Vec<Change>, Nothing> {
        let registration = self.get().ok_or(Nothing::NotRegistered)?;
        let mut feed = registration.feed.lock().await;
        let mut classes = registration.wanted.subscribe();
        loop {
            let wanted = classes.borrow_and_update().clone();
            if wanted.is_empty() {
                return Err(Nothing::NotRegistered);
            }
            let taken = tokio::select! {
                taken = feed.take(&wanted) => taken,
                _ = classes.changed() => continue,
            };
            match taken {
                Ok(events) => {
                    // What is wanted by now, if that has just changed.
                    let wanted = classes.borrow().clone();
                    let changes = Change::all(api, &events, &wanted);
                    if !changes.is_empty() {
                        return Ok(changes);
                    }
                }
                Err(error) => {
                    if matches!(error, EventError::EventsLost { .. }) {
                        // What follows is what happens after the client is told.
                        *feed = Feed::new(&api.sessions, of);
                    }
                    return Err(Nothing::Broken(error));
                }
            }
        }
    }

    fn get(&self) -> Option<Arc<Registration>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Registration>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
