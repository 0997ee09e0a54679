//! The fleet at work.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use tenure::collection::{MemoryCollection, MemoryStats, Policy};
use tenure::shared::SharedAcquireError;
use tenure::{Clock, ManualClock, NewSession, SessionId, Tick};

use super::config::Config;
use super::node::{Common, Logouts, Node};
use super::random::Random;
use super::report::Report;
use super::tally::{Ages, Done, Seen, since};
use super::user::{Expected, User, Visit};

/// What happens at a moment.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A user logs in, or makes a request.
    User(usize),
    Refresh(usize),
    Failure(usize),
    /// Somebody uses the id of a session after its logout, which was then, on that node.
    Late(SessionId, Tick, usize),
    /// The fleet has filled: counting begins.
    Start,
}

/// An event that is to come. Of one moment, the one that was thought of first is first.
struct Coming {
    at: Tick,
    number: u64,
    event: Event,
}

impl Ord for Coming {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Coming {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Coming {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Coming {}

struct Fleet {
    common: Common,
    policy: Policy,
    random: Random,
    nodes: Vec<Node>,
    users: Vec<User>,
    logouts: Logouts,
    events: BinaryHeap<Reverse<Coming>>,
    /// How many events there were.
    next: u64,
    seen: Seen,
    ages: Ages,
    /// Of the nodes that have failed.
    done: Done,
    /// What was counted when counting began.
    start: Option<(Seen, MemoryStats, Done)>,
    most_in_memory: usize,
}

/// Runs a simulation.
#[must_use]
pub fn run(config: Config) -> Report {
    let mut fleet = Fleet::new(config);
    let end = fleet.now().saturating_add(config.idle).saturating_add(config.span);
    while let Some(Reverse(Coming { at, event, .. })) = fleet.events.pop() {
        if at > end {
            break;
        }
        fleet.common.clock.advance(at.since(fleet.now()));
        fleet.happens(event);
    }
    fleet.report()
}

impl Fleet {
    fn new(config: Config) -> Self {
        let (clock, policy) = (ManualClock::new(), Policy::new(config.interval));
        let collection = MemoryCollection::with_clock(policy, clock.clone());
        let common = Common::new(config, clock, collection);
        let nodes = (0..config.nodes).map(|_| common.node()).collect();
        let mut fleet = Self {
            common,
            policy,
            random: Random::new(config.seed),
            nodes,
            users: vec![User::default(); config.users as usize],
            logouts: Logouts::new(),
            events: BinaryHeap::new(),
            next: 0,
            seen: Seen::default(),
            ages: Ages::default(),
            done: Done::default(),
            start: None,
            most_in_memory: 0,
        };
        fleet.after(config.idle, Event::Start);
        for number in 0..fleet.nodes.len() {
            let first = fleet.random.within(config.interval);
            fleet.after(first, Event::Refresh(number));
            let failure = fleet.random.around(config.failure);
            fleet.after(failure, Event::Failure(number));
        }
        for number in 0..fleet.users.len() {
            let first = fleet.random.around(config.away);
            fleet.after(first, Event::User(number));
        }
        fleet
    }

    fn now(&self) -> Tick {
        self.common.clock.now()
    }

    fn after(&mut self, span: std::time::Duration, event: Event) {
        self.next += 1;
        let at = self.now().saturating_add(span);
        self.events.push(Reverse(Coming { at, number: self.next, event }));
    }

    fn any_node(&mut self) -> usize {
        self.random.below(self.common.config.nodes) as usize
    }

    fn happens(&mut self, event: Event) {
        let config = self.common.config;
        match event {
            Event::User(number) => self.act(number),
            Event::Refresh(number) => {
                self.nodes[number].refresh(number, &self.logouts, &mut self.ages);
                let in_memory = self.nodes[number].sessions.store().len();
                self.most_in_memory = self.most_in_memory.max(in_memory);
                self.after(config.interval, Event::Refresh(number));
            }
            Event::Failure(number) => {
                let failed = std::mem::replace(&mut self.nodes[number], self.common.node());
                self.done += Done { failures: 1, ..failed.done() };
                let next = self.random.around(config.failure);
                self.after(next, Event::Failure(number));
            }
            Event::Late(id, logout, on) => self.come_late(id, logout, on),
            Event::Start => {
                let collection = self.common.collection.stats();
                self.start = Some((self.seen, collection, self.all_done()));
            }
        }
    }

