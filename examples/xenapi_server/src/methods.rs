//! The methods, and what every call to one goes through.

use std::ops::RangeInclusive;
use std::pin::Pin;

use dxr::Value;
use tenure::Lease;

use crate::classes::Classes;
use crate::failure::Failure;
use crate::history::Lost;
use crate::hosts::Hosts;
use crate::log::{Log, quoted};
use crate::login::{Login, Viewer};
use crate::objects::{Question, Window};
use crate::params::Params;
use crate::pool::Pool;
use crate::position::Position;
use crate::refs::{self, SessionRef};
use crate::rpc::text;
use crate::sessions::Sessions;
use crate::users::Users;
use crate::{event_methods as event, host_methods as host, session_methods as session};

/// What a method returns.
pub(crate) type Answer = Result<Value, Failure>;

/// A method that clients can call.
struct Method {
    name: &'static str,
    /// How many parameters it takes, the session among them.
    params: RangeInclusive<usize>,
    run: Run,
}

/// How a method runs.
enum Run {
    /// It asks nobody who they are.
    Login(fn(&Api, &Params<'_>) -> Answer),
    /// It needs no session; one that is given is checked all the same.
    Probe(fn() -> Answer),
    /// It needs a session, which is in use meanwhile.
    Session(fn(&Call<'_>) -> Answer),
    /// The same, for methods that take their time. They hold no thread meanwhile.
    Waiting(for<'a> fn(&'a Call<'a>) -> Later<'a>),
}

/// An answer that is still to come.
type Later<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// A call by a client with a session. The lease keeps the session from eviction and idle timeout
/// for as long as the call runs; if the client hangs up, the call is dropped and the lease with it.
pub(crate) struct Call<'a> {
    pub(crate) api: &'a Api,
    pub(crate) lease: Lease<Login>,
    pub(crate) params: Params<'a>,
}

#[rustfmt::skip] // a table: one line a method
const METHODS: &[Method] = &[
    Method::new("session.login_with_password", 2..=4, Run::Login(session::log_in)),
    Method::new("session.slave_login", 2..=2, Run::Login(session::slave_log_in)),
    Method::new("session.logout", 1..=1, Run::Session(session::log_out)),
    Method::new("session.get_uuid", 2..=2, Run::Session(session::uuid)),
    Method::new("session.get_this_user", 2..=2, Run::Session(session::this_user)),
    Method::new("session.get_auth_user_name", 2..=2, Run::Session(session::auth_user_name)),
    Method::new("session.get_originator", 2..=2, Run::Session(session::originator)),
    Method::new("session.get_last_active", 2..=2, Run::Session(session::last_active)),
    Method::new("session.get_all", 1..=1, Run::Session(session::all)),
    Method::new("session.get_all_records", 1..=1, Run::Session(session::all_records)),
    Method::new("session.logout_subject_identifier", 2..=2, Run::Session(session::log_out_user)),
    Method::new("session.why_ended", 2..=2, Run::Session(session::why_ended)),
    Method::new("pool.get_all", 1..=1, Run::Session(host::pools)),
    Method::new("pool.get_master", 2..=2, Run::Session(host::master)),
    Method::new("host.get_API_version_major", 2..=2, Run::Session(host::version_major)),
    Method::new("host.get_API_version_minor", 2..=2, Run::Session(host::version_minor)),
    Method::new("host.get_all", 1..=1, Run::Session(host::all)),
    Method::new("host.get_live", 2..=2, Run::Session(host::live)),
    Method::new("host.heartbeat", 3..=3, Run::Session(host::heartbeat)),
    Method::new(
        "host.get_servertime",
        2..=2,
        Run::Waiting(|call| Box::pin(host::server_time(call))),
    ),
    // The host is optional here: the statistics are this server's own idea.
    Method::new("host.get_session_stats", 1..=2, Run::Session(host::session_stats)),
    Method::new("event.register", 2..=2, Run::Session(event::register)),
    Method::new("event.unregister", 2..=2, Run::Session(event::unregister)),
    Method::new("event.next", 1..=1, Run::Waiting(|call| Box::pin(event::next(call)))),
    Method::new("event.from", 4..=4, Run::Waiting(|call| Box::pin(event::from(call)))),
    Method::new("system.isAlive", 0..=1, Run::Probe(|| Ok(Value::Boolean(true)))),
    Method::new("system.listMethods", 0..=1, Run::Probe(list_methods)),
    Method::new("task.sleep", 2..=2, Run::Waiting(|call| Box::pin(session::sleep(call)))),
];

impl Method {
    const fn new(name: &'static str, params: RangeInclusive<usize>, run: Run) -> Self {
        Self { name, params, run }
    }

    /// Whether a client means it by this name: `class.method`, or `class_method`, which XenAPI has
    /// for languages in which the method is a keyword, such as `from` in Python.
    fn is_called(&self, name: &str) -> bool {
        let parts = self.name.split_once('.');
        let other = parts.and_then(|(class, method)| {
            name.strip_prefix(class)?.strip_prefix('_').filter(|given| *given == method)
        });
        name == self.name || other.is_some()
    }
}

/// Everything that the methods work on.
pub(crate) struct Api {
    pub(crate) users: Users,
    pub(crate) sessions: Sessions,
    pub(crate) hosts: Hosts,
    pub(crate) pool: Pool,
    pub(crate) log: Log,
}

impl Api {
    /// What a client may know of what happened since this position, or of all that there is.
    pub(crate) fn since(
        &self,
        from: Option<Position>,
        wanted: &Classes,
        viewer: &Viewer,
    ) -> Result<Window, Lost> {
        let hosts = self.hosts.names().map(|name| (name, self.hosts.reference(name)));
        let hosts: Vec<_> = hosts.collect();
        self.sessions.history.since(from, Question { wanted, viewer, hosts: &hosts })
    }

    /// Runs one call.
    pub(crate) async fn answer(&self, method: &str, values: &[Value]) -> Answer {
        let Some(method) = METHODS.iter().find(|known| known.is_called(method)) else {
            self.log.debug(format_args!("no such method: {}", quoted(method)));
            return Err(Failure::method_unknown(method));
        };
        let answer = self.run(method, values).await;
        let outcome = answer.as_ref().err().map_or("done", Failure::code);
        self.log.debug(format_args!("{}: {outcome}", method.name));
        answer
    }

    async fn run(&self, method: &Method, values: &[Value]) -> Answer {
        let params = Params::counted(method.name, &method.params, values)?;
        match method.run {
            Run::Login(run) => run(self, &params),
            Run::Probe(run) if params.is_empty() => run(),
            Run::Probe(run) => self.enter(params).and_then(|_call| run()),
            Run::Session(run) => run(&self.enter(params)?),
            Run::Waiting(run) => {
                let call = self.enter(params)?;
                let _waiting = call.lease.data().wait()?;
                run(&call).await
            }
        }
    }

    /// Checks the session of a call and takes it into use.
    fn enter<'a>(&'a self, params: Params<'a>) -> Result<Call<'a>, Failure> {
        let session = params.session()?;
        let handle = refs::shortened(session);
        let lease = match refs::parse(session) {
            Some(SessionRef::Secret(id)) => self.sessions.store.acquire(id),
            Some(SessionRef::Name) => {
                return Err(Failure::session_invalid(handle, "a name, not a reference"));
            }
            None => return Err(Failure::session_invalid(handle, "not logged in")),
        };
        match lease {
            Ok(lease) => Ok(Call { api: self, lease, params }),
            Err(error) => Err(Failure::no_lease(handle, &error)),
        }
    }
}

fn list_methods() -> Answer {
    Ok(Value::Array(METHODS.iter().map(|method| text(method.name)).collect()))
}
