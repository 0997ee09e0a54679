//! Many publishers and many subscribers: nothing is lost without being reported, nothing comes
//! twice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::time::Duration;

use tenure::events::{Event, EventError, EventKind, EventToken, Filter, Subscription};
use tenure::{EndAs, Limits, SessionId, SessionStore, Timeouts};

use crate::common::{Random, Store, factor, of, seed, within_a_minute};
use crate::live::Live;

const PUBLISHERS: usize = 8;
const STEPS: usize = 1_500;
const LONG: Duration = Duration::MAX;

/// What the publishers did, by kind of event and by principal, of whom each has its own.
#[derive(Default)]
struct Done {
    created: [AtomicU64; PUBLISHERS],
    ended: [AtomicU64; PUBLISHERS],
    rotated: [AtomicU64; PUBLISHERS],
}

impl Done {
    fn of(&self, publisher: usize) -> u64 {
        let all = [&self.created, &self.ended, &self.rotated];
        all.iter().map(|counts| counts[publisher].load(Ordering::SeqCst)).sum()
    }

    fn all(&self) -> u64 {
        (0..PUBLISHERS).map(|publisher| self.of(publisher)).sum()
    }
}

struct Storm {
    store: Store,
    done: Arc<Done>,
    start: Barrier,
}

impl Storm {
    fn publish(&self, me: usize, mut random: Random) {
        let mut ids: Vec<SessionId> = Vec::new();
        self.start.wait();
        for _ in 0..STEPS * factor() {
            let chosen = random.below(ids.len().max(1));
            match (random.below(8), ids.get(chosen).copied()) {
                (0 | 1, Some(id)) => {
                    let _ = self.store.end(id);
                }
                (2, Some(id)) => {
                    let _ = self.store.end_as(id, EndAs::killed());
                }
                (3 | 4, Some(id)) => {
                    if let Ok(session) = self.store.rotate(id) {
                        self.done.rotated[me].fetch_add(1, Ordering::SeqCst);
                        ids[chosen] = session.id();
                    }
                }
                _ => {
                    let session = self.store.create(of(&format!("p{me}"))).unwrap();
                    self.done.created[me].fetch_add(1, Ordering::SeqCst);
                    let done = Arc::clone(&self.done);
                    session.on_end(move |_, _| {
                        done.ended[me].fetch_add(1, Ordering::SeqCst);
                    });
                    ids.push(session.id());
                    if ids.len() > 50 {
                        ids.swap_remove(random.below(50));
                    }
                }
            }
        }
    }
}

/// What a subscriber has received.
#[derive(Default)]
struct Received {
    events: u64,
    lost: u64,
    last: Option<u64>,
    /// The table, while nothing was lost from it.
    live: Option<Live>,
}

impl Received {
    fn with_a_table() -> Self {
        Self { live: Some(Live::default()), ..Self::default() }
    }

    /// Returns whether there may be more.
    fn take(&mut self, read: Result<Option<Event>, EventError>) -> bool {
        match read {
            Ok(Some(event)) => {
                self.events += 1;
                assert!(self.last.is_none_or(|last| last < event.sequence()), "twice, or late");
                self.last = Some(event.sequence());
                self.live.iter_mut().for_each(|live| live.apply(&event));
            }
            Ok(None) => {}
            Err(EventError::EventsLost { missed }) => {
                assert!(missed > 0);
                self.lost += missed;
                self.live = None;
            }
            Err(EventError::Closed) => return false,
            Err(other) => panic!("{other}"),
        }
        true
    }

    fn all(&self) -> u64 {
        self.events + self.lost
    }
}

type Way = fn(&Store, Subscription) -> Received;
fn blocking(_: &Store, mut events: Subscription) -> Received {
    let mut received = Received::with_a_table();
    while received.take(events.recv_timeout(LONG)) {}
    received
}

fn polling(_: &Store, mut events: Subscription) -> Received {
    let mut received = Received::with_a_table();
    let mut task = Context::from_waker(Waker::noop());
    loop {
        let read = match events.poll_recv(&mut task) {
            std::task::Poll::Ready(read) => read.map(Some),
            std::task::Poll::Pending => Ok(None),
        };
        if !received.take(read) {
            return received;
        }
    }
}

