//! Error messages: what they say, and that an error and its causes say nothing twice.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tenure::events::{BarrierError, EventError, ParseTokenError, StaleToken};
use tenure::liveness::{HostError, LivenessBuildError};
use tenure::slot::LoginError;
use tenure::store::{IdError, ParseCursorError, ParseIdError, ParseTrackIdError, Shortage};
use tenure::{
    AcquireError, BuildError, CreateError, EndAs, LimitKind, LookupError, NewSession, RotateError,
    SessionStore, Tick, Tombstone,
};

use crate::common::secs;

/// A cause that says so.
const CAUSE: &str = "the token is unplugged";

fn cause() -> IdError {
    IdError::new(CAUSE)
}

fn tombstone() -> Tombstone {
    let store = SessionStore::builder().build().unwrap();
    let session = store.create(NewSession::new(())).unwrap();
    store.end_as(session.id(), EndAs::killed());
    session.tombstone().unwrap()
}

fn full(why: Shortage) -> CreateError {
    CreateError::Full { limit: LimitKind::Global, live: 4, max: 4, why }
}

/// One of each message that there is.
fn messages() -> Vec<Box<dyn Error>> {
    let (host, ended) = (|| "bob".to_owned(), tombstone());
    #[allow(unused_mut)]
    let mut messages: Vec<Box<dyn Error>> = vec![
        Box::new(BuildError::ZeroTimeout { which: "idle" }),
        Box::new(BuildError::NoPlace { max: 5, reserve: 5 }),
        Box::new(BuildError::ReserveWithoutLimit { reserve: 5 }),
        Box::new(BuildError::ClockOrigin { now: Tick::MAX }),
        Box::new(BuildError::GraceWithoutTombstones { grace: secs(3) }),
        Box::new(BuildError::NoEventRing),
        Box::new(BuildError::Random(cause())),
        Box::new(full(Shortage::AllInUse)),
        Box::new(CreateError::IdInUse),
        Box::new(CreateError::IdEnded(ended)),
        Box::new(CreateError::IdSource(cause())),
        Box::new(CreateError::ZeroTimeout { which: "idle" }),
        Box::new(CreateError::Expired { which: "idle", timeout: secs(9), since: secs(1) }),
        Box::new(CreateError::IdleBeyondAge { idle: secs(9), age: secs(1) }),
        Box::new(CreateError::BeforeOrigin { age: secs(9), clock: secs(1) }),
        Box::new(CreateError::NameTooLong { which: "host", bytes: 5_000, max: 4_096 }),
        Box::new(CreateError::Closed),
        Box::new(Shortage::Rejecting),
        Box::new(Shortage::Reserved { reserve: 5 }),
        Box::new(Shortage::AllInUse),
        Box::new(Shortage::TooYoung { idle: secs(3), min_idle: secs(60) }),
        Box::new(LookupError::Unknown),
        Box::new(LookupError::Ended(ended)),
        Box::new(AcquireError::Unknown),
        Box::new(AcquireError::Ended(ended)),
        Box::new(AcquireError::TooManyLeases { max: 16_383 }),
        Box::new(RotateError::Lookup(LookupError::Ended(ended))),
        Box::new(RotateError::IdInUse),
        Box::new(RotateError::IdEnded(ended)),
        Box::new(RotateError::IdSource(cause())),
        Box::new(cause()),
        Box::new(ParseIdError::Length { found: 3 }),
        Box::new(ParseIdError::Character { at: 3 }),
        Box::new(ParseTrackIdError::Length { found: 3 }),
        Box::new(ParseTrackIdError::Character { at: 3 }),
        Box::new(ParseCursorError::Length { found: 3 }),
        Box::new(ParseCursorError::Character { at: 3 }),
        Box::new(ParseTokenError),
        Box::new(StaleToken::TooOld { missed: 5 }),
        Box::new(StaleToken::Unknown),
        Box::new(EventError::EventsLost { missed: 5 }),
        Box::new(EventError::SessionEnded(ended)),
        Box::new(EventError::Closed),
        Box::new(BarrierError::TimedOut { behind: 5 }),
        Box::new(BarrierError::Gone),
        Box::new(LoginError::Login(cause())),
        Box::new(LoginError::<IdError>::Create(CreateError::IdSource(cause()))),
        Box::new(LoginError::<IdError>::Contended { tries: 8 }),
        Box::new(LoginError::<IdError>::TimedOut { waited: secs(3) }),
        Box::new(LoginError::<IdError>::TooMany { max: 5 }),
        Box::new(LoginError::<IdError>::TooManyLeases { max: 16_383 }),
        Box::new(LivenessBuildError::ZeroSilence),
        Box::new(LivenessBuildError::NoHosts),
        Box::new(LivenessBuildError::NameTooLong { bytes: 5_000, max: 4_096 }),
        Box::new(HostError::<IdError>::UnknownHost { host: host() }),
        Box::new(HostError::<IdError>::HostOffline { host: host(), silent_for: secs(200) }),
        Box::new(HostError::CannotContact { host: host(), error: cause() }),
        Box::new(HostError::<IdError>::Create(CreateError::IdSource(cause()))),
        Box::new(HostError::<IdError>::Login(LoginError::Create(CreateError::IdSource(cause())))),
        Box::new(HostError::<IdError>::TooManyHosts { max: 5 }),
        Box::new(HostError::<IdError>::NameTooLong { bytes: 5_000, max: 4_096 }),
    ];
    #[cfg(feature = "shared")]
    messages.extend(crate::shared::messages(ended));
    messages
}

