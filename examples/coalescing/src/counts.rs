//! What the server counted.

use std::time::Duration;

use fleet::RedisServer;

/// What clients of these ways send.
const SENT: [&str; 4] = ["evalsha", "eval", "info", "get"];

/// How often it was asked what it counted, since it began to count.
const ASKED: u64 = 2;

#[derive(Default)]
pub(crate) struct Counts {
    commands: u64,
    written: u64,
    received: u64,
    sent: u64,
    cpu: f64,
    took: Duration,
}

impl Counts {
    /// Counts from now on.
    pub(crate) fn reset(server: &RedisServer) -> Self {
        server.tell("CONFIG RESETSTAT");
        let (received, sent) = traffic(server);
        Self { received, sent, cpu: cpu(server), ..Self::default() }
    }

    pub(crate) fn since(server: &RedisServer, before: &Self, took: Duration) -> Self {
        let stats = server.tell("INFO commandstats");
        let calls = |command: &str| {
            let name = format!("cmdstat_{command}:calls=");
            let line = stats.lines().find_map(|line| line.strip_prefix(&name));
            line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
        };
        let (received, sent) = traffic(server);
        let (written, scripts) =
            (calls("set") + calls("setrange"), calls("evalsha") + calls("eval"));
        // What a script writes is not sent as a command of its own.
        let commands = SENT.map(calls).iter().sum::<u64>() + if scripts == 0 { written } else { 0 };
        let commands = commands - ASKED;
        Self {
            commands,
            written,
            received: received - before.received,
            sent: sent - before.sent,
            cpu: cpu(server) - before.cpu,
            took,
        }
    }

    pub(crate) fn print(&self, name: &str, requests: u32) {
        println!(
            "| {name} | {} | {} | {:.2} MB | {:.2} MB | {:.2} s | {:.2} s | {:.2} µs |",
            self.commands,
            self.written,
            self.received as f64 / 1e6,
            self.sent as f64 / 1e6,
            self.cpu,
            self.took.as_secs_f64(),
            self.took.as_secs_f64() * 1e6 / f64::from(requests),
        );
    }
}

/// How many bytes the server received and sent.
fn traffic(server: &RedisServer) -> (u64, u64) {
    let said = server.tell("INFO stats");
    let of = |name| field(&said, name).parse().unwrap_or(0);
    (of("total_net_input_bytes:"), of("total_net_output_bytes:"))
}

/// For how many seconds the thread that does the commands was on a processor.
fn cpu(server: &RedisServer) -> f64 {
    let said = server.tell("INFO cpu");
    let of = |name| field(&said, name).parse::<f64>().unwrap_or(0.0);
    of("used_cpu_user_main_thread:") + of("used_cpu_sys_main_thread:")
}

fn field<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default()
}
