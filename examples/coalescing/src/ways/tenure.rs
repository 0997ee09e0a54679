//! Requests touch memory; a refresh writes what was used, once each.

use std::error::Error;
use std::time::Duration;

use ::tenure::collection::{HashKey, Policy, RedisCollection, RedisOptions};
use ::tenure::shared::SharedSessions;
use ::tenure::{NewSession, SessionStore};
use fleet::RedisServer;

use super::Work;
use crate::counts::Counts;
use crate::measure;

const IDLE: Duration = Duration::from_secs(1_800);

pub(super) fn one_refresh(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, 1)
}

pub(super) fn ten_refreshes(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, 10)
}

fn run(server: &RedisServer, work: &Work, refreshes: usize) -> Result<Counts, Box<dyn Error>> {
    let options = RedisOptions::new(Policy::new(Duration::from_secs(300)));
    let collection = RedisCollection::new(&server.url(), options)?;
    let store = SessionStore::builder().max_sessions(work.sessions as usize).idle_timeout(IDLE);
    let builder = SharedSessions::builder(collection, HashKey::new([7; 32]));
    let node = builder.store(store).build()?;
    let login = |user: u32| {
        let new = NewSession::new(work.data.clone()).principal(format!("user {user}"));
        Ok(node.create(new.originator("browser"))?.id())
    };
    let ids = (0..work.sessions).map(login).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    node.refresh()?;
    let drawn: Vec<_> = work.draw().collect();
    measure(server, || {
        for some in drawn.chunks(drawn.len().div_ceil(refreshes)) {
            for session in some {
                drop(node.acquire_or_load(ids[*session])?);
            }
            node.refresh()?;
        }
        Ok(())
    })
}
