//! A collection in a file does what a collection does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process};

use tenure::ManualClock;
use tenure::collection::{Policy, RedbCollection, RedbDurability, RedbOptions, conformance};

/// Paths of files, removed with them.
struct Files {
    folder: PathBuf,
    made: AtomicU64,
}

impl Files {
    fn new(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("conformance-{test}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self { folder, made: AtomicU64::new(0) }
    }

    /// A collection in a file of its own. What is eventual is as good, without a crash, and
    /// quicker.
    fn open(&self, options: RedbOptions) -> RedbCollection {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{number}.redb"));
        let options = options.durability(RedbDurability::Eventual);
        RedbCollection::create(path, options).unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn it_does_what_a_collection_does() {
    let files = Files::new("run");
    conformance::run(|policy: Policy| files.open(RedbOptions::new(policy)));
}

#[test]
fn it_does_so_to_the_microsecond() {
    let files = Files::new("timed");
    conformance::run_timed(|policy| {
        let clock = ManualClock::new();
        (files.open(RedbOptions::new(policy).clock(clock.clone())), clock)
    });
}
