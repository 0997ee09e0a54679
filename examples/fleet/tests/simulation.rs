//! A small form of the simulation: counts agree, nothing is refused or served wrongly.

use std::time::Duration;

use fleet::simulation::{Config, Report, run};

fn simulate(change: impl FnOnce(&mut Config)) -> Report {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let mut config = Config {
        nodes: 12,
        users: 150,
        span: minutes(180),
        think: minutes(3),
        visit: 10,
        logouts: 50,
        away: minutes(30),
        astray: 20,
        interval: minutes(5),
        idle: minutes(15),
        failure: minutes(120),
        data: 20,
        seed: 1,
    };
    change(&mut config);
    let report = run(config);
    println!("{report}");
    assert_eq!(report.faults(), Vec::<String>::new());
    report
}

#[test]
fn counts_agree_and_nothing_is_refused_or_served_wrongly() {
    for seed in 1..=5 {
        let report = simulate(|config| config.seed = seed);
        // Whatever there is to go wrong has happened.
        let (seen, done) = (report.seen, report.done);
        assert!(done.failures > 5 && done.unloaded > 100 && done.missed > 10, "{done:?}");
        assert!(seen.logouts > 100 && seen.late_served > 0 && report.ages.heard > 0, "{seen:?}");
    }
}

#[test]
fn what_reaches_the_collection_grows_with_sessions_in_use_not_with_requests() {
    let busy = simulate(|config| config.astray = 0);
    let busier = simulate(|config| {
        config.astray = 0;
        (config.think, config.visit) = (Duration::from_secs(18), 100);
    });
    let [requests, touches] =
        [|report: &Report| report.seen.requests, |report: &Report| report.done.touched]
            .map(|count| count(&busier) as f64 / count(&busy) as f64);
    assert!(requests > 7.0 && touches < 2.0, "{requests:.1} and {touches:.1} times as many");
}

#[test]
fn a_run_is_the_same_each_time() {
    let [one, other] = [simulate(|_| {}), simulate(|_| {})].map(|report| format!("{report:?}"));
    assert_eq!(one, other);
}
