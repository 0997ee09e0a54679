//! Subscriptions with equal and with other filters, beside a reference that keeps a list for each.

use std::collections::VecDeque;
use std::time::Duration;

use tenure::events::{BarrierError, EventError, EventToken, Filter, StaleToken, Subscription};

use crate::common::{Random, Store, factor, of, plain, seed};
use crate::tools::{kinds, numbers, rest, ring};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// A subscription, and what is expected of it.
struct Follower {
    wants: Option<&'static str>,
    events: Subscription,
    /// The numbers of the wanted events that it has not taken.
    untaken: VecDeque<u64>,
    /// The number of the first that it has lost and was not told of, and how many they are.
    untold: Option<(u64, u64)>,
    lost: u64,
    in_hand: Option<u64>,
}

fn filter(wants: Option<&str>) -> Filter {
    wants.map_or(Filter::all(), |name| Filter::all().principal(name))
}

fn next_of(token: EventToken) -> u64 {
    token.to_string().split_once('-').unwrap().1.parse().unwrap()
}

impl Follower {
    fn new(wants: Option<&'static str>, events: Subscription, untaken: VecDeque<u64>) -> Self {
        Self { wants, events, untaken, untold: None, lost: 0, in_hand: None }
    }

    /// An event was published; those before `oldest` are gone.
    fn follow(&mut self, name: &str, number: u64, oldest: u64) {
        if self.wants.is_none_or(|wants| wants == name) {
            self.untaken.push_back(number);
        }
        while let Some(gone) = self.untaken.front().copied().filter(|gone| *gone < oldest) {
            self.untaken.pop_front();
            self.untold.get_or_insert((gone, 0)).1 += 1;
            self.lost += 1;
        }
    }

    fn read(&mut self) {
        self.in_hand = None;
        let read = self.events.try_recv();
        if let Some((first, missed)) = self.untold.take() {
            assert_eq!(read.unwrap_err(), EventError::EventsLost { missed });
            self.in_hand = Some(first);
        } else {
            self.in_hand = self.untaken.pop_front();
            assert_eq!(read.unwrap().map(|event| event.sequence()), self.in_hand);
        }
    }

    /// Compares all that can be asked, when `end` is the number of the next event.
    fn check(&self, end: u64) {
        let info = self.events.info();
        let lag = self.untaken.front().map_or(0, |untaken| end - untaken);
        assert_eq!((info.lag, info.lost), (lag, self.lost), "of {:?}", self.wants);
        let untold = self.untold.map(|(first, _)| first);
        let position = untold.or(self.untaken.front().copied()).unwrap_or(end);
        assert_eq!(next_of(self.events.token()), position);
        let behind = end - self.in_hand.unwrap_or(position);
        let passed = if behind == 0 { Ok(()) } else { Err(BarrierError::TimedOut { behind }) };
        assert_eq!(self.events.watcher().barrier(Duration::ZERO), passed);
    }
}

#[test]
fn each_subscription_is_told_of_what_it_wants_and_of_no_more() {
    let mut random = Random::new(seed("topics"));
    for round in 0..60 * factor() {
        let size = 1 + round % 9;
        let store = ring(size).keep_events(true).build().unwrap();
        let start = store.subscribe(Filter::all()).token();
        let log = start.to_string()[..16].to_string();
        let (mut published, mut followers) = (Vec::<&str>::new(), Vec::<Follower>::new());
        for _ in 0..200 {
            let end = next_of(start) + published.len() as u64;
            let oldest = end - published.len().min(size) as u64;
            let wants = [None, Some("a"), Some("b")][random.below(3)];
            let (chosen, count) = (random.below(followers.len().max(1)), followers.len());
            match (random.below(10), followers.get_mut(chosen)) {
                (0, _) => {
                    let events = store.subscribe(filter(wants));
                    followers.push(Follower::new(wants, events, VecDeque::new()));
                }
                (1, _) => {
                    // From some place, which may be gone.
                    let next = next_of(start) + random.below(published.len() + 1) as u64;
                    let token: EventToken = format!("{log}-{next}").parse().unwrap();
                    let opened = store.subscribe_from(filter(wants), token);
                    if next < oldest {
                        let stale = StaleToken::TooOld { missed: oldest - next };
                        assert_eq!(opened.unwrap_err(), stale);
                    } else {
                        let is_wanted = |number: &u64| {
                            let at = usize::try_from(number - next_of(start)).unwrap();
                            wants.is_none_or(|wants| wants == published[at])
                        };
                        let untaken = (next..end).filter(is_wanted).collect();
                        followers.push(Follower::new(wants, opened.unwrap(), untaken));
                    }
                }
                (2, Some(_)) if count > 8 => drop(followers.swap_remove(chosen)),
                (3, Some(follower)) => {
                    let _ = store.resync(&mut follower.events);
                    (follower.untold, follower.in_hand) = (None, None);
                    follower.untaken.clear();
                }
                (4..8, Some(follower)) => follower.read(),
                _ => {
                    let name = NAMES[random.below(3)];
                    store.create(of(name)).unwrap();
                    published.push(name);
                    let oldest = end + 1 - published.len().min(size) as u64;
                    for follower in &mut followers {
                        follower.follow(name, end, oldest);
                    }
                }
            }
            let end = next_of(start) + published.len() as u64;
            for follower in &followers {
                follower.check(end);
            }
        }
    }
}

/// More events than are looked at in one go.
#[test]
fn a_new_filter_goes_back_as_far_as_the_token() {
    let store: Store = ring(2_000).keep_events(true).build().unwrap();
    let start = store.subscribe(Filter::all()).token();
    for number in 0..1_500 {
        store.create(of(if number % 7 == 0 { "bob" } else { "alice" })).unwrap();
    }
    let all = rest(&mut store.subscribe_from(Filter::all(), start).unwrap());
    let bobs = all.iter().filter(|event| event.session().unwrap().principal() == Some("bob"));
    let wanted: Vec<u64> = bobs.map(tenure::events::Event::sequence).collect();
    for at in [0, 1, 255, 256, 257, 511, 512, 1_000, 1_499] {
        let mut again = store.subscribe_from(filter(Some("bob")), all[at].token()).unwrap();
        let after: Vec<u64> =
            wanted.iter().copied().filter(|number| *number > all[at].sequence()).collect();
        assert_eq!(numbers(&rest(&mut again)), after, "after {at}");
    }
}

#[test]
fn a_session_is_followed_through_its_rotations_by_its_own_store_alone() {
    let (store, other): (Store, Store) = (ring(9).build().unwrap(), ring(9).build().unwrap());
    // With the same creation number.
    let (session, stranger) = (store.create(plain()).unwrap(), other.create(plain()).unwrap());
    let own = Filter::all().session(&session);
    let (live, mut events) = store.subscribe_with_snapshot(own.clone());
    let (none, mut strangers) = other.subscribe_with_snapshot(own.clone());
    assert_eq!((live.len(), none.len()), (1, 0));
    assert_eq!(live[0].track_id(), session.track_id());
    assert!(store.subscribe_with_snapshot(own.clone().principal("bob")).0.is_empty());
    store.rotate(session.id()).unwrap();
    let _ = (store.end(&session), other.end(&stranger));
    let told = [tenure::events::EventKind::Rotated, tenure::events::EventKind::Ended];
    assert_eq!(kinds(&rest(&mut events)), told);
    assert!(rest(&mut strangers).is_empty());
    assert!(store.subscribe_with_snapshot(own.clone()).0.is_empty(), "it has ended");
    assert_ne!(own, Filter::all().session(&stranger));
    assert_eq!(own, Filter::all().session(&session.clone()));
}
