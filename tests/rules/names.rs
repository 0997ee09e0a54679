//! Names: what they can be given as, and what `None` means.

use std::borrow::Cow;
use std::sync::Arc;

use tenure::store::IntoName;
use tenure::{Limit, Limits, NewSession, Selector, SessionStore};

use crate::common::{Store, plain, secs};

/// What a session of this principal is called.
fn called(name: impl IntoName) -> Option<String> {
    let store = SessionStore::builder().build().unwrap();
    let session = store.create(NewSession::new(()).principal(name)).unwrap();
    session.principal().map(String::from)
}

#[test]
fn a_name_is_taken_in_any_form() {
    let (alice, own) = (Some("alice".to_owned()), "alice".to_owned());
    assert_eq!(called("alice"), alice);
    assert_eq!(called(&own), alice);
    assert_eq!(called(&*own), alice);
    assert_eq!(called(own.clone()), alice);
    assert_eq!(called(own.clone().into_boxed_str()), alice);
    assert_eq!(called(Arc::<str>::from("alice")), alice);
    assert_eq!(called(Cow::Borrowed("alice")), alice);
    assert_eq!(called(Some("alice")), alice);
    assert_eq!(called(alice.as_ref()), alice);
    assert_eq!(called(alice.clone()), alice);
    assert_eq!(called(None::<&str>), None);
}

/// Two sessions each of alice, of bob, and of nobody, each with that as all of its names.
fn six() -> Store {
    let store = SessionStore::builder().build().unwrap();
    for name in [Some("alice"), None, Some("bob")].into_iter().cycle().take(6) {
        store.create(plain().principal(name).originator(name).host(name)).unwrap();
    }
    store
}

#[test]
fn a_selector_of_no_name_means_sessions_without_one() {
    type Named = fn(Option<&str>) -> Selector<u32>;
    let by: [Named; 3] = [
        |name| Selector::principal(name),
        |name| Selector::originator(name),
        |name| Selector::host(name),
    ];
    for selector in by {
        let store = six();
        assert_eq!(store.list(&selector(Some("alice"))).len(), 2);
        let nobodys = store.list(&selector(None));
        assert_eq!(nobodys.len(), 2);
        assert!(nobodys.iter().all(|session| session.principal().is_none()));
        assert_eq!(store.end_where(&selector(None)).ended, 2);
        assert_eq!(store.stats().live, 4);
    }
}

#[test]
fn a_timeout_is_given_plain_or_as_an_option() {
    let store = SessionStore::builder().idle_timeout(None).absolute_timeout(None).build().unwrap();
    let endless = store.create(plain()).unwrap();
    assert_eq!(store.next_deadline(), None);
    let own = [plain().idle_timeout(secs(9)), plain().absolute_timeout(Some(secs(9)))];
    for new in own {
        let session = store.create(new).unwrap();
        assert!(store.next_deadline().is_some_and(|deadline| deadline <= secs(9)));
        store.end(session.id());
    }
    assert!(!endless.is_ended());
}

#[test]
fn exceptions_take_a_name_in_any_form() {
    let limits = Limits::default().per_principal(Limit::reject(0));
    let limits = limits
        .principal_exception("alice", Limit::reject(1))
        .principal_exception(String::from("bob"), Limit::reject(1));
    let store = SessionStore::builder().limits(limits).build().unwrap();
    for (name, welcome) in [("alice", true), ("bob", true), ("eve", false)] {
        assert_eq!(store.create(plain().principal(name)).is_ok(), welcome);
    }
}
