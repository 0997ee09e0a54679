//! Three nodes, each a process, storm on one Redis; one is killed and started again. Afterwards all
//! agree: nothing acknowledged is lost, and nothing ended is back.
//!
//! `TENURE_STORM_SECONDS` says for how long, `TENURE_SEED` with which seed.

#![allow(clippy::disallowed_methods)]

use std::collections::HashMap;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use fleet::RedisServer;
use tenure::{Clock, SystemClock};

const NODES: usize = 3;
/// How often one is killed.
const KILLS: u32 = 4;
/// For longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is known of a login.
#[derive(Debug, Default)]
struct Login {
    /// Those that it was acknowledged to have, the newest last.
    ids: Vec<String>,
    ended: bool,
    /// Ends and rotations that may or may not have been done.
    doubts: i64,
    changed: u64,
    changing: u64,
    /// What was said of it, for those who read of a failure.
    story: Vec<String>,
}

/// A line of a node's output, and which run of which node said it. Without a line, it is gone.
type Said = (usize, Option<String>);

struct Node {
    child: Child,
    input: ChildStdin,
}

struct Fleet {
    url: String,
    seed: u64,
    runs: usize,
    nodes: Vec<Node>,
    /// By the number of its run: which node that is.
    node_of: Vec<usize>,
    said: Receiver<Said>,
    say: Sender<Said>,
    logins: HashMap<String, Login>,
    troubles: Vec<String>,
}

impl Fleet {
    fn start(url: String, seed: u64) -> Self {
        let (say, said) = channel();
        let (node_of, logins) = (Vec::new(), HashMap::new());
        let (nodes, troubles) = (Vec::new(), Vec::new());
        let mut fleet = Self { url, seed, runs: 0, nodes, node_of, said, say, logins, troubles };
        for number in 0..NODES {
            let node = fleet.spawn(number);
            fleet.nodes.push(node);
        }
        fleet
    }