/// An error with its causes, as a program prints them.
fn chain(error: &dyn Error) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    chain
}

/// What a cause repeats that was said before, if any does.
fn repetition(error: &dyn Error) -> Option<String> {
    let chain = chain(error);
    let repeats = |at: usize| chain[..at].iter().any(|before| before.contains(&chain[at]));
    (1..chain.len()).find(|at| repeats(*at)).map(|at| chain[at].clone())
}

#[test]
fn an_error_and_its_causes_say_nothing_twice() {
    for error in messages() {
        assert_eq!(repetition(&*error), None, "{:?}", chain(&*error));
    }
}

#[test]
fn a_cause_is_in_the_message() {
    let said: Vec<String> = messages().iter().map(ToString::to_string).collect();
    assert_eq!(said.iter().filter(|text| text.contains(CAUSE)).count(), 9, "{said:#?}");
    assert!(said.contains(&format!("no session id could be drawn: {CAUSE}")));
    assert!(said.contains(&format!("cannot contact host \"bob\": {CAUSE}")));
    assert!(said.contains(&format!("the login failed: {CAUSE}")));
}

#[test]
fn messages_are_in_standard_form() {
    for text in messages().iter().map(ToString::to_string) {
        assert!(!text.starts_with(char::is_uppercase), "{text}");
        assert!(!text.ends_with(['.', '!', ' ']) && !text.contains('\n'), "{text}");
    }
    let young = full(Shortage::TooYoung { idle: secs(3), min_idle: secs(60) }).to_string();
    let said = "the oldest unused session has been idle for 3s, below min_idle of 60s";
    assert_eq!(young, format!("store is full: 4 of 4 sessions, {said}"));
    let contended = LoginError::<IdError>::Contended { tries: 8 }.to_string();
    assert_eq!(
        contended,
        "gave up after 8 attempts: the slot was invalidated or evicted each time"
    );
    let offline = HostError::<IdError>::HostOffline { host: "bob".into(), silent_for: secs(200) };
    assert_eq!(offline.to_string(), "host \"bob\" is offline: no heartbeat for 200s");
}

/// Each message of the sources has to be above, since nothing else here would miss it.
#[test]
fn no_message_is_left_out() {
    fn count(folder: &Path) -> usize {
        // Those of shared sessions are there with their feature only.
        let is_there = |path: &PathBuf| {
            cfg!(feature = "shared") || !path.ends_with("shared") && !path.ends_with("collection")
        };
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let entries = entries.filter(is_there);
        let count_in = |path: &Path| fs::read_to_string(path).unwrap().matches("#[error(").count();
        entries.map(|path| if path.is_dir() { count(&path) } else { count_in(&path) }).sum()
    }
    let written = count(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert_eq!(messages().len(), written, "errors in src, and one of each here");
}

#[test]
fn a_repetition_is_found() {
    #[derive(Debug)]
    struct Twice(IdError);
    impl std::fmt::Display for Twice {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "it failed: {}", self.0)
        }
    }
    impl Error for Twice {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    assert_eq!(repetition(&Twice(cause())).as_deref(), Some(CAUSE));
}
