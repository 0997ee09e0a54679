//! How many instructions an operation takes, as counted by callgrind. That is the same on a busy
//! machine as on a quiet one, so a change of a few instructions can be seen.
//!
//! The program runs itself under `valgrind --tool=callgrind`, once for each workload, with the
//! counting switched on only in [`counted`]. What the kernel does is not counted: drawing an id and
//! reading the clock are both calls of the kernel there.

#![allow(missing_docs, clippy::disallowed_methods)]

use std::hint::black_box;
use std::process::{Command, ExitCode};

use tenure::slot::ReusableSession;
use tenure::{Selector, SessionId, SessionStore, Timeouts, TrackId};

mod run;

use peers::batch::Peer;
use peers::table::{LOGIN, Table};
use peers::tables::{Kind, Tenure};
use peers::{new_session, random};
use run::only_tries;

/// Sessions in the table.
const SESSIONS: usize = 10_000;

/// How often an operation is done: enough that its worst case and its best are in it as they come.
const TIMES: usize = 20_000;

/// Names one workload to the program that runs under callgrind.
const FLAG: &str = "--count";

/// The name of a workload, and a function that runs it a number of times. The table is built before
/// the counting starts.
type Workload = (&'static str, fn(usize));

const WORKLOADS: [Workload; 12] = [
    ("floor: touch", |times| touch(Kind::Floor, times)),
    ("floor: touch, and once more at the end", |times| lease(Kind::Floor, times)),
    ("tenure: touch", |times| touch(Kind::Tenure, times)),
    ("tenure: acquire and drop", |times| lease(Kind::Tenure, times)),
    ("tenure: create at the cap", create_at_the_cap),
    ("tenure: create and end", create_and_end),
    ("tenure: reap with nothing due", reap),
    ("tenure: track id", track_id),
    ("tenure: list, of each session", |times| select(&Selector::all(), times)),
    ("tenure: find by track id, of each session", |times| select(&by_track_id(), times)),
    ("tenure: get from a slot", get),
    ("tenure: get from a slot, absolute timeout", get_timed),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, wanted] = args.as_slice()
        && flag == FLAG
    {
        let workload = WORKLOADS.into_iter().find(|(name, _)| name == wanted);
        return workload.map_or(ExitCode::FAILURE, |(_, workload)| {
            workload(TIMES);
            ExitCode::SUCCESS
        });
    }
    if only_tries() {
        for (name, workload) in WORKLOADS {
            workload(1);
            println!("{name}: runs");
        }
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed: no instructions are counted");
        return ExitCode::SUCCESS;
    }
    println!("instructions an operation, in a table of {SESSIONS}");
    for (name, _) in WORKLOADS {
        match count(name) {
            Ok(total) => println!("{name:45} {:9.1}", total as f64 / TIMES as f64),
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// The instructions of all the times together.
fn count(name: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=instructions::counted*")
        .arg(program)
        .args([FLAG, name])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match collected(&said) {
        Some(total) if output.status.success() && total > 0 => Ok(total),
        _ => Err(format!("nothing was counted. valgrind said:\n{said}")),
    }
}

/// Reads `==1234== Collected : 567`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.split_whitespace().next()?.parse().ok()
}

/// What happens in here is counted.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    // Nothing may be left to a tail call, which would not come back here.
    black_box(());
}

fn full(kind: Kind) -> (Box<dyn Peer>, Vec<SessionId>) {
    let peer = kind.build(SESSIONS);
    let ids = peer.fill(SESSIONS);
    (peer, ids)
}

fn touch(kind: Kind, times: usize) {
    let (peer, ids) = full(kind);
    let places = random::uniform(SESSIONS, times, random::SEED);
    counted(&mut || assert_eq!(peer.touch_each(&ids, &places), 0));
}

fn lease(kind: Kind, times: usize) {
    let (peer, ids) = full(kind);
    let places = random::uniform(SESSIONS, times, random::SEED);
    counted(&mut || assert_eq!(peer.lease_each(&ids, &places), 0));
}

/// Every session was touched before.
fn create_at_the_cap(times: usize) {
    let (peer, ids) = full(Kind::Tenure);
    peer.touch_each(&ids, &random::shuffled(SESSIONS, random::SEED));
    let mut created = Vec::with_capacity(times);
    counted(&mut || peer.create_each(times, &mut created));
    assert_eq!(created.len(), times);
}

fn create_and_end(times: usize) {
    let tenure = Tenure::new(2 * SESSIONS);
    tenure.fill(SESSIONS);
    counted(&mut || {
        for _ in 0..times {
            let id = tenure.create(LOGIN).expect("there is room");
            black_box(tenure.0.end(id));
        }
    });
}

fn reap(times: usize) {
    let tenure = Tenure::new(SESSIONS);
    tenure.fill(SESSIONS);
    // The first puts right what the touches of the filling have left behind.
    let _ = tenure.0.reap();
    counted(&mut || (0..times).for_each(|_| _ = black_box(tenure.0.reap())));
}

fn track_id(times: usize) {
    let store = SessionStore::builder().build().unwrap();
    let session = store.create(new_session(0)).unwrap();
    counted(&mut || (0..times).for_each(|_| _ = black_box(black_box(&session).track_id())));
}

/// That of no session, so that each is looked at.
fn by_track_id() -> Selector<u64> {
    Selector::track_id(TrackId::from_bytes([7; 16]))
}

/// As often as there are so many sessions.
fn select(selector: &Selector<u64>, times: usize) {
    let tenure = Tenure::new(SESSIONS);
    tenure.fill(SESSIONS);
    counted(&mut || {
        (0..times.div_ceil(SESSIONS)).for_each(|_| drop(black_box(tenure.0.list(selector))));
    });
}

fn get(times: usize) {
    get_from(&SessionStore::builder().timeouts(Timeouts::none()).build().unwrap(), times);
}

/// By default a session has one, so each get reads the clock.
fn get_timed(times: usize) {
    get_from(&SessionStore::builder().build().unwrap(), times);
}

fn get_from(store: &SessionStore<u64>, times: usize) {
    let slot = ReusableSession::new(store);
    slot.get_or_login(|| new_session(0)).unwrap();
    counted(&mut || (0..times).for_each(|_| drop(black_box(slot.get().unwrap()))));
}
