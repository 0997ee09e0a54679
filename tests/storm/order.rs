//! Many creators at once: the victims go in the order of their age.

use std::sync::Barrier;

use tenure::{EndReason, Limit, LimitKind, Limits, ManualClock, NewSession, Session, SessionStore};

const CAP: usize = 400;
const CREATES: usize = 2_000;

#[test]
fn victims_are_evicted_in_creation_order() {
    let limits = Limits::none().global(Limit::evict_oldest(CAP));
    let builder = SessionStore::builder().limits(limits).clock(ManualClock::new());
    let store: SessionStore<u32> = builder.build().unwrap();
    let start = Barrier::new(4);
    let by_thread: Vec<Vec<Session<u32>>> = std::thread::scope(|scope| {
        let creator = || {
            start.wait();
            (0..CREATES).map(|_| store.create(NewSession::new(0)).unwrap()).collect()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(creator)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Time stands still and no session is touched: the latest of each thread are left.
    let mut left = 0;
    for sessions in by_thread {
        let ended = sessions.iter().take_while(|session| session.is_ended()).count();
        let reason = EndReason::Evicted { limit: LimitKind::Global };
        let evicted = |session: &Session<u32>| session.tombstone().unwrap().reason() == reason;
        assert!(sessions[..ended].iter().all(evicted));
        assert!(!sessions[ended..].iter().any(Session::is_ended), "a younger one went first");
        left += sessions.len() - ended;
    }
    assert_eq!(left, CAP);
}
