//! What clients may read of a session.

use dxr::Value;
use tenure::{EndReason, Session, Tombstone};

use crate::login::Login;
use crate::methods::Api;
use crate::refs;
use crate::rpc::{date, structure, text};

/// The record of a session; of one that has ended, with how it ended.
pub(crate) fn session(api: &Api, session: &Session<Login>, end: Option<Tombstone>) -> Value {
    let login = session.data();
    let mut fields = vec![
        ("uuid", text(refs::uuid(session.track_id()))),
        ("this_host", text(refs::HOST)),
        ("this_user", text(refs::user(&login.user))),
        ("last_active", date(api.sessions.last_active(session))),
        ("pool", Value::Boolean(login.is_pool())),
        ("is_local_superuser", Value::Boolean(login.is_superuser())),
        ("auth_user_name", text(&login.user)),
        ("originator", text(&login.originator)),
    ];
    fields.extend(end.map(|tombstone| ("ended", ended(&tombstone))));
    structure(fields)
}

/// When and why a session ended: the reason, the time, and the limit or "".
pub(crate) fn ended(tombstone: &Tombstone) -> Value {
    let limit = match tombstone.reason() {
        EndReason::Evicted { limit } => limit.to_string(),
        _ => String::new(),
    };
    structure([
        ("reason", text(tombstone.reason().to_string())),
        ("time", date(tombstone.wall())),
        ("limit", text(limit)),
    ])
}
