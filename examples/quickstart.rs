//! The main job of `tenure` on one page: a small store fills up, evicts, protects, expires, reaps,
//! and can say why. Run it with `cargo run --release --example quickstart`.
//!
//! It runs on a manual clock, so that hours pass at once. A server leaves `.clock(..)` out.

mod support;

use std::error::Error;
use std::time::Duration;

use support::for_people;
use tenure::{
    Limit, Limits, LookupError, ManualClock, NewSession, Selector, Session, SessionId, SessionStore,
};

const MINUTE: Duration = Duration::from_secs(60);
const MAX_SESSIONS: usize = 4;
const PER_USER: usize = 1;
const IDLE: Duration = Duration::from_secs(30 * 60);
const ABSOLUTE: Duration = Duration::from_secs(8 * 3_600);

/// What this program wants to know about a login: the session's data.
struct Login {
    address: &'static str,
}

fn main() -> Result<(), Box<dyn Error>> {
    support::no_options("A small store fills up, evicts, protects, expires, reaps, and says why.");
    println!("The store's settings:");
    println!("  at most {MAX_SESSIONS} sessions, and {PER_USER} of each user;");
    println!("  when it is full, the oldest session that is not in use is evicted;");
    println!("  a session ends {} after its last request,", for_people(IDLE));
    println!("  and {} after its login in any case;", for_people(ABSOLUTE));
    println!("  a manual clock, so that hours pass at once.\n");

    let clock = ManualClock::new();
    let store = SessionStore::builder()
        .limits(Limits::default().per_principal(Limit::evict_oldest(PER_USER)))
        .max_sessions(MAX_SESSIONS)
        .idle_timeout(IDLE)
        .absolute_timeout(ABSOLUTE)
        .clock(clock.clone())
        .build()?;
    let log_in = |user: &str, address: &'static str| {
        clock.advance(MINUTE);
        store.create(NewSession::new(Login { address }).principal(user).originator("quickstart"))
    };

    println!("Four users log in, one a minute. The store is full.");
    let alice = log_in("alice", "10.0.0.1")?;
    let bob = log_in("bob", "10.0.0.2")?;
    let carol = log_in("carol", "10.0.0.3")?;
    let dave = log_in("dave", "10.0.0.4")?;
    show_live(&store);

    println!("Alice, the oldest, has a request running: a lease says so. Erin logs in, and Bob,");
    println!("the oldest that is not in use, is evicted. His client can be told why:");
    let request = store.acquire(alice.id())?;
    let erin = log_in("erin", "10.0.0.5")?;
    assert!(!request.is_ended() && bob.is_ended());
    explain(&store, "bob", &bob.id());
    show_live(&store);

    println!("Erin logs in from elsewhere. She may have one session, so her first one ends.");
    println!("A hook on that session reports it:");
    erin.on_end(|session: &Session<Login>, tombstone| {
        println!("  hook: erin at {}: {}", session.data().address, tombstone.reason());
    });
    log_in("erin", "10.0.0.6")?;
    show_live(&store);

    println!("40 min pass, and the reaper runs. Alice's request is still running: she is in use,");
    println!("so she alone does not idle out.");
    clock.advance(40 * MINUTE);
    let report = store.reap();
    for (reason, count) in report.ended.iter().filter(|(_, count)| *count > 0) {
        println!("  reaper: {count} ended: {reason}");
    }
    assert!(carol.is_ended() && dave.is_ended() && !alice.is_ended());
    show_live(&store);

    println!("Her request ends. She changes her password, so her session gets a new id; its log");
    println!("name, the track id, stays. Then she logs out.");
    drop(request);
    let (old_id, track_id) = (alice.id(), alice.track_id());
    let renewed = store.rotate(old_id)?;
    assert!(store.peek(old_id).is_err() && renewed.track_id() == track_id);
    store.end(renewed.id());
    explain(&store, "alice", &renewed.id());

    let stats = store.stats();
    println!("\n{:<44}{:>8}", "sessions created", stats.created);
    for (reason, count) in stats.ended.iter().filter(|(_, count)| *count > 0) {
        println!("{:<44}{count:>8}", format!("ended: {reason}"));
    }
    println!("{:<44}{:>8}", "live now", stats.live);
    println!("{:<44}{:>8}", "live at most", stats.peak);
    println!("{:<44}{:>8}", "average life", for_people(stats.average_life));
    assert_eq!(stats.created, stats.live as u64 + stats.ended.total());
    Ok(())
}

/// What a server tells a client whose id is no longer valid.
fn explain(store: &SessionStore<Login>, user: &str, id: &SessionId) {
    match store.peek(id) {
        Err(LookupError::Ended(tombstone)) => {
            let idle = for_people(tombstone.at().since(tombstone.last_active()));
            println!("  {user}: {}, {idle} after the last request", tombstone.reason());
        }
        Err(other) => println!("  {user}: {other}"),
        Ok(_) => println!("  {user}: the session is live"),
    }
}

/// A bar with a mark for each session, and the users, the longest idle first.
fn show_live(store: &SessionStore<Login>) {
    let live = store.list(&Selector::all());
    let users: Vec<String> = live
        .iter()
        .map(|session| {
            let user = session.principal().unwrap_or("nobody");
            if session.leases() > 0 { format!("{user} (in use)") } else { user.to_string() }
        })
        .collect();
    let bar: String = (0..MAX_SESSIONS).map(|at| if at < live.len() { '#' } else { '.' }).collect();
    println!("  live [{bar}] {}\n", users.join(", "));
}
