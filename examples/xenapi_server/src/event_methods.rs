//! `event.*`: what happens to sessions and hosts.
//!
//! A call that waits keeps its session in use, as any call does. When the session ends it is
//! answered `SESSION_INVALID` at once, before anything that is unread.

use std::time::Duration;

use dxr::Value;
use tenure::events::EventError;

use crate::changes::{Change, Coalesced};
use crate::classes::Classes;
use crate::failure::Failure;
use crate::feed::{Feed, HOST, Position, SESSION};
use crate::methods::{Answer, Call};
use crate::refs::{self, SessionRef};
use crate::registration::Nothing;
use crate::rpc::{nothing, number, structure, text};

/// How long a call for events waits at most: a client may be gone without a word.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// `event.register(session, classes)`
pub(crate) fn register(call: &Call<'_>) -> Answer {
    let registered = &call.lease.data().events;
    let classes = classes(call)?;
    if classes.is_empty() {
        let why = "name a class, or * for all";
        return Err(Failure::value_not_supported("classes", "", why));
    }
    registered.add(call.api, &call.lease, classes)?;
    // Whoever ends a session clears its registration: one that has ended meanwhile has nobody left
    // who would.
    if call.lease.is_ended() {
        registered.clear();
    }
    Ok(nothing())
}

/// `event.unregister(session, classes)`
pub(crate) fn unregister(call: &Call<'_>) -> Answer {
    if call.lease.data().events.remove(&classes(call)?) {
        Ok(nothing())
    } else {
        Err(not_registered(call))
    }
}

/// `event.next(session)`: waits until there are events of what the session has registered for.
/// After [`LONGEST_WAIT`] there are none.
pub(crate) async fn next(call: &Call<'_>) -> Answer {
    let waited = call.lease.data().events.next(call.api, &call.lease);
    let Ok(waited) = tokio::time::timeout(LONGEST_WAIT, waited).await else {
        return Ok(Value::Array(Vec::new()));
    };
    match waited {
        Ok(changes) => {
            let values = changes.into_iter().map(|change| change.into_value(call.api));
            Ok(Value::Array(values.collect()))
        }
        // Whoever ends the session clears its registration, too.
        Err(Nothing::NotRegistered) => Err(ended(call).unwrap_or_else(|| not_registered(call))),
        Err(Nothing::Broken(error)) => Err(broken(call, &error)),
    }
}

/// `event.from(session, classes, token, timeout)`: what has become of each object since the token.
pub(crate) async fn from(call: &Call<'_>) -> Answer {
    let wanted = classes(call)?;
    let token = call.params.text(2)?;
    let timeout = call.params.timeout(3, LONGEST_WAIT)?;
    let mut changes = Coalesced::default();
    let mut feed =
        if token.is_empty() { start(call, &wanted, &mut changes) } else { resume(call, token)? };
    wait(call, &wanted, &mut feed, timeout, &mut changes).await?;
    Ok(structure([
        ("events", Value::Array(changes.into_values(call.api))),
        ("valid_ref_counts", counts(call, &wanted)),
        ("token", text(feed.position().to_string())),
    ]))
}

/// Begins with everything there is.
fn start(call: &Call<'_>, wanted: &Classes, changes: &mut Coalesced) -> Feed {
    let (live, feed) = Feed::with_snapshot(&call.api.sessions, &call.lease);
    call.api.sessions.directory.settle();
    changes.add(live.iter().filter_map(|info| Change::of_live(call.api, info, wanted)));
    let hosts = call.api.hosts.names();
    changes.add(hosts.filter_map(|name| Change::of_host(call.api, name, wanted)));
    feed
}

/// Goes on where an earlier call has stopped.
fn resume(call: &Call<'_>, token: &str) -> Result<Feed, Failure> {
    let position: Position = token.parse().map_err(|_| Failure::token_parse_failure(token))?;
    Feed::after(&call.api.sessions, &call.lease, position).map_err(|_stale| Failure::events_lost())
}

/// Takes what there is. Where that is nothing, waits for more, up to `timeout`.
async fn wait(
    call: &Call<'_>,
    wanted: &Classes,
    feed: &mut Feed,
    timeout: Duration,
    changes: &mut Coalesced,
) -> Result<(), Failure> {
    let some = async {
        while changes.is_empty() {
            changes.add(Change::all(call.api, &feed.take(wanted).await?, wanted));
        }
        Ok(())
    };
    match tokio::time::timeout(timeout, some).await {
        Ok(Err(error)) => Err(broken(call, &error)),
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}

/// How many objects of each wanted class the caller may see.
fn counts(call: &Call<'_>, wanted: &Classes) -> Value {
    let sessions = call.api.sessions.directory.count(&call.lease.data().viewer());
    let all = [(SESSION, sessions), (HOST, call.api.hosts.names().count())];
    let wanted = all.into_iter().filter(|(class, _)| wanted.want_any(class));
    structure(wanted.map(|(class, count)| (class, number(count))))
}

/// The classes that a client passed, with the objects in them by their public names.
fn classes(call: &Call<'_>) -> Result<Classes, Failure> {
    Classes::read(&call.params.texts(1)?, |class, object| match (class, refs::parse(object)) {
        // A client knows its own session by the reference. Another's, it cannot know.
        (SESSION, Some(SessionRef::Secret(id))) => {
            let session = call.api.sessions.peek(&id).ok();
            session.map_or(refs::NULL.to_owned(), |session| refs::name(session.track_id()))
        }
        (HOST, _) => match call.api.hosts.find(object) {
            Ok(name) => call.api.hosts.reference(name),
            Err(_) => refs::NULL.to_owned(),
        },
        _ => object.to_owned(),
    })
}

fn broken(call: &Call<'_>, error: &EventError) -> Failure {
    let handle = call.params.session().map(refs::shortened).unwrap_or_default();
    match error {
        EventError::SessionEnded(tombstone) => Failure::session_ended(handle, tombstone),
        EventError::EventsLost { .. } => Failure::events_lost(),
        // The store is closed; then so are its sessions.
        _ => ended(call).unwrap_or_else(|| Failure::session_invalid(handle, error)),
    }
}

/// The failure of a session that has ended.
fn ended(call: &Call<'_>) -> Option<Failure> {
    let handle = call.params.session().map(refs::shortened).unwrap_or_default();
    call.lease.tombstone().map(|tombstone| Failure::session_ended(handle, &tombstone))
}

fn not_registered(call: &Call<'_>) -> Failure {
    Failure::session_not_registered(call.params.session().map(refs::shortened).unwrap_or_default())
}
