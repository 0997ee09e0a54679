//! Races, played by logins that do what another thread might do meanwhile.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;

use tenure::slot::{LoginError, ReusableSession};
use tenure::{CreateError, EndAs, EndReason, NewSession};

use crate::common::plain;
use crate::setup::{balanced, ended, held, log_in, same, short_lived, store};

#[test]
fn login_does_not_undo_an_invalidation() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let logins = Cell::new(0);
    let session = slot.get_or_login(|| {
        logins.set(logins.get() + 1);
        if logins.get() < 3 {
            assert!(!slot.invalidate(), "there is nothing in it");
        }
        NewSession::new(logins.get())
    });
    assert_eq!((*session.unwrap().data(), held(&slot)), (3, Some(3)));
    assert_eq!((store.stats().created, ended(&store, EndReason::Replaced)), (3, 2));
    assert_eq!(store.stats().ended.total(), 2);
    balanced(&store, 1);
}

#[test]
fn nested_login_wins() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let inner = Cell::new(None);
    let logins = Cell::new(0);
    let outer = slot.get_or_login(|| {
        logins.set(logins.get() + 1);
        inner.set(Some(log_in(&slot, 2).unwrap()));
        NewSession::new(1)
    });
    let (outer, inner) = (outer.unwrap(), inner.take().unwrap());
    assert!(same(&outer, &inner) && !inner.is_ended());
    assert_eq!((logins.get(), store.stats().created), (1, 2));
    assert_eq!(ended(&store, EndReason::Replaced), 1, "the loser's fresh session goes at once");
    balanced(&store, 1);
}

#[test]
fn innermost_of_nested_logins_wins() {
    fn descend(slot: &ReusableSession<u32>, depth: u32) -> u32 {
        let login = || {
            if depth > 0 {
                assert_eq!(descend(slot, depth - 1), 0);
            }
            NewSession::new(depth)
        };
        *slot.get_or_login(login).unwrap().data()
    }
    let store = store();
    let slot = ReusableSession::new(&store);
    assert_eq!(descend(&slot, 20), 0);
    assert_eq!((store.stats().created, ended(&store, EndReason::Replaced)), (21, 20));
    balanced(&store, 1);
}

#[test]
fn replacement_during_a_login_wins() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = slot.get_or_login(|| {
        slot.replace(NewSession::new(2)).unwrap();
        NewSession::new(1)
    });
    assert_eq!((*session.unwrap().data(), held(&slot)), (2, Some(2)));
    assert_eq!(ended(&store, EndReason::Replaced), 1);
    balanced(&store, 1);
}

/// The slot looks as it did when the login began, but much has happened.
#[test]
fn login_notices_a_session_that_came_and_went() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let logins = Cell::new(0);
    let session = slot.get_or_login(|| {
        logins.set(logins.get() + 1);
        if logins.get() == 1 {
            log_in(&slot, 7).unwrap();
            assert!(slot.invalidate());
        }
        NewSession::new(logins.get())
    });
    assert_eq!((*session.unwrap().data(), store.stats().created), (2, 3));
    balanced(&store, 1);
}

#[test]
fn ended_winner_is_not_returned() {
    let (store, clock) = short_lived();
    let slot = ReusableSession::new(&store);
    for way in 0..2 {
        let logins = Cell::new(0);
        let session = slot.get_or_login(|| {
            logins.set(logins.get() + 1);
            if logins.get() == 1 {
                let winner = log_in(&slot, 7).unwrap();
                if way == 0 {
                    let _ = store.end_as(winner.id(), EndAs::logged_out().pinned_too());
                } else {
                    clock.advance(crate::common::secs(10));
                }
            }
            NewSession::new(logins.get())
        });
        let session = session.unwrap();
        assert!(!session.is_ended());
        assert_eq!((*session.data(), held(&slot)), (2, Some(2)));
        balanced(&store, 1);
        slot.invalidate();
    }
}

#[test]
fn get_gives_up_after_eight_logins() {
    let store = store();
    let slot = ReusableSession::new(&store);
    for round in 1..4 {
        let logins = Cell::new(0);
        let contended = slot.get_or_login(|| {
            logins.set(logins.get() + 1);
            slot.invalidate();
            plain()
        });
        assert_eq!(contended.unwrap_err(), LoginError::Contended { tries: 8 });
        assert_eq!((logins.get(), store.stats().created), (8, 8 * round));
        assert_eq!(ended(&store, EndReason::Replaced), 8 * round);
        balanced(&store, 0);
    }
    // The eighth is still good.
    let logins = Cell::new(0);
    let session = slot.get_or_login(|| {
        logins.set(logins.get() + 1);
        if logins.get() < 8 {
            slot.invalidate();
        }
        NewSession::new(logins.get())
    });
    assert_eq!((*session.unwrap().data(), held(&slot)), (8, Some(8)));
    balanced(&store, 1);
}

#[test]
fn panicking_login_leaves_no_session() {
    let store = store();
    for slot in [
        ReusableSession::new(&store),
        ReusableSession::new(&store).single_flight(std::time::Duration::MAX),
    ] {
        for changed in [false, true] {
            let login = || {
                slot.get_or_login(|| {
                    if changed {
                        log_in(&slot, 5).unwrap();
                    }
                    panic!("on purpose")
                })
            };
            assert!(catch_unwind(AssertUnwindSafe(login)).is_err());
            assert_eq!(held(&slot), changed.then_some(5));
            balanced(&store, usize::from(changed));
        }
        assert!(slot.invalidate());
        log_in(&slot, 1).unwrap();
        balanced(&store, 1);
        slot.invalidate();
    }
    assert_eq!(store.stats().application_panics, 0);
}

#[test]
fn failed_login_may_have_filled_the_slot() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let failed = slot.try_get_or_login(|| {
        log_in(&slot, 5).unwrap();
        Err("too late")
    });
    assert_eq!((failed.unwrap_err(), held(&slot)), (LoginError::Login("too late"), Some(5)));
    balanced(&store, 1);
}

#[test]
fn login_may_close_the_store() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let closed = slot.get_or_login(|| {
        let _ = store.close();
        plain()
    });
    assert_eq!(closed.unwrap_err(), LoginError::Create(CreateError::Closed));
    assert!(slot.get().is_none());
    balanced(&store, 0);
}

/// All of them are in their logins before the first comes back.
#[test]
fn one_of_many_threads_wins() {
    const THREADS: usize = 8;
    let store = store();
    let slot = ReusableSession::new(&store);
    let inside = Barrier::new(THREADS);
    let sessions: Vec<_> = std::thread::scope(|scope| {
        let login = || {
            slot.get_or_login(|| {
                inside.wait();
                plain()
            })
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(login)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect()
    });
    assert!(sessions.iter().all(|session| same(session, &sessions[0]) && !session.is_ended()));
    assert!(same(&slot.get().unwrap(), &sessions[0]));
    let losers = THREADS as u64 - 1;
    assert_eq!((store.stats().created, ended(&store, EndReason::Replaced)), (losers + 1, losers));
    balanced(&store, 1);
}
