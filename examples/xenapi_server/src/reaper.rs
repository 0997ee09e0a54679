//! The task that ends what went unused for too long, and what belongs to dead hosts.
//!
//! Lookups notice an expired session by themselves. What only the reaper does is to free its place
//! and to log its end when nobody asks.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::hosts::Hosts;
use crate::log::Log;
use crate::sessions::Sessions;

/// The reaper's shortest pause: a store that says "now" again and again gets no busy loop.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// Reaps for ever: `every` so often, and earlier where a session expires earlier, or a host may be
/// assumed dead.
pub(crate) async fn run(
    sessions: Sessions,
    hosts: Hosts,
    every: Duration,
    earlier_deadline: Arc<Notify>,
    log: Log,
) {
    let mut alarmed = false;
    loop {
        let hosts_deadline = hosts.sweep().next_deadline;
        let sessions_deadline = sessions.store.reap().next_deadline;
        alarmed = watch_evictions(&sessions, alarmed, log);
        let deadlines = [hosts_deadline, sessions_deadline];
        let pause = deadlines.into_iter().flatten().fold(every, Duration::min);
        tokio::time::sleep(SHORTEST_PAUSE).await;
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = earlier_deadline.notified() => {}
        }
    }
}

/// Says once that sessions are evicted at a rate that means a leak, and who has the most. Answers
/// whether it is so.
fn watch_evictions(sessions: &Sessions, alarmed: bool, log: Log) -> bool {
    let pressure = sessions.store.pressure(1);
    if pressure.alarm && !alarmed {
        let count = pressure.evictions_last_hour;
        log.error(format_args!("{count} sessions evicted in an hour: does a client not log out?"));
        for (kind, top) in [("user", &pressure.principals), ("originator", &pressure.originators)] {
            for ranked in &top.by_evictions {
                let name = crate::log::quoted(&ranked.name);
                log.error(format_args!("{kind} {name} lost the most, {}", ranked.count));
            }
        }
    }
    pressure.alarm
}
