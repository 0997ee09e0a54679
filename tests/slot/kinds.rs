//! The four that hold logins for others, behind one trait: what all of them promise is tested once.

use std::sync::Mutex;

use tenure::liveness::{HostError, HostLiveness};
use tenure::slot::{LoginError, ReusableSession, ReusableSessions, SessionPool};
use tenure::{CreateError, NewSession, Session, SessionStore};

use crate::executor::Task;

pub(crate) type Login<'a, T> =
    &'a mut (dyn FnMut() -> Result<NewSession<T>, &'static str> + Send + 'a);

/// Why there was no session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Login(&'static str),
    Create(CreateError),
    Other(String),
}

/// A slot, keyed slots, the slots of hosts, or a pool.
pub(crate) trait Kind<T> {
    fn name(&self) -> &'static str;

    /// Has it hold a session: that which it holds, or that of the login.
    fn ask(&self, login: Login<'_, T>) -> Result<Session<T>, Failure>;

    /// The same, with a login that is a future and is ready.
    fn ask_async(&self, login: Login<'_, T>) -> Result<Session<T>, Failure>;

    /// What the application calls now and then.
    fn sweep(&self) {}
}

/// One of each.
pub(crate) fn kinds<T: Send + Sync + 'static>(store: &SessionStore<T>) -> [Box<dyn Kind<T>>; 4] {
    let hosts = HostLiveness::new(store, "ada");
    hosts.heartbeat("bob").unwrap();
    [
        Box::new(ReusableSession::new(store)),
        Box::new(ReusableSessions::<u32, T>::new(store, 3)),
        Box::new(hosts),
        Box::new(SessionPool::new(store)),
    ]
}

/// Asks one way and the other.
pub(crate) fn ask<T>(
    kind: &dyn Kind<T>,
    later: bool,
    login: Login<'_, T>,
) -> Result<Session<T>, Failure> {
    if later { kind.ask_async(login) } else { kind.ask(login) }
}

fn of_login(error: LoginError<&'static str>) -> Failure {
    match error {
        LoginError::Login(why) => Failure::Login(why),
        LoginError::Create(why) => Failure::Create(why),
        other => Failure::Other(other.to_string()),
    }
}

fn of_host(error: HostError<&'static str>) -> Failure {
    match error {
        HostError::CannotContact { error, .. } => Failure::Login(error),
        HostError::Login(LoginError::Create(why)) => Failure::Create(why),
        other => Failure::Other(other.to_string()),
    }
}

/// The login as a future. It is shared by all the logins of one call.
fn ready<T: Send>(
    login: Login<'_, T>,
) -> impl Fn() -> std::future::Ready<Result<NewSession<T>, &'static str>> {
    let login = Mutex::new(login);
    move || std::future::ready((login.lock().unwrap())())
}

impl<T: Send + Sync + 'static> Kind<T> for ReusableSession<T> {
    fn name(&self) -> &'static str {
        "slot"
    }

    fn ask(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        self.try_get_or_login(login).map_err(of_login)
    }

    fn ask_async(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        Task::new(self.get_or_login_async(ready(login))).finish().map_err(of_login)
    }
}

impl<T: Send + Sync + 'static> Kind<T> for ReusableSessions<u32, T> {
    fn name(&self) -> &'static str {
        "keyed"
    }

    fn ask(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        self.try_get_or_login(&7, login).map_err(of_login)
    }

    fn ask_async(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        Task::new(self.get_or_login_async(&7, ready(login))).finish().map_err(of_login)
    }

    fn sweep(&self) {
        Self::sweep(self);
    }
}

impl<T: Send + Sync + 'static> Kind<T> for HostLiveness<T> {
    fn name(&self) -> &'static str {
        "host"
    }

    fn ask(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        self.get_or_login("bob", login).map_err(of_host)
    }

    fn ask_async(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        Task::new(self.get_or_login_async("bob", ready(login))).finish().map_err(of_host)
    }

    fn sweep(&self) {
        let _ = Self::sweep(self);
    }
}

impl<T: Send + Sync + 'static> Kind<T> for SessionPool<T> {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn ask(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        self.try_checkout(login).map(|lent| Session::clone(&lent)).map_err(of_login)
    }

    fn ask_async(&self, login: Login<'_, T>) -> Result<Session<T>, Failure> {
        let lent = Task::new(self.checkout_async(ready(login))).finish();
        lent.map(|lent| Session::clone(&lent)).map_err(of_login)
    }

    fn sweep(&self) {
        Self::sweep(self);
    }
}
