//! No secret id in anything that is printed: not in `Debug`, not in errors, lists or panics.

#[path = "../common/mod.rs"]
mod common;
mod slots;

use std::fmt::Debug;

use tenure::events::{BarrierError, EventError, Filter};
use tenure::store::PageCursor;
use tenure::{
    EndOutcome, Limit, Limits, NewSession, RotateError, Selector, SessionId, SessionStore, TrackId,
};

use common::{ScriptedIds, Store, plain};

/// Bytes whose every spelling stands out, and with digits that look unlike each other's.
const BYTES: [u8; 16] = [
    0xab, 0xcd, 0xef, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 0x98, 0x89, 0x7a, 0x6b, 0x5c, 0x4d,
];

/// The spellings in which an id could give itself away. A part of one is enough to be caught.
fn spellings(id: SessionId) -> Vec<String> {
    let hyphenated = id.expose();
    let simple = hyphenated.replace('-', "");
    let number = u128::from_be_bytes(*id.as_bytes());
    let halves = number.to_string();
    let bytes = |text: String| text.trim_matches(['[', ']']).to_string();
    let mut all = vec![
        hyphenated[..13].to_string(),
        hyphenated[23..].to_string(),
        simple[..8].to_string(),
        simple[24..].to_string(),
        halves[..12].to_string(),
        bytes(format!("{:?}", &id.as_bytes()[..4])),
        bytes(format!("{:?}", &id.as_bytes()[12..])),
        bytes(format!("{:x?}", &id.as_bytes()[..4])),
        bytes(format!("{:#?}", &id.as_bytes()[..4])),
    ];
    all.extend(all.clone().iter().map(|text| text.to_uppercase()));
    all
}

/// What was printed, and the ids that must not be in it.
struct Prints {
    ids: Vec<SessionId>,
    prints: usize,
}

impl Prints {
    fn text(&mut self, what: &str, text: &str) {
        self.prints += 1;
        for spelling in self.ids.iter().flat_map(|id| spellings(*id)) {
            assert!(!text.contains(&spelling), "{what} gives the id away: {text}");
        }
    }

    fn debug(&mut self, what: &str, value: &impl Debug) {
        self.text(what, &format!("{value:?}"));
        self.text(what, &format!("{value:#?}"));
        self.text(what, &format!("{value:x?}"));
        self.text(what, &format!("{value:X?}"));
    }

    fn error(&mut self, what: &str, error: &impl std::error::Error) {
        self.text(what, &error.to_string());
        self.debug(what, error);
        let source = error.source().map(ToString::to_string);
        self.text(what, &source.unwrap_or_default());
    }
}

#[test]
fn the_check_itself_finds_ids() {
    let id = SessionId::from_bytes(BYTES);
    let simple = id.expose().replace('-', "");
    let leaks = [
        id.expose(),
        simple.to_uppercase(),
        simple,
        format!("{BYTES:?}"),
        format!("{BYTES:x?}"),
        format!("{BYTES:#?}"),
        u128::from_be_bytes(BYTES).to_string(),
    ];
    for leak in leaks {
        let found = spellings(id).iter().any(|spelling| leak.contains(spelling));
        assert!(found, "{leak} is not recognised");
    }
}

#[test]
fn nothing_that_is_printed_contains_an_id() {
    let (old, new) = (SessionId::from_bytes(BYTES), SessionId::from_bytes(BYTES.map(|b| !b)));
    let mut prints = Prints { ids: vec![old, new], prints: 0 };
    let ids = ScriptedIds::default();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).id_source(ids.clone());
    let builder = builder.tombstones(10, common::secs(60));
    prints.debug("the builder", &builder);
    let store: Store = builder.build().unwrap();
    let request = plain().principal("alice");
    prints.debug("a new session", &request);

    ids.then(Ok(old));
    let session = store.create(request).unwrap();
    prints.debug("an id", &old);
    prints.debug("a session", &session);
    prints.debug("a track id", &session.track_id());
    prints.text("a track id", &session.track_id().to_string());
    let selector = Selector::track_id(session.track_id()).except(&session);
    prints.debug("a selector", &selector);
    let text = old.expose();
    prints.error("an id for a track id", &text.parse::<TrackId>().unwrap_err());
    prints.error("an id for a cursor", &text.parse::<PageCursor>().unwrap_err());
    let lease = store.acquire(old).unwrap();
    prints.debug("a lease", &lease);
    prints.debug("a listing", &store.list(&Selector::all()));
    let page = store.list_page(&Selector::all(), None, 1);
    prints.debug("a page", &page);
    let cursor = page.sessions[0].cursor();
    prints.debug("a cursor", &cursor);
    prints.text("a cursor", &cursor.to_string());
    prints.debug("a page of handles", &store.sessions_page(&Selector::all(), None, 1));

    // Errors, each of which knows an id.
    prints.error("full", &store.create(plain()).unwrap_err());
    drop(lease);
    ids.clear();
    ids.then(Ok(old));
    prints.error("a repeated id", &store.create(plain()).unwrap_err());
    ids.then(Ok(old));
    prints.error("a repeated id", &store.rotate(old).unwrap_err());
    ids.then(Ok(new));
    prints.debug("a rotated session", &store.rotate(old).unwrap());
    let error = store.peek(old).unwrap_err();
    prints.error("a lookup of a rotated id", &error);
    prints.error("a rotation of a rotated id", &RotateError::Lookup(error));
    prints.debug("a waiting future", &session.ended());

    let end = store.end(new);
    prints.debug("an end", &end);
    let EndOutcome::Ended(tombstone) = end else { panic!("not ended") };
    prints.debug("a tombstone", &tombstone);
    prints.text("a tombstone", &tombstone.to_string());
    prints.debug("another end", &store.end(new));
    prints.error("a lookup of an ended id", &store.acquire(new).unwrap_err());
    prints.debug("an ended session", &session);
    prints.debug("a reaping", &store.reap());
    prints.debug("stats", &store.stats());
    prints.debug("pressure", &store.pressure(9));
    prints.debug("the store", &store);
    prints.debug("closing", &store.close());
    prints.error("a closed store", &store.create(plain()).unwrap_err());
    assert!(prints.prints > 100, "most of it did not run");
}

