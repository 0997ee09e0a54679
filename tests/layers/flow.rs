//! Which file may name what.

use std::collections::{BTreeMap, BTreeSet};

use crate::scan::paths;

/// A source file: the path of its module, with nothing for `lib.rs`, and its text.
pub(crate) struct File {
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

impl File {
    /// From a path like `store/reap.rs`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let stem = path.strip_suffix(".rs").expect("a Rust file");
        let module = stem.split('/').filter(|part| *part != "lib").map(String::from).collect();
        Self { module, text: text.into() }
    }

    fn name(&self) -> String {
        if self.module.is_empty() { "lib".into() } else { self.module.join("/") }
    }

    fn is(&self, top: &str) -> bool {
        self.module.first().is_some_and(|module| module == top)
    }
}

/// Everything that these files, with the top-level modules in this order, do wrong.
pub(crate) fn faults(files: &[File], order: &[&str]) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = files.iter().map(|file| file.module.clone()).collect();
    let mut faults = Vec::new();
    for module in modules.iter().filter(|module| module.len() == 1) {
        if !order.contains(&module[0].as_str()) {
            faults.push(format!("{} has no rank", module[0]));
        }
    }
    for ranked in order.iter().filter(|ranked| !modules.contains(&vec![(**ranked).to_string()])) {
        faults.push(format!("{ranked} has a rank and no file"));
    }
    let mut siblings: BTreeMap<Vec<String>, Edges> = BTreeMap::new();
    let mut with_dashmap = Vec::new();
    for file in files {
        for path in paths(&file.text) {
            faults.extend(forbidden(file, &path));
            if path[0] == "dashmap" && !with_dashmap.contains(&file.name()) {
                with_dashmap.push(file.name());
            }
            let Some(path) = absolute(file, &path) else {
                continue;
            };
            match flow(file, &path, &modules, order) {
                Ok(Some((parent, from, to))) => {
                    siblings.entry(parent).or_default().insert((from, to));
                }
                Ok(None) => {}
                Err(fault) => faults.push(format!("{}: {fault}: {}", file.name(), path.join("::"))),
            }
        }
    }
    if with_dashmap.len() > 1 || with_dashmap.iter().any(|name| name != "table/directory") {
        faults.push(format!("dashmap is named in {with_dashmap:?}, one file of the table may"));
    }
    for (parent, edges) in siblings {
        if let Some(cycle) = cycle(&edges) {
            faults.push(format!("{}: its children import each other: {cycle}", parent.join("/")));
        }
    }
    faults
}

type Edges = BTreeSet<(String, String)>;

/// The path from the root of the crate, if it leads into the crate.
fn absolute(file: &File, path: &[String]) -> Option<Vec<String>> {
    let mut base = file.module.clone();
    let mut rest = path;
    match path[0].as_str() {
        "crate" => (base, rest) = (Vec::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        _ => return None,
    }
    Some(base.into_iter().chain(rest.iter().cloned()).collect())
}

/// A module, and two of its children of which the first uses the second.
type Siblings = (Vec<String>, String, String);

/// Whether a file may name this path. Returns which siblings it connects, if any: they must not
/// import each other in a circle.
fn flow(
    file: &File,
    path: &[String],
    modules: &BTreeSet<Vec<String>>,
    order: &[&str],
) -> Result<Option<Siblings>, &'static str> {
    let shared = file.module.iter().zip(path).take_while(|(a, b)| a == b).count();
    let Some(from) = file.module.get(shared) else {
        // Its own items, and its children.
        return Ok(None);
    };
    let parent = &path[..shared];
    let Some(to) = path.get(shared) else {
        return Err("a child imports its parent");
    };
    if !modules.contains(&path[..=shared]) {
        return Err(if shared == 0 {
            "an item of the crate's root"
        } else {
            "a child imports an item of its parent"
        });
    }
    if shared > 0 {
        return Ok(Some((parent.to_vec(), from.clone(), to.clone())));
    }
    let rank = |name: &str| order.iter().position(|ranked| *ranked == name);
    if rank(to) < rank(from) { Ok(None) } else { Err("a module that is not above it") }
}

/// A circle among these edges, if there is one.
fn cycle(edges: &Edges) -> Option<String> {
    let mut left = edges.clone();
    loop {
        // A module that imports none of those left is in no circle, nor is one that none imports.
        let importers: BTreeSet<String> = left.iter().map(|(from, _)| from.clone()).collect();
        let imported: BTreeSet<String> = left.iter().map(|(_, to)| to.clone()).collect();
        let before = left.len();
        left.retain(|(from, to)| importers.contains(to) && imported.contains(from));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            let edges = left.iter().map(|(from, to)| format!("{from} -> {to}"));
            return Some(edges.collect::<Vec<_>>().join(", "));
        }
    }
}

/// What only certain files may name: locks and atomics, and the system's time.
fn forbidden(file: &File, path: &[String]) -> Option<String> {
    let names = |what: &[&str]| path.windows(what.len()).any(|window| window == what);
    // `Arc` is no lock: it is shared ownership, and means the same to a model checker.
    let harmless = path.get(2).is_some_and(|name| name == "Arc" || name == "Weak");
    let std_sync = ["std", "core"].iter().any(|root| path.starts_with(&words(&[root, "sync"])));
    let checker = ["loom", "shuttle"].iter().any(|name| names(&[name]));
    let lock = std_sync && !harmless || names(&["arc_swap"]) || names(&["parking_lot"]) || checker;
    if lock && !file.is("sync") {
        return Some(format!("{}: only sync.rs may name {}", file.name(), path.join("::")));
    }
    let time = [&["Instant"][..], &["SystemTime"], &["thread", "sleep"], &["thread", "spawn"]];
    // A checker's threads are not the system's.
    if time.iter().any(|name| names(name)) && !file.is("clock") && !checker {
        return Some(format!("{}: only clocks may name {}", file.name(), path.join("::")));
    }
    None
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_string()).collect()
}
