//! When the sweeps come makes no difference: the same operations on a pool that is swept after
//! each, on one that is swept now and then, and on a naive reference.

use std::collections::BTreeMap;

use tenure::events::EventKind;
use tenure::{EndReason, Session};

use crate::common::{Random, factor, seed};
use crate::pool::{Pool, SILENCE, login, reason};

const HOSTS: [&str; 4] = ["ada", "bob", "carol", "dora"];
const LOCAL: usize = 0;

#[derive(Clone, Copy, Debug)]
enum Op {
    Heartbeat(usize),
    Expect(usize),
    Forget(usize),
    Advance(u64),
    Create(usize),
    LogIn(usize),
    Break(usize),
}

/// What ought to be: every death is noticed at once.
#[derive(Default)]
struct Reference {
    now: u64,
    /// When it was last heard from, and whether it is live.
    known: BTreeMap<usize, (u64, bool)>,
    /// Of which host, and how it ended.
    sessions: Vec<(usize, Option<EndReason>)>,
    slots: BTreeMap<usize, usize>,
    told: Vec<(usize, EventKind)>,
}

impl Reference {
    fn is_live(&self, host: usize) -> bool {
        host == LOCAL || self.known.get(&host).is_some_and(|(_, live)| *live)
    }

    fn end(&mut self, which: impl Fn(usize, usize) -> bool, reason: EndReason) {
        for (number, (host, end)) in self.sessions.iter_mut().enumerate() {
            if end.is_none() && which(number, *host) {
                *end = Some(reason);
            }
        }
    }

    fn heartbeat(&mut self, host: usize) -> bool {
        let known = host != LOCAL && self.known.contains_key(&host);
        let back = known && !self.is_live(host);
        if back {
            self.told.push((host, EventKind::HostBack));
        }
        self.known.insert(host, (self.now, true));
        back
    }

    fn advance(&mut self, seconds: u64) {
        self.now += seconds;
        for host in 1..HOSTS.len() {
            let Some((heard, true)) = self.known.get(&host).copied() else { continue };
            if self.now - heard >= SILENCE {
                self.known.insert(host, (heard, false));
                self.told.push((host, EventKind::HostDead));
                self.slots.remove(&host);
                self.end(|_, of| of == host, EndReason::HostDead);
            }
        }
    }

    fn give_up(&mut self, host: usize, reason: EndReason) {
        if let Some(number) = self.slots.remove(&host) {
            self.end(|session, _| session == number, reason);
        }
    }
}

/// A pool, and its sessions in the order in which they were created.
struct Side {
    pool: Pool,
    sessions: Vec<Session<u32>>,
    told: Vec<(usize, EventKind)>,
}

impl Side {
    fn new() -> Self {
        Self { pool: Pool::new(&[]), sessions: Vec::new(), told: Vec::new() }
    }

    /// Returns what the operation says: back, live, or given.
    fn apply(&mut self, op: Op) -> bool {
        let hosts = &self.pool.hosts;
        match op {
            Op::Heartbeat(host) => hosts.heartbeat(HOSTS[host]).unwrap().back,
            Op::Expect(host) => hosts.register(HOSTS[host]).is_ok(),
            Op::Forget(host) => hosts.forget(HOSTS[host]),
            Op::Break(host) => {
                self.pool.breaks(HOSTS[host]);
                true
            }
            Op::Advance(seconds) => {
                self.pool.advance(seconds);
                true
            }
            Op::Create(host) => {
                self.sessions.push(self.pool.of_host(HOSTS[host]));
                true
            }
            Op::LogIn(host) => {
                let before = self.pool.store.stats().created;
                let given = hosts.get_or_login(HOSTS[host], login(0));
                if self.pool.store.stats().created > before {
                    self.sessions.push(given.as_ref().unwrap().clone());
                }
                given.is_ok()
            }
        }
    }

