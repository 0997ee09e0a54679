//! Many threads on keyed slots, and on a pool.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tenure::slot::{LoginError, ReusableSessions, SessionPool};
use tenure::{EndAs, EndReason, Limit, Limits, ManualClock, SessionStore, Timeouts};

use crate::common::{factor, seed};
use crate::slot::{Call, LIFE, new, note_end, settle, store, storm};

#[test]
fn keyed_slots_end_every_session_once_under_concurrency() {
    const SLOTS: usize = 4;
    let seed = seed("keyed slots");
    let clock = ManualClock::new();
    let store = store(&clock);
    let slots = ReusableSessions::new(&store, SLOTS).unused_for(LIFE).on_end(note_end);
    let refused = AtomicU64::new(0);
    storm(&clock, seed, 16, |mut random| {
        let mut lease = None;
        for _ in 0..1_500 * factor() {
            let key = random.below(3 * SLOTS);
            let call = Call::begin(&clock);
            match random.below(100) {
                0..30 => slots.get(&key).iter().for_each(|session| call.answers(session)),
                30..80 => match slots.get_or_login(&key, new) {
                    Ok(session) => {
                        call.answers(&session);
                        if random.below(8) == 0 {
                            lease = store.acquire(session.id()).ok();
                        }
                    }
                    Err(LoginError::TooMany { max: SLOTS } | LoginError::Contended { .. }) => {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => panic!("{error}"),
                },
                80..85 => drop(slots.replace(&key, new())),
                85..90 => _ = slots.invalidate(&key),
                90..93 => _ = slots.sweep(),
                93 => _ = slots.invalidate_all(),
                94..97 => lease = None,
                _ => _ = store.reap(),
            }
            assert!(slots.len() <= SLOTS);
        }
        drop(lease);
    });
    let ended = store.stats().ended;
    println!("keyed slots: {refused:?} refused, {ended:?}");
    assert!(ended.count(EndReason::LoggedOut) > 0, "none was pushed out");
    let held = (0..3 * SLOTS).filter(|key| slots.get(key).is_some()).count();
    assert!(held <= SLOTS);
    settle(&store, held);
    drop(slots);
    settle(&store, 0);
}

#[test]
fn pool_ends_every_session_once_under_concurrency() {
    const CAP: usize = 12;
    let seed = seed("pool");
    let clock = ManualClock::new();
    let builder = SessionStore::builder()
        .limits(Limits::none().global(Limit::evict_oldest(CAP)))
        .timeouts(Timeouts::none().idle(LIFE).absolute(8 * LIFE))
        .touch_resolution(Duration::ZERO);
    let store = builder.clock(clock.clone()).build().unwrap();
    let pool = SessionPool::new(&store).margin(LIFE / 4);
    let [lent, refused] = [const { AtomicU64::new(0) }; 2];
    storm(&clock, seed, 16, |mut random| {
        let mut mine = Vec::new();
        for _ in 0..2_000 * factor() {
            match random.below(100) {
                0..45 => match pool.checkout(new) {
                    Ok(session) => {
                        let mark = session.data();
                        assert!(!mark.lent.swap(true, Ordering::SeqCst), "lent twice at once");
                        lent.fetch_add(1, Ordering::Relaxed);
                        mine.push(session);
                    }
                    Err(_) => _ = refused.fetch_add(1, Ordering::Relaxed),
                },
                45..90 if !mine.is_empty() => {
                    let mut session = mine.swap_remove(random.below(mine.len()));
                    if random.below(10) == 0 {
                        session.mark_dirty();
                    }
                    session.data().lent.store(false, Ordering::SeqCst);
                }
                90 => drop(mine.pop().map(|session| {
                    session.data().lent.store(false, Ordering::SeqCst);
                    store.end_as(session.id(), EndAs::killed())
                })),
                91..94 => drop(store.create(new())),
                _ => _ = store.reap(),
            }
            for session in &mine {
                let why = session.tombstone().map(|tombstone| tombstone.reason());
                assert!(matches!(why, None | Some(EndReason::AbsoluteTimeout)), "in use: {why:?}");
            }
            assert!(store.stats().live <= CAP);
        }
        for session in &mine {
            session.data().lent.store(false, Ordering::SeqCst);
        }
    });
    let ended = store.stats().ended;
    println!("pool: {lent:?} lent, {refused:?} refused, {ended:?}");
    assert_eq!(store.stats().leases, 0);
    pool.close(NonZeroUsize::MIN, |sessions| {
        assert!(sessions.iter().all(|session| !session.data().lent.load(Ordering::SeqCst)));
    });
    let _ = store.end_where_as(&tenure::Selector::all(), EndAs::killed());
    settle(&store, 0);
}
