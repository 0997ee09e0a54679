//! Which hosts were heard from, and when. Plain data.

use std::collections::HashMap;
use std::time::Duration;

use super::error::HostError;
use super::host::{Added, Dead, Heard, Host};
use super::next_death::NextDeath;
use super::report::HostInfo;
use crate::session::MAX_NAME;
use crate::sync::Arc;
use crate::tick::Tick;

/// The hosts of a pool, each with a slot `S`.
#[derive(Debug)]
pub(super) struct Hosts<S> {
    dead_after: Duration,
    max: usize,
    known: HashMap<Arc<str>, Host<S>>,
    next_death: NextDeath,
    /// The latest reading of the clock, since the clock last ran back.
    latest: Tick,
    /// How many lives of hosts there were.
    lives: u64,
}

impl<S> Hosts<S> {
    /// A pool of the local host, and the name of that.
    pub(super) fn new(local: &str, dead_after: Duration, max: usize) -> (Self, Arc<str>) {
        // Rounded up to what a tick can tell.
        let micros = u64::try_from(dead_after.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        let mut hosts = Self {
            dead_after: Duration::from_micros(micros),
            max,
            known: HashMap::new(),
            next_death: NextDeath::default(),
            latest: Tick::ZERO,
            lives: 0,
        };
        let local = hosts.insert(local, Tick::ZERO, true);
        (hosts, local)
    }

    fn insert(&mut self, name: &str, now: Tick, local: bool) -> Arc<str> {
        self.lives += 1;
        let host = Host::new(name, now, local, self.lives);
        let name = Arc::clone(&host.name);
        self.known.insert(Arc::clone(&name), host);
        name
    }

    /// The slots of all hosts.
    pub(super) fn slots(&self) -> Vec<Arc<S>> {
        self.known.values().filter_map(|host| host.slot.as_ref().map(Arc::clone)).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The latest reading of the clock so far.
    pub(super) fn latest(&self) -> Tick {
        self.latest
    }

    /// Notes a reading of the clock that was begun when `latest` was the latest. If it is earlier,
    /// the clock ran back: a host that was heard in a future that is no more must not live until
    /// that comes.
    pub(super) fn note_reading(&mut self, now: Tick, latest: Tick) {
        if now >= latest {
            self.latest = self.latest.max(now);
            return;
        }
        self.latest = now;
        self.known.values_mut().for_each(|host| host.note_clock_ran_back(now));
        self.find_earliest();
    }

    /// The host, if it is known.
    pub(super) fn find(&mut self, name: &str) -> Option<&mut Host<S>> {
        self.known.get_mut(name)
    }

    /// The host, if it is live.
    pub(super) fn live(&mut self, name: &str, now: Tick) -> Result<&mut Host<S>, HostError> {
        let Some(host) = self.known.get_mut(name) else {
            return Err(HostError::UnknownHost { host: name.to_owned() });
        };
        if !host.is_live(now, self.dead_after) {
            let silent_for = host.silent_for(now).max(self.dead_after);
            return Err(HostError::HostOffline { host: name.to_owned(), silent_for });
        }
        Ok(host)
    }

    /// Which of its lives a live host is in.
    pub(super) fn life(&mut self, name: &str, now: Tick) -> Result<u64, HostError> {
        self.live(name, now).map(|host| host.life)
    }

    /// Whether a host is in this life still, and was live at `now`.
    pub(super) fn lives_on(&mut self, name: &str, life: u64, now: Tick) -> Result<(), HostError> {
        if self.life(name, now)? == life {
            return Ok(());
        }
        // It died, and is back.
        Err(HostError::HostOffline { host: name.to_owned(), silent_for: self.dead_after })
    }

    pub(super) fn is_live(&self, name: &str, now: Tick) -> bool {
        self.known.get(name).is_some_and(|host| host.is_live(now, self.dead_after))
    }

    /// Adds a host, which is live from now on, if it is not known.
    pub(super) fn add(&mut self, name: &str, now: Tick) -> Result<Option<Added>, HostError> {
        if name.len() > MAX_NAME {
            return Err(HostError::NameTooLong { bytes: name.len(), max: MAX_NAME });
        }
        if self.known.contains_key(name) {
            return Ok(None);
        }
        if self.known.len() >= self.max {
            return Err(HostError::TooManyHosts { max: self.max });
        }
        let name = self.insert(name, now, false);
        Ok(Some(Added { name, earlier: self.bring_forward(now) }))
    }

    /// A host was heard from, which is added if it is not known.
    pub(super) fn hear(&mut self, name: &str, now: Tick) -> Result<Heard<S>, HostError> {
        let added = self.add(name, now)?;
        let new = added.is_some();
        let earlier = added.is_some_and(|added| added.earlier);
        let Some(host) = self.known.get_mut(name).filter(|host| !host.local) else {
            return Ok(Heard { added: new, died: None, back: false, earlier });
        };
        let died = host.die(now, self.dead_after);
        let back = !host.live;
        if back {
            self.lives += 1;
            host.life = self.lives;
        }
        // A thread that was held up after it read the clock may come after a later one.
        (host.live, host.heard) = (true, host.heard.max(now));
        let earlier = earlier || self.bring_forward(now);
        Ok(Heard { added: new, died, back, earlier })
    }

    /// A host lives on from `now`. Returns whether the next deadline is earlier than the
    /// application was told.
    fn bring_forward(&mut self, now: Tick) -> bool {
        self.next_death.bring_forward(now.saturating_add(self.dead_after))
    }

    /// The hosts that were silent for too long, which are dead from now on. Constant time while
    /// there can be none.
    pub(super) fn die(&mut self, now: Tick) -> Vec<Dead<S>> {
        if !self.next_death.may_be_due(now) {
            return Vec::new();
        }
        let dead_after = self.dead_after;
        let dead = self.known.values_mut().filter_map(|host| host.die(now, dead_after)).collect();
        self.find_earliest();
        dead
    }

    fn find_earliest(&mut self) {
        let live = self.known.values().filter(|host| host.live && !host.local);
        self.next_death.set(live.map(|host| host.heard.saturating_add(self.dead_after)).min());
    }

    /// The tick before which no host dies, which the application is now told.
    pub(super) fn announce(&mut self) -> Option<Tick> {
        self.next_death.announce()
    }

    /// Removes a host other than the local one. One that was silent for too long dies first.
    pub(super) fn remove(&mut self, name: &str, now: Tick) -> Option<(Host<S>, Option<Dead<S>>)> {
        if self.known.get(name)?.local {
            return None;
        }
        let mut host = self.known.remove(name)?;
        let dead = host.die(now, self.dead_after);
        Some((host, dead))
    }

    /// Every live host counts as heard from now.
    pub(super) fn resume(&mut self, now: Tick) {
        let live = self.known.values_mut().filter(|host| host.live);
        live.for_each(|host| host.heard = host.heard.max(now));
        self.find_earliest();
    }

    pub(super) fn info(&self, name: &str, now: Tick) -> Option<HostInfo> {
        self.known.get(name).map(|host| host.info(now, self.dead_after))
    }

    /// What is known of each host, by name.
    pub(super) fn infos(&self, now: Tick) -> Vec<HostInfo> {
        let hosts = self.known.values();
        let mut infos: Vec<_> = hosts.map(|host| host.info(now, self.dead_after)).collect();
        infos.sort_unstable_by(|one, other| one.host.cmp(&other.host));
        infos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick::from_micros(seconds * 1_000_000)
    }

    fn pool() -> Hosts<()> {
        Hosts::new("here", Duration::from_secs(200), 8).0
    }

    fn dead(hosts: &mut Hosts<()>, seconds: u64) -> usize {
        let latest = hosts.latest();
        hosts.note_reading(at(seconds), latest);
        hosts.die(at(seconds)).len()
    }

    #[test]
    fn a_host_dies_once_and_on_time() {
        let mut hosts = pool();
        hosts.add("there", at(100)).unwrap();
        hosts.hear("there", at(130)).unwrap();
        assert_eq!([dead(&mut hosts, 300), dead(&mut hosts, 329)], [0, 0]);
        assert_eq!([dead(&mut hosts, 330), dead(&mut hosts, 900)], [1, 0]);
        assert_eq!(hosts.announce(), None);
        let heard = hosts.hear("there", at(1_000)).unwrap();
        assert!(heard.died.is_none() && heard.back && heard.earlier);
        assert_eq!(hosts.announce(), Some(at(1_200)));
    }

    #[test]
    fn a_clock_that_came_from_the_future_keeps_no_host_alive() {
        let mut hosts = pool();
        hosts.add("there", at(1_000_000)).unwrap();
        assert_eq!([dead(&mut hosts, 1_000_001), dead(&mut hosts, 10)], [0, 0]);
        assert_eq!([dead(&mut hosts, 209), dead(&mut hosts, 210)], [0, 1]);
    }
}
