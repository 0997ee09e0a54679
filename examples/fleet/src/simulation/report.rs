//! What came of a simulation.

use std::fmt;
use std::time::Duration;

use tenure::collection::MemoryStats;

use super::config::Config;
use super::tally::{Ages, Done, Seen};

/// What was counted. What is shown as a rate is without the first idle timeout, in which the fleet
/// fills.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// What was simulated.
    pub config: Config,
    /// What users had seen and nodes done when the fleet had filled.
    pub before: (Seen, Done),
    /// What users saw in all.
    pub seen: Seen,
    /// What nodes did in all.
    pub done: Done,
    /// What the collection was asked once the fleet had filled.
    pub collection: MemoryStats,
    /// What it was asked in all.
    pub collection_total: MemoryStats,
    /// How many sessions it has at the end.
    pub kept: u64,
    /// How many it must have, and how many it may have.
    pub expected: (u64, u64),
    /// How many are in the memory of nodes at the end, each counted on each node.
    pub in_memory: u64,
    /// The most in the memory of one node, at a refresh.
    pub most_in_memory: u64,
    /// How old logouts were when other nodes heard of them.
    pub ages: Ages,
}

impl Report {
    /// What is wrong, if anything is: counts that do not agree, and answers that must not be.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let (seen, done, asked) = (self.seen, self.done, self.collection_total);
        let (least, most) = self.expected;
        let equal = [
            ("requests refused within the idle timeout", seen.wrongly_refused, 0),
            ("requests served after the end", seen.wrongly_served, 0),
            ("logins and sessions created", seen.logins, done.created),
            ("logins and insertions", seen.logins, asked.inserts),
            ("logouts and ends told", seen.logouts, asked.removes),
            ("loads asked for and answered", done.asked, asked.loads),
            (
                "loads that found a session and sessions loaded",
                done.asked - done.missed,
                done.loaded,
            ),
            ("touches told and counted", done.touched, asked.touches),
            (
                "sessions that came into memory and left it",
                done.created + done.loaded,
                done.ended + done.unloaded + done.left,
            ),
        ];
        let mut faults: Vec<String> = equal
            .into_iter()
            .filter(|(_, one, other)| one != other)
            .map(|(what, one, other)| format!("{what}: {one}, {other}"))
            .collect();
        if !(least..=most).contains(&self.kept) {
            faults.push(format!("{} sessions are kept, not {least} to {most}", self.kept));
        }
        if self.ages.most > self.config.interval {
            faults.push(format!("an end was heard of after {:?}", self.ages.most));
        }
        faults
    }
}

/// A line of the table: what, how many in the whole span, and a second.
fn line(f: &mut fmt::Formatter<'_>, what: &str, count: u64, span: Duration) -> fmt::Result {
    let rate = count as f64 / span.as_secs_f64();
    writeln!(f, "  {what:<46}{count:>12}{rate:>12.1}")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { nodes, users, span, interval, idle, astray, seed, .. } = self.config;
        let (seen, done) = self.before;
        let collection = self.collection;
        let requests = self.seen.requests - seen.requests;
        writeln!(f, "seed {seed}: {nodes} nodes, {users} users, for {span:?}")?;
        writeln!(f, "a refresh every {interval:?}, idle timeout {idle:?}, {astray} % astray\n")?;
        writeln!(f, "  {:<46}{:>12}{:>12}", "", "in all", "a second")?;
        line(f, "requests", requests, span)?;
        line(f, "logins", self.seen.logins - seen.logins, span)?;
        line(f, "logouts", self.seen.logouts - seen.logouts, span)?;
        line(f, "nodes that failed", self.done.failures - done.failures, span)?;
        writeln!(f, "\nwhat reached the collection:")?;
        let writes =
            collection.inserts + collection.touches + collection.removes + collection.loads;
        line(f, "operations on a session", writes, span)?;
        line(f, "  touches", collection.touches, span)?;
        line(f, "  insertions", collection.inserts, span)?;
        line(f, "  ends", collection.removes, span)?;
        line(f, "  loads, which touch too", collection.loads, span)?;
        line(
            f,
            "    of them, there was no session any more",
            self.done.missed - done.missed,
            span,
        )?;
        line(f, "batches of these", collection.applies, span)?;
        let others = collection.opens + collection.feeds + collection.expires;
        line(f, "refreshes", self.done.refreshes - done.refreshes, span)?;
        line(f, "their other calls: open, feed, expire", others, span)?;
        line(f, "ends that nodes heard of, each of all", self.done.heard - done.heard, span)?;
        line(f, "bytes written", collection.bytes_written, span)?;
        line(f, "one write a request would be", requests, span)?;
        let ratio = requests as f64 / writes.max(1) as f64;
        writeln!(f, "  that is {ratio:.1} times as many operations\n\nmemory:")?;
        let mean = self.in_memory as f64 / f64::from(nodes);
        writeln!(f, "  sessions in the collection                    {:>12}", self.kept)?;
        writeln!(f, "  in the memory of a node, on average           {mean:>12.1}")?;
        writeln!(f, "  and at most                                   {:>12}", self.most_in_memory)?;
        line(f, "sessions unloaded", self.done.unloaded - done.unloaded, span)?;
        let Ages { heard, total, most } = self.ages;
        let age = total.as_secs_f64() / heard.max(1) as f64;
        writeln!(f, "\nends, without messages from node to node:")?;
        writeln!(f, "  heard of by another node that had the session {heard:>12}")?;
        writeln!(
            f,
            "  their age then, on average and at most: {age:.1} s, {:.1} s",
            most.as_secs_f64()
        )?;
        let Seen { late, late_served, expired, .. } = self.seen;
        writeln!(f, "  of {late} later requests by such ids, {late_served} were served elsewhere")?;
        writeln!(f, "  sessions that users found to have idled out: {expired}\n")?;
        match self.faults().as_slice() {
            [] => writeln!(f, "All counts agree, and nothing was refused or served wrongly."),
            faults => writeln!(f, "WRONG: {faults:#?}"),
        }
    }
}
