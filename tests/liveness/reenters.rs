//! Application code uses the pool that calls it, from every place that does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Wake, Waker};

use tenure::events::Filter;
use tenure::liveness::HostLiveness;
use tenure::{Clock, EndAs, ManualClock, NewSession, Selector, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{secs, within_a_minute};
use crate::pool::SILENCE;
use crate::visits::{Visits, without_visits};

const PLACES: [&str; 7] =
    ["clock", "hook", "drop", "login", "waker", "earlier deadline", "slot's hook"];

/// All application code that a pool calls, using the pool that calls it.
#[derive(Clone, Default)]
struct Nosy(Arc<Inner>);

#[derive(Default)]
struct Inner {
    pool: OnceLock<(SessionStore<Nosy>, HostLiveness<Nosy>)>,
    clock: ManualClock,
    visits: Visits,
    guests: Mutex<usize>,
    /// Whether the clock only tells the time: else it is always the first to notice a death.
    plain_clock: AtomicBool,
}

impl Nosy {
    fn data(&self) -> NewSession<Self> {
        NewSession::new(self.clone())
    }

    /// Uses the pool in every way, unless this call came from such a use.
    fn visit(&self, place: &'static str) {
        let Some((store, hosts)) = self.0.pool.get() else { return };
        if place == "clock" && self.0.plain_clock.load(Ordering::Relaxed) {
            return;
        }
        if !store.is_closed() {
            self.0.visits.visit(place, || self.use_all(store, hosts));
        }
    }

    fn use_all(&self, store: &SessionStore<Self>, hosts: &HostLiveness<Self>) {
        let guest = {
            let mut guests = self.0.guests.lock().unwrap();
            *guests += 1;
            format!("guest {guests}")
        };
        assert!(!hosts.heartbeat(&guest).unwrap().back && hosts.register("bob").is_ok());
        let astray = OffsetDateTime::UNIX_EPOCH;
        assert!(hosts.heartbeat_at(&guest, astray).unwrap().skew.is_some());
        store.create(self.data().host(guest.as_str())).unwrap();
        hosts.create(&guest, self.data()).unwrap();
        let session = hosts.get_or_login(&guest, || Ok::<_, ()>(self.data())).unwrap();
        assert!(hosts.get(&guest).unwrap().is_some() && hosts.host(&guest).is_some());
        let _ = (hosts.sweep(), hosts.next_deadline(), hosts.hosts(), format!("{hosts:?}"));
        let _ =
            (hosts.get("bob"), hosts.cannot_contact(&guest, &session, ()), hosts.is_live("bob"));
        assert!(session.is_ended() && hosts.forget(&guest));
        let _ = store.end_where_as(&Selector::host(guest), EndAs::killed());
        let _ = (store.reap(), store.stats(), store.subscribe(Filter::all()));
        drop(session);
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.visit("drop");
    }
}

impl Clock for Nosy {
    fn now(&self) -> Tick {
        self.visit("clock");
        self.0.clock.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.visit("clock");
        self.0.clock.wall()
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.visit("waker");
    }
}

#[test]
fn application_code_may_use_the_pool_that_calls_it() {
    within_a_minute(|| {
        let nosy = Nosy::default();
        let (earlier, on_end) = (nosy.clone(), nosy.clone());
        let store = SessionStore::builder()
            .timeouts(Timeouts::none())
            .clock(nosy.clone())
            .on_earlier_deadline(move || earlier.visit("earlier deadline"))
            .build()
            .unwrap();
        let hosts = HostLiveness::builder(&store, "ada")
            .single_flight(secs(60))
            .on_session_end(move |_, _| on_end.visit("slot's hook"))
            .build()
            .unwrap();
        assert!(nosy.0.pool.set((store.clone(), hosts.clone())).is_ok());
        let waker = Waker::from(Arc::new(nosy.clone()));
        let login = || {
            nosy.visit("login");
            Ok::<_, ()>(nosy.data())
        };
        // The death is noticed by a sweep, and by a heartbeat; or the host is forgotten.
        let ways: [fn(&HostLiveness<Nosy>); 3] = [
            |hosts| drop(hosts.sweep()),
            |hosts| drop(hosts.heartbeat("bob")),
            |hosts| {
                let _ = hosts.forget("bob");
            },
        ];
        for (way, plain) in ways.into_iter().flat_map(|way| [(way, true), (way, false)]) {
            nosy.0.plain_clock.store(plain, Ordering::Relaxed);
            let _ = without_visits(|| hosts.next_deadline());
            hosts.heartbeat("bob").unwrap();
            for _ in 0..2 {
                let session = store.create(nosy.data().host("bob")).unwrap();
                let hook = nosy.clone();
                session.on_end(move |_, _| hook.visit("hook"));
            }
            drop(hosts.get_or_login("bob", login).unwrap());
            let mut events = store.subscribe(Filter::all().host("bob"));
            assert!(events.poll_recv(&mut Context::from_waker(&waker)).is_pending());
            nosy.0.clock.advance(secs(SILENCE));
            way(&hosts);
            assert!(events.try_recv().unwrap().is_some());
        }
        let _ = hosts.heartbeat("bob");
        assert!(hosts.get_or_login("bob", login).is_ok());
        let stats = store.stats();
        assert_eq!(
            (stats.application_panics, stats.created),
            (0, stats.live as u64 + stats.ended.total())
        );
        let _ = store.close();
        nosy.0.visits.are_from(&PLACES);
    });
}
