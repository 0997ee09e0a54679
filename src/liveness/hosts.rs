//! Who was heard from, and when. Plain data.

use std::collections::HashMap;
use std::time::Duration;

use super::host::{Dead, Host};
use super::report::HostInfo;
use crate::sync::Arc;
use crate::time::Tick;

/// The hosts of a pool, each with a slot `S`.
#[derive(Debug)]
pub(super) struct Hosts<S> {
    dead_after: Duration,
    pub(super) max: usize,
    known: HashMap<Arc<str>, Host<S>>,
    /// No host that is taken for live dies before this; unless it is stale.
    earliest: Option<Tick>,
    /// The deadlines have changed, or the clock ran back.
    stale: bool,
    /// The deadline that the application last heard of.
    announced: Option<Tick>,
    /// The latest that the clock has said, since it last ran back.
    seen: Tick,
}

/// What hearing from a host came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// When it died unnoticed, if it did before it was heard from again.
    pub(super) died: Option<Tick>,
    /// It is live, and was dead.
    pub(super) back: bool,
    /// The next deadline is earlier than the application was told.
    pub(super) earlier: bool,
}

impl<S> Hosts<S> {
    pub(super) fn new(local: &str) -> Self {
        let mut hosts = Self {
            dead_after: Duration::from_secs(200),
            max: 1_024,
            known: HashMap::new(),
            earliest: None,
            stale: false,
            announced: None,
            seen: Tick::ZERO,
        };
        hosts.insert(local, Tick::ZERO, true);
        hosts
    }

    fn insert(&mut self, name: &str, now: Tick, local: bool) {
        let host = Host::new(name, now, local);
        self.known.insert(Arc::clone(&host.name), host);
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

    pub(super) fn set_dead_after(&mut self, silence: Duration) {
        // Rounded up to what a tick can tell.
        let micros = u64::try_from(silence.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        self.dead_after = Duration::from_micros(micros);
        self.stale = true;
    }

    /// A host that is new is live from now on. Answers whether the next deadline is earlier than
    /// the application was told.
    pub(super) fn add(&mut self, name: &str, now: Tick) -> bool {
        self.see(now);
        self.insert(name, now, false);
        self.bring_forward(now)
    }

    /// A known host was heard from.
    pub(super) fn hear(&mut self, name: &str, now: Tick) -> Heard {
        self.see(now);
        let dead_after = self.dead_after;
        let Some(host) = self.known.get_mut(name).filter(|host| !host.local) else {
            return Heard::default();
        };
        let died = host.overdue(now, dead_after);
        let back = died.is_some() || !host.live;
        (host.live, host.heard) = (true, host.heard.max(now));
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
    pub(super) fn die(&mut self, now: Tick) -> Vec<Dead<S>> {
        self.see(now);
        if !self.stale && self.earliest.is_none_or(|earliest| now < earliest) {
            return Vec::new();
        }
        let (dead_after, mut dead) = (self.dead_after, Vec::new());
        for host in self.known.values_mut() {
            if let Some(due) = host.overdue(now, dead_after) {
                host.live = false;
                dead.push(Dead { name: Arc::clone(&host.name), slot: host.slot.take(), due });
            }
        }
        self.reckon();
        dead
    }

    /// Whether a reading of the clock is behind what others have read: the clock ran back, or the
    /// thread was held up after it had read it. A little is nothing.
    pub(super) fn is_ahead_of(&self, now: Tick) -> bool {
        now.saturating_add(self.dead_after / 2) < self.seen
    }

    /// The latest that the clock has said, since it last ran back.
    pub(super) fn seen(&self) -> Tick {
        self.seen
    }

    /// The clock ran back: who was heard in a future that is no more must not live until it comes.
    pub(super) fn turn_back(&mut self, now: Tick) {
        (self.seen, self.stale) = (now, true);
        self.known.values_mut().for_each(|host| host.heard = host.heard.min(now));
    }

    fn see(&mut self, now: Tick) {
        self.seen = self.seen.max(now);
    }

    /// Finds the earliest deadline anew.
    fn reckon(&mut self) {
        let live = self.known.values().filter(|host| host.live && !host.local);
        self.earliest = live.map(|host| host.heard.saturating_add(self.dead_after)).min();
        self.stale = false;
    }

    /// The tick before which nobody dies, which the application is now told of.
    pub(super) fn announce(&mut self, now: Tick) -> Option<Tick> {
        self.see(now);
        if self.stale {
            self.reckon();
        }
        self.announced = Some(self.earliest.unwrap_or(Tick::MAX));
        self.earliest
    }

    /// Who is silent for too long already dies before it is removed.
    pub(super) fn die_alone(&mut self, name: &str, now: Tick) -> Option<Dead<S>> {
        self.see(now);
        let dead_after = self.dead_after;
        let host = self.known.get_mut(name)?;
        let due = host.overdue(now, dead_after)?;
        host.live = false;
        Some(Dead { name: Arc::clone(&host.name), slot: host.slot.take(), due })
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
        if hosts.is_ahead_of(at(seconds)) {
            hosts.turn_back(at(seconds));
        }
        hosts.die(at(seconds)).len()
    }

    #[test]
    fn a_host_dies_once_and_on_time() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(100));
        hosts.hear("there", at(130));
        assert_eq!([dead(&mut hosts, 300), dead(&mut hosts, 329)], [0, 0]);
        assert_eq!([dead(&mut hosts, 330), dead(&mut hosts, 900)], [1, 0]);
        assert_eq!(hosts.announce(at(1_000)), None);
        let heard = hosts.hear("there", at(1_000));
        assert_eq!((heard.died, heard.back, heard.earlier), (None, true, true));
        assert_eq!(hosts.announce(at(1_000)), Some(at(1_200)));
    }

    #[test]
    fn what_dies_unnoticed_has_died() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(0));
        assert!(!hosts.look("there", at(200)).unwrap().2);
        let heard = hosts.hear("there", at(200));
        assert!(heard.died == Some(at(200)) && heard.back);
    }

    #[test]
    fn a_clock_that_came_from_the_future_keeps_nobody_alive() {
        let mut hosts = Hosts::<()>::new("here");
        hosts.add("there", at(1_000_000));
        assert_eq!([dead(&mut hosts, 1_000_001), dead(&mut hosts, 10)], [0, 0]);
        assert_eq!([dead(&mut hosts, 209), dead(&mut hosts, 210)], [0, 1]);
    }
}
