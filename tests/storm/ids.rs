//! Several threads that want one id: it has one life.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use tenure::{CreateError, EndOutcome, NewSession, RotateError, SessionStore, Tombstone};

use crate::common::{Random, Store, factor, id, meet, plain, seed};

const ROUNDS: usize = 2_000;
const THREADS: usize = 4;

/// What a thread was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Created,
    InUse,
    Ended(Tombstone),
}

fn create(store: &Store, number: u128) -> Told {
    match store.create(plain().id(id(number))) {
        Ok(session) => {
            assert_eq!(session.id(), id(number));
            Told::Created
        }
        Err(CreateError::IdInUse) => Told::InUse,
        Err(CreateError::IdEnded(tombstone)) => Told::Ended(tombstone),
        Err(other) => panic!("{other}"),
    }
}

/// Calls `work` with the number of each thread, all at once, and returns what they said.
fn at_once<R: Send>(threads: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let (ready, said) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (work, ready, said) = (&work, &ready, &said);
            scope.spawn(move || {
                meet(ready, threads);
                let answer = work(thread);
                said.lock().unwrap().push(answer);
            });
        }
    });
    said.into_inner().unwrap()
}

#[test]
fn one_of_several_creates_of_one_id_wins() {
    let store: Store = SessionStore::builder().build().unwrap();
    for round in 0..(ROUNDS * factor()) as u128 {
        let told = at_once(THREADS, |_| create(&store, round));
        let count = |wanted: Told| told.iter().filter(|told| **told == wanted).count();
        assert_eq!((count(Told::Created), count(Told::InUse)), (1, THREADS - 1), "{told:?}");
        assert!(store.peek(id(round)).is_ok());
    }
    assert_eq!(store.stats().live, ROUNDS * factor());
}

#[test]
fn an_end_that_races_with_creates_of_its_id_lets_none_in() {
    let mut random = Random::new(seed("one life"));
    let store: Store = SessionStore::builder().tombstones(usize::MAX, ONE_DAY).build().unwrap();
    let (mut before, mut after) = (0, 0);
    for round in 0..(ROUNDS * factor()) as u128 {
        let session = store.create(plain().id(id(round))).unwrap();
        let spins = random.below(200);
        let told = at_once(2, |thread| {
            if thread == 0 {
                (0..spins).for_each(|_| std::hint::spin_loop());
                assert!(matches!(store.end(id(round)), EndOutcome::Ended(_)));
                None
            } else {
                Some((create(&store, round), create(&store, round)))
            }
        });
        for (first, second) in told.into_iter().flatten() {
            let tombstone = session.tombstone().expect("it has ended");
            for told in [first, second] {
                assert!(matches!(told, Told::InUse) || told == Told::Ended(tombstone), "{told:?}");
            }
            let came_back = first != Told::InUse && second == Told::InUse;
            assert!(!came_back, "{first:?}, and then {second:?}");
            before += usize::from(first == Told::InUse);
            after += usize::from(first != Told::InUse);
        }
    }
    println!("{before} creates came before the end, {after} after it");
    let stats = store.stats();
    assert_eq!((stats.created, stats.live), ((ROUNDS * factor()) as u64, 0), "two lives");
}

const ONE_DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

#[test]
fn one_of_two_rotations_and_a_create_gets_the_id() {
    let store: Store = SessionStore::builder().build().unwrap();
    for round in 0..(ROUNDS * factor()) as u128 {
        let wanted = id(1 << 64 | round);
        let others = [0, 1].map(|_| store.create(plain()).unwrap());
        let told = at_once(3, |thread| {
            let rotated = match others.get(thread) {
                Some(other) => store.rotate_to(other.id(), wanted),
                None => {
                    return match store.create(NewSession::new(0).id(wanted)) {
                        Ok(_) => true,
                        Err(CreateError::IdInUse) => false,
                        Err(other) => panic!("{other}"),
                    };
                }
            };
            match rotated {
                Ok(_) => true,
                Err(RotateError::IdInUse) => false,
                Err(other) => panic!("{other}"),
            }
        });
        assert_eq!(told.iter().filter(|won| **won).count(), 1);
        let owner = store.peek(wanted).unwrap();
        assert_eq!(owner.id(), wanted);
        // The losers have their own ids still.
        let losers = others.iter().filter(|other| other.id() != wanted);
        assert!(losers.clone().all(|loser| store.peek(loser.id()).is_ok()));
        assert!(losers.count() >= 1);
    }
}
