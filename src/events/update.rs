//! What a live table is told.

use crate::event_log::Event;
use crate::session::SessionInfo;

/// What a [`Watch`](crate::events::Watch) returns.
///
/// # Examples
///
/// A table that is kept by it:
///
/// ```
/// use std::collections::HashMap;
/// use tenure::events::{Event, EventKind, Filter, Update};
/// use tenure::{NewSession, SessionInfo, SessionStore, TrackId};
///
/// fn apply(table: &mut HashMap<TrackId, SessionInfo>, update: Update) {
///     match update {
///         Update::Snapshot(live) => {
///             *table = live.into_iter().map(|info| (info.track_id(), info)).collect();
///         }
///         Update::Event(event) => match (event.kind(), event.session()) {
///             (EventKind::Created | EventKind::Loaded, Some(info)) => {
///                 table.insert(info.track_id(), info.clone());
///             }
///             (EventKind::Ended | EventKind::Unloaded, Some(info)) => {
///                 table.remove(&info.track_id());
///             }
///             _ => {}
///         },
///     }
/// }
///
/// let store = SessionStore::builder().event_ring(2).build()?;
/// let mut watch = store.watch(Filter::all());
/// let mut table = HashMap::new();
/// for n in 0..100 {
///     let session = store.create(NewSession::new(n)).unwrap(); // more than the ring holds
///     if n % 2 == 0 {
///         store.end(&session.id());
///     }
/// }
/// while let Ok(Some(update)) = watch.try_recv() {
///     apply(&mut table, update);
/// }
/// assert_eq!(table.len(), 50);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub enum Update {
    /// The live sessions of one moment, in place of all that was known before: first, and after a
    /// loss of events.
    Snapshot(Vec<SessionInfo>),
    /// What happened next.
    Event(Event),
}
