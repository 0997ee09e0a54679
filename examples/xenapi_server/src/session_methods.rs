//! `session.*`, and `task.sleep`, which shows what it means for a session to be in use.

use dxr::Value;
use tenure::{LookupError, Session};

use crate::failure::Failure;
use crate::log::quoted;
use crate::login::Login;
use crate::methods::{Answer, Api, Call};
use crate::params::Params;
use crate::records;
use crate::refs::{self, SessionRef};
use crate::rpc::{date, nothing, structure, text};

/// The longest originator in bytes: a session must not hold a megabyte of it.
const LONGEST_ORIGINATOR: usize = 256;

/// `session.login_with_password(user, password, version, originator)`
pub(crate) fn log_in(api: &Api, params: &Params<'_>) -> Answer {
    let (user, password) = (params.text(0)?, params.text(1)?);
    let _version = params.text_or_empty(2)?;
    let originator = params.text_or_empty(3)?;
    if !api.users.may_log_in(user, password) {
        // An unknown name is not logged: people type passwords into the wrong field.
        let user = if api.users.know(user) { user } else { "(unknown)" };
        api.log.info(format_args!("wrong password or name, user={}", quoted(user)));
        return Err(Failure::authentication_failed());
    }
    if originator.len() > LONGEST_ORIGINATOR {
        let why = format!("longer than {LONGEST_ORIGINATOR} bytes");
        return Err(Failure::value_not_supported("originator", originator, &why));
    }
    let session = api.sessions.log_in(Login::user(user, originator))?;
    Ok(text(refs::secret(&session.id())))
}

/// `session.slave_login(host, pool_secret)`: a member of the pool comes by.
pub(crate) fn slave_log_in(api: &Api, params: &Params<'_>) -> Answer {
    let (host, secret) = (params.text(0)?, params.text(1)?);
    let Some(known) = api.pool.secret() else {
        return Err(Failure::not_in_a_pool());
    };
    if !known.is(secret) {
        api.log.info("wrong pool secret");
        return Err(Failure::authentication_failed());
    }
    let host = api.hosts.find(host)?;
    // A login counts as a heartbeat. The session ends if the host falls silent again.
    api.hosts.called(host)?;
    Ok(text(refs::secret(&api.pool.log_in(&api.sessions, &api.hosts, host)?.id())))
}

/// `session.logout(session)`: the one that the pool shares goes on, which is a success all the
/// same.
pub(crate) fn log_out(call: &Call<'_>) -> Answer {
    call.api.sessions.log_out(&call.lease);
    Ok(nothing())
}

/// `session.logout_subject_identifier(session, user)`: all of the user's but the caller's.
pub(crate) fn log_out_user(call: &Call<'_>) -> Answer {
    let user = call.params.text(1)?;
    if user.is_empty() {
        // It would mean every member of the pool.
        return Err(Failure::value_not_supported("user", user, "it is empty"));
    }
    let caller = call.lease.data();
    if user != caller.user && !caller.is_superuser() {
        let method = "session.logout_subject_identifier";
        return Err(Failure::permission_denied(method, "only root may log other users out"));
    }
    let ended = call.api.sessions.log_out_others(user, &call.lease);
    call.api.log.debug(format_args!("{ended} sessions of user {} logged out", quoted(user)));
    Ok(nothing())
}

/// `session.why_ended(session, ended)`: a struct with the reason, the time, and the limit or "".
pub(crate) fn why_ended(call: &Call<'_>) -> Answer {
    let ended = call.params.text(1)?;
    let looked_up = match refs::parse(ended) {
        Some(SessionRef::Secret(id)) => call.api.sessions.peek(&id),
        // Only by the reference: the session's client learns why it ended, others do not.
        Some(SessionRef::Name) | None => Err(LookupError::Unknown),
    };
    match looked_up {
        Err(LookupError::Ended(tombstone)) => Ok(records::ended(&tombstone)),
        Ok(_live) => {
            let handle = refs::shortened(ended);
            Err(Failure::value_not_supported("session", &handle, "it has not ended"))
        }
        Err(_) => Err(Failure::handle_invalid("session", refs::shortened(ended))),
    }
}

/// `session.get_uuid(session, which)`
pub(crate) fn uuid(call: &Call<'_>) -> Answer {
    Ok(text(refs::uuid(subject(call)?.track_id())))
}

/// `session.get_this_user(session, which)`
pub(crate) fn this_user(call: &Call<'_>) -> Answer {
    Ok(text(refs::user(&subject(call)?.data().user)))
}

/// `session.get_auth_user_name(session, which)`
pub(crate) fn auth_user_name(call: &Call<'_>) -> Answer {
    Ok(text(&subject(call)?.data().user))
}

/// `session.get_originator(session, which)`
pub(crate) fn originator(call: &Call<'_>) -> Answer {
    Ok(text(&subject(call)?.data().originator))
}

/// `session.get_last_active(session, which)`
pub(crate) fn last_active(call: &Call<'_>) -> Answer {
    Ok(date(call.api.sessions.last_active(&subject(call)?)))
}

/// `session.get_all(session)`: names, the session unused for longest first. Other users' are for
/// root and members of the pool.
pub(crate) fn all(call: &Call<'_>) -> Answer {
    let names = seen(call).map(|session| text(refs::name(session.track_id())));
    Ok(Value::Array(names.collect()))
}

/// `session.get_all_records(session)`: what there is to know of each, by name.
pub(crate) fn all_records(call: &Call<'_>) -> Answer {
    let records = seen(call).map(|session| {
        (refs::name(session.track_id()), records::session(call.api, &session, None))
    });
    Ok(structure(records))
}

/// `task.sleep(session, seconds)`: a call that takes its time. It ends early if its session does.
pub(crate) async fn sleep(call: &Call<'_>) -> Answer {
    let length = call.params.seconds(1)?;
    tokio::select! {
        () = tokio::time::sleep(length) => Ok(nothing()),
        tombstone = call.lease.ended() => {
            let handle = refs::shortened(call.params.session()?);
            Err(Failure::session_ended(handle, &tombstone))
        }
    }
}

/// The live sessions that the caller may see.
fn seen<'a>(call: &'a Call<'_>) -> impl Iterator<Item = Session<Login>> + 'a {
    let viewer = call.lease.data().viewer();
    call.api.sessions.live().filter(move |session| viewer.sees(session.data()))
}

/// The session that a getter asks about: one's own, or one that `session.get_all` named.
fn subject(call: &Call<'_>) -> Result<Session<Login>, Failure> {
    let which = call.params.text(1)?;
    let found = match refs::parse(which) {
        // Only its owner knows the reference, so there is nothing to keep from the caller.
        Some(SessionRef::Secret(id)) => call.api.sessions.peek(&id).ok(),
        Some(SessionRef::Name) => {
            let viewer = call.lease.data().viewer();
            let named = call.api.sessions.directory.find(which);
            named.filter(|session| viewer.sees(session.data()))
        }
        None => None,
    };
    found.ok_or_else(|| Failure::handle_invalid("session", refs::shortened(which)))
}
