//! Which server is spoken to: the one that was given, one that it points to, or another node.

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, Value};

use crate::collection::error::CollectionError;
use crate::sync::Mutex;

/// After so much silence, a connection is probed.
const PROBE: Duration = Duration::from_secs(30);

/// The address that a URL says, and how the server there is spoken to.
pub(super) fn address(url: &str) -> Result<ConnectionInfo, CollectionError> {
    let info = url.into_connection_info().map_err(|error| {
        CollectionError::not_applied(format!("the URL cannot be used: {}", error.category()))
    })?;
    let keepalive = TcpKeepalive::new().with_time(PROBE);
    let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    let redis = info.redis_settings().clone();
    let redis = redis.set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    Ok(info.set_tcp_settings(tcp).set_redis_settings(redis))
}

/// The nodes that are known, and which of them is spoken to.
pub(super) struct Route {
    /// The address that was given, with its password and settings.
    given: ConnectionInfo,
    /// Where else to ask.
    others: Vec<ConnectionAddr>,
    now: Mutex<Now>,
}

struct Now {
    client: Client,
    /// How often another was chosen.
    moves: u64,
    /// The place in `others` of the node to ask next; the one that was given comes last.
    next: usize,
}

impl Route {
    /// `others` have the form `host:port`. `None` if one has not, or the address cannot be used.
    pub(super) fn new(given: ConnectionInfo, others: &[String]) -> Option<Self> {
        let client = Client::open(given.clone()).ok()?;
        let others = others.iter().map(|name| at(given.addr(), name)).collect::<Option<_>>()?;
        Some(Self { given, others, now: Mutex::new(Now { client, moves: 0, next: 0 }) })
    }

    /// The number of this route, and the server that it leads to.
    pub(super) fn client(&self) -> (u64, Client) {
        let now = self.now.lock();
        (now.moves, now.client.clone())
    }

    /// How many nodes there are to try.
    pub(super) fn nodes(&self) -> usize {
        1 + self.others.len()
    }

    /// From now on, another node is spoken to, if there is another, and if no other call that had
    /// this route chose one.
    pub(super) fn elsewhere(&self, by: u64) {
        let mut now = self.now.lock();
        if now.moves != by {
            return;
        }
        let addr = self.others.get(now.next).unwrap_or(self.given.addr()).clone();
        now.next = (now.next + 1) % self.nodes();
        self.set(&mut now, addr);
    }

    /// Speaks to the node that these answers, by this route, point to from now on. Returns whether
    /// one does.
    pub(super) fn follow(&self, replies: &[Value], by: u64) -> bool {
        let Some((code, target)) = replies.iter().find_map(pointer) else { return false };
        if code == "READONLY" {
            self.elsewhere(by);
            return !self.others.is_empty();
        }
        let mut now = self.now.lock();
        let before = now.client.get_connection_info().addr().clone();
        let addr = target.and_then(|target| at(&before, target));
        let found = addr.is_some();
        self.set(&mut now, addr.unwrap_or(before));
        found
    }

    fn set(&self, now: &mut Now, addr: ConnectionAddr) {
        if let Ok(client) = Client::open(self.given.clone().set_addr(addr)) {
            now.client = client;
            now.moves += 1;
        }
    }
}

/// What an answer says that sends elsewhere, and where.
fn pointer(reply: &Value) -> Option<(&str, Option<&str>)> {
    let Value::ServerError(error) = reply else { return None };
    match error.code() {
        "READONLY" => Some(("READONLY", None)),
        // "MOVED 3999 127.0.0.1:6381"
        "MOVED" => Some(("MOVED", error.details()?.split_whitespace().nth(1))),
        _ => None,
    }
}

/// The node at `host:port`, reached as `like` is. Without a host, it is that of `like`.
fn at(like: &ConnectionAddr, name: &str) -> Option<ConnectionAddr> {
    let (host, port) = name.rsplit_once(':')?;
    let (host, port) = (host.trim_matches(['[', ']']), port.parse().ok()?);
    let host_of = |known: &String| if host.is_empty() { known.clone() } else { host.into() };
    match like {
        ConnectionAddr::Tcp(known, _) => Some(ConnectionAddr::Tcp(host_of(known), port)),
        ConnectionAddr::TcpTls { host: known, insecure, tls_params, .. } => {
            Some(ConnectionAddr::TcpTls {
                host: host_of(known),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(others: &[&str]) -> Option<Route> {
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        Route::new("redis://:secret@a:1/0".into_connection_info().unwrap(), &others)
    }

    fn spoken_to(route: &Route) -> String {
        let (_, client) = route.client();
        assert_eq!(client.get_connection_info().redis_settings().password(), Some("secret"));
        client.get_connection_info().addr().to_string()
    }

    #[test]
    fn nodes_are_tried_in_turn() {
        let route = route(&["b:2", "[::1]:3"]).unwrap();
        let mut tried = vec![spoken_to(&route)];
        for _ in 0..3 {
            let (by, _) = route.client();
            route.elsewhere(by);
            route.elsewhere(by);
            tried.push(spoken_to(&route));
        }
        assert_eq!(tried, ["a:1", "b:2", "::1:3", "a:1"]);
        assert!(self::route(&["b"]).is_none() && self::route(&["b:x"]).is_none());
    }

    #[test]
    fn the_address_of_a_redirection_is_read() {
        let known = ConnectionAddr::Tcp("a".into(), 1);
        assert_eq!(at(&known, "c:9"), Some(ConnectionAddr::Tcp("c".into(), 9)));
        assert_eq!(at(&known, ":9"), Some(ConnectionAddr::Tcp("a".into(), 9)));
        assert!(!route(&[]).unwrap().follow(&[Value::Okay, Value::Nil], 0));
    }
}
