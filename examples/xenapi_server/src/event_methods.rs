//! `event.*`: what happens to sessions and hosts.
//!
//! A call that waits keeps its session in use, as any call does. When the session ends it is
//! answered `SESSION_INVALID` at once, before anything that is unread.

use std::pin::pin;
use std::time::Duration;

use dxr::Value;
use tenure::LookupError;
use tenure::events::EventError;

use crate::classes::Classes;
use crate::failure::Failure;
use crate::feed::{Feed, HOST, Interrupted, SESSION};
use crate::history::Lost;
use crate::methods::{Answer, Call};
use crate::objects::Window;
use crate::position::{NoToken, Position};
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
    // The end of a session clears its registration: for one that has ended meanwhile, nothing will
    // do so any more.
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
        // The end of the session clears its registration, too.
        Err(Nothing::NotRegistered) => Err(ended(call).unwrap_or_else(|| not_registered(call))),
        Err(Nothing::Lost) => Err(Failure::events_lost()),
        Err(Nothing::Over(error)) => Err(over(call, &error)),
    }
}

/// `event.from(session, classes, token, timeout)`: what has become of each object since the token,
/// and how many there were then.
pub(crate) async fn from(call: &Call<'_>) -> Answer {
    let wanted = classes(call)?;
    let token = call.params.text(2)?;
    let timeout = call.params.timeout(3, LONGEST_WAIT)?;
    let from = match token {
        "" => None,
        token => Some(token.parse().map_err(|NoToken| Failure::token_parse_failure(token))?),
    };
    let window = wait(call, &wanted, from, timeout).await?;
    let all = [(SESSION, window.sessions), (HOST, call.api.hosts.names().count())];
    let counts = all.into_iter().filter(|(class, _)| wanted.want_any(class));
    let events = window.changes.into_iter().map(|change| change.into_value(call.api));
    Ok(structure([
        ("events", Value::Array(events.collect())),
        ("valid_ref_counts", structure(counts.map(|(class, count)| (class, number(count))))),
        ("token", text(window.until.to_string())),
    ]))
}

/// What has happened since. Where that is nothing, this waits for more, up to `timeout`.
async fn wait(
    call: &Call<'_>,
    wanted: &Classes,
    mut from: Option<Position>,
    timeout: Duration,
) -> Result<Window, Failure> {
    let viewer = call.lease.data().viewer();
    let mut time_is_up = pin!(tokio::time::sleep(timeout));
    // It only wakes: what has happened, the history says.
    let mut feed = Feed::new(&call.api.sessions, &call.lease);
    let mut last = false;
    loop {
        let window = call.api.since(from, wanted, &viewer);
        let window = window.map_err(|Lost| Failure::events_lost())?;
        if last || !window.changes.is_empty() {
            return Ok(window);
        }
        from = Some(window.until);
        tokio::select! {
            biased;
            woken = feed.take(wanted) => if let Err(Interrupted::Over(error)) = woken {
                return Err(over(call, &error));
            },
            () = &mut time_is_up => last = true,
        }
    }
}

/// The classes that a client passed, with the objects in them by their public names.
fn classes(call: &Call<'_>) -> Result<Classes, Failure> {
    Classes::read(&call.params.texts(1)?, |class, object| match (class, refs::parse(object)) {
        // A client knows its own session by the reference. Another's, it cannot know.
        (SESSION, Some(SessionRef::Secret(id))) => {
            let name = match call.api.sessions.peek(&id) {
                Ok(session) => Some(refs::name(session.track_id())),
                // Its end is still to be told.
                Err(LookupError::Ended(_)) => call.api.sessions.directory.name_of(&id),
                Err(_) => None,
            };
            name.unwrap_or_else(|| refs::NULL.to_owned())
        }
        (HOST, _) => match call.api.hosts.find(object) {
            Ok(name) => call.api.hosts.reference(name),
            Err(_) => refs::NULL.to_owned(),
        },
        _ => object.to_owned(),
    })
}

/// Why there will be no more events.
fn over(call: &Call<'_>, error: &EventError) -> Failure {
    let handle = call.params.session().map(refs::shortened).unwrap_or_default();
    match error {
        EventError::SessionEnded(tombstone) => Failure::session_ended(handle, tombstone),
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
