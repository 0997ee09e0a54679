//! What happens between an operation's reading of the clock and its lock, made deterministic by a
//! clock that does something when it is read.

use std::sync::{Arc, Mutex};

use tenure::{Clock, EndReason, HostLiveness, ManualClock, Session, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::pool::{SILENCE, reason};

type Action = Box<dyn FnOnce() + Send>;

/// A manual clock that does something once, after it was read and before the reader has the time.
#[derive(Clone, Default)]
struct Acting(ManualClock, Arc<Mutex<Option<Action>>>);

impl Acting {
    fn at_next_reading(&self, action: impl FnOnce() + Send + 'static) {
        *self.1.lock().unwrap() = Some(Box::new(action));
    }
}

impl Clock for Acting {
    fn now(&self) -> Tick {
        let now = self.0.now();
        let action = self.1.lock().unwrap().take();
        if let Some(action) = action {
            action();
        }
        now
    }

    fn wall(&self) -> OffsetDateTime {
        self.0.wall()
    }
}

/// A store with this clock, the local host "ada", and "bob", who has just been heard from.
fn pool() -> (Acting, Store, HostLiveness<u32>) {
    let clock = Acting::default();
    let builder = SessionStore::builder().timeouts(Timeouts::none()).clock(clock.clone());
    let store = builder.build().unwrap();
    let hosts = HostLiveness::new(&store, "ada");
    hosts.heartbeat("bob").unwrap();
    (clock, store, hosts)
}

fn of_bob(store: &Store) -> Session<u32> {
    store.create(plain().host("bob")).unwrap()
}

/// The ways in which a death is noticed.
const NOTICES: [fn(&HostLiveness<u32>); 3] = [
    |hosts| assert_eq!(hosts.sweep().dead, ["bob"]),
    |hosts| assert!(hosts.heartbeat("bob").unwrap().back),
    |hosts| assert!(hosts.forget("bob")),
];

#[test]
fn session_created_after_its_host_died_survives_although_the_death_was_read_earlier() {
    for notice in NOTICES {
        let (clock, store, hosts) = pool();
        let before = of_bob(&store);
        clock.0.advance(secs(SILENCE));
        let created = Arc::new(Mutex::new(None));
        let (time, within, put) = (clock.0.clone(), store.clone(), Arc::clone(&created));
        clock.at_next_reading(move || {
            time.advance(secs(1));
            *put.lock().unwrap() = Some(of_bob(&within));
        });
        notice(&hosts);
        assert_eq!(reason(&before), Some(EndReason::HostDead));
        let after = created.lock().unwrap().take().expect("the clock was read");
        assert_eq!(reason(&after), None, "it was created after the death");
    }
}
