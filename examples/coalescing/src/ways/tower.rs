//! tower-sessions and its store in Redis. Where sessions expire by inactivity, its middleware loads
//! the session of each request and saves it with a new expiry.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use fleet::RedisServer;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_core::session_store::Error as StoreError;
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{Client, ClientLike, Config};

use super::{PIPELINE, Work};
use crate::counts::Counts;
use crate::measure;

const IDLE: Duration = Duration::from_secs(1_800);

pub(super) fn one_by_one(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, 1)
}

pub(super) fn at_once(server: &RedisServer, work: &Work) -> Result<Counts, Box<dyn Error>> {
    run(server, work, PIPELINE)
}

fn run(server: &RedisServer, work: &Work, at_once: usize) -> Result<Counts, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (store, ids) = runtime.block_on(fill(server, work))?;
    let drawn: Vec<_> = work.draw().map(|session| ids[session]).collect();
    measure(server, || {
        runtime.block_on(async {
            for some in drawn.chunks(at_once) {
                let mut requests = JoinSet::new();
                for id in some {
                    requests.spawn(touch(Arc::clone(&store), *id));
                }
                while let Some(done) = requests.join_next().await {
                    done??;
                }
            }
            Ok(())
        })
    })
}

type Store = Arc<RedisStore<Client>>;

async fn fill(server: &RedisServer, work: &Work) -> Result<(Store, Vec<Id>), Box<dyn Error>> {
    let client = Client::new(Config::from_url(&server.url())?, None, None, None);
    client.init().await?;
    let (store, mut ids) = (Arc::new(RedisStore::new(client)), Vec::new());
    for user in 0..work.sessions {
        let data = HashMap::from([
            ("data".to_owned(), work.data.as_str().into()),
            ("principal".to_owned(), format!("user {user}").into()),
            ("originator".to_owned(), "browser".into()),
        ]);
        let mut record = Record { id: Id::default(), data, expiry_date: expiry() };
        store.create(&mut record).await?;
        ids.push(record.id);
    }
    Ok((store, ids))
}

async fn touch(store: Store, id: Id) -> Result<(), StoreError> {
    if let Some(mut record) = store.load(&id).await? {
        record.expiry_date = expiry();
        store.save(&record).await?;
    }
    Ok(())
}

fn expiry() -> OffsetDateTime {
    OffsetDateTime::now_utc() + IDLE
}
