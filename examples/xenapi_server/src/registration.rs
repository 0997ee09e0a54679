//! What a session has registered for, and `event.next` waits on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tenure::Session;
use tenure::events::EventError;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::changes::Change;
use crate::classes::Classes;
use crate::failure::Failure;
use crate::feed::{Feed, Interrupted};
use crate::login::Login;
use crate::methods::Api;
use crate::objects::Window;
use crate::position::Position;

/// The one registration that a session may have.
#[derive(Default)]
pub(crate) struct Registered(Mutex<Option<Arc<Registration>>>);

struct Registration {
    wanted: watch::Sender<Classes>,
    /// The call that waits holds it. A second call of the same session waits for its turn.
    feed: AsyncMutex<Feed>,
}

/// Why `event.next` has no events to answer.
pub(crate) enum Nothing {
    /// The session wants none, or no longer.
    NotRegistered,
    /// Events that it wants were lost.
    Lost,
    /// There will be no more events.
    Over(EventError),
}

impl Registered {
    /// The session wants events of these classes too.
    pub(crate) fn add(
        &self,
        api: &Api,
        of: &Session<Login>,
        classes: Classes,
    ) -> Result<(), Failure> {
        // Made before the lock is taken, which must be free while the store works.
        let feed = self.lock().is_none().then(|| Feed::new(&api.sessions, of));
        let mut slot = self.lock();
        if let Some(registration) = &*slot {
            let mut added = Ok(());
            registration.wanted.send_modify(|wanted| added = wanted.add(classes));
            drop(slot);
            // Another call of the same session was faster. This one's goes once the lock is free.
            drop(feed);
            return added;
        }
        if let Some(feed) = feed {
            let feed = AsyncMutex::new(feed);
            *slot = Some(Arc::new(Registration { wanted: watch::Sender::new(classes), feed }));
            return Ok(());
        }
        // Unregistered in between, by another call of the same session.
        drop(slot);
        self.add(api, of, classes)
    }

    /// The session no longer wants events of these classes. Returns whether it wanted any.
    pub(crate) fn remove(&self, classes: &Classes) -> bool {
        let mut slot = self.lock();
        let Some(registration) = slot.as_ref() else {
            return false;
        };
        registration.wanted.send_modify(|wanted| wanted.remove(classes));
        let empty = registration.wanted.borrow().is_empty();
        let gone = if empty { slot.take() } else { None };
        // The lock is free again when the subscriptions go.
        drop(slot);
        drop(gone);
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
                    // What is wanted now: that may just have changed.
                    let wanted = classes.borrow().clone();
                    let changes = Change::all(api, &events, &wanted);
                    if !changes.is_empty() {
                        return Ok(changes);
                    }
                }
                Err(Interrupted::Over(error)) => return Err(Nothing::Over(error)),
                Err(Interrupted::Lost { class, after }) => {
                    let Some(window) = made_up(api, of, wanted.only(class), after) else {
                        // What follows is what happens after the client is told.
                        *feed = Feed::new(&api.sessions, of);
                        return Err(Nothing::Lost);
                    };
                    feed.skip_to(class, window.until);
                    if !window.changes.is_empty() {
                        return Ok(window.changes);
                    }
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

/// What became of single objects since `after`, where the events in between were lost, most of them
/// perhaps of others. `None` if that is not known, or a whole class is wanted.
fn made_up(
    api: &Api,
    of: &Session<Login>,
    wanted: Option<Classes>,
    after: Position,
) -> Option<Window> {
    api.since(Some(after), &wanted?, &of.data().viewer()).ok()
}