    /// Starts a node, which knows of nothing.
    fn spawn(&mut self, number: usize) -> Node {
        let run = self.runs;
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet_node"));
        command.args(["--redis", &self.url, "--seed"]);
        command.arg(self.seed.wrapping_add(run as u64).to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let say = self.say.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(output);
            loop {
                let mut line = String::new();
                // Half a line is none.
                let whole = lines.read_line(&mut line).is_ok() && line.ends_with('\n');
                let line = whole.then(|| line.trim_end().to_owned());
                let gone = line.is_none();
                if say.send((run, line)).is_err() || gone {
                    return;
                }
            }
        });
        self.runs += 1;
        self.node_of.push(number);
        Node { child, input }
    }

    /// Kills one as the loss of power does, and starts it again.
    fn kill(&mut self, number: usize) {
        let run = self.node_of.iter().rposition(|node| *node == number).unwrap();
        self.nodes[number].child.kill().unwrap();
        self.nodes[number].child.wait().unwrap();
        // What it said before is said.
        self.hear_until(PATIENCE, |fleet, said| {
            let gone = *said == (run, None);
            if !gone {
                fleet.note(said);
            }
            gone
        });
        let mut node = self.spawn(number);
        for (name, login) in &self.logins {
            if !login.ended {
                let id = login.ids.last().unwrap();
                writeln!(node.input, "at {name} {id}").unwrap();
            }
        }
        self.nodes[number] = node;
    }

    /// Hears what the nodes say until it is enough, or for so long. Returns whether it was enough.
    fn hear_until(
        &mut self,
        most: Duration,
        mut enough: impl FnMut(&mut Self, &Said) -> bool,
    ) -> bool {
        let clock = SystemClock::new();
        let start = clock.now();
        loop {
            let left = most.saturating_sub(clock.now().since(start));
            let Ok(said) = self.said.recv_timeout(left) else { return false };
            if enough(self, &said) {
                return true;
            }
        }
    }

    fn note(&mut self, (run, line): &Said) {
        let node = self.node_of[*run];
        let line = line.as_deref().unwrap_or("trouble: it is gone");
        let words: Vec<_> = line.split(' ').collect();
        let (what, name) = (words[0], words.get(1).copied().unwrap_or_default());
        if what == "trouble" {
            self.troubles.push(format!("node {node}: {line}"));
            return;
        }
        let login = self.logins.entry(name.into()).or_default();
        login.story.push(format!("{}: {}", node, line.replace(name, "it")));
        match words[..] {
            ["at", _, id] => {
                // It was to have another since it said so.
                login.doubts -= i64::from(!login.ids.is_empty());
                login.ids.push(id.into());
                for (other, node) in self.nodes.iter_mut().enumerate() {
                    if other != self.node_of[*run] {
                        // One that is being killed does not mind.
                        let _ = writeln!(node.input, "{line}");
                    }
                }
            }
            ["ending" | "rotating", _] => login.doubts += 1,
            ["ended", _] => login.ended = true,
            ["kept", _] => login.doubts -= 1,
            ["changing", _] => login.changing += 1,
            ["changed", _] => login.changed += 1,
            _ => panic!("node {node} said {line}"),
        }
    }

    fn tell_all(&mut self, line: &str) {
        for node in &mut self.nodes {
            writeln!(node.input, "{line}").unwrap();
        }
    }

    /// Tells all nodes, and waits until each has said that it is done.
    fn have_all(&mut self, line: &str, done: &str) {
        self.tell_all(line);
        let mut left = NODES;
        let all = self.hear_until(PATIENCE, |fleet, said| {
            if said.1.as_deref() == Some(done) {
                left -= 1;
            } else {
                fleet.note(said);
            }
            left == 0
        });
        assert!(all, "not all are done with {line}: {:?}", self.troubles);
    }

    /// What each node says of each id.
    fn ask_all(&mut self) -> HashMap<String, Vec<String>> {
        let logins = self.logins.values();
        let ids: Vec<String> = logins.flat_map(|login| login.ids.iter().cloned()).collect();
        let (mut answers, mut left) = (HashMap::<String, Vec<String>>::new(), 0);
        for ids in ids.chunks(100) {
            for id in ids {
                self.tell_all(&format!("ask {id}"));
            }
            left += ids.len() * NODES;
            let all = self.hear_until(PATIENCE, |fleet, said| {
                let line = said.1.as_deref().unwrap_or_default();
                match line.splitn(3, ' ').collect::<Vec<_>>()[..] {
                    [what @ ("live" | "ended" | "refused"), id, more] => {
                        let answer = format!("{what} {more}");
                        answers.entry(id.into()).or_default().push(answer);
                        left -= 1;
                    }
                    _ => fleet.note(said),
                }
                left == 0
            });
            assert!(all, "not all answer: {:?}", self.troubles);
        }
        answers
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.child.kill();
            let _ = node.child.wait();
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

#[test]
fn processes_agree_after_a_storm() {
    let Some(server) = RedisServer::start("") else { return };
    let seed = number("TENURE_SEED").unwrap_or_else(|| RandomState::new().hash_one(()));
    println!("to repeat this run set TENURE_SEED={seed}");
    let span = Duration::from_secs(number("TENURE_STORM_SECONDS").unwrap_or(4));
    let mut fleet = Fleet::start(server.url(), seed);
    for kill in 0..=KILLS {
        let enough = fleet.hear_until(span / (KILLS + 1), |fleet, said| {
            fleet.note(said);
            false
        });
        assert!(!enough);
        if kill < KILLS {
            server.tell("SCRIPT FLUSH");
            fleet.kill(kill as usize % NODES);
        }
    }
    fleet.have_all("stop", "stopped");
    for _ in 0..2 {
        fleet.have_all("refresh", "refreshed");
    }
    let answers = fleet.ask_all();
    assert_eq!(fleet.troubles, Vec::<String>::new());
    judge(&fleet.logins, &answers);
}

/// Compares what the nodes say with what was acknowledged.
fn judge(logins: &HashMap<String, Login>, answers: &HashMap<String, Vec<String>>) {
    let (mut lives, mut ends, mut doubts, mut rotations, mut changes) = (0, 0, 0, 0, 0);
    for login in logins.values() {
        let mut live = Vec::new();
        for id in &login.ids {
            let said = &answers[id];
            // Of an end that two nodes made at once, each may have its own reason.
            if said.iter().all(|said| said.starts_with("ended")) {
                continue;
            }
            assert!(said.iter().all(|other| *other == said[0]), "{said:?} of {id}: {login:#?}");
            let count = said[0].strip_prefix("live ").and_then(|count| count.parse().ok());
            live.push((id, count.unwrap_or_else(|| panic!("{said:?} of {id}: {login:#?}"))));
        }
        if login.ended {
            assert!(live.is_empty(), "it is back: {login:#?}");
            ends += 1;
        } else if login.doubts == 0 {
            let newest = login.ids.last().unwrap();
            let [(id, count)] = live[..] else {
                panic!("{} live: {login:#?} {:?}", live.len(), answers[newest])
            };
            assert_eq!(id, newest, "{login:#?}");
            assert!((login.changed..=login.changing).contains(&count), "{count}: {login:#?}");
            lives += 1;
        } else {
            assert!(live.len() <= 1, "{login:#?}");
            doubts += 1;
        }
        rotations += login.ids.len() - 1;
        changes += login.changed;
    }
    println!(
        "{lives} live, {ends} ended, {doubts} in doubt; {rotations} rotations, {changes} changes"
    );
    assert!(lives > 100 && ends > 100 && doubts < lives + ends, "too little happened");
}
