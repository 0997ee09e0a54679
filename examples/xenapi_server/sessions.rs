//! xapi's rules on sessions, told to a `tenure` store.

use std::sync::Arc;

use tenure::{
    BuildError, EndReason, Limit, Limits, LookupError, NewSession, Selector, Session, SessionId,
    SessionStore, Stats, Timeouts, Tombstone,
};
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::args::{Args, OnFull};
use crate::directory::Directory;
use crate::failure::Failure;
use crate::log::{self, Log, quoted};
use crate::refs;

/// What the server remembers of a login.
///
/// The store's principal and originator say whom a session *counts* under, and a session counts
/// under one of them only. The real ones are here.
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) originator: String,
}

impl Login {
    pub(crate) fn is_root(&self) -> bool {
        self.user == "root"
    }

    /// xapi's rule on groups: a session counts under its user, unless that is empty or `root`;
    /// else under its originator, if it has one; else only among all.
    fn into_group(self) -> NewSession<Self> {
        if !self.user.is_empty() && !self.is_root() {
            let user = self.user.clone();
            NewSession::new(self).principal(user)
        } else if !self.originator.is_empty() {
            let originator = self.originator.clone();
            NewSession::new(self).originator(originator)
        } else {
            NewSession::new(self)
        }
    }
}

/// The sessions of the server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) store: SessionStore<Login>,
    pub(crate) directory: Directory,
    log: Log,
}

impl Sessions {
    /// `earlier_deadline` is told when the reaper should look earlier than it was going to.
    pub(crate) fn new(
        args: &Args,
        log: Log,
        earlier_deadline: Arc<Notify>,
    ) -> Result<Self, BuildError> {
        let limit = match args.on_full {
            OnFull::Evict => Limit::evict_oldest,
            OnFull::Reject => Limit::reject,
        };
        let store = SessionStore::builder()
            .limits(
                Limits::none()
                    .global(limit(args.max_sessions.get()))
                    .per_principal(limit(args.max_per_user.get()))
                    .per_originator(limit(args.max_per_originator.get())),
            )
            .timeouts(Timeouts::none().idle(args.idle_timeout))
            .on_earlier_deadline(move || earlier_deadline.notify_one())
            .build()?;
        Ok(Self { store, directory: Directory::default(), log })
    }

    /// Starts a session for somebody whose password was right.
    pub(crate) fn log_in(&self, login: Login) -> Result<Session<Login>, Failure> {
        let session = match self.store.create(login.into_group()) {
            Ok(session) => session,
            Err(error) => {
                self.log.info(format_args!("login refused: {error}"));
                return Err(error.into());
            }
        };
        self.log.debug(format_args!("Session.create {}", who(&session)));
        self.directory.insert(&session);
        let (directory, log) = (self.directory.clone(), self.log);
        session.on_end(move |session, tombstone| {
            directory.remove(session);
            log_end(log, session, tombstone);
        });
        Ok(session)
    }

    /// Ends all sessions of a user but one. Answers how many.
    pub(crate) fn log_out_others(&self, user: &str, kept: SessionId) -> usize {
        let user = user.to_owned();
        // Not `Selector::principal`: root's sessions count under no principal.
        let its = move |session: &Session<Login>| session.data().user == user;
        let others = Selector::all().except(kept).matching(its);
        self.store.end_where(&others).ended
    }

    /// Ends all sessions for good. Answers how many there were.
    pub(crate) fn close(&self) -> usize {
        self.store.close().ended
    }

    /// The live sessions, the one unused for longest first.
    pub(crate) fn live(&self) -> impl Iterator<Item = Session<Login>> + '_ {
        let infos = self.store.list(&Selector::all()).into_iter();
        infos.filter_map(|info| self.directory.find(&refs::name(info.track_id())))
    }

    /// The session of this id, without using it.
    pub(crate) fn peek(&self, id: &SessionId) -> Result<Session<Login>, LookupError> {
        self.store.peek(id)
    }

    /// When it was last active, on the wall clock as it stands now.
    pub(crate) fn last_active(&self, session: &Session<Login>) -> OffsetDateTime {
        self.store.wall_at(session.last_active())
    }

    pub(crate) fn stats(&self) -> Stats {
        self.store.stats()
    }
}

/// How the log names a session.
fn who(session: &Session<Login>) -> String {
    let Login { user, originator } = session.data();
    let track_id = session.track_id();
    format!("trackid={track_id} user={} originator={}", quoted(user), quoted(originator))
}

/// Logs the end of a session in xapi's words.
fn log_end(log: Log, session: &Session<Login>, tombstone: &Tombstone) {
    let idle = tombstone.at().since(tombstone.last_active());
    let last_active = log::date(tombstone.wall() - idle);
    let line = format!("Session.destroy {} last_active={last_active}", who(session));
    match tombstone.reason() {
        EndReason::Evicted { limit } => log.info(format_args!(
            "{line} reason='because max number of sessions was exceeded' limit={limit}"
        )),
        EndReason::IdleTimeout | EndReason::AbsoluteTimeout => {
            log.info(format_args!("{line} reason='because of its age'"));
        }
        // Somebody asked for these.
        reason => log.debug(format_args!("{line} reason='{reason}'")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::log::Level;

    fn login(user: &str, originator: &str) -> Login {
        Login { user: user.to_owned(), originator: originator.to_owned() }
    }

    #[test]
    fn groups_are_those_of_xapi() {
        let args = Args::parse_from(["xenapi_server", "--user", "a:b"]);
        let sessions = Sessions::new(&args, Log::new(Level::Error), Arc::default()).unwrap();
        for (user, originator, principal, group) in [
            ("alice", "tool", Some("alice"), None),
            ("alice", "", Some("alice"), None),
            ("root", "tool", None, Some("tool")),
            ("", "tool", None, Some("tool")),
            ("root", "", None, None),
        ] {
            let session = sessions.log_in(login(user, originator)).unwrap();
            let counts_under = (session.principal(), session.originator());
            assert_eq!(counts_under, (principal, group), "{user:?} from {originator:?}");
            assert_eq!(session.data().originator, originator);
        }
    }

    #[test]
    fn what_has_ended_is_not_kept() {
        let args = Args::parse_from(["xenapi_server", "--user", "a:b", "--max-sessions", "2"]);
        let sessions = Sessions::new(&args, Log::new(Level::Error), Arc::default()).unwrap();
        for _ in 0..10 {
            sessions.log_in(login("root", "")).unwrap();
        }
        assert_eq!(sessions.directory.len(), 2);
        assert_eq!(sessions.live().count(), 2);
        sessions.close();
        assert_eq!(sessions.directory.len(), 0);
    }
}
