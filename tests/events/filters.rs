//! Who gets which events.

use tenure::events::{Event, EventKind, Filter, Subscription};
use tenure::{Session, SessionInfo};

use crate::common::{Random, Store, factor, of, plain, seed};
use crate::tools::{capped, kinds, rest, ring, track};

const NAMES: [Option<&str>; 3] = [None, Some("a"), Some("b")];
const KINDS: [EventKind; 3] = [EventKind::Created, EventKind::Ended, EventKind::Rotated];

/// What a filter asks for, to be looked up without the library.
#[derive(Clone, Debug, Default)]
struct Wish {
    kinds: Option<Vec<EventKind>>,
    /// Places in [`NAMES`].
    names: [Option<usize>; 3],
    session: Option<Session<u32>>,
}

impl Wish {
    fn draw(random: &mut Random, sessions: &[Session<u32>]) -> Self {
        let mut wish = Self::default();
        if random.below(2) == 0 {
            wish.kinds = Some(KINDS.into_iter().filter(|_| random.below(2) == 0).collect());
        }
        wish.names = [0; 3].map(|_| random.below(6).checked_sub(3));
        if random.below(4) == 0 {
            wish.session = Some(sessions[random.below(sessions.len())].clone());
        }
        wish
    }

    fn filter(&self) -> Filter {
        let mut filter = Filter::all();
        if let Some(kinds) = &self.kinds {
            filter = filter.kinds(kinds.iter().copied());
        }
        let [principal, originator, host] = self.names;
        if let Some(name) = principal {
            filter = filter.principal(NAMES[name]);
        }
        if let Some(name) = originator {
            filter = filter.originator(NAMES[name].map(str::to_string));
        }
        if let Some(name) = host {
            filter = filter.host(NAMES[name]);
        }
        if let Some(session) = &self.session {
            filter = filter.session(session);
        }
        filter
    }

    fn wants(&self, event: &Event) -> bool {
        let info = event.session().expect("no other events in this test");
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind())) && self.is_of(info)
    }

    /// Whether it wants this session, whatever happens to it.
    fn is_of(&self, info: &SessionInfo) -> bool {
        let its = [info.principal(), info.originator(), info.host()];
        (0..3).all(|i| self.names[i].is_none_or(|name| NAMES[name] == its[i]))
            && self.session.as_ref().is_none_or(|session| session.track_id() == info.track_id())
    }
}

/// A session with any names.
fn newcomer(store: &Store, random: &mut Random) -> Session<u32> {
    let [principal, originator, host] = [0; 3].map(|_| NAMES[random.below(3)]);
    store.create(plain().principal(principal).originator(originator).host(host)).unwrap()
}

#[test]
fn every_condition_has_to_hold() {
    let mut random = Random::new(seed("filters"));
    for _ in 0..20 * factor() {
        let store = ring(2_000).keep_events(true).build().unwrap();
        let mut all = store.subscribe(Filter::all());
        let sessions: Vec<_> = (0..60).map(|_| newcomer(&store, &mut random)).collect();
        let start = store.subscribe(Filter::all()).token();
        let wishes: Vec<_> = (0..40).map(|_| Wish::draw(&mut random, &sessions)).collect();
        let open = |wish: &Wish| (wish.clone(), store.subscribe(wish.filter()));
        let mut narrow: Vec<(Wish, Subscription)> = wishes.iter().map(open).collect();
        let before = rest(&mut all).len();
        for session in &sessions {
            match random.below(3) {
                0 => drop(newcomer(&store, &mut random)),
                1 => {
                    let _ = store.end(session.id());
                }
                _ => drop(store.rotate(session.id())),
            }
        }
        let after = rest(&mut all);
        assert_eq!((before, after.len()), (60, 60));
        for (wish, events) in &mut narrow {
            let wanted: Vec<_> =
                after.iter().filter(|event| wish.wants(event)).map(Event::sequence).collect();
            let taken = rest(events);
            assert_eq!(crate::tools::numbers(&taken), wanted, "{wish:?}");
            // The snapshot heeds the names, and not the kinds.
            let (live, _events) = store.subscribe_with_snapshot(wish.filter());
            let names = Wish { kinds: None, ..wish.clone() };
            let about = after.iter().filter(|event| names.wants(event));
            assert!(live.iter().all(|info| wish.is_of(info)));
            let mut created = about.filter(|event| event.kind() == EventKind::Created);
            assert!(created.all(|event| live.iter().any(|info| info.track_id() == track(event))));
            // From a token they are the same as from the start.
            let mut again = store.subscribe_from(wish.filter(), start).unwrap();
            assert_eq!(crate::tools::numbers(&rest(&mut again)), wanted, "{wish:?}");
        }
    }
}

#[test]
fn a_filter_without_kinds_in_it_wants_nothing() {
    let store = ring(10).build().unwrap();
    let mut events = store.subscribe(Filter::all().kinds([]));
    for _ in 0..30 {
        store.create(plain()).unwrap();
    }
    assert!(rest(&mut events).is_empty());
    assert_eq!((events.info().lag, events.info().lost), (0, 0));
}

#[test]
fn what_is_about_no_session_passes_no_condition_on_one() {
    let store = capped(1).alarm_above(0).build().unwrap();
    let first = store.create(of("a").originator("a").host("a")).unwrap();
    let raised = [EventKind::PressureRaised];
    let open = |filter: Filter| store.subscribe(filter);
    let mut refused = [
        open(Filter::all().principal("a")),
        open(Filter::all().originator("a")),
        open(Filter::all().host("a")),
        open(Filter::all().session(&first)),
    ];
    let mut of_nobody =
        [open(Filter::all().principal(None::<&str>)), open(Filter::all().originator(None::<&str>))];
    let mut told = [open(Filter::all()), open(Filter::all().kinds(raised))];
    store.create(of("b")).unwrap();
    for events in &mut refused {
        assert_eq!(kinds(&rest(events)), [EventKind::Ended]);
    }
    let [nobodys, without] = of_nobody.each_mut().map(|events| kinds(&rest(events)));
    assert_eq!((nobodys, without), (vec![], vec![EventKind::Created]));
    for events in &mut told {
        let taken = rest(events);
        assert_eq!(taken.iter().filter(|event| event.kind() == raised[0]).count(), 1);
    }
}

#[test]
fn a_filter_shows_what_it_asks_for() {
    let filter = Filter::all().kinds([EventKind::Ended]).principal("alice");
    assert_eq!(Filter::default(), Filter::all());
    assert_ne!(filter, Filter::all());
    let store: Store = ring(10).build().unwrap();
    let events = store.subscribe(filter.clone());
    assert_eq!(events.info().filter, filter);
    assert!(format!("{filter:?}").contains("alice"));
}