#[test]
fn no_event_contains_an_id() {
    let (first, second) = (SessionId::from_bytes(BYTES), SessionId::from_bytes(BYTES.map(|b| !b)));
    let mut prints = Prints { ids: vec![first, second], prints: 0 };
    let ids = ScriptedIds::default();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).id_source(ids.clone());
    let store: Store = builder.event_ring(4).alarm_above(0).build().unwrap();

    let token = store.subscribe(Filter::all()).token();
    let mut all = store.subscribe(Filter::all());
    ids.then(Ok(first));
    let session = store.create(plain().principal("alice")).unwrap();
    ids.then(Ok(second));
    store.rotate(first).unwrap();
    let mut bound = store.subscribe(Filter::all()).until_end_of(&session);
    let watcher = bound.watcher();
    ids.clear();
    // Evicts it, and raises the alarm.
    store.create(plain()).unwrap();
    prints.debug("a filter", &Filter::all().principal("alice").session(&session));
    prints.debug("a subscription", &all);
    prints.debug("a bound subscription", &bound);
    prints.debug("a watcher", &watcher);
    prints.debug("its info", &watcher.info());
    prints.debug("all infos", &store.subscriptions());
    prints.error("a barrier", &all.watcher().barrier(std::time::Duration::ZERO).unwrap_err());
    prints.error("a loss", &all.try_recv().unwrap_err());
    let mut kinds = Vec::new();
    while let Some(event) = all.try_recv().unwrap() {
        prints.debug("an event", &event);
        prints.text("an event's line", &event.to_string());
        prints.debug("its session", &event.session());
        prints.debug("its tombstone", &event.tombstone());
        prints.debug("its token", &event.token());
        prints.text("its token", &event.token().to_string());
        prints.text("its kind", &event.kind().to_string());
        kinds.push(event.kind());
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
    prints.debug("a token", &all.token());
    prints.error("the end of its session", &bound.try_recv().unwrap_err());
    prints.debug("a subscription after that", &bound);
    let stale = store.subscribe_from(Filter::all(), token).unwrap_err();
    prints.error("a stale token", &stale);
    prints.error("a token of elsewhere", &tenure::events::StaleToken::Unknown);
    drop(bound);
    prints.debug("a watcher of nothing", &watcher);
    prints.error("a barrier of nothing", &BarrierError::Gone);
    let _ = store.close();
    prints.error("a closed store", &EventError::Closed);
    prints.error("no token", &first.expose().parse::<tenure::events::EventToken>().unwrap_err());
    assert!(prints.prints > 120, "most of it did not run");
}

#[test]
fn application_data_is_not_printed() {
    const SECRET: &str = "a refresh token";
    let store = SessionStore::builder().build().unwrap();
    let new = NewSession::new(SECRET);
    assert!(!format!("{new:?}").contains(SECRET));
    let session = store.create(new).unwrap();
    let lease = store.acquire(session.id()).unwrap();
    let printed = format!("{session:?} {lease:?} {store:?} {:?}", store.list(&Selector::all()));
    assert!(!printed.contains(SECRET), "{printed}");
}

#[test]
fn parse_error_does_not_repeat_the_text() {
    let secret = SessionId::from_bytes(BYTES);
    let mut prints = Prints { ids: vec![secret], prints: 0 };
    let text = secret.expose();
    let wrong = [
        text.to_uppercase(),
        text.replace('-', ""),
        format!("{text} "),
        format!("{{{text}}}"),
        format!("{}x", &text[..35]),
        format!("x{}", &text[1..]),
    ];
    for wrong in &wrong {
        let error = wrong.parse::<SessionId>().unwrap_err();
        prints.error("a parse error", &error);
        assert!(!error.to_string().contains(wrong.as_str()));
    }
}

#[test]
fn track_id_contains_no_part_of_the_id() {
    let ids = ScriptedIds::default();
    let track = |salt: [u8; 32]| -> TrackId {
        let builder = SessionStore::builder().id_source(ids.clone()).track_salt(salt);
        let store: Store = builder.build().unwrap();
        ids.clear();
        ids.then(Ok(SessionId::from_bytes(BYTES)));
        store.create(plain()).unwrap().track_id()
    };
    let one = track([1; 32]);
    assert_eq!(one, track([1; 32]), "the same on every node with the salt");
    assert_ne!(one, track([2; 32]), "another with another salt");
    let hidden = SessionId::from_bytes(BYTES).expose().replace('-', "");
    let shown = one.to_string();
    assert_eq!(shown.len(), 32);
    assert!((0..25).all(|at| !shown.contains(&hidden[at..at + 8])));
}
