//! An event as one line of a log.

use std::fmt;

use super::event::Event;
use crate::session::SessionInfo;

/// One line for a log: what happened to what, and why. It shows no secret id; names, which come
/// from clients, are quoted and escaped, so they cannot begin a line of their own.
///
/// # Examples
///
/// ```
/// use tenure::events::Filter;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let mut events = store.subscribe(Filter::all());
/// let session = store.create(NewSession::new(()).principal("alice")).unwrap();
/// store.end(&session.id());
///
/// let (name, _created) = (session.track_id(), events.try_recv().unwrap());
/// let ended = events.try_recv().unwrap().unwrap();
/// let line = format!("session {name} ended: logged out, principal \"alice\"");
/// assert_eq!(ended.to_string(), line);
/// # Ok::<(), tenure::BuildError>(())
/// ```
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        if let Some(info) = self.session() {
            write!(f, "session {} {kind}", info.track_id())?;
            if let Some(reason) = self.reason() {
                write!(f, ": {reason}")?;
            }
            return write_names(f, info);
        }
        write!(f, "{kind}")?;
        if let Some(evictions) = self.evictions_last_hour() {
            write!(f, ": {evictions} evictions in the past hour")?;
        }
        if let Some(staleness) = self.staleness() {
            write!(f, ": the ends of other nodes were last heard of {staleness:?} ago")?;
        }
        if let Some(host) = self.host() {
            write!(f, ": host {host:?}")?;
        }
        if let Some(skew) = self.skew() {
            let direction = if skew.is_negative() { "behind" } else { "ahead" };
            write!(f, " is {:?} {direction}", skew.unsigned_abs())?;
        }
        Ok(())
    }
}

fn write_names(f: &mut fmt::Formatter<'_>, info: &SessionInfo) -> fmt::Result {
    let names =
        [("principal", info.principal()), ("originator", info.originator()), ("host", info.host())];
    for (which, name) in names {
        if let Some(name) = name {
            write!(f, ", {which} {name:?}")?;
        }
    }
    Ok(())
}
