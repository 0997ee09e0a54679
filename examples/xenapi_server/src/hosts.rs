//! The hosts of the pool: what they are called, where they are, and which of them live.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dxr::Value;
use tenure::EndReason;
use tenure::liveness::{HostLiveness, SweepReport};
use time::OffsetDateTime;

use crate::args::Args;
use crate::failure::Failure;
use crate::farewells::Farewells;
use crate::login::Login;
use crate::refs;
use crate::rpc::{structure, text};
use crate::sessions::Sessions;

/// The hosts of the pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hosts {
    own: Arc<str>,
    peers: Arc<BTreeMap<String, SocketAddr>>,
    pub(crate) liveness: HostLiveness<Login>,
    /// The longest that a call to another host may take.
    pub(crate) patience: Duration,
    pub(crate) farewells: Farewells,
}

impl Hosts {
    /// Every peer has to call within `--host-dead-after` from now on.
    pub(crate) fn new(args: &Args, sessions: &Sessions) -> Result<Self, Box<dyn Error>> {
        let peers = args.peers.iter().map(|peer| (peer.name.clone(), peer.address));
        let peers: Arc<BTreeMap<_, _>> = Arc::new(peers.collect());
        let patience = args.peer_timeout;
        let farewells = Farewells::new(patience);
        let liveness = HostLiveness::builder(&sessions.store, &args.host)
            .assumed_dead_after(args.host_dead_after)
            .max_hosts(peers.len() + 1)
            // Of two logins at once, one would be of no use.
            .single_flight(patience)
            .on_session_end(|session, tombstone| match session.data().visit() {
                Some(visit) if tombstone.reason() == EndReason::HostDead => visit.put_off(),
                Some(visit) => visit.end(),
                None => {}
            })
            .build()?;
        for name in peers.keys() {
            liveness.register(name)?;
        }
        Ok(Self { own: Arc::from(args.host.as_str()), peers, liveness, patience, farewells })
    }

    /// The names of all, the own one first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.own).chain(self.peers.keys().map(String::as_str))
    }

    /// The name of the host that is meant.
    pub(crate) fn find(&self, reference: &str) -> Result<&str, Failure> {
        let found = match refs::host_name(reference) {
            None if reference == refs::HOST => Some(self.own()),
            // By its name, the own host is known to the others.
            Some(name) if name == self.own() => Some(self.own()),
            Some(name) => self.peers.get_key_value(name).map(|(name, _)| name.as_str()),
            None => None,
        };
        found.ok_or_else(|| Failure::handle_invalid("host", refs::shortened(reference)))
    }

    /// What the others call this one.
    pub(crate) fn own(&self) -> &str {
        &self.own
    }

    /// Where another host is; `None` for the own one.
    pub(crate) fn address(&self, name: &str) -> Option<SocketAddr> {
        self.peers.get(name).copied()
    }

    /// The reference of the host of this name.
    pub(crate) fn reference(&self, name: &str) -> String {
        if *name == *self.own { refs::HOST.to_owned() } else { refs::host(name) }
    }

    /// Notes that a host has called. The own one does not need to.
    pub(crate) fn called(&self, name: &str) -> Result<(), Failure> {
        if name != self.own() {
            self.liveness.heartbeat(name)?;
            self.say_owed(name);
        }
        Ok(())
    }

    /// Notes that a host has called, and what its clock said.
    pub(crate) fn heard_from(&self, name: &str, wall: OffsetDateTime) -> Result<(), Failure> {
        self.liveness.heartbeat_at(name, wall)?;
        self.say_owed(name);
        Ok(())
    }

    /// Logs out at a host, which can be reached again, what was given up while it could not.
    fn say_owed(&self, name: &str) {
        if let Some(address) = self.address(name) {
            self.farewells.say_owed(address);
        }
    }

    /// Ends what belongs to hosts that have not called for too long.
    pub(crate) fn sweep(&self) -> SweepReport {
        self.liveness.sweep()
    }

    /// The record of a host. `live` says whether it was live, where not now is meant.
    pub(crate) fn record(&self, name: &str, live: Option<bool>) -> Option<Value> {
        let info = self.liveness.host(name)?;
        let skew = info.skew.map_or(0.0, time::Duration::as_seconds_f64);
        Some(structure([
            ("name_label", text(name)),
            ("hostname", text(name)),
            ("live", Value::Boolean(live.unwrap_or(info.live))),
            ("silent_for", Value::Double(info.silent_for.as_secs_f64())),
            ("clock_skew", Value::Double(skew)),
        ]))
    }
}
