//! The command line.

use std::net::SocketAddr;
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

    /// The name of this host in the pool
    #[arg(long, value_name = "NAME", default_value = "host", value_parser = host_name)]
    pub(crate) host: String,

    /// Another host of the pool, and where its server is; repeat it for more hosts
    #[arg(long = "peer", value_name = "NAME=URL", value_parser = peer)]
    pub(crate) peers: Vec<Peer>,

    /// A host that does not call for so long is assumed dead
    #[arg(long, value_name = "TIME", default_value = "200s", value_parser = some_time)]
    pub(crate) host_dead_after: Duration,

    /// How long a call to another host may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = some_time)]
    pub(crate) peer_timeout: Duration,

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

    /// The most connections at a time; beyond that, those that are silent are closed, and clients
    /// wait
    #[arg(long, value_name = "N", default_value = "512")]
    pub(crate) max_connections: NonZeroUsize,

    /// How many events, and how many sessions that ended, are kept for clients that are behind
    #[arg(long, value_name = "N", default_value = "4096")]
    pub(crate) event_ring: NonZeroUsize,

    /// What to log to stderr: `info` has the sessions that ended against their will, `debug` also
    /// logins, logouts and calls
    #[arg(long, value_enum, default_value_t = Level::Info)]
    pub(crate) log: Level,
}

/// Another host of the pool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
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
    /// Checks what clap cannot check, or must not see.
    fn read(args: &Args) -> Result<Self, String> {
        let mut names: Vec<&str> = args.peers.iter().map(|peer| peer.name.as_str()).collect();
        names.push(&args.host);
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("two hosts have the same name".to_owned());
        }
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

/// A name that can be part of a reference and of a line of the log.
fn host_name(text: &str) -> Result<String, String> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || text.len() > 63 || !text.bytes().all(fine) {
        return Err("1 to 63 letters, digits, dots, hyphens and underscores".to_owned());
    }
    Ok(text.to_owned())
}

fn peer(text: &str) -> Result<Peer, String> {
    let form = "NAME=http://ADDRESS:PORT, with an address in digits";
    let (name, url) = text.split_once('=').ok_or(form)?;
    let address = url.strip_prefix("http://").ok_or(form)?;
    let address: SocketAddr = address.trim_end_matches('/').parse().map_err(|_| form)?;
    if !address.ip().is_loopback() {
        // The pool secret goes there in the clear.
        return Err("without TLS, no other address than the loopback interface's".to_owned());
    }
    Ok(Peer { name: host_name(name)?, address })
}

fn some_time(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_a_name_and_an_address_on_this_machine() {
        let address = "127.0.0.1:80".parse().expect("an address");
        let expected = Peer { name: "b".to_owned(), address };
        assert_eq!(peer("b=http://127.0.0.1:80"), Ok(expected.clone()));
        assert_eq!(peer("b=http://127.0.0.1:80/"), Ok(expected));
        assert!(peer("b=http://[::1]:80").is_ok());
        for nonsense in [
            "",
            "b",
            "=http://127.0.0.1:80",
            "b c=http://127.0.0.1:80",
            "b=127.0.0.1:80",
            "b=https://127.0.0.1:80",
            "b=http://127.0.0.1",
            "b=http://example.com:80",
            "b=http://192.0.2.1:80",
        ] {
            assert!(peer(nonsense).is_err(), "{nonsense:?}");
        }
    }
}
