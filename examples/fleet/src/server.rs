//! A Redis of one's own.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Set to `1`, a missing server is a failure.
const REQUIRE: &str = "TENURE_REQUIRE_REDIS";

/// Names the program to start, where that is not `redis-server`: another version, or Valkey's.
const SERVER: &str = "TENURE_REDIS_SERVER";

/// How often a server is asked whether it is there, before it is given up.
const ATTEMPTS: u32 = 200_000;

/// How many servers were started.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A server on a free loopback port, with a folder of its own. Stopped when it is dropped. It is
/// `redis-server`, or what `TENURE_REDIS_SERVER` names.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    /// The port by which the nodes of a cluster speak with each other.
    bus: u16,
    folder: PathBuf,
    options: Vec<String>,
}

impl RedisServer {
    /// Starts one with these options besides, such as `--appendonly yes`. `None`, with a line that
    /// says so, if there is none on this machine.
    ///
    /// # Panics
    ///
    /// It does not start, or `TENURE_REQUIRE_REDIS` is 1 and there is none.
    #[must_use]
    pub fn start(options: &str) -> Option<Self> {
        let name = program();
        let found = Command::new(&name).arg("--version").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            assert!(env::var(REQUIRE).is_err(), "{REQUIRE} is set, and there is no {name}");
            println!("SKIPPED: there is no {name} on this machine");
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("tenure-fleet-{}-{number}", process::id()));
        let options: Vec<String> = options.split_whitespace().map(String::from).collect();
        for _ in 0..5 {
            fs::create_dir_all(&folder).expect("a folder for the server");
            // Another may take the ports meanwhile.
            let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
            let [port, bus] = listeners
                .each_ref()
                .map(|listener| listener.local_addr().expect("an address").port());
            drop(listeners);
            let child = spawn(port, bus, &folder, &options);
            let mut server =
                Self { child, port, bus, folder: folder.clone(), options: options.clone() };
            if server.is_ready() {
                return Some(server);
            }
        }
        panic!("{name} does not start")
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its address, as other servers name it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes it and another know each other, as nodes of a cluster.
    pub fn meet(&self, other: &Self) {
        self.tell(&format!("CLUSTER MEET 127.0.0.1 {} {}", other.port, other.bus));
    }

    /// Kills it, as the loss of power does.
    ///
    /// # Panics
    ///
    /// It cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("a server that can be killed");
        self.child.wait().expect("a server that is gone");
    }

    /// Has it stand still, as a machine without a network does, or go on.
    ///
    /// # Panics
    ///
    /// It cannot be told.
    pub fn stand_still(&self, still: bool) {
        let signal = if still { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// Starts it again, with the files that it left.
    ///
    /// # Panics
    ///
    /// It does not start.
    pub fn restart(&mut self) {
        self.child = spawn(self.port, self.bus, &self.folder, &self.options);
        assert!(self.is_ready(), "the server does not start again");
    }

    /// Removes the files that it left.
    ///
    /// # Panics
    ///
    /// They cannot be removed.
    pub fn lose_files(&self) {
        fs::remove_dir_all(&self.folder).expect("a folder that can be removed");
        fs::create_dir_all(&self.folder).expect("a folder for the server");
    }

    /// Sends a command, and returns what the server says, raw.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub fn tell(&self, command: &str) -> String {
        self.ask(command).expect("a server that answers")
    }

    fn ask(&self, command: &str) -> std::io::Result<String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        (&stream).write_all(format!("{command}\r\n").as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut said = String::new();
        reader.read_line(&mut said)?;
        if let Some(length) = said.strip_prefix('$').and_then(|length| length.trim().parse().ok()) {
            let mut bytes = vec![0; length];
            reader.read_exact(&mut bytes)?;
            said = String::from_utf8_lossy(&bytes).into_owned();
        }
        Ok(said)
    }

    /// Waits until it serves, unless it ends before.
    fn is_ready(&mut self) -> bool {
        (0..ATTEMPTS).any(|_| {
            thread::yield_now();
            self.serves() || self.child.try_wait().is_ok_and(|ended| ended.is_some())
        }) && self.child.try_wait().is_ok_and(|ended| ended.is_none())
    }

    /// Whether it serves, and not another that took its port.
    fn serves(&self) -> bool {
        let own = format!("process_id:{}\r", self.child.id());
        self.ask("PING").is_ok_and(|said| {
            // One with a password says nothing of itself.
            said.starts_with("-NOAUTH")
                || said.starts_with("+PONG")
                    && self.ask("INFO server").is_ok_and(|said| said.contains(&own))
        })
    }
}

fn program() -> String {
    env::var(SERVER).unwrap_or_else(|_| "redis-server".into())
}

fn spawn(port: u16, bus: u16, folder: &PathBuf, options: &[String]) -> Child {
    let mut command = Command::new(program());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.arg("--dir").arg(folder).args(options);
    if options.iter().any(|option| option == "--cluster-enabled") {
        command.args(["--cluster-port", &bus.to_string()]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("a server that starts")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
