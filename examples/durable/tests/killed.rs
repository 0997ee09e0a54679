//! A process that creates, ends and refreshes is killed at random: nothing acknowledged is lost,
//! and nothing ended is back.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tenure::SessionId;
use tenure::collection::{HashKey, RecordKey, RedbRecord, RedbRecords};

/// How often it is killed.
const KILLS: u64 = 200;

/// What is known of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Live,
    Ending,
    Ended,
}

/// A path, removed with what is there.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let given = env::var("TENURE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = given.unwrap_or_else(|| RandomState::new().hash_one(()));
    println!("to repeat this run set TENURE_SEED={seed}");
    let file = File(env::temp_dir().join(format!("killed-{}.redb", std::process::id())));
    let mut known = BTreeMap::new();
    for kill in 0..KILLS {
        let random = BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, kill));
        storm(&file.0, random % 24, &mut known);
        compare(&file.0, &mut known);
    }
    let (mut live, mut ended) = (0, 0);
    for known in known.values() {
        live += usize::from(*known == Known::Live);
        ended += usize::from(*known == Known::Ended);
    }
    println!("{live} live and {ended} ended after {KILLS} kills");
    assert!(live > 100 && ended > 100, "{live} live and {ended} ended");
}

/// Lets a process run until it has said so many lines, and kills it.
fn storm(path: &Path, lines: u64, known: &mut BTreeMap<RecordKey, Known>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_durable"));
    command.args(["--part", "storm", "--file"]).arg(path);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut says = BufReader::new(child.stdout.take().unwrap());
    let mut said = 0;
    loop {
        if said == lines {
            child.kill().unwrap();
        }
        said += 1;
        let mut line = String::new();
        // What it had said before it was killed counts, too, but for half a line.
        if says.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        let (what, cookie) = line.trim_end().split_once(' ').expect("two words");
        let id: SessionId = cookie.parse().expect("an id");
        let what = match what {
            "created" => Known::Live,
            "ending" => Known::Ending,
            "ended" => Known::Ended,
            other => panic!("{other}"),
        };
        known.insert(HashKey::new([7; 32]).record_key(id), what);
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it stopped by itself");
}

/// Opens the file as after a crash, and compares what is in it with what is known.
fn compare(path: &Path, known: &mut BTreeMap<RecordKey, Known>) {
    let Ok(records) = RedbRecords::of_file(path) else {
        // Killed before the file was set up.
        assert!(known.is_empty());
        return;
    };
    let (mut live, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        match record.unwrap() {
            RedbRecord::Session { key, session, data_len } => {
                assert_eq!((session.principal.as_deref(), data_len), (Some("alice"), 1));
                live.insert(key);
            }
            RedbRecord::End { key, end } => {
                assert_eq!(end.reason, "logged_out");
                ended.insert(key);
            }
        }
    }
    for (key, known) in known.iter_mut() {
        match known {
            Known::Live => assert!(live.contains(key), "{key} is lost"),
            Known::Ended => assert!(ended.contains(key) && !live.contains(key), "{key} is back"),
            // From now on, it is what it is.
            Known::Ending if live.contains(key) => *known = Known::Live,
            Known::Ending => {
                assert!(ended.contains(key), "{key} is lost");
                *known = Known::Ended;
            }
        }
    }
}
