//! The layers of the crate: data flows one way.
//!
//! A top-level module uses only modules above it in [`ORDER`]. A child of a module uses its
//! siblings, without circles, and never an item of its parent. Locks and atomics are named in one
//! file, the system's time in the clocks. No file is long, and no line is wide.
//!
//! The scanner reads text, not Rust, so it is tested here on small wrong samples: a check that
//! cannot fail is worse than none.

mod columns;
mod flow;
mod samples;
mod scan;

use std::fs;
use std::path::Path;

use flow::{File, faults};

/// The top-level modules. Each may use those above it, and no others.
const ORDER: [&str; 22] = [
    // Ground.
    "tick",
    "end",
    "sync",
    "id", //
    // Policy.
    "clock",
    "limits",
    "timeouts",
    "error", //
    // Core.
    "session",
    "min_index",
    "tombstones",
    "event_log", //
    // Engine.
    "groups",
    "stats",
    "table", //
    // The public API.
    "store", //
    // Edges.
    "events",
    "slot",
    "liveness",
    "collection",
    "shared", //
    // Docs.
    "guide",
];

/// The most lines of a file, its unit tests included.
const LONGEST: usize = 250;

/// All of `src`, by paths relative to it.
fn sources() -> Vec<(String, String)> {
    sources_in("src")
}

/// The Rust files of a folder of the crate, by paths relative to it.
fn sources_in(folder: &str) -> Vec<(String, String)> {
    fn collect(dir: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).expect("a readable directory") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                collect(&path, base, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(base).expect("it is in there");
                let name = name.to_str().expect("a plain name").replace('\\', "/");
                found.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    collect(&base, &base, &mut found);
    found.sort();
    found
}

#[test]
fn data_flows_one_way() {
    let sources = sources();
    assert!(sources.len() >= ORDER.len(), "only {} files were found", sources.len());
    let files: Vec<File> = sources.iter().map(|(path, text)| File::new(path, text)).collect();
    let faults = faults(&files, &ORDER);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_is_long_or_called_mod() {
    let sources = sources();
    let long = sources.iter().filter(|(_, text)| text.lines().count() > LONGEST);
    let long: Vec<_> = long.map(|(name, text)| (name, text.lines().count())).collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:?}");
    let mods: Vec<_> = sources.iter().filter(|(name, _)| name.ends_with("mod.rs")).collect();
    assert!(mods.is_empty(), "foo.rs beside foo/, please");
}