    fn act(&mut self, number: usize) {
        let config = self.common.config;
        let Some(visit) = self.users[number].session else {
            return self.log_in(number);
        };
        let astray = self.random.in_hundred(config.astray);
        let on = if astray { self.any_node() } else { visit.home };
        self.seen.requests += 1;
        let now = self.now();
        let expected = visit.expected(now, config.idle, self.policy.grace);
        match self.nodes[on].sessions.acquire_or_load(visit.id) {
            Ok(lease) => {
                drop(lease);
                self.seen.wrongly_served += u64::from(expected == Expected::Gone);
                let used = Visit { last_used: now, ..visit };
                self.users[number].session = Some(used);
                if self.random.below(config.visit) == 0 {
                    self.leave(number, used, on);
                } else {
                    let think = self.random.around(config.think);
                    self.after(think, Event::User(number));
                }
            }
            Err(SharedAcquireError::Unknown | SharedAcquireError::Ended(_)) => {
                self.seen.expired += 1;
                self.seen.wrongly_refused += u64::from(expected == Expected::Live);
                self.log_in(number);
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn log_in(&mut self, number: usize) {
        let home = self.any_node();
        let new = NewSession::new("x".repeat(self.common.config.data));
        let new = new.principal(format!("user {number}"));
        let session = self.nodes[home].sessions.create(new).expect("there is room");
        self.seen.logins += 1;
        self.users[number].session = Some(Visit { id: session.id(), home, last_used: self.now() });
        let think = self.random.around(self.common.config.think);
        self.after(think, Event::User(number));
    }

    /// A user logs out, or just closes the window.
    fn leave(&mut self, number: usize, visit: Visit, on: usize) {
        let config = self.common.config;
        self.users[number].session = None;
        if self.random.in_hundred(config.logouts) {
            let sessions = &self.nodes[on].sessions;
            let track = sessions.store().peek(visit.id).expect("it was used just now").track_id();
            sessions.end(visit.id).expect("the collection does not fail");
            self.seen.logouts += 1;
            self.logouts.insert(track, (self.now(), on));
            let late = self.random.within(2 * config.interval);
            self.after(late, Event::Late(visit.id, self.now(), on));
        }
        let away = self.random.around(config.away);
        self.after(away, Event::User(number));
    }

    fn come_late(&mut self, id: SessionId, logout: Tick, was_on: usize) {
        let on = self.any_node();
        self.seen.late += 1;
        if self.nodes[on].sessions.acquire_or_load(id).is_ok() {
            self.seen.late_served += 1;
            let ago = self.now().since(logout);
            let wrong = on == was_on || ago > self.common.config.interval;
            self.seen.wrongly_served += u64::from(wrong);
        }
    }

    fn all_done(&self) -> Done {
        let mut done = self.done;
        for node in &self.nodes {
            done += node.done();
        }
        done
    }

    /// How many sessions there must be, and how many there may be.
    fn expected(&self) -> (u64, u64) {
        let (now, idle) = (self.now(), self.common.config.idle);
        let visits = self.users.iter().filter_map(|user| user.session);
        let live = |visit: &Visit| visit.expected(now, idle, self.policy.grace) == Expected::Live;
        let live = visits.filter(live).count() as u64;
        (live, self.seen.logins - self.seen.logouts)
    }

    fn report(self) -> Report {
        let (seen, collection, done) = self.start.expect("it lasts longer than its beginning");
        let (all, total) = (self.common.collection.stats(), self.all_done());
        Report {
            config: self.common.config,
            before: (seen, done),
            seen: self.seen,
            done: total,
            collection: since(collection, all),
            collection_total: all,
            kept: self.common.collection.live() as u64,
            expected: self.expected(),
            in_memory: self.nodes.iter().map(|node| node.sessions.store().len() as u64).sum(),
            most_in_memory: self.most_in_memory as u64,
            ages: self.ages,
        }
    }
}
