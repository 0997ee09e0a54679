//! A table of sessions that is kept by events alone.

// Two test files use it, each a part of it.
#![allow(dead_code)]

use std::collections::HashSet;

use tenure::events::{Event, EventKind};
use tenure::{Selector, SessionInfo, SessionStore, TrackId};

/// The sessions that must be live, going by a snapshot and the events since.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Live(pub(crate) HashSet<TrackId>);

impl Live {
    pub(crate) fn of(snapshot: &[SessionInfo]) -> Self {
        Self(snapshot.iter().map(SessionInfo::track_id).collect())
    }

    /// Applies an event, which must make sense: no session is created twice, and none ends or
    /// is rotated that is not there.
    pub(crate) fn apply(&mut self, event: &Event) {
        let Some(info) = event.session() else { return };
        let sensible = match event.kind() {
            EventKind::Created => self.0.insert(info.track_id()),
            EventKind::Ended => self.0.remove(&info.track_id()),
            _ => self.0.contains(&info.track_id()),
        };
        assert!(sensible, "{event:?} makes no sense");
    }

    /// Applies these events, in order.
    pub(crate) fn apply_all(&mut self, events: &[Event]) {
        for event in events {
            self.apply(event);
        }
    }

    /// Whether it is what the store says.
    pub(crate) fn is_that_of<T>(&self, store: &SessionStore<T>) {
        let listed = Self::of(&store.list(&Selector::all()));
        assert!(*self == listed, "{} by events, {} by the store", self.0.len(), listed.0.len());
    }
}
