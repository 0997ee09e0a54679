//! Logins that hang, or whose future is neither polled nor dropped.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use tenure::slot::{LoginError, ReusableSession, ReusableSessions};
use tenure::{Clock, EndReason, ManualClock, NewSession, SessionStore, SystemClock, Timeouts};

use crate::common::{Store, plain, secs, spin_until, within_a_minute};
use crate::executor::{Gate, Task};
use crate::setup::{balanced, ended, held, log_in, same, store, why};

type Answer = Result<NewSession<u32>, &'static str>;

/// A store, its clock, and keyed slots that a sweep drops after a hundred seconds.
fn keyed(wait: Option<Duration>) -> (Store, ManualClock, ReusableSessions<u32, u32>) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none());
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let mut slots = ReusableSessions::new(&store, 2).unused_for(secs(100));
    if let Some(wait) = wait {
        slots = slots.single_flight(wait);
    }
    (store, clock, slots)
}

#[test]
fn hanging_asynchronous_login_is_taken_over() {
    let store = store();
    for wait in [Duration::ZERO, Duration::from_micros(1)] {
        let slot = ReusableSession::new(&store).single_flight(wait);
        let (hanging, gate) = (Gate::<Answer>::new(), Gate::<Answer>::new());
        let mut leader = Task::new(slot.get_or_login_async(|| hanging.pass()));
        leader.waits();
        let mut next = Task::new(slot.get_or_login_async(|| gate.pass()));
        // It is not woken when time is up: its runtime's timeout polls it, or the caller asks anew.
        while gate.waiting() == 0 {
            next.waits();
        }
        gate.open(Ok(NewSession::new(2)));
        let session = next.finish().unwrap();
        // What the first one brings comes too late.
        hanging.open(Ok(NewSession::new(1)));
        assert!(same(&leader.finish().unwrap(), &session));
        assert_eq!((*session.data(), held(&slot)), (2, Some(2)));
        balanced(&store, 1);
    }
}

/// The old leader was only slow: it lets those go on that wait for its successor.
#[test]
fn late_session_of_a_replaced_leader_serves_all_waiters() {
    let store = store();
    let slot = ReusableSession::new(&store).single_flight(Duration::ZERO);
    let [late, hanging] = [(); 2].map(|()| Gate::<Answer>::new());
    let mut leader = Task::new(slot.get_or_login_async(|| late.pass()));
    leader.waits();
    let mut successor = Task::new(slot.get_or_login_async(|| hanging.pass()));
    successor.waits();
    late.open(Ok(NewSession::new(1)));
    let session = leader.finish().unwrap();
    assert_eq!(*log_in(&slot, 3).unwrap().data(), 1);
    hanging.open(Ok(NewSession::new(2)));
    assert!(same(&successor.finish().unwrap(), &session));
    assert_eq!(ended(&store, EndReason::Replaced), 1);
    balanced(&store, 1);
}

#[test]
fn slot_of_an_abandoned_login_can_be_dropped() {
    let (store, clock, slots) = keyed(None);
    let gate = Gate::<Answer>::new();
    let mut task = Task::new(slots.get_or_login_async(&1, || gate.pass()));
    task.waits();
    let session = slots.get_or_login(&1, plain).unwrap();
    clock.advance(secs(99));
    assert_eq!((slots.sweep(), slots.len()), (0, 1), "a login is under way");
    clock.advance(secs(1));
    assert_eq!((slots.sweep(), slots.len()), (1, 0));
    assert_eq!(why(&session), Some(EndReason::LoggedOut));
    // It returns after all, into another slot.
    gate.open(Ok(NewSession::new(5)));
    task.waits();
    assert_eq!((ended(&store, EndReason::LoggedOut), slots.len()), (2, 1));
    gate.open(Ok(NewSession::new(6)));
    assert_eq!(*task.finish().unwrap().data(), 6);
    balanced(&store, 1);
}

#[test]
fn slot_of_an_abandoned_login_makes_room() {
    let (store, clock, slots) = keyed(None);
    let gate = Gate::<Answer>::new();
    let mut tasks = [1, 2].map(Box::new).map(|key| {
        let (slots, gate) = (&slots, &gate);
        Task::new(async move { slots.get_or_login_async(&key, || gate.pass()).await })
    });
    tasks.iter_mut().for_each(Task::waits);
    assert_eq!(slots.get_or_login(&3, plain).unwrap_err(), LoginError::TooMany { max: 2 });
    clock.advance(secs(100));
    assert!(slots.get_or_login(&3, plain).is_ok());
    assert_eq!(slots.len(), 2);
    balanced(&store, 1);
}

/// A leaked future keeps its slot, and must not keep the slot's session.
#[test]
fn dropped_keyed_slots_log_out_despite_a_leaked_future() {
    let (store, _clock, slots) = keyed(None);
    let gate = Gate::<Answer>::new();
    let mut task = Task::new(slots.get_or_login_async(&1, || gate.pass()));
    task.waits();
    let session = slots.get_or_login(&1, plain).unwrap();
    std::mem::forget(task);
    drop(slots);
    assert_eq!(why(&session), Some(EndReason::LoggedOut));
    balanced(&store, 0);
}

/// A waker that has another login hang in the slot before what it wakes gets there.
struct Faster {
    slots: Arc<ReusableSessions<u32, u32>>,
    gate: Gate<Answer>,
}

impl Wake for Faster {
    fn wake(self: Arc<Self>) {
        let slots: &'static ReusableSessions<_, _> = Box::leak(Box::new(Arc::clone(&self.slots)));
        let login = self.gate.pass();
        let mut login = Some(login);
        let mut task =
            Task::new(slots.get_or_login_async(&1, move || login.take().expect("it hangs")));
        task.waits();
        std::mem::forget(task);
    }
}

/// The first slot is given up when nine tenths of the wait are over, and in the second one another
/// login hangs as well.
#[test]
fn wait_does_not_start_afresh_with_another_slot() {
    const WAIT: Duration = Duration::from_secs(1);
    within_a_minute(|| {
        let (_store, clock, slots) = keyed(Some(WAIT));
        let (slots, gate) = (Arc::new(slots), Gate::<Answer>::new());
        let mut leader = Task::new(slots.get_or_login_async(&1, || gate.pass()));
        leader.waits();
        let faster = Faster { slots: Arc::clone(&slots), gate: Gate::new() };
        let faster = Waker::from(Arc::new(faster));
        let mut first = Task::new(slots.get_or_login_async(&1, || gate.pass()));
        assert!(first.poll_with(&faster).is_pending());
        let time = SystemClock::new();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| slots.get_or_login(&1, plain));
            spin_until(|| time.now().since(tenure::Tick::START) >= WAIT * 9 / 10);
            clock.advance(secs(100));
            assert_eq!(slots.sweep(), 1);
            let given_up = time.now();
            let Err(LoginError::TimedOut { waited }) = waiter.join().unwrap() else {
                panic!("it got in before the other one");
            };
            assert!(waited >= WAIT, "{waited:?}");
            let after = time.now().since(given_up);
            assert!(after < WAIT * 9 / 10, "it waited for another {after:?}");
        });
    });
}