    fn check_live(&self, reference: &Reference) {
        for (number, host) in HOSTS.iter().enumerate() {
            assert_eq!(self.pool.hosts.is_live(host), reference.is_live(number), "{host}");
            assert_eq!(self.pool.hosts.get(host).is_ok(), reference.is_live(number), "{host}");
        }
    }

    /// Once it was swept, everything is as the reference says.
    fn check_all(&mut self, reference: &Reference) {
        self.check_live(reference);
        let ends: Vec<_> = self.sessions.iter().map(reason).collect();
        let expected: Vec<_> = reference.sessions.iter().map(|(_, end)| *end).collect();
        assert_eq!(ends, expected);
        for event in self.pool.all_told() {
            if let (kind @ (EventKind::HostDead | EventKind::HostBack), Some(host)) =
                (event.kind(), event.host())
            {
                let host = HOSTS.iter().position(|known| *known == host).unwrap();
                self.told.push((host, kind));
            }
        }
        for (host, name) in HOSTS.iter().enumerate() {
            let of = |told: &[(usize, EventKind)]| -> Vec<EventKind> {
                told.iter().filter(|(of, _)| *of == host).map(|(_, kind)| *kind).collect()
            };
            assert_eq!(of(&self.told), of(&reference.told), "{name}");
        }
        self.pool.balances();
    }
}

/// What the reference makes of an operation.
fn refer(reference: &mut Reference, op: Op) -> bool {
    match op {
        Op::Heartbeat(host) => reference.heartbeat(host),
        Op::Expect(host) => {
            let now = reference.now;
            reference.known.entry(host).or_insert((now, true));
            true
        }
        Op::Forget(host) => {
            reference.give_up(host, EndReason::LoggedOut);
            host != LOCAL && reference.known.remove(&host).is_some()
        }
        Op::Advance(seconds) => {
            reference.advance(seconds);
            true
        }
        Op::Break(host) => {
            reference.give_up(host, EndReason::Killed);
            true
        }
        Op::Create(host) => {
            reference.sessions.push((host, None));
            true
        }
        Op::LogIn(host) => {
            let live = reference.is_live(host);
            if live && !reference.slots.contains_key(&host) {
                reference.slots.insert(host, reference.sessions.len());
                reference.sessions.push((host, None));
            }
            live
        }
    }
}

fn draw(random: &mut Random) -> Op {
    let host = random.below(HOSTS.len());
    match random.below(20) {
        0..6 => Op::Heartbeat(host),
        6 => Op::Expect(host),
        7 if host != LOCAL => Op::Forget(host),
        8..12 => Op::Advance([1, 30, 99, 199, 200, 201][random.below(6)]),
        12..15 => Op::Create(host),
        15 => Op::Break(host),
        _ => Op::LogIn(host),
    }
}

/// Runs a sequence of operations. `overdue` if hosts may be meddled with that are silent for too
/// long and of whom nobody may have noticed.
fn run(random: &mut Random, overdue: bool) {
    let mut reference = Reference::default();
    let (mut eager, mut lazy) = (Side::new(), Side::new());
    for _ in 0..60 {
        let op = draw(random);
        if let Op::Create(host) | Op::Forget(host) = op
            && !overdue
            && !reference.is_live(host)
        {
            continue;
        }
        let expected = refer(&mut reference, op);
        assert_eq!((eager.apply(op), lazy.apply(op)), (expected, expected), "{op:?}");
        eager.pool.hosts.sweep();
        eager.check_all(&reference);
        lazy.check_live(&reference);
        if random.below(9) == 0 {
            lazy.pool.hosts.sweep();
            lazy.check_all(&reference);
        }
    }
    lazy.pool.hosts.sweep();
    lazy.check_all(&reference);
}

#[test]
fn moments_of_sweeps_make_no_difference() {
    let mut random = Random::new(seed("when_the_sweeps_come"));
    (0..500 * factor()).for_each(|_| run(&mut random, false));
}

#[test]
fn moments_of_sweeps_make_no_difference_to_overdue_hosts() {
    let mut random = Random::new(seed("overdue"));
    (0..500 * factor()).for_each(|_| run(&mut random, true));
}
