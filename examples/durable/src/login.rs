//! The sessions: how they are opened.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use tenure::SessionStore;
use tenure::collection::{HashKey, Policy, RedbCollection, RedbOptions};
use tenure::shared::{SharedBuilder, SharedSessions};

/// A session's data is a number of notes.
pub(crate) type Sessions = SharedSessions<u32, RedbCollection>;

/// How often a program like this refreshes.
pub(crate) const INTERVAL: Duration = Duration::from_secs(300);
pub(crate) const IDLE: Duration = Duration::from_secs(1_800);

/// The secret by which ids become names in the file. A real program keeps its own apart from the
/// file, and the same from one start to the next.
pub(crate) fn hash_key() -> HashKey {
    HashKey::new([7; 32])
}

pub(crate) fn open(path: &Path) -> Result<Sessions, Box<dyn Error>> {
    Ok(builder(path)?.build()?)
}

/// The same, where creations and ends do not wait for the file.
pub(crate) fn open_behind(path: &Path) -> Result<Sessions, Box<dyn Error>> {
    Ok(builder(path)?.create_behind().end_behind().build()?)
}

fn builder(path: &Path) -> Result<SharedBuilder<u32, RedbCollection>, Box<dyn Error>> {
    let collection = RedbCollection::create(path, RedbOptions::new(Policy::new(INTERVAL)))?;
    let store = SessionStore::builder().idle_timeout(IDLE);
    Ok(SharedSessions::builder(collection, hash_key()).store(store))
}

pub(crate) fn path_of_this_process() -> PathBuf {
    std::env::temp_dir().join(format!("durable-{}.redb", process::id()))
}
