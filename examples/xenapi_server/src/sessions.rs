//! xapi's rules on sessions, told to a `tenure` store.

use std::fmt::Display;
use std::sync::Arc;

use tenure::events::SubscriptionInfo;
use tenure::stats::Stats;
use tenure::{
    BuildError, EndOutcome, EndReason, Limit, Limits, LookupError, Selector, Session, SessionId,
    SessionStore, Timeouts, Tombstone,
};
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::args::{Args, OnFull};
use crate::directory::Directory;
use crate::failure::Failure;
use crate::history::History;
use crate::log::{self, Log, quoted};
use crate::login::Login;
use crate::refs;

/// The sessions of the server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) store: SessionStore<Login>,
    pub(crate) directory: Directory,
    pub(crate) history: History,
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
                Limits::default()
                    .global(limit(args.max_sessions.get()))
                    .per_principal(limit(args.max_per_user.get()))
                    .per_originator(limit(args.max_per_originator.get())),
            )
            .timeouts(Timeouts::none().idle(args.idle_timeout))
            .event_ring(args.event_ring.get())
            .on_earlier_deadline(move || earlier_deadline.notify_one())
            .build()?;
        let remembered = args.event_ring.get();
        let directory = Directory::new(remembered);
        let history = History::new(&store, &directory, remembered);
        Ok(Self { store, directory, history, log })
    }

    /// Starts a session for somebody whose password was right.
    pub(crate) fn log_in(&self, login: Login) -> Result<Session<Login>, Failure> {
        self.begin(|store| store.create(login.into_group()))
    }

    /// Takes care of a session that somebody is about to be given: a new one, or one that is
    /// shared.
    pub(crate) fn begin<E: Display + Into<Failure>>(
        &self,
        get: impl FnOnce(&SessionStore<Login>) -> Result<Session<Login>, E>,
    ) -> Result<Session<Login>, Failure> {
        let entering = self.directory.entering();
        let session = match get(&self.store) {
            Ok(session) => session,
            Err(error) => {
                drop(entering);
                self.log.info(format_args!("login refused: {error}"));
                return Err(error.into());
            }
        };
        let new = self.directory.insert(&session);
        drop(entering);
        if new {
            self.watch(&session);
        }
        Ok(session)
    }

    /// Logs a session out. One that is shared goes on: the others have it still.
    pub(crate) fn log_out(&self, session: &Session<Login>) {
        // If it has ended already, then by a call that raced this one.
        if self.store.end(session) == EndOutcome::Kept {
            self.log.debug(format_args!("Session.logout {} kept: it is shared", who(session)));
        }
    }

    /// Logs the beginning of a session, and its end, once that comes.
    fn watch(&self, session: &Session<Login>) {
        self.log.debug(format_args!("Session.create {}", who(session)));
        let (directory, log) = (self.directory.clone(), self.log);
        session.on_end(move |session, tombstone| {
            session.data().events.clear();
            directory.ended(session);
            log_end(log, session, tombstone);
        });
    }

    /// Ends all sessions of a user but one. Returns how many.
    pub(crate) fn log_out_others(&self, user: &str, kept: &Session<Login>) -> usize {
        let user = user.to_owned();
        // Not `Selector::principal`: root's sessions count under no principal.
        let its = move |session: &Session<Login>| session.data().user == user;
        let others = Selector::matching(its).except(kept);
        let outcome = self.store.end_where(&others);
        if outcome.kept > 0 {
            self.log.debug(format_args!("Session.logout kept {} that are shared", outcome.kept));
        }
        outcome.ended
    }

    /// Ends all sessions for good. Returns how many there were.
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

    /// Those who wait for events.
    pub(crate) fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.store.subscriptions()
    }
}

/// How the log names a session.
pub(crate) fn who(session: &Session<Login>) -> String {
    let Login { user, originator, .. } = session.data();
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
        EndReason::HostDead => log.info(format_args!("{line} reason='{}'", tombstone.reason())),
        // Somebody asked for these.
        reason => log.debug(format_args!("{line} reason='{reason}'")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::log::Level;

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
            let session = sessions.log_in(Login::user(user, originator)).unwrap();
            let counts_under = (session.principal(), session.originator());
            assert_eq!(counts_under, (principal, group), "{user:?} from {originator:?}");
            assert_eq!(session.data().originator, originator);
            assert!(!session.is_privileged() && !session.data().is_pool());
        }
        let member = sessions.begin(|store| store.create(Login::pool().into_group())).unwrap();
        assert_eq!((member.principal(), member.originator()), (None, Some("xapi")));
        assert!(member.is_privileged() && member.data().is_superuser());
    }

    #[test]
    fn a_session_is_entered_before_anybody_settles() {
        let args = Args::parse_from(["xenapi_server", "--user", "a:b"]);
        let sessions = Sessions::new(&args, Log::new(Level::Error), Arc::default()).unwrap();
        let begun = sessions.begin(|store| {
            let session = store.create(Login::user("root", "").into_group());
            // Its event is out.
            assert!(sessions.directory.is_being_entered());
            session
        });
        assert!(begun.is_ok() && !sessions.directory.is_being_entered());
        assert_eq!(sessions.directory.len(), 1);
    }

    #[test]
    fn what_has_ended_is_not_kept_for_long() {
        let command = ["xenapi_server", "--user=a:b", "--max-sessions=2", "--event-ring=3"];
        let args = Args::parse_from(command);
        let sessions = Sessions::new(&args, Log::new(Level::Error), Arc::default()).unwrap();
        for _ in 0..10 {
            sessions.log_in(Login::user("root", "")).unwrap();
        }
        assert_eq!(sessions.live().count(), 2);
        assert_eq!(sessions.directory.len(), 2 + 3);
        sessions.close();
        assert_eq!(sessions.directory.len(), 3);
    }
}
