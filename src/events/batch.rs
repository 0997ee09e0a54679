//! Many events at once, one a session.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use super::error::EventError;
use super::subscription::Subscription;
use crate::event_log::{Event, EventKind};

impl Subscription {
    /// Takes what there is, at most `max` events, and keeps one of each session: the last. Blocks
    /// until there is one, at most for `timeout`, in real time; empty if there is none by then.
    ///
    /// Rotations right after a creation are left out in its favour: a table of sessions that
    /// is kept by events needs it. A session that was created and ended in one batch is an
    /// end alone. Events that are about no session are all kept. A `max` of 0 is taken as 1.
    ///
    /// # Errors
    ///
    /// [`EventError`] says what there is in place of events.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::events::{EventKind, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let mut events = store.subscribe(Filter::all());
    /// let gone = store.create(NewSession::new(())).unwrap();
    /// let here = store.create(NewSession::new(())).unwrap();
    /// store.end(&gone.id());
    /// store.rotate(&here.id()).unwrap();
    ///
    /// let batch = events.recv_batch(100, Duration::ZERO).unwrap();
    /// let kinds: Vec<_> = batch.iter().map(|event| event.kind()).collect();
    /// assert_eq!(kinds, [EventKind::Created, EventKind::Ended]);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn recv_batch(&mut self, max: usize, timeout: Duration) -> Result<Vec<Event>, EventError> {
        let Some(first) = self.recv_timeout(timeout)? else { return Ok(Vec::new()) };
        // Others may publish faster than this reads.
        let end = self.hub.log().next();
        let mut taken = vec![first];
        while taken.len() < max && taken.last().is_some_and(|last| last.sequence() + 1 < end) {
            match self.read(false, None) {
                Ok(Some(event)) => taken.push(event),
                // The next call says what else there is.
                Ok(None) | Err(_) => break,
            }
        }
        Ok(coalesce(taken))
    }
}

/// Leaves one event of each session.
fn coalesce(taken: Vec<Event>) -> Vec<Event> {
    let mut kept: Vec<Option<Event>> = Vec::with_capacity(taken.len());
    let mut last: HashMap<u64, usize> = HashMap::new();
    for event in taken {
        if let Some(info) = event.session() {
            match last.entry(info.number()) {
                Entry::Occupied(mut before) => {
                    let at = before.get_mut();
                    let first = kept[*at].as_ref().map(Event::kind);
                    let fresh = matches!(first, Some(EventKind::Created | EventKind::Loaded));
                    if fresh && event.kind() == EventKind::Rotated {
                        continue;
                    }
                    kept[*at] = None;
                    *at = kept.len();
                }
                Entry::Vacant(first) => {
                    first.insert(kept.len());
                }
            }
        }
        kept.push(Some(event));
    }
    kept.into_iter().flatten().collect()
}
