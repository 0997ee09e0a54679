//! The asynchronous node as its users see it: by lines over TCP, and a signal at its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use fleet::RedisServer;

/// A node of its own process. Killed when it is dropped.
struct Node {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    stream: BufReader<TcpStream>,
}

impl Node {
    fn start(options: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_async_node");
        let child = Command::new(program).args(options).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("a process");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on ").expect("where it listens");
        let stream = BufReader::new(TcpStream::connect(address).expect("a connection"));
        Self { child, output, stream }
    }

    fn ask(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).expect("it reads");
        let mut response = String::new();
        self.stream.read_line(&mut response).expect("a response");
        response.trim_end().to_owned()
    }

    /// Logs in, and returns the cookie.
    fn login(&mut self, name: &str) -> String {
        let response = self.ask(&format!("login {name}"));
        response.strip_prefix("200 ").expect("a login").to_owned()
    }

    /// Tells it to stop, and returns what it says.
    fn terminate(mut self) -> String {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill").success());
        let mut said = String::new();
        self.output.read_to_string(&mut said).expect("text");
        assert!(self.child.wait().expect("its end").success());
        said
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn node_serves_and_refreshes_once_more_when_it_is_told_to_stop() {
    let mut node = Node::start(&[]);
    let cookie = node.login("alice");
    assert_eq!(node.ask(&format!("get {cookie}")), "200 alice nothing");
    assert_eq!(node.ask(&format!("put {cookie} three books")), "200 saved");
    assert_eq!(node.ask(&format!("get {cookie}")), "200 alice three books");
    let other = node.login("alice");
    assert_eq!(node.ask(&format!("logout-others {cookie}")), "200 ended 1");
    assert!(node.ask(&format!("get {other}")).starts_with("401 "));
    assert_eq!(node.ask("get nonsense"), "401 no such session");
    assert!(node.terminate().starts_with("stopped: "));
}

#[test]
fn nodes_share_a_redis() {
    let Some(server) = RedisServer::start("") else { return };
    let url = server.url();
    let [mut here, mut there] = [(); 2].map(|()| Node::start(&["--redis", &url]));
    let cookie = here.login("alice");
    assert_eq!(there.ask(&format!("get {cookie}")), "200 alice nothing");
    assert_eq!(there.ask(&format!("logout {cookie}")), "200 logged out");
    // The listener hears of it without a refresh.
    let refused = (0..100_000).any(|_| here.ask(&format!("get {cookie}")).starts_with("401 "));
    assert!(refused, "the listener did not hear of the logout");
    drop(there.terminate());
    drop(here.terminate());
}

#[test]
fn key_of_another_length_is_refused_with_both_lengths() {
    let program = env!("CARGO_BIN_EXE_async_node");
    let output = Command::new(program).args(["--key", "short"]).output().expect("a process");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.trim_end(), "hash key has 5 bytes, not 32");
}