/// So slow that it loses most of it.
fn slow(_: &Store, mut events: Subscription) -> Received {
    // A filter of some kinds alone is not enough to keep a table of sessions.
    let mut received = Received::default();
    while received.take(events.try_recv()) {
        (0..20).for_each(|_| std::thread::yield_now());
    }
    received
}

/// Goes away and comes back with its token.
fn returning(store: &Store, mut events: Subscription) -> Received {
    let number = |token: EventToken| token.to_string()[17..].parse::<u64>().expect("a number");
    let mut received = Received::default();
    for round in 0_u64.. {
        if !received.take(events.recv_timeout(LONG)) {
            break;
        }
        if round % 7 == 0 {
            let token = events.token();
            drop(events);
            events = store.subscribe_from(Filter::all(), token).unwrap_or_else(|_stale| {
                let (_live, subscription) = store.subscribe_with_snapshot(Filter::all());
                received.lost += number(subscription.token()) - number(token);
                subscription
            });
        }
    }
    received
}

/// Keeps a table by batches, and makes it anew after a loss.
fn batching(store: &Store, mut events: Subscription) -> Received {
    let mut live = Live::default();
    loop {
        match events.recv_batch(64, LONG) {
            Ok(batch) => {
                for event in &batch {
                    let track = event.session().expect("all are about sessions").track_id();
                    if event.kind() == EventKind::Ended {
                        live.0.remove(&track);
                    } else {
                        live.0.insert(track);
                    }
                }
            }
            Err(EventError::EventsLost { .. }) => live = Live::of(&store.resync(&mut events)),
            Err(_) => break,
        }
    }
    // All have ended with the store.
    live.is_that_of(store);
    Received::default()
}

#[test]
fn events_arrive_once_or_are_reported_lost() {
    let seed = seed("events");
    for (round, size) in [16, 1_000, 1 << 20].into_iter().enumerate() {
        within_a_minute(move || run(seed.wrapping_add(round as u64), size));
    }
}

fn run(seed: u64, size: usize) {
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    // Kept, for the one who goes away may be the last who is left, and a gap has a number too.
    let store = builder.event_ring(size).keep_events(true).build().unwrap();
    let of_kind = |kind| Filter::all().kinds([kind]);
    let subscribers: [(Filter, Way); 8] = [
        (Filter::all(), blocking),
        (Filter::all(), polling),
        (Filter::all(), slow),
        (Filter::all(), returning),
        (Filter::all(), batching),
        (Filter::all().principal("p3"), blocking),
        (of_kind(EventKind::Created), slow),
        (of_kind(EventKind::Ended).principal("p5"), slow),
    ];
    let open = subscribers.map(|(filter, way)| (store.subscribe(filter), way));
    let start = Barrier::new(PUBLISHERS);
    let crew = Storm { store, done: Arc::default(), start };
    let received = std::thread::scope(|scope| {
        let crew = &crew;
        let readers = open.map(|(events, way)| scope.spawn(move || way(&crew.store, events)));
        let publishers: Vec<_> = (0..PUBLISHERS)
            .map(|me| scope.spawn(move || crew.publish(me, Random::new(seed ^ me as u64))))
            .collect();
        for publisher in publishers {
            publisher.join().expect("no panic");
        }
        let _ = crew.store.close();
        readers.map(|reader| reader.join().expect("no panic"))
    });

    let (stats, done) = (crew.store.stats(), &crew.done);
    assert_eq!(done.all(), stats.created + stats.ended.total() + stats.rotated);
    assert_eq!((stats.created, stats.application_panics), (stats.ended.total(), 0));
    for (number, received) in received[..4].iter().enumerate() {
        assert_eq!(received.all(), done.all(), "subscriber {number}");
    }
    let ended = done.ended[5].load(Ordering::SeqCst);
    let narrow = [5, 6, 7].map(|number: usize| received[number].all());
    assert_eq!(narrow, [done.of(3), stats.created, ended]);
    let mut tables = received.iter().filter_map(|received| received.live.as_ref());
    assert!(tables.all(|live| live.0.is_empty()));
    let lost = received.map(|received| received.lost);
    println!("events: {} in a ring of {size}, lost: {lost:?}", done.all());
    assert!(crew.store.subscriptions().is_empty());
}
