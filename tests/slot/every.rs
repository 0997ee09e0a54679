//! What a slot, keyed slots, the slots of hosts and a pool have in common.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tenure::{CreateError, EndAs, EndReason, NewSession, SessionStore, Timeouts};

use crate::common::{Store, of, plain, secs};
use crate::kinds::{Failure, Kind, ask, kinds};
use crate::panics::{Explosive, does, explosive};
use crate::setup::{ended, same, too_long, why};

/// Runs a body for each kind, asked one way and the other, each in a store of its own.
fn each(body: impl Fn(&Store, &dyn Kind<u32>, bool)) {
    for at in 0..4 {
        for later in [false, true] {
            let store = crate::setup::store();
            let kind = &kinds(&store)[at];
            println!("{}, {}", kind.name(), if later { "asynchronous" } else { "synchronous" });
            body(&store, &**kind, later);
            let stats = store.stats();
            assert_eq!(stats.created, stats.live as u64 + stats.ended.total(), "{stats:?}");
        }
    }
}

#[test]
fn one_login_serves_many_calls() {
    each(|store, kind, later| {
        let mut logins = 0;
        let mut login = || {
            logins += 1;
            Ok(plain())
        };
        let first = ask(kind, later, &mut login).unwrap();
        for again in [later, !later, later] {
            assert!(same(&ask(kind, again, &mut login).unwrap(), &first));
        }
        assert_eq!((logins, store.stats().created), (1, 1));
    });
}

#[test]
fn failed_login_returns_its_error_and_is_not_retried() {
    each(|store, kind, later| {
        let mut tries = 0;
        for tried in 1..=3 {
            let refused = ask(kind, later, &mut || {
                tries += 1;
                Err("wrong password")
            });
            assert_eq!(refused.unwrap_err(), Failure::Login("wrong password"));
            assert_eq!(tries, tried);
        }
        assert_eq!(store.stats().created, 0);
        assert!(ask(kind, later, &mut || Ok(plain())).is_ok());
    });
}

#[test]
fn session_that_the_store_refuses_is_reported() {
    each(|store, kind, later| {
        let zero = ask(kind, later, &mut || Ok(plain().absolute_timeout(secs(0))));
        let which = "absolute";
        assert_eq!(zero.unwrap_err(), Failure::Create(CreateError::ZeroTimeout { which }));
        let name = ask(kind, later, &mut || Ok(of(&too_long())));
        let Err(Failure::Create(CreateError::NameTooLong { .. })) = name else {
            panic!("{name:?}");
        };
        assert!(ask(kind, later, &mut || Ok(plain())).is_ok());
        let _ = store.close();
        let closed = ask(kind, later, &mut || Ok(plain()));
        assert_eq!(closed.unwrap_err(), Failure::Create(CreateError::Closed));
        assert_eq!(store.stats().live, 0);
    });
}

#[test]
fn panicking_login_leaves_nothing() {
    each(|store, kind, later| {
        let login = || ask(kind, later, &mut || panic!("on purpose"));
        assert!(catch_unwind(AssertUnwindSafe(login)).is_err());
        assert_eq!((store.stats().created, store.stats().application_panics), (0, 0));
        assert!(ask(kind, later, &mut || Ok(plain())).is_ok());
    });
}

#[test]
fn dropped_slot_logs_out_and_frees_the_store() {
    for at in 0..4 {
        for later in [false, true] {
            let store = crate::setup::store();
            let all = kinds(&store);
            let weak = store.downgrade();
            drop(store);
            let session = ask(&*all[at], later, &mut || Ok(plain())).unwrap();
            assert_eq!(why(&session), None);
            drop(all);
            assert_eq!(why(&session), Some(EndReason::LoggedOut), "not as the store closed");
            assert!(weak.upgrade().is_none(), "the store is kept");
        }
    }
}

#[test]
fn data_of_an_ended_session_is_freed() {
    for at in 0..4 {
        for (way, later) in [(0, false), (1, true), (2, false), (3, true)] {
            let clock = tenure::ManualClock::new();
            let timeouts = Timeouts::none().absolute(secs(500));
            let builder = SessionStore::builder().timeouts(timeouts).clock(clock.clone());
            let store: SessionStore<Arc<()>> = builder.build().unwrap();
            let kind = &kinds(&store)[at];
            let data = Arc::new(());
            let kept = Arc::downgrade(&data);
            let mut new = Some(NewSession::new(data));
            let id = ask(&**kind, later, &mut || Ok(new.take().unwrap())).unwrap().id();
            assert!(kept.upgrade().is_some());
            match way {
                0 => _ = store.end_as(id, EndAs::logged_out().pinned_too()),
                1 => _ = store.close(),
                2 => {
                    clock.advance(secs(500));
                    assert_eq!(store.reap().ended.total(), 1);
                }
                _ => {
                    clock.advance(secs(500));
                    assert!(store.peek(id).is_err());
                }
            }
            if kind.name() == "pool" {
                kind.sweep();
            }
            assert!(kept.upgrade().is_none(), "{} keeps it, way {way}", kind.name());
        }
    }
}

#[test]
fn panicking_drop_of_data_leaves_the_slot_usable() {
    for at in 0..4 {
        let (store, _clock) = crate::panics::store();
        let [slot, keyed, host, pool] = kinds::<Explosive>(&store);
        let kind = [slot, keyed, host, pool].into_iter().nth(at).unwrap();
        drop(kind.ask(&mut || Ok(explosive())).unwrap());
        does(&store, 1, kind.name(), || {
            let refused = kind.ask(&mut || Err("it is there"));
            drop((refused, kind));
        });
        assert_eq!(ended(&store, EndReason::LoggedOut), 1);
    }
}
