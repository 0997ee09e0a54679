//! How long it takes, and how large the file is.

#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use tenure::collection::{
    Collection, CollectionTime, Op, Outcome, Policy, RecordKey, RedbCollection, RedbOptions,
    Request, StoredSession,
};

use crate::login::{self, INTERVAL};

/// How many requests are in one commit.
const BATCH: usize = 1_000;
/// How many bytes of data a session has.
const DATA: usize = 200;
/// What is reported is the median of so many.
const ROUNDS: usize = 5;

pub(crate) fn run(path: &Path, sessions: usize, touched: usize) -> Result<(), Box<dyn Error>> {
    let mut collection = open(path)?;
    let keys: Vec<RecordKey> = (0..sessions).map(|_| random_key()).collect::<Result<_, _>>()?;
    let took = fill(&collection, &keys)?;
    println!("{sessions} sessions with {DATA} bytes of data each, in batches of {BATCH}");
    println!("{:<52}{took:>9.2?}", "creating them, each batch sorted by key");
    println!("{:<52}{:>9} bytes", "the file, for each session", bytes(path)? / sessions as u64);

    let (mut times, mut cpus) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut some = BTreeSet::new();
        while some.len() < touched.min(sessions) {
            let at = u64::from_le_bytes(random()?) % sessions as u64;
            some.insert(keys[usize::try_from(at)?]);
        }
        let opened = collection.open(login::hash_key().fingerprint())?;
        let (start, before) = (Instant::now(), cpu());
        touch(&collection, &some, opened.stamp.time)?;
        times.push(start.elapsed());
        cpus.extend(cpu().zip(before).map(|(after, before)| after.saturating_sub(before)));
    }
    println!("{:<52}{:>9.2?}", format!("touching {touched} of them, sorted by key"), median(times));
    if !cpus.is_empty() {
        println!("{:<52}{:>9.2?}", "of which on the processor", median(cpus));
    }

    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        drop(collection);
        let start = Instant::now();
        collection = open(path)?;
        times.push(start.elapsed());
    }
    println!("{:<52}{:>9.2?}", "opening the file again", median(times));

    println!("{:<52}{:>9} bytes", "the file, for each session", bytes(path)? / sessions as u64);
    let start = Instant::now();
    collection.compact()?;
    println!("{:<52}{:>9.2?}", "compacting it", start.elapsed());
    println!("{:<52}{:>9} bytes", "the file, for each session", bytes(path)? / sessions as u64);
    Ok(())
}

fn open(path: &Path) -> Result<RedbCollection, Box<dyn Error>> {
    Ok(RedbCollection::create(path, RedbOptions::new(Policy::new(INTERVAL)))?)
}

fn fill(collection: &RedbCollection, keys: &[RecordKey]) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    for keys in keys.chunks(BATCH) {
        let opened = collection.open(login::hash_key().fingerprint())?;
        let (at, epoch) = (opened.stamp.time, opened.stamp.epoch);
        let insert = |key: &RecordKey| {
            let mut session = StoredSession::new(1, at, vec![7; DATA]);
            session.principal = Some(format!("user {:.4}", key.to_string()));
            session.originator = Some("browser".into());
            session.idle = Some(login::IDLE);
            let not_after = at.saturating_add(INTERVAL);
            Request { key: *key, op: Op::Insert { session: Box::new(session), not_after, epoch } }
        };
        let keys: BTreeSet<RecordKey> = keys.iter().copied().collect();
        all_done(collection, &keys.iter().map(insert).collect::<Vec<_>>())?;
    }
    Ok(start.elapsed())
}

fn touch(
    collection: &RedbCollection,
    keys: &BTreeSet<RecordKey>,
    used: CollectionTime,
) -> Result<(), Box<dyn Error>> {
    let op = Op::Touch { used, busy_until: CollectionTime::ORIGIN };
    let touches: Vec<Request> =
        keys.iter().map(|key| Request { key: *key, op: op.clone() }).collect();
    touches.chunks(BATCH).try_for_each(|batch| all_done(collection, batch))?;
    // As a refresh ends: then all of it is on the disk.
    collection.expire(BATCH)?;
    Ok(())
}

fn all_done(collection: &RedbCollection, batch: &[Request]) -> Result<(), Box<dyn Error>> {
    let answer = collection.apply(batch)?;
    let done = |outcome: &Result<Outcome, _>| matches!(outcome, Ok(Outcome::Done { .. }));
    if answer.outcomes.iter().all(done) { Ok(()) } else { Err("not all were done".into()) }
}

/// How long this thread has been on a processor, where the system says so: the rest is waiting for
/// the disk, and for other programs.
fn cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn bytes(path: &Path) -> Result<u64, Box<dyn Error>> {
    Ok(std::fs::metadata(path)?.len())
}

fn random_key() -> Result<RecordKey, Box<dyn Error>> {
    Ok(RecordKey::from_bytes(random()?))
}

fn random<const N: usize>() -> Result<[u8; N], Box<dyn Error>> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
