//! Resident bytes a session, each table in a process of its own.

use std::error::Error;
use std::io;
use std::process::{Child, Command, Stdio};

use memory_stats::memory_stats;
use tenure::{Limit, Limits};

use crate::args::Scale;
use crate::results::{At, Results};
use crate::stages::progress;
use peers::batch::Peer;
use peers::table::{LOGIN, Login};
use peers::tables::{Kind, Tenure};

/// tenure once more, where every session has a principal of its own, and principals are limited.
const PER_PRINCIPAL: &str = "tenure, a principal each";

/// So many children at once: they take turns at nothing but the processor's cores.
const AT_ONCE: usize = 2;

pub(crate) fn run(scale: &Scale, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let sessions = scale.largest();
    progress(&format!("memory: {sessions} sessions"));
    let at = At { workload: "memory", sessions, threads: 1 };
    let mut subjects: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
    subjects.insert(1, PER_PRINCIPAL);
    for subjects in subjects.chunks(AT_ONCE) {
        let children: Vec<Child> =
            subjects.iter().map(|subject| spawn(subject, sessions)).collect::<Result<_, _>>()?;
        for (subject, child) in subjects.iter().zip(children) {
            let output = child.wait_with_output()?;
            let answer = String::from_utf8_lossy(&output.stdout);
            match answer.trim().parse() {
                Ok(bytes) => results.number(at, subject, "bytes", bytes),
                Err(_) => results.missing(at, subject, "this system does not tell"),
            }
        }
    }
    Ok(())
}

fn spawn(subject: &str, sessions: usize) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["--memory-of", subject, "--memory-sessions", &sessions.to_string()])
        .stdout(Stdio::piped())
        .spawn()
}

/// In the child: fills the table and prints by how much that made the process grow.
pub(crate) fn measure_here(subject: &str, sessions: usize) -> Result<(), Box<dyn Error>> {
    let resident = || memory_stats().map(|stats| stats.physical_mem);
    let before = resident().ok_or("this system does not tell how much memory is resident")?;
    let peer: Box<dyn Peer> = if subject == PER_PRINCIPAL {
        per_principal(sessions)
    } else {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == subject);
        let peer = kind.ok_or("there is no such table")?.build(sessions);
        for _ in 0..sessions {
            peer.create_one(LOGIN);
        }
        peer
    };
    peer.settle();
    let after = resident().ok_or("this system told before, and does not now")?;
    println!("{}", after.saturating_sub(before) as f64 / peer.len().max(1) as f64);
    // Freeing all of it piece by piece would take as long again.
    std::process::exit(0)
}

fn per_principal(sessions: usize) -> Box<dyn Peer> {
    let limits = Limits::default()
        .global(Limit::evict_oldest(sessions))
        .per_principal(Limit::evict_oldest(5));
    let tenure = Tenure::with_limits(limits);
    for n in 0..sessions {
        let principal = format!("user{n:07}");
        tenure.create_one(Login { principal: &principal, ..LOGIN });
    }
    Box::new(tenure)
}
