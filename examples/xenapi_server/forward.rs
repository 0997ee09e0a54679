//! Calls that are about another host: they are made there.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dxr::Value;
use tenure::{EventKind, Filter, HostError, NewSession, Session};

use crate::failure::Failure;
use crate::hosts::Hosts;
use crate::login::Login;
use crate::methods::{Answer, Call};
use crate::peer::{self, PeerError};
use crate::pool::PoolSecret;
use crate::refs;
use crate::rpc::text;
use crate::sessions::Sessions;

/// Makes a call about another host there.
///
/// It logs in there as a member of the pool, once for all calls while that session is good. A host
/// that is assumed dead is not bothered; one that dies meanwhile ends the call, and so does the end
/// of the caller's session.
pub(crate) async fn forward(
    call: &Call<'_>,
    host: &str,
    address: SocketAddr,
    method: &str,
) -> Answer {
    let (api, hosts) = (call.api, &call.api.hosts);
    let Some(secret) = api.pool.secret() else {
        return Err(Failure::not_in_a_pool());
    };
    let there = There { hosts, secret, host, address, used: Mutex::default() };
    let outcome = tokio::select! {
        tombstone = call.lease.ended() => {
            let handle = refs::shortened(call.params.session()?);
            return Err(Failure::session_ended(handle, &tombstone));
        }
        () = death(&api.sessions, host) => Err("it is assumed dead".to_owned()),
        outcome = tokio::time::timeout(hosts.patience, there.call(method)) => {
            outcome.map_err(|_elapsed| format!("no answer in {:?}", hosts.patience))
        }
    };
    let error = match outcome {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error,
        Err(why) => there.broken(PeerError::Transport(why)),
    };
    api.log.info(format_args!("{method} at another host: {error}"));
    Err(Failure::of_host(hosts.reference(host), &error))
}

/// Another host, as a call needs it.
struct There<'a> {
    hosts: &'a Hosts,
    secret: &'a PoolSecret,
    host: &'a str,
    address: SocketAddr,
    /// The session of the call that is under way, or of the last one.
    used: Mutex<Option<Session<Login>>>,
}

impl There<'_> {
    /// Makes the call. If the host does not know the session (it was restarted, say, or had to make
    /// room) this logs in once more.
    async fn call(&self, method: &str) -> Result<Value, HostError<PeerError>> {
        let session = self.session().await?;
        let outcome = match self.call_with(&session, method).await {
            Err(error) if error.is_session_invalid() => {
                self.hosts.liveness.invalidate_session(self.host, &session);
                self.call_with(&self.session().await?, method).await
            }
            outcome => outcome,
        };
        outcome.map_err(|error| self.broken(error))
    }

    /// The session at the host that all calls share.
    async fn session(&self) -> Result<Session<Login>, HostError<PeerError>> {
        self.hosts.liveness.session_async(self.host, || self.log_in()).await
    }

    async fn log_in(&self) -> Result<NewSession<Login>, PeerError> {
        let own = text(refs::host(self.hosts.own()));
        let params = vec![own, text(self.secret.reveal())];
        match peer::call(self.address, "session.slave_login", params).await? {
            Value::String(reference) => Ok(Login::remote(reference).into_group()),
            _ => Err(PeerError::Transport("the login answered no reference".to_owned())),
        }
    }

    async fn call_with(&self, session: &Session<Login>, method: &str) -> Result<Value, PeerError> {
        *self.used() = Some(session.clone());
        let reference = session.data().reference().unwrap_or(refs::NULL);
        let params = vec![text(reference), text(refs::HOST)];
        peer::call(self.address, method, params).await
    }

    /// What to say of a call that went wrong.
    fn broken(&self, error: PeerError) -> HostError<PeerError> {
        let host = self.host.to_owned();
        match (self.hosts.liveness.get(self.host), error) {
            (Err(HostError::HostOffline { host, silent_for }), _) => {
                HostError::HostOffline { host, silent_for }
            }
            // The way there is fine, and the session may be.
            (_, error @ PeerError::Refused(_)) => HostError::CannotContact { host, error },
            (_, error) => match self.used().take() {
                Some(session) => self.hosts.liveness.cannot_contact(self.host, &session, error),
                // It did not come as far as to log in.
                None => HostError::CannotContact { host, error },
            },
        }
    }

    fn used(&self) -> MutexGuard<'_, Option<Session<Login>>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a host is assumed dead that was not, when this began.
async fn death(sessions: &Sessions, host: &str) {
    let deaths = Filter::all().kinds([EventKind::HostDead]).host(host);
    let mut events = sessions.store.subscribe(deaths);
    // Whatever it is: the death, or that the store is closed.
    let _event = poll_fn(|task| events.poll_event(task)).await;
}
