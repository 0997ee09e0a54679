//! Calls that are about another host: they are made there.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dxr::Value;
use tenure::events::{EventKind, Filter, Subscription};
use tenure::liveness::HostError;
use tenure::{NewSession, Session};
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::farewells::Visit;
use crate::hosts::Hosts;
use crate::login::Login;
use crate::methods::{Answer, Call};
use crate::peer::{self, PeerError};
use crate::pool::PoolSecret;
use crate::refs;
use crate::rpc::{kind, text};
use crate::sessions::Sessions;

/// How many times `--peer-timeout` a login may take that nobody waits for any more.
const LATENESS: u32 = 10;

/// Makes a call about another host there.
///
/// It logs in there as a member of the pool, once for all calls while that session is good. A host
/// that is assumed dead is not bothered; one that dies meanwhile ends the call, and so does the end
/// of the caller's session. `fits` says whether an answer is of the type that the method has.
pub(crate) async fn forward(
    call: &Call<'_>,
    host: &str,
    address: SocketAddr,
    method: &str,
    fits: fn(&Value) -> bool,
) -> Answer {
    let (api, hosts) = (call.api, &call.api.hosts);
    let Some(secret) = api.pool.secret() else {
        return Err(Failure::not_in_a_pool());
    };
    // From before the host is first looked at, so that no death is missed.
    let mut deaths = deaths(&api.sessions, host);
    let there = There { hosts, secret, host, address, used: Mutex::default() };
    let outcome = tokio::select! {
        tombstone = call.lease.ended() => {
            let handle = refs::shortened(call.params.session()?);
            return Err(Failure::session_ended(handle, &tombstone));
        }
        // Whatever it is: the death, or that the store is closed.
        _event = deaths.recv() => Err("it is assumed dead".to_owned()),
        outcome = tokio::time::timeout(hosts.patience, there.call(method)) => {
            outcome.map_err(|_elapsed| format!("no answer in {:?}", hosts.patience))
        }
    };
    let error = match outcome {
        Ok(Ok(value)) if fits(&value) => return Ok(value),
        Ok(Ok(value)) => {
            there.broken(PeerError::Unusable(format!("it answers with {}", kind(&value))))
        }
        Ok(Err(error)) => error,
        Err(why) => there.broken(PeerError::Unusable(why)),
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
        self.hosts.liveness.get_or_login_async(self.host, || self.log_in()).await
    }

    async fn log_in(&self) -> Result<NewSession<Login>, PeerError> {
        let own = text(refs::host(self.hosts.own()));
        let params = vec![own, text(self.secret.reveal())];
        let visit = visit(self.hosts, self.address, params);
        Ok(Login::remote(visit.await?).into_group())
    }

    async fn call_with(&self, session: &Session<Login>, method: &str) -> Result<Value, PeerError> {
        *self.used() = Some(session.clone());
        let reference = session.data().visit().map_or(refs::NULL, Visit::reference);
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
            // The way there is fine, and the session may be: other calls may be using it.
            (_, error @ (PeerError::Refused(_) | PeerError::Unusable(_))) => {
                HostError::CannotContact { host, error }
            }
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

/// Logs in at another host. That host may begin a session however late it answers, so the login
/// goes on when nobody waits for it any more; then its session is logged out again.
async fn visit(hosts: &Hosts, address: SocketAddr, params: Vec<Value>) -> Result<Visit, PeerError> {
    let (tell, told) = oneshot::channel();
    let farewells = hosts.farewells.clone();
    let latest = hosts.patience.saturating_mul(LATENESS);
    hosts.farewells.run(async move {
        let login = peer::call(address, "session.slave_login", params);
        let visit = match tokio::time::timeout(latest, login).await {
            Ok(Ok(Value::String(reference))) => Ok(Visit::new(address, reference, farewells)),
            Ok(Ok(_)) => Err(PeerError::Unusable("the login answered no reference".to_owned())),
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(PeerError::Unusable("the login had no answer".to_owned())),
        };
        // If nobody is told, the visit is dropped, which ends it.
        let _ = tell.send(visit);
    });
    told.await.unwrap_or_else(|_| Err(PeerError::Unusable("the server stops".to_owned())))
}

/// Tells of the death of a host, from now on.
fn deaths(sessions: &Sessions, host: &str) -> Subscription {
    sessions.store.subscribe(Filter::all().kinds([EventKind::HostDead]).host(host))
}
