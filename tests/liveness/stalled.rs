//! A thread that is held up after it has read the clock.

use std::cell::Cell;
use std::sync::{Arc, Barrier};

use tenure::liveness::HostLiveness;
use tenure::{Clock, ManualClock, NewSession, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{secs, within_a_minute};

thread_local! {
    /// Whether this thread is held up at its next look at the clock.
    static HELD_UP: Cell<bool> = const { Cell::new(false) };
}

/// A clock after which a thread may be held up, until the others have met it twice.
#[derive(Clone)]
struct Busy(ManualClock, Arc<Barrier>);

impl Clock for Busy {
    fn now(&self) -> Tick {
        let now = self.0.now();
        if HELD_UP.take() {
            self.1.wait();
            self.1.wait();
        }
        now
    }

    fn wall(&self) -> OffsetDateTime {
        self.0.wall()
    }
}

#[test]
fn delayed_heartbeat_is_not_taken_for_a_clock_that_ran_back() {
    held_up(|hosts| assert!(!hosts.heartbeat("host 0").unwrap().back));
}

#[test]
fn delayed_sweep_is_not_taken_for_a_clock_that_ran_back() {
    held_up(|hosts| assert!(hosts.sweep().dead.is_empty()));
}

/// All hosts go on sending heartbeats while a thread is held up in this call.
fn held_up(call: fn(&HostLiveness<i32>)) {
    within_a_minute(move || {
        let (clock, meeting) = (ManualClock::new(), Arc::new(Barrier::new(2)));
        let builder = SessionStore::builder().clock(Busy(clock.clone(), Arc::clone(&meeting)));
        let store = builder.timeouts(Timeouts::none()).build().unwrap();
        let hosts = HostLiveness::new(&store, "here");
        let names: Vec<String> = (0..10).map(|number| format!("host {number}")).collect();
        let all_call = || {
            for name in &names {
                assert!(!hosts.heartbeat(name).unwrap().back);
            }
        };
        all_call();
        for name in &names {
            store.create(NewSession::new(0).host(name.as_str())).unwrap();
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                HELD_UP.set(true);
                call(&hosts);
            });
            meeting.wait();
            for _ in 0..21 {
                clock.advance(secs(10));
                all_call();
            }
            meeting.wait();
        });
        assert!(hosts.hosts().iter().all(|host| host.live));
        assert!(hosts.sweep().dead.is_empty());
        assert_eq!(store.stats().live, names.len());
    });
}
