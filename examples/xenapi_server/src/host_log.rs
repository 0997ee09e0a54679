//! What the log says about hosts. It is written by a subscriber of the store's events.

use tenure::events::{Event, EventError, EventKind, Subscription};

use crate::log::{Log, quoted};

/// Logs what happens to hosts until the store is closed.
pub(crate) async fn run(mut events: Subscription, log: Log) {
    loop {
        match events.recv().await {
            Ok(event) => write(&event, log),
            Err(EventError::EventsLost { missed }) => {
                log.error(format_args!("{missed} lines about hosts are missing here"));
            }
            Err(_closed) => return,
        }
    }
}

fn write(event: &Event, log: Log) {
    let host = quoted(event.host().unwrap_or_default()).to_string();
    let skew = event.skew().map_or(0.0, time::Duration::as_seconds_f64);
    match event.kind() {
        EventKind::HostAdded => log.info(format_args!("host {host} is in the pool")),
        EventKind::HostForgotten => log.info(format_args!("host {host} has left the pool")),
        EventKind::HostDead => log.error(format_args!("host {host} is assumed dead")),
        EventKind::HostBack => log.info(format_args!("host {host} is back")),
        EventKind::SkewRaised => {
            log.error(format_args!("the clock of host {host} is off by {skew:.0} s"));
        }
        EventKind::SkewCleared => {
            log.info(format_args!("the clock of host {host} is right again, within {skew:.0} s"));
        }
        _ => {}
    }
}
