//! The scripts.

use redis::Script as Loadable;

use crate::sync::OnceLock;

/// What the server is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Open,
    Feed,
    Expire,
    Principal,
    /// Requests that a server does that is out of memory.
    Apply,
    /// Requests that it does not.
    Grow,
}

/// A script of these flags.
macro_rules! script {
    ($flags:literal, $body:literal) => {
        concat!("#!lua ", $flags, "\n", include_str!("lua/prelude.lua"), include_str!($body))
    };
}

const TEXTS: [&str; 6] = [
    script!("flags=allow-oom", "lua/open.lua"),
    script!("flags=allow-oom", "lua/feed.lua"),
    script!("flags=allow-oom", "lua/expire.lua"),
    script!("flags=allow-oom", "lua/principal.lua"),
    script!("flags=allow-oom", "lua/apply.lua"),
    script!("", "lua/apply.lua"),
];

static HASHES: OnceLock<[Loadable; 6]> = OnceLock::new();

impl Script {
    /// The text that `EVAL` takes.
    pub(super) const fn text(self) -> &'static str {
        TEXTS[self as usize]
    }

    /// The hash that `EVALSHA` takes.
    pub(super) fn hash(self) -> &'static str {
        HASHES.get_or_init(|| TEXTS.map(Loadable::new))[self as usize].get_hash()
    }
}
