//! What the server remembers of a login: whose it is, what it may see, and which group it counts
//! in.

use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::NewSession;

use crate::failure::Failure;
use crate::farewells::Visit;
use crate::registration::Registered;

/// The originator of pool members, as xapi has it.
const POOL: &str = "xapi";
/// The most calls of one session that wait at a time. Each has a connection.
const MOST_WAITING: usize = 16;

/// What the server remembers of a login.
///
/// The store's principal and originator say whom a session *counts* under, and a session counts
/// under one of them only. The real ones are here.
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) originator: String,
    /// What `event.next` waits on. It goes when the session ends.
    pub(crate) events: Registered,
    pool: bool,
    /// How many of its calls wait.
    waiting: AtomicUsize,
    /// The session at another host that this one stands for.
    remote: Option<Visit>,
}

/// One call that waits. It counts until this is dropped.
pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whose sessions a login may see. Hosts are seen by everybody.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Viewer {
    /// Everybody's.
    All,
    /// Its own user's.
    User(String),
}

impl Login {
    /// Of a user whose password was right.
    pub(crate) fn user(user: &str, originator: &str) -> Self {
        Self::new(user, originator, false)
    }

    /// Of a member of the pool. It has no user.
    pub(crate) fn pool() -> Self {
        Self::new("", POOL, true)
    }

    /// The server's own login at another host. No client has it.
    pub(crate) fn remote(visit: Visit) -> Self {
        Self { remote: Some(visit), ..Self::new("", POOL, false) }
    }

    fn new(user: &str, originator: &str, pool: bool) -> Self {
        let (user, originator) = (user.to_owned(), originator.to_owned());
        let (events, waiting) = (Registered::default(), AtomicUsize::new(0));
        Self { user, originator, events, pool, waiting, remote: None }
    }

    /// The session at another host, if it stands for one.
    pub(crate) fn visit(&self) -> Option<&Visit> {
        self.remote.as_ref()
    }

    /// A call is about to wait. Members of the pool may share a session, and are trusted with it.
    pub(crate) fn wait(&self) -> Result<Waiting<'_>, Failure> {
        let waiting = Waiting(&self.waiting);
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before >= MOST_WAITING && !self.pool {
            let why = format!("{MOST_WAITING} calls of this session wait already");
            return Err(Failure::too_busy(why));
        }
        Ok(waiting)
    }

    /// Whether it belongs to a member of the pool.
    pub(crate) fn is_pool(&self) -> bool {
        self.pool
    }

    /// Whether it may do everything.
    pub(crate) fn is_superuser(&self) -> bool {
        self.pool || self.user == "root"
    }

    /// Whose sessions it may see.
    pub(crate) fn viewer(&self) -> Viewer {
        if self.is_superuser() { Viewer::All } else { Viewer::User(self.user.clone()) }
    }

    /// xapi's rule on groups: a session counts under its user, unless that is empty or `root`;
    /// else under its originator, if it has one; else only among all.
    pub(crate) fn into_group(self) -> NewSession<Self> {
        let (named, pool) = (!self.is_superuser() && !self.user.is_empty(), self.pool);
        let (user, originator) = (self.user.clone(), self.originator.clone());
        let new = NewSession::new(self);
        let new = if pool { new.privileged() } else { new };
        if named {
            new.principal(user)
        } else if !originator.is_empty() {
            new.originator(originator)
        } else {
            new
        }
    }
}

impl Viewer {
    /// Whether it may see the session of this login.
    pub(crate) fn sees(&self, login: &Login) -> bool {
        match self {
            Self::All => true,
            Self::User(user) => *user == login.user,
        }
    }

    /// Whether it may see the sessions that count under this user, or under none.
    pub(crate) fn sees_group(&self, principal: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::User(user) => principal == Some(user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_calls_of_a_session_wait() {
        let login = Login::user("alice", "");
        let mut places: Vec<_> = (0..MOST_WAITING).map(|_| login.wait().ok()).collect();
        assert!(places.iter().all(Option::is_some));
        for _ in 0..3 {
            assert_eq!(
                login.wait().err().map(|error| error.code().to_owned()),
                Some("TOO_BUSY".to_owned())
            );
        }
        places.pop();
        assert!(login.wait().is_ok());
        let pool = Login::pool();
        let places: Vec<_> = (0..100).map(|_| pool.wait()).collect();
        assert!(places.iter().all(Result::is_ok));
    }
}
