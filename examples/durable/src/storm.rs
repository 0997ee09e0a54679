//! Creates, ends and refreshes until it is killed. What was acknowledged is said on a line each:
//!
//! | line | |
//! |---|---|
//! | `created COOKIE` | the session is to be there after a restart |
//! | `ending COOKIE` | it may have ended from now on |
//! | `ended COOKIE` | it is not to be back after a restart |
//!
//! Every other process says so after a refresh only, and creates and ends without waiting.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

use tenure::shared::SharedData;
use tenure::{NewSession, Session};

use crate::login;

pub(crate) fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut out = stdout();
    let waits = draw()?.is_multiple_of(2);
    let sessions = if waits { login::open(path)? } else { login::open_behind(path)? };
    let (mut fresh, mut said) = (Vec::new(), Vec::new());
    let mut live: Vec<Session<SharedData<u32>>> = Vec::new();
    loop {
        let drawn = draw()? % 8;
        match drawn {
            0..=3 => {
                let session = sessions.create(NewSession::new(9).principal("alice"))?;
                said.push(format!("created {}", session.id().expose()));
                fresh.push(session);
            }
            4 | 5 if live.len() > 2 => {
                let session = live.swap_remove(usize::from(draw()?) % live.len());
                let cookie = session.id().expose();
                writeln!(out, "ending {cookie}")?;
                sessions.end(&session)?;
                said.push(format!("ended {cookie}"));
            }
            6 => drop(live.last().map(|session| sessions.acquire_or_load(session)).transpose()?),
            7 => drop(sessions.refresh()?),
            _ => continue,
        }
        if waits || drawn == 7 {
            said.drain(..).try_for_each(|line| writeln!(out, "{line}"))?;
            live.append(&mut fresh);
        }
    }
}

fn draw() -> Result<u8, getrandom::Error> {
    let mut byte = [0];
    getrandom::fill(&mut byte)?;
    Ok(byte[0])
}
