//! What is told, in two processes that are killed.

use std::error::Error;
use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tenure::NewSession;

use crate::login;

/// A part that another process plays. It is killed when this is dropped.
struct Actor {
    child: Child,
    asks: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

impl Actor {
    fn start(part: &str, path: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--part", part, "--file"]).arg(path);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let asks = child.stdin.take().ok_or("no pipe")?;
        let says = BufReader::new(child.stdout.take().ok_or("no pipe")?).lines();
        Ok(Self { child, asks, says })
    }

    fn hear(&mut self) -> Result<String, Box<dyn Error>> {
        Ok(self.says.next().ok_or("the program stopped")??)
    }
}

impl Drop for Actor {
    /// By a signal that cannot be caught (`kill -9`), so that nothing is closed or flushed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells it all.
pub(crate) fn tell(path: &Path) -> Result<(), Box<dyn Error>> {
    if path.exists() {
        return Err(format!("{} is there already", path.display()).into());
    }
    println!("The program starts, and keeps its sessions in {}.", path.display());
    let mut first = Actor::start("first", path)?;
    let mut cookies = Vec::new();
    for user in ["alice", "bob", "carol"] {
        println!("  {user} logs in");
        cookies.push((user, first.hear()?));
    }
    println!("  {}", first.hear()?);
    println!("It is killed: kill -9, nothing is closed or flushed.");
    drop(first);

    println!("It starts again, and each comes with the cookie of before.");
    let mut second = Actor::start("second", path)?;
    for (user, cookie) in cookies {
        writeln!(second.asks, "{cookie}")?;
        let answer = second.hear()?;
        println!("  {user}: {answer}");
        let expected = if user == "bob" { "logged out" } else { "still logged in" };
        if !answer.contains(expected) {
            return Err(format!("{user} should be told: {expected}").into());
        }
    }
    Ok(())
}

/// Logs users in, and one of them out; says what their cookies are.
pub(crate) fn first(path: &Path) -> Result<(), Box<dyn Error>> {
    let sessions = login::open(path)?;
    let mut out = stdout();
    let mut users = Vec::new();
    for (user, notes) in [("alice", 1), ("bob", 2), ("carol", 3)] {
        let session = sessions.create(NewSession::new(notes).principal(user))?;
        writeln!(out, "{}", session.id().expose())?;
        users.push(session);
    }
    sessions.end(&users[1])?;
    writeln!(out, "bob logs out")?;
    out.flush()?;
    wait_for_the_end()
}

/// Says who is still logged in.
pub(crate) fn second(path: &Path) -> Result<(), Box<dyn Error>> {
    let sessions = login::open(path)?;
    for cookie in stdin().lines() {
        match sessions.acquire_or_load(cookie?.as_str()) {
            Ok(lease) => println!("still logged in, with {} notes", lease.data().get()),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

/// Until it is killed.
fn wait_for_the_end() -> Result<(), Box<dyn Error>> {
    stdin().lines().try_for_each(|line| line.map(drop))?;
    Ok(())
}
