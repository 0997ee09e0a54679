//! The command line.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};

use crate::log::Level;
use crate::pool::PoolSecret;
use crate::users::Users;

/// A server for XenAPI clients, with sessions that say why they ended
// No `Debug`: it would print the passwords.
#[derive(Parser)]
#[command(name = "xenapi_server")]
pub(crate) struct Args {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// Who may log in; repeat it for more users
    #[arg(long = "user", value_name = "NAME:PASSWORD", required = true)]
    users: Vec<String>,

    /// What members of the pool prove themselves by; without it, none can log in
    #[arg(long, value_name = "SECRET")]
    pool_secret: Option<String>,

    /// Lets all members of the pool share one session
    #[arg(long, requires = "pool_secret")]
    pub(crate) reuse_pool_sessions: bool,

    /// The most sessions there may be
    #[arg(long, value_name = "N", default_value = "400")]
    pub(crate) max_sessions: NonZeroUsize,

    /// The most sessions of one user, root aside
    #[arg(long, value_name = "N", default_value = "500")]
    pub(crate) max_per_user: NonZeroUsize,

    /// The most sessions of root from one originator
    #[arg(long, value_name = "N", default_value = "500")]
    pub(crate) max_per_originator: NonZeroUsize,

    /// What a login does when there are that many already
    #[arg(long, value_enum, default_value_t = OnFull::Evict)]
    pub(crate) on_full: OnFull,

    /// How long a session may go unused
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = some_time)]
    pub(crate) idle_timeout: Duration,

    /// How often to look for sessions that went unused for too long
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    pub(crate) reap_every: Duration,

    /// How long a client may take to send a request, or to take a piece of the answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = some_time)]
    pub(crate) read_timeout: Duration,

    /// The most connections at a time; further clients wait
    #[arg(long, value_name = "N", default_value = "512")]
    pub(crate) max_connections: NonZeroUsize,

    /// How many events are kept for clients that are behind
    #[arg(long, value_name = "N", default_value = "4096")]
    pub(crate) event_ring: NonZeroUsize,

    /// What to log to stderr: `info` has the sessions that ended against their will, `debug` also
    /// logins, logouts and calls
    #[arg(long, value_enum, default_value_t = Level::Info)]
    pub(crate) log: Level,
}

/// What a login does when a limit is full.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum OnFull {
    /// It takes the place of the session that went unused for longest and is not in use
    Evict,
    /// It is refused with `TOO_MANY_SESSIONS`
    Reject,
}

/// What the command line says that nobody else may know.
pub(crate) struct Secrets {
    pub(crate) users: Users,
    pub(crate) pool: Option<PoolSecret>,
}

impl Secrets {
    fn read(args: &Args) -> Result<Self, String> {
        let pool = args.pool_secret.as_deref().map(PoolSecret::parse).transpose()?;
        Ok(Self { users: Users::parse(&args.users)?, pool })
    }
}

impl Args {
    /// Reads the command line. Where it makes no sense, this says so and ends the process.
    pub(crate) fn read() -> (Self, Secrets) {
        let args = Self::parse();
        // Not a `value_parser` of clap's: its errors repeat the value, and with it the password.
        match Secrets::read(&args) {
            Ok(secrets) => (args, secrets),
            Err(error) => Self::command().error(ErrorKind::ValueValidation, error).exit(),
        }
    }
}

fn some_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}
