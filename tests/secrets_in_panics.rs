//! No secret id in the message of a panic. Alone in its process, since it replaces the panic hook.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use tenure::{EndAs, SessionStore};

use common::{ScriptedIds, Store, id, plain};

#[test]
fn panic_messages_contain_no_id() {
    let messages: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&messages);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        heard.lock().unwrap().push(info.to_string());
    }));
    let ids = ScriptedIds::default();
    let builder = SessionStore::builder().id_source(ids.clone());
    let store: Store = builder.build().unwrap();
    let id = id(0xabcd_ef91_a2b3_c4d5_e6f7_9889_7a6b_5c4d);
    ids.then(Ok(id));
    let session = store.create(plain()).unwrap();
    session.on_end(|session, tombstone| panic!("{session:?} {tombstone:?}"));
    let _ = catch_unwind(AssertUnwindSafe(|| store.acquire(id).map(drop).unwrap_err()));
    let _ = catch_unwind(AssertUnwindSafe(|| store.rotate(id).map(drop).unwrap_err()));
    let _ = store.end_as(id, EndAs::killed());
    let _ = store.end_as(session.id(), EndAs::killed());
    let _ = catch_unwind(AssertUnwindSafe(|| store.touch(id).unwrap()));
    let _ = catch_unwind(AssertUnwindSafe(|| store.rotate(id).unwrap()));
    std::panic::set_hook(before);

    let messages = messages.lock().unwrap();
    assert!(messages.len() >= 3, "{messages:?}");
    let hyphenated = id.expose();
    let simple = hyphenated.replace('-', "");
    for message in &*messages {
        let lower = message.to_lowercase();
        for part in [&hyphenated[..13], &hyphenated[23..], &simple[..8], "171, 205, 239"] {
            assert!(!lower.contains(part), "{message}");
        }
    }
}
