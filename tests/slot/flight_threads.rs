//! Single flight with threads: who waits, waits in the slot and not for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, mpsc};
use std::time::Duration;

use tenure::slot::{LoginError, ReusableSession};
use tenure::{EndReason, NewSession};

use crate::common::{add_one, meet, plain, secs, spin_until, within_a_minute};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, held, log_in, same, store};

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn many_threads_share_one_login() {
    const THREADS: usize = 16;
    within_a_minute(|| {
        for _ in 0..20 {
            let store = store();
            let slot = ReusableSession::new(&store).single_flight(Duration::MAX);
            let (logins, ready) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let login = || {
                add_one(&logins);
                plain()
            };
            let ask = || {
                meet(&ready, THREADS);
                slot.get_or_login(login).unwrap()
            };
            let sessions: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(sessions.iter().all(|session| same(session, &sessions[0])));
            assert_eq!((logins.load(Ordering::Relaxed), store.stats().created), (1, 1));
            balanced(&store, 1);
        }
    });
}

/// Runs `work` while a thread hangs in its login, which then goes through.
fn while_a_leader_hangs(slot: &ReusableSession<u32>, work: impl FnOnce()) {
    let (inside, is_inside) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let leader = scope.spawn(move || {
            slot.get_or_login(|| {
                inside.send(()).unwrap();
                // An error says that the test has failed, and lets it end.
                let _ = may_go.recv();
                NewSession::new(1)
            })
        });
        is_inside.recv().unwrap();
        work();
        drop(go);
        assert_eq!(*leader.join().unwrap().unwrap().data(), held(slot).unwrap());
    });
}

/// The next caller to wait long enough logs in, and those after it need not.
#[test]
fn hanging_login_is_taken_over() {
    within_a_minute(|| {
        let store = store();
        for wait in [Duration::ZERO, Duration::from_micros(1), SHORT] {
            let slot = ReusableSession::new(&store).single_flight(wait);
            while_a_leader_hangs(&slot, || {
                assert_eq!(*log_in(&slot, 2).unwrap().data(), 2);
                assert_eq!(*log_in(&slot, 3).unwrap().data(), 2);
                // Once more, now that nobody has to wait for the first one any longer.
                slot.invalidate();
                assert_eq!(*log_in(&slot, 4).unwrap().data(), 4);
            });
            assert_eq!(held(&slot), Some(4));
            balanced(&store, 1);
        }
    });
}

/// Of those that waited for it alike, one takes it over; the others have waited long enough.
#[test]
fn one_waiter_takes_over_and_the_others_time_out() {
    const WAITERS: usize = 4;
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(SHORT);
        while_a_leader_hangs(&slot, || {
            let [late, leading, ready] = [const { AtomicUsize::new(0) }; 3];
            let ask = || {
                meet(&ready, WAITERS);
                let asked = slot.get_or_login(|| {
                    // It hangs as well, until the others have given up, or lead in its place.
                    add_one(&leading);
                    let [late, leading] = [&late, &leading];
                    let all = || late.load(Ordering::Relaxed) + leading.load(Ordering::Relaxed);
                    spin_until(|| all() >= WAITERS);
                    NewSession::new(2)
                });
                if let Err(error) = asked {
                    let LoginError::TimedOut { waited } = error else { panic!("{error}") };
                    assert!(waited >= SHORT && waited < secs(30), "{waited:?}");
                    add_one(&late);
                }
            };
            std::thread::scope(|scope| {
                for _ in 0..WAITERS {
                    scope.spawn(ask);
                }
            });
            assert!(leading.load(Ordering::Relaxed) > 0);
        });
        balanced(&store, 1);
    });
}

#[test]
fn held_session_is_returned_during_a_login() {
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(Duration::MAX);
        while_a_leader_hangs(&slot, || {
            slot.replace(NewSession::new(5)).unwrap();
            assert_eq!(*log_in(&slot, 6).unwrap().data(), 5);
        });
        assert_eq!((held(&slot), ended(&store, EndReason::Replaced)), (Some(5), 1));
        balanced(&store, 1);
    });
}

#[test]
fn invalidation_wakes_a_waiting_thread() {
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(Duration::MAX);
        while_a_leader_hangs(&slot, || {
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| log_in(&slot, 2));
                // Again and again, since nobody can see whether the other waits yet.
                spin_until(|| {
                    if !waiter.is_finished() && slot.get().is_none() {
                        slot.invalidate();
                    }
                    waiter.is_finished()
                });
                // It may have lost every one of its logins to us.
                match waiter.join().unwrap() {
                    Ok(session) => assert_eq!(*session.data(), 2),
                    Err(error) => {
                        assert!(
                            matches!(error, LoginError::Contended { tries: 8..=16 }),
                            "{error}"
                        );
                    }
                }
            });
        });
        balanced(&store, 1);
    });
}

#[test]
fn nested_login_does_not_wait_for_itself() {
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(Duration::MAX);
        let outer = slot.get_or_login(|| {
            assert_eq!(*log_in(&slot, 2).unwrap().data(), 2);
            assert_eq!(held(&slot), Some(2));
            NewSession::new(1)
        });
        assert_eq!((*outer.unwrap().data(), held(&slot)), (2, Some(2)));
        assert_eq!((store.stats().created, ended(&store, EndReason::Replaced)), (2, 1));
        // Others wait again.
        slot.invalidate();
        let gate = Gate::<Result<NewSession<u32>, ()>>::new();
        let outer = slot.get_or_login(|| {
            assert!(slot.try_get_or_login(|| Err(())).is_err());
            Task::new(slot.get_or_login_async(|| gate.pass())).waits();
            assert_eq!(gate.waiting(), 0, "a failed login inside does not end the flight");
            NewSession::new(3)
        });
        assert_eq!((*outer.unwrap().data(), held(&slot)), (3, Some(3)));
        balanced(&store, 1);
    });
}

/// The deadlock of xapi's first version: the login wants a lock of the application whose holder
/// asks the slot. It ends by the deadline.
#[test]
fn deadlock_with_a_lock_of_the_application_times_out() {
    within_a_minute(|| {
        let store = store();
        let slot = ReusableSession::new(&store).single_flight(SHORT);
        let database = Mutex::new(());
        let both = Barrier::new(2);
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let guard = database.lock().unwrap();
                both.wait(); // the lock is taken
                both.wait(); // the login is under way
                let late = log_in(&slot, 2);
                drop(guard);
                late
            });
            both.wait();
            let session = slot.get_or_login(|| {
                both.wait();
                drop(database.lock().unwrap());
                NewSession::new(1)
            });
            assert_eq!(*holder.join().unwrap().unwrap().data(), 2);
            assert_eq!(*session.unwrap().data(), 2, "the holder took over and was faster");
        });
        balanced(&store, 1);
        // Without single flight nobody waits for anybody.
        let slot = ReusableSession::new(&store);
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let guard = database.lock().unwrap();
                both.wait();
                both.wait();
                let session = log_in(&slot, 2);
                drop(guard);
                session
            });
            both.wait();
            let session = slot.get_or_login(|| {
                both.wait();
                drop(database.lock().unwrap());
                NewSession::new(1)
            });
            assert!(same(&session.unwrap(), &holder.join().unwrap().unwrap()));
        });
        assert_eq!(held(&slot), Some(2));
    });
}
