//! Slots and pools.

use std::fmt::{Debug, Write};

use tenure::slot::{LoginError, ReusableSession, ReusableSessions, SessionPool};
use tenure::{EndAs, NewSession, SessionId, SessionStore};

use crate::common::{ScriptedIds, secs};
use crate::{BYTES, Prints};

#[test]
fn slots_and_pools_print_no_id_and_no_data() {
    const SECRET: &str = "a refresh token";
    let (old, new) = (SessionId::from_bytes(BYTES), SessionId::from_bytes(BYTES.map(|b| !b)));
    let mut prints = Prints { ids: vec![old, new], prints: 0 };
    let ids = ScriptedIds::default();
    let builder = SessionStore::builder().id_source(ids.clone());
    let store: SessionStore<&str> = builder.build().unwrap();
    let secret = || NewSession::new(SECRET).principal("alice");
    let mut all = String::new();
    let mut print = |what: &str, value: &dyn Debug| {
        prints.debug(what, &value);
        let _ = write!(all, "{value:?} {value:#?}");
    };
    for kind in ["plain", "single flight"] {
        ids.clear();
        ids.then(Ok(if kind == "plain" { old } else { new }));
        let mut slot = ReusableSession::new(&store).validate_with(|session| session.data() != &"x");
        if kind != "plain" {
            slot = slot.single_flight(secs(1)).on_end(|_, _| ());
        }
        print("an empty slot", &slot);
        let session = slot.get_or_login(secret).unwrap();
        assert!([old, new].contains(&session.id()));
        assert!(format!("{slot:?}").contains("alice"));
        print("a slot", &slot);
        print("a session of a slot", &session);
        print("a refusal", &store.end(session.id()));
        ids.then(Ok(session.id()));
        let repeated = slot.replace(secret()).unwrap_err();
        print("a replacement with a repeated id", &repeated);
        let login: LoginError = LoginError::Create(repeated);
        print("a failed login", &(&login, login.to_string()));
        let _ = store.end_as(session.id(), EndAs::logged_out().pinned_too());
        print("a slot with an ended session", &slot);
        // A key may be secret, too: it is the application's.
        let slots = ReusableSessions::new(&store, 1);
        slots.get_or_login(&SECRET, secret).unwrap();
        print("keyed slots", &slots);
        let lease = store.acquire(slots.get(&SECRET).unwrap().id()).unwrap();
        let many = slots.get_or_login(&"other", secret).unwrap_err();
        print("too many", &(&many, many.to_string()));
        drop(lease);
    }
    ids.clear();
    let builder = SessionStore::builder().id_source(ids.clone());
    let store: SessionStore<&str> = builder.build().unwrap();
    ids.then(Ok(old));
    let pool = SessionPool::new(&store);
    let lent = pool.checkout(secret).unwrap();
    assert_eq!(lent.id(), old);
    print("a borrowed session", &lent);
    print("a pool", &pool);
    drop(lent);
    print("a pool in which one waits", &pool);
    pool.close(std::num::NonZeroUsize::MIN, |sessions| print("what a driver is told", &sessions));
    print("a closed pool", &pool.checkout(secret).map(drop));
    assert!(prints.prints > 70, "most of it did not run: {}", prints.prints);
    assert!(!all.contains(SECRET), "{all}");
}
