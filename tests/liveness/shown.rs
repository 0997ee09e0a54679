//! Nothing that is printed gives a session away.

use std::fmt::Debug;

use tenure::events::Filter;
use tenure::liveness::{HostError, HostLiveness, SkewAlert};
use tenure::slot::LoginError;
use tenure::{NewSession, SessionId, SessionStore};

use crate::common::secs;

const SECRET: &str = "the password";

/// Checks what is printed of something.
fn print(what: &dyn Debug, ids: &[SessionId]) {
    for text in [format!("{what:?}"), format!("{what:#?}"), format!("{what:x?}")] {
        assert!(!text.contains(SECRET), "{text}");
        for id in ids {
            let hyphenated = id.expose();
            let simple = hyphenated.replace('-', "");
            assert!(!text.contains(&hyphenated[..13]) && !text.contains(&simple[..8]), "{text}");
        }
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let store = SessionStore::builder().clock(tenure::ManualClock::new()).build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    let mut events = store.subscribe(Filter::all());
    hosts.heartbeat("bob").unwrap();
    let login = || Ok::<_, &str>(NewSession::new(SECRET.to_owned()).principal("pool"));
    let session = hosts.get_or_login("bob", login).unwrap();
    let ids = [session.id()];
    print(&hosts, &ids);
    print(&hosts.hosts(), &ids);
    print(&hosts.get("bob"), &ids);
    print(&hosts.get_or_login("bob", login), &ids);
    print(&hosts.get_or_login("zoe", login), &ids);
    print(&hosts.heartbeat("bob"), &ids);
    print(&hosts.cannot_contact("bob", &session, "refused"), &ids);
    print(&hosts.sweep(), &ids);
    while let Some(event) = events.try_recv().unwrap() {
        print(&event, &ids);
    }
    assert_eq!(format!("{hosts:?}"), "HostLiveness { known: 2, .. }");
}

#[test]
fn errors_are_sentences() {
    let host = || "bob".to_owned();
    let errors: [(HostError<&str>, &str); 6] = [
        (HostError::UnknownHost { host: host() }, "unknown host \"bob\""),
        (
            HostError::HostOffline { host: host(), silent_for: secs(201) },
            "host \"bob\" is offline: no heartbeat for 201s",
        ),
        (
            HostError::CannotContact { host: host(), error: "no route" },
            "cannot contact host \"bob\": no route",
        ),
        (
            HostError::Login(LoginError::Contended { tries: 8 }),
            "gave up after 8 attempts: the slot was invalidated or evicted each time",
        ),
        (HostError::TooManyHosts { max: 3 }, "there are 3 hosts already"),
        (
            HostError::NameTooLong { bytes: 9, max: 5 },
            "the name of the host has 9 bytes, more than 5",
        ),
    ];
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
    }
    let skew = time::Duration::HOUR;
    assert_ne!(SkewAlert::Raised { skew }, SkewAlert::Cleared { skew });
}
