//! Who was heard from, and when. Plain data.

use std::collections::HashMap;
use std::time::Duration;

use super::report::HostInfo;
use super::skew::Skew;
use crate::sync::Arc;
use crate::time::Tick;

/// The hosts of a pool, each with a slot `S`.
#[derive(Debug)]
pub(super) struct Hosts<S> {
    pub(super) dead_after: Duration,
    pub(super) max: usize,
    known: HashMap<Arc<str>, Host<S>>,
    /// No host that is taken for live dies before this.
    earliest: Option<Tick>,
    /// The deadline that the host program last heard of.
    announced: Option<Tick>,
    /// The latest tick that a sweep has seen.
    swept: Tick,
}

/// One host.
#[derive(Debug)]
pub(super) struct Host<S> {
    pub(super) name: Arc<str>,
    /// Made when it is first asked for.
    pub(super) slot: Option<Arc<S>>,
    pub(super) skew: Skew,
    local: bool,
    live: bool,
    heard: Tick,
}

/// What hearing from a host came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// It has died unnoticed before it was heard from again.
    pub(super) died: bool,
    /// It is live, and was dead.
    pub(super) back: bool,
    /// The next deadline is earlier than the host program was told.
    pub(super) earlier: bool,
}

impl<S> Host<S> {
    fn silent_for(&self, now: Tick) -> Duration {
        if self.local { Duration::ZERO } else { now.since(self.heard) }
    }
}

impl<S> Hosts<S> {
    pub(super) fn new(local: &str) -> Self {
        let mut hosts = Self {
            dead_after: Duration::from_secs(200),
            max: 1_024,
            known: HashMap::new(),
            earliest: None,
            announced: None,
            swept: Tick::ZERO,
        };
        hosts.insert(local, Tick::ZERO, true);
        hosts
    }

    fn insert(&mut self, name: &str, now: Tick, local: bool) {
        let name: Arc<str> = name.into();
        let host = Host {
            name: Arc::clone(&name),
            slot: None,
            skew: Skew::default(),
            local,
            live: true,
            heard: now,
        };
        self.known.insert(name, host);
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn find(&mut self, name: &str) -> Option<&mut Host<S>> {
        self.known.get_mut(name)
    }

    /// The host, and for how long it was silent; and whether it is live.
    pub(super) fn look(&self, name: &str, now: Tick) -> Option<(&Host<S>, Duration, bool)> {
        let host = self.known.get(name)?;
        let silent_for = host.silent_for(now);
        Some((host, silent_for, host.live && (host.local || silent_for < self.dead_after)))
    }

    /// A host that is new is live from now on. Answers whether the next deadline is earlier than the
    /// host program was told.
    pub(super) fn add(&mut self, name: &str, now: Tick) -> bool {
        self.insert(name, now, false);
        self.bring_forward(now)
    }

    /// A known host was heard from.
    pub(super) fn hear(&mut self, name: &str, now: Tick) -> Heard {
        let dead_after = self.dead_after;
        let Some(host) = self.known.get_mut(name).filter(|host| !host.local) else {
            return Heard::default();
        };
        let died = host.live && host.silent_for(now) >= dead_after;
        let back = died || !host.live;
        // Back with the clock too: what it said before means nothing any more.
        (host.live, host.heard) = (true, now);
        Heard { died, back, earlier: self.bring_forward(now) }
    }

    /// A host lives on from `now`. Answers whether the next deadline is earlier than was told.
    fn bring_forward(&mut self, now: Tick) -> bool {
        let deadline = now.saturating_add(self.dead_after);
        self.earliest = Some(self.earliest.map_or(deadline, |earliest| earliest.min(deadline)));
        let earlier = self.announced.is_some_and(|announced| deadline < announced);
        if earlier {
            self.announced = Some(deadline);
        }
        earlier
    }

    /// Takes those for dead that were silent for too long. Costs next to nothing while there can be
    /// none.
    pub(super) fn die(&mut self, now: Tick) -> Vec<(Arc<str>, Option<Arc<S>>)> {
        let ran_back = now < self.swept;
        self.swept = now;
        if !ran_back && self.earliest.is_none_or(|earliest| now < earliest) {
            return Vec::new();
        }
        let (dead_after, mut dead) = (self.dead_after, Vec::new());
        self.earliest = None;
        for host in self.known.values_mut().filter(|host| host.live && !host.local) {
            // A host that was heard in a future that is no more must not live until it comes.
            host.heard = host.heard.min(now);
            if host.silent_for(now) >= dead_after {
                host.live = false;
                dead.push((Arc::clone(&host.name), host.slot.clone()));
            } else {
                let deadline = host.heard.saturating_add(dead_after);
                self.earliest = Some(self.earliest.map_or(deadline, |first| first.min(deadline)));
            }
        }
        dead
    }

    /// The tick before which nobody dies, which the host program is now told of.
    pub(super) fn announce(&mut self) -> Option<Tick> {
        self.announced = Some(self.earliest.unwrap_or(Tick::MAX));
        self.earliest
    }

    /// Every deadline has changed.
    pub(super) fn reconsider(&mut self) {
        self.earliest = Some(Tick::ZERO);
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Host<S>> {
        if self.known.get(name)?.local { None } else { self.known.remove(name) }
    }

    pub(super) fn infos(&self, now: Tick) -> Vec<HostInfo> {
        let mut names: Vec<&Arc<str>> = self.known.keys().collect();
        names.sort_unstable();
        let info = |name: &Arc<str>| {
            let (host, silent_for, live) = self.look(name, now)?;
            let (host, local, skew) = (host.name.to_string(), host.local, host.skew.last);
            Some(HostInfo { host, live, local, silent_for, skew })
        };
        names.into_iter().filter_map(info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick::from_micros(seconds * 1_000_000)
    }

    fn dead(hosts: &mut Hosts<()>, seconds: u64) -> usize {
        hosts.die(at(seconds)).len()
    }

    #[test]
    fn a_host_dies_once_and_on_time() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(100));
        hosts.hear("there", at(130));
        assert_eq!([dead(&mut hosts, 300), dead(&mut hosts, 329)], [0, 0]);
        assert_eq!([dead(&mut hosts, 330), dead(&mut hosts, 900)], [1, 0]);
        assert_eq!(hosts.announce(), None);
        let heard = hosts.hear("there", at(1_000));
        assert_eq!((heard.died, heard.back, heard.earlier), (false, true, true));
        assert_eq!(hosts.announce(), Some(at(1_200)));
    }

    #[test]
    fn what_dies_unnoticed_has_died() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(0));
        assert!(!hosts.look("there", at(200)).unwrap().2);
        let heard = hosts.hear("there", at(200));
        assert!(heard.died && heard.back);
    }

    #[test]
    fn a_clock_that_came_from_the_future_keeps_nobody_alive() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(1_000_000));
        assert_eq!([dead(&mut hosts, 1_000_001), dead(&mut hosts, 10)], [0, 0]);
        assert_eq!([dead(&mut hosts, 209), dead(&mut hosts, 210)], [0, 1]);
    }
}
