//! Where the numbers come from: how many cores, which versions.

use std::fmt::Write;
use std::thread::available_parallelism;

use peers::random::SEED;

/// The lock file of the workspace.
const LOCK: &str = include_str!("../../../../../Cargo.lock");

const PEERS: [&str; 8] = [
    "tenure",
    "dashmap",
    "papaya",
    "moka",
    "mini-moka",
    "quick_cache",
    "lru",
    "tower-sessions-memory-store",
];

/// One line for the head of a report.
pub(crate) fn describe() -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let mut line = format!("{cores} cores; seed {SEED}; ");
    for (n, name) in PEERS.into_iter().enumerate() {
        let comma = if n > 0 { ", " } else { "" };
        let _ = write!(line, "{comma}{name} {}", version(LOCK, name).unwrap_or("?"));
    }
    line + "."
}

/// The version that this program depends on: the lock file names it beside the dependency if there
/// are several, and else has only one.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let own = package(lock, "peers")?;
    let mut dependencies =
        own.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next());
    let named = |line: &'a str| line.strip_prefix(name)?.strip_prefix(' ');
    dependencies.find_map(named).or_else(|| {
        let line = package(lock, name)?.lines().find(|line| line.starts_with("version"))?;
        line.split('"').nth(1)
    })
}

/// The section of one package.
fn package<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let head = format!("name = \"{name}\"");
    lock.split("[[package]]").find(|section| section.lines().any(|line| line == head))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: &str = r#"
[[package]]
name = "dashmap"
version = "5.5.3"

[[package]]
name = "dashmap"
version = "6.2.1"

[[package]]
name = "moka"
version = "0.12.16"

[[package]]
name = "peers"
version = "0.1.0"
dependencies = [
 "dashmap 6.2.1",
 "moka",
 "tenure",
]

[[package]]
name = "tenure"
version = "0.1.0"
"#;

    #[test]
    fn the_version_is_the_one_depended_on() {
        assert_eq!(version(SOME, "dashmap"), Some("6.2.1"));
        assert_eq!(version(SOME, "moka"), Some("0.12.16"));
        assert_eq!(version(SOME, "tenure"), Some("0.1.0"));
        assert_eq!(version(SOME, "map"), None);
    }

    #[test]
    fn every_peer_has_one() {
        assert!(PEERS.iter().all(|name| version(LOCK, name).is_some()));
    }
}
