//! How long the scripts take, by the server's own count.

use fleet::RedisServer;
use tenure::collection::{Collection, Op, RedisCollection, RedisOptions, Request};
use tenure::{Clock, Limit, SystemClock};

use crate::common::{fingerprint, insert, key, policy, remove, session, stamp, touch};

const SESSIONS: u32 = 100_000;

/// Sends one such request for each session, and prints what the server says about the calls.
fn measure(
    name: &str,
    server: &RedisServer,
    collection: &RedisCollection,
    op: impl Fn(u32) -> Op,
    numbers: std::ops::Range<u32>,
) {
    for command in ["CONFIG RESETSTAT", "SLOWLOG RESET"] {
        server.tell(command);
    }
    let requests: Vec<_> =
        numbers.map(|number| Request { key: key(number), op: op(number) }).collect();
    let cpu = || -> f64 {
        let said = server.tell("INFO cpu");
        let of = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
        of("used_cpu_user_main_thread:").unwrap_or(0.0)
            + of("used_cpu_sys_main_thread:").unwrap_or(0.0)
    };
    let clock = SystemClock::new();
    let before = cpu();
    let start = clock.now();
    for batch in requests.chunks(1_000) {
        let answer = collection.apply(batch).unwrap();
        assert!(answer.outcomes.iter().all(Result::is_ok), "{:?}", answer.outcomes[0]);
    }
    let took = clock.now().since(start);
    let cpu = (cpu() - before) * 1e6;
    let stats = server.tell("INFO commandstats");
    let of = |command: &str| {
        let line = stats.lines().find(|line| line.starts_with(&format!("cmdstat_{command}:")));
        let field = |number| line.and_then(|line| line.split(['=', ',']).nth(number)?.parse().ok());
        (field(1).unwrap_or(0.0), field(5).unwrap_or(f64::NAN))
    };
    let (calls, mean): (f64, f64) = of("evalsha");
    let slow = server.tell("SLOWLOG LEN").trim().trim_start_matches(':').to_owned();
    let latencies = server.tell("INFO latencystats");
    let mut lines = latencies.lines().filter_map(|line| line.split_once("usec_evalsha:"));
    let spread = lines.next().map_or("", |(_, spread)| spread);
    println!(
        "{name}: {took:.0?}; {calls} calls of {mean:.0} us ({spread}), {:.0} us of CPU; \
         above 2 ms: {slow}",
        cpu / calls
    );
}

#[test]
#[ignore = "it measures"]
fn scripts_are_short() {
    for (limits, policy) in [
        ("no limits", policy()),
        ("both limits", {
            let limit = Limit::evict_oldest(SESSIONS as usize);
            policy().global(limit).per_principal(limit)
        }),
    ] {
        let Some(server) = RedisServer::start("--slowlog-log-slower-than 2000") else { return };
        server.tell("CONFIG SET slowlog-max-len 100000");
        let collection = RedisCollection::new(&server.url(), RedisOptions::new(policy)).unwrap();
        let now = { collection.open(fingerprint()).unwrap().stamp };
        let new = |number: u32| {
            let mut session = session(now);
            session.principal = Some(format!("user {}", number % 10_000));
            session.data = vec![b'x'; 200];
            insert(now, session)
        };
        println!("{limits}, {SESSIONS} sessions with 200 bytes of data");
        measure("insert", &server, &collection, new, 0..SESSIONS);
        let memory = server.tell("INFO memory");
        let used = memory.lines().find(|line| line.starts_with("used_memory:"));
        println!("{}", used.unwrap_or_default());
        let now = stamp(&collection).time;
        measure("touch", &server, &collection, |_| touch(now), 0..SESSIONS);
        measure("load", &server, &collection, |_| Op::Load, 0..SESSIONS);
        measure("insert, full", &server, &collection, new, SESSIONS..SESSIONS + 1_000);
        measure("insert, full", &server, &collection, new, SESSIONS + 1_000..SESSIONS + 2_000);
        measure("remove", &server, &collection, |_| remove(false), 0..SESSIONS);
    }
}
