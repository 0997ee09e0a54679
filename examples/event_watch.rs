//! A watcher that keeps a table of the live sessions from events alone, as an audit log or a cache
//! in front of the store would. The ring is far too small for the storm that it watches, so events
//! are lost: a fresh snapshot comes in their place. In the end its table is the store's list.
//!
//! Run it with `cargo run --release --example event_watch`.

#![allow(clippy::disallowed_methods)]

mod support;

use std::collections::HashMap;
use std::error::Error;
use std::thread;
use std::time::Duration;

use tenure::events::{Event, EventKind, Filter, Update, Watch};
use tenure::{Limits, NewSession, Selector, SessionInfo, SessionStore, Timeouts, TrackId};

const CLIENTS: usize = 4;
const LOGINS: usize = 20_000;
/// So small that a watcher which is not on the processor for a moment is overrun.
const RING: usize = 512;

/// The watcher's table: who is logged in, by the name of the session that is safe to log.
#[derive(Default)]
struct Table(HashMap<TrackId, String>);

impl Table {
    /// The table that these sessions make: at the start, and after a loss.
    fn of(sessions: Vec<SessionInfo>) -> Self {
        let entry = |info: SessionInfo| (info.track_id(), name(&info));
        Self(sessions.into_iter().map(entry).collect())
    }

    /// Applies one event. Snapshot and events fit each other exactly, so each of them makes sense.
    fn apply(&mut self, event: &Event) {
        let Some(info) = event.session() else { return };
        match event.kind() {
            EventKind::Created | EventKind::Loaded => {
                let before = self.0.insert(info.track_id(), name(info));
                assert!(before.is_none(), "it was there before");
            }
            EventKind::Ended | EventKind::Unloaded => {
                let before = self.0.remove(&info.track_id());
                assert!(before.is_some(), "it was not there");
            }
            // A rotated session has another id and is the same session. Other kinds may be added.
            _ => {}
        }
    }
}

fn name(info: &SessionInfo) -> String {
    info.principal().unwrap_or("nobody").to_string()
}

/// What the watcher has to say at the end.
struct Watched {
    table: Table,
    snapshots: usize,
    events: usize,
    lost: u64,
}

/// Follows the store until the session ends that the watch is bound to.
fn follow(mut watch: Watch) -> Watched {
    let mut watched = Watched { table: Table::default(), snapshots: 0, events: 0, lost: 0 };
    loop {
        // Blocks; a real watcher would look at other chores when the time is over.
        match watch.recv_timeout(Duration::from_secs(60)) {
            // The sessions of one moment: at the start, and after a loss.
            Ok(Some(Update::Snapshot(sessions))) => {
                watched.snapshots += 1;
                watched.table = Table::of(sessions);
            }
            Ok(Some(Update::Event(event))) => {
                watched.events += 1;
                watched.table.apply(&event);
            }
            Ok(None) => {}
            Err(_) => {
                watched.lost = watch.subscription().info().lost;
                return watched;
            }
        }
    }
}

/// A client logs in and out. Every hundredth time it forgets to log out.
fn client(store: &SessionStore<()>, number: usize) {
    let user = format!("user-{number}");
    for login in 0..LOGINS {
        let new = NewSession::new(()).principal(user.as_str()).originator("example");
        let Ok(session) = store.create(new) else { return };
        if login % 3 == 0 {
            let _ = store.rotate(session.id());
        }
        if login % 100 != 0 {
            store.end(session.id());
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    support::no_options("A watcher that keeps a live table from events, and recovers from losses.");
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    let store = builder.event_ring(RING).build()?;
    // Somebody is logged in already when the watcher comes.
    store.create(NewSession::new(()).principal("early bird"))?;
    let watch = store.watch(Filter::all());
    let watcher = watch.subscription().watcher();
    println!("watching {} session(s) and a ring of {RING} events", store.stats().live);
    // The watcher stops when this ends. It is of another store, so it makes no event here.
    let desk = SessionStore::builder().build()?;
    let shift = desk.create(NewSession::new(()))?;
    let watch = watch.until_end_of(&shift);

    let report = thread::scope(|scope| {
        let follower = scope.spawn(|| follow(watch));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let store = &store;
                scope.spawn(move || client(store, number))
            })
            .collect();
        for client in clients {
            client.join().expect("a client does not panic");
        }
        // Everything is published. Once the watcher has dealt with it, it may go home.
        watcher.barrier(Duration::from_secs(60)).expect("the watcher is at work");
        desk.end(shift.id());
        follower.join().expect("the watcher does not panic")
    });

    let stats = store.stats();
    println!("  {:>7} created, {} ended", stats.created, stats.ended.total());
    println!("  {:>7} events taken one by one", report.events);
    println!("  {:>7} events lost, made up for by snapshots", report.lost);
    println!("  {:>7} snapshots", report.snapshots);
    let Table(table) = report.table;
    let listed = Table::of(store.list(&Selector::all())).0;
    assert_eq!(table, listed);
    println!("the watcher's table of {} sessions is the store's list", table.len());
    Ok(())
}
