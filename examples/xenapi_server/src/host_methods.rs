//! `pool.*` and `host.*`: the little that a client asks before it works, and the statistics.

use dxr::Value;
use tenure::stats::Stats;
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::forward::forward;
use crate::methods::{Answer, Call};
use crate::refs;
use crate::rpc::{date, nothing, number, structure, text};

/// `pool.get_all(session)`
pub(crate) fn pools(_call: &Call<'_>) -> Answer {
    Ok(Value::Array(vec![text(refs::POOL)]))
}

/// `pool.get_master(session, pool)`
pub(crate) fn master(call: &Call<'_>) -> Answer {
    known(call, "pool", refs::POOL)?;
    Ok(text(refs::HOST))
}

/// `host.get_API_version_major(session, host)`
pub(crate) fn version_major(call: &Call<'_>) -> Answer {
    known(call, "host", refs::HOST)?;
    Ok(number(2))
}

/// `host.get_API_version_minor(session, host)`
pub(crate) fn version_minor(call: &Call<'_>) -> Answer {
    known(call, "host", refs::HOST)?;
    Ok(number(21))
}

/// `host.get_all(session)`: this host first.
pub(crate) fn all(call: &Call<'_>) -> Answer {
    let hosts = &call.api.hosts;
    Ok(Value::Array(hosts.names().map(|name| text(hosts.reference(name))).collect()))
}

/// `host.get_live(session, host)`
pub(crate) fn live(call: &Call<'_>) -> Answer {
    let host = call.api.hosts.find(call.params.text(1)?)?;
    Ok(Value::Boolean(call.api.hosts.liveness.is_live(host)))
}

/// `host.heartbeat(session, host, time)`: a host calls home, and says what its clock shows.
pub(crate) fn heartbeat(call: &Call<'_>) -> Answer {
    if !call.lease.data().is_superuser() {
        let why = "only root and members of the pool may speak for a host";
        return Err(Failure::permission_denied("host.heartbeat", why));
    }
    let host = call.api.hosts.find(call.params.text(1)?)?;
    let time = call.params.date(2)?;
    if host == call.api.hosts.own() {
        let why = "this host is live without, and its clock is the one that others are held to";
        return Err(Failure::value_not_supported("host", refs::HOST, why));
    }
    call.api.hosts.heard_from(host, time)?;
    Ok(nothing())
}

/// `host.get_servertime(session, host)`: another host is asked.
pub(crate) async fn server_time(call: &Call<'_>) -> Answer {
    let host = call.api.hosts.find(call.params.text(1)?)?;
    match call.api.hosts.address(host) {
        None => Ok(date(OffsetDateTime::now_utc())),
        Some(address) => {
            let is_date = |value: &Value| matches!(value, Value::DateTime(_));
            forward(call, host, address, "host.get_servertime", is_date).await
        }
    }
}

/// `host.get_session_stats(session)`: the store's counters under their own names, and how far its
/// subscribers are behind.
pub(crate) fn session_stats(call: &Call<'_>) -> Answer {
    let stats: Stats = call.api.sessions.stats();
    let ended = stats.ended.iter().map(|(reason, count)| (reason.to_string(), number(count)));
    let subscriptions = call.api.sessions.subscriptions().into_iter().map(|subscription| {
        structure([
            ("id", number(subscription.id)),
            ("lag", number(subscription.lag)),
            ("lost", number(subscription.lost)),
            ("waiting", Value::Boolean(subscription.waiting)),
        ])
    });
    Ok(structure([
        ("created", number(stats.created)),
        ("live", number(stats.live)),
        ("pinned", number(stats.pinned)),
        ("leases", number(stats.leases)),
        ("peak", number(stats.peak)),
        ("ended", structure(ended)),
        (
            "rejected",
            structure([
                ("principal", number(stats.rejected.principal)),
                ("originator", number(stats.rejected.originator)),
                ("global", number(stats.rejected.global)),
            ]),
        ),
        (
            "lookups",
            structure([
                ("hit", number(stats.lookups.hit)),
                ("unknown", number(stats.lookups.unknown)),
                ("ended", number(stats.lookups.ended)),
            ]),
        ),
        (
            "reaper",
            structure([
                ("runs", number(stats.reaper.runs)),
                ("ended", number(stats.reaper.ended)),
                ("refreshed", number(stats.reaper.refreshed)),
            ]),
        ),
        ("subscriptions", Value::Array(subscriptions.collect())),
        ("tombstones", number(stats.tombstones)),
        ("tombstones_forgotten_early", number(stats.tombstones_forgotten_early)),
        ("rotated", number(stats.rotated)),
        ("application_panics", number(stats.application_panics)),
        ("average_life", Value::Double(stats.average_life.as_secs_f64())),
        ("longest_life", Value::Double(stats.longest_life.as_secs_f64())),
    ]))
}

/// Checks that a reference is the one there is.
fn known(call: &Call<'_>, class: &str, only: &str) -> Result<(), Failure> {
    let given = call.params.text(1)?;
    if given == only { Ok(()) } else { Err(Failure::handle_invalid(class, refs::shortened(given))) }
}
