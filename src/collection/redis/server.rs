//! What the server says about itself.

use redis::Value;

use super::options::Ack;
use super::reply::bytes;
use crate::collection::error::CollectionError;

/// What matters of `INFO`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    version: (u32, u32),
    run: String,
    eviction: String,
}

impl Server {
    pub(super) fn read(value: Value) -> Result<Self, CollectionError> {
        if let Value::ServerError(error) = &value {
            return Err(super::failure::refused(error));
        }
        let text = bytes(value).and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(super::failure::strange)?;
        let field = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| *key == name).map_or("", |(_, value)| value.trim())
        };
        let mut version = field("redis_version").split('.').map(|part| part.parse().unwrap_or(0));
        Ok(Self {
            version: (version.next().unwrap_or(0), version.next().unwrap_or(0)),
            run: format!("{}/{}", field("run_id"), field("master_replid")),
            eviction: field("maxmemory_policy").into(),
        })
    }

    /// Refuses what cannot work.
    pub(super) fn check(&self, ack: Ack) -> Result<(), CollectionError> {
        let (major, minor) = self.version;
        let older = |than, what: &str| {
            let found = format!("this server is like {major}.{minor}");
            Err(CollectionError::not_applied(format!("{what} Redis {than} or newer: {found}")))
        };
        if self.version < (7, 0) {
            older("7.0", "a collection needs")
        } else if ack == Ack::Disk && self.version < (7, 2) {
            older("7.2", "waiting for the disk needs")
        } else {
            Ok(())
        }
    }

    /// Which run of which server this is, as a number.
    pub(super) fn run(&self) -> u64 {
        let hash = blake3::hash(self.run.as_bytes());
        hash.as_bytes()[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// What an operator should know.
    pub(super) fn warning(&self) -> Option<String> {
        let safe = self.eviction.is_empty() || self.eviction == "noeviction";
        let eviction = &self.eviction;
        (!safe).then(|| {
            format!(
                "maxmemory-policy is {eviction}: when its memory is full, the server logs \
                 sessions out; noeviction refuses new ones instead"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(version: &str, run: &str, eviction: &str) -> Server {
        let info = format!(
            "# Server\r\nredis_version:{version}\r\nrun_id:{run}\r\nmaxmemory_policy:{eviction}\r\n"
        );
        Server::read(Value::BulkString(info.into_bytes())).unwrap()
    }

    #[test]
    fn old_servers_are_refused_in_words() {
        let refused = server("6.2.14", "a", "noeviction").check(Ack::Memory).unwrap_err();
        let said = "not applied: a collection needs Redis 7.0 or newer: this server is like 6.2";
        assert_eq!(refused.to_string(), said);
        assert_eq!(server("7.0.15", "a", "").check(Ack::Memory), Ok(()));
        assert!(server("7.0.15", "a", "").check(Ack::Disk).is_err());
        assert_eq!(server("7.2.4", "a", "").check(Ack::Disk), Ok(()));
    }

    #[test]
    fn another_run_is_another_number() {
        let run = |name| server("7.0.15", name, "").run();
        assert_eq!(run("a"), run("a"));
        assert_ne!(run("a"), run("b"));
    }

    #[test]
    fn servers_that_evict_are_warned_about() {
        assert_eq!(server("7.0.15", "a", "noeviction").warning(), None);
        assert!(server("7.0.15", "a", "allkeys-lru").warning().unwrap().contains("allkeys-lru"));
    }
}
