//! The pool: what its members prove themselves by, and the session that they may share.

use subtle::ConstantTimeEq;
use tenure::Session;
use tenure::slot::ReusableSession;

use crate::args::Args;
use crate::failure::Failure;
use crate::hosts::Hosts;
use crate::log::Log;
use crate::login::Login;
use crate::sessions::{Sessions, who};

/// What only members of the pool know.
// No `Debug`: it would print it.
#[derive(Clone)]
pub(crate) struct PoolSecret(String);

/// How members of the pool log in.
pub(crate) struct Pool {
    secret: Option<PoolSecret>,
    /// The one session of all members, where they share one.
    shared: Option<ReusableSession<Login>>,
    log: Log,
}

impl PoolSecret {
    /// Reads it. The error does not hold it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() { Err("--pool-secret is empty") } else { Ok(Self(text.to_owned())) }
    }

    /// Whether a text is the secret. The time that takes tells its length, and no more.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// To be sent to members of the pool, and shown to nobody.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Pool {
    pub(crate) fn new(
        args: &Args,
        secret: Option<PoolSecret>,
        sessions: &Sessions,
        log: Log,
    ) -> Self {
        let shared = args.reuse_pool_sessions.then(|| ReusableSession::new(&sessions.store));
        Self { secret, shared, log }
    }

    /// The secret, if this server is in a pool.
    pub(crate) fn secret(&self) -> Option<&PoolSecret> {
        self.secret.as_ref()
    }

    /// A session for a member that has shown the secret; it is on this host.
    ///
    /// The shared one outlives any of its members. One of a member's own ends when the member is
    /// assumed dead.
    pub(crate) fn log_in(
        &self,
        sessions: &Sessions,
        hosts: &Hosts,
        host: &str,
    ) -> Result<Session<Login>, Failure> {
        let Some(shared) = &self.shared else {
            let login = Login::pool().into_group();
            return sessions.begin(|_store| hosts.liveness.create(host, login));
        };
        let session =
            sessions.begin(|_store| shared.get_or_login(|| Login::pool().into_group()))?;
        self.log.debug(format_args!("Session.create reuses {}", who(&session)));
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let secret = PoolSecret::parse("hunter2").expect("a fine secret");
        assert!(secret.is("hunter2"));
        for other in ["", "hunter", "hunter22", "Hunter2", "hunter3"] {
            assert!(!secret.is(other), "{other:?}");
        }
        assert!(PoolSecret::parse("").is_err());
    }
}
