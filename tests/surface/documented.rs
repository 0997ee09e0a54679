//! Every public type has an example that asserts something.
//!
//! Read from the sources, as text: the modules that `lib.rs` makes public say which types there
//! are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files of a folder, with their texts.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a readable file");
            found.push((path, text));
        }
    }
    found
}

/// The types among the words of a text.
fn types(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(char::is_uppercase))
}

/// The type that a line defines for all to see.
fn defined(line: &str) -> Option<&str> {
    let forms = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
    types(forms.iter().find_map(|form| line.strip_prefix(form))?).next()
}

/// The types that a module shows: its own, and those that it re-exports.
fn shown(module: &str) -> BTreeSet<String> {
    let statements = module.split(';').filter_map(|text| text.rsplit_once("pub use "));
    let exported = statements.flat_map(|(_, names)| types(names));
    exported.chain(module.lines().filter_map(defined)).map(String::from).collect()
}

/// Whether these docs have an example that asserts something.
fn asserts(docs: &[&str]) -> bool {
    let mut blocks = docs.join("\n");
    blocks.push('\n');
    // Every second part is in a block.
    blocks.split("/// ```\n").skip(1).step_by(2).any(|block| block.contains("assert"))
}

/// The types that a file defines, each with whether its docs have such an example.
fn definitions(text: &str) -> Vec<(&str, bool)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = defined(line) else { continue };
        // Docs come before attributes, which may have several lines.
        let before = &lines[..at];
        let end = before.iter().rposition(|line| line.starts_with("///")).map_or(0, |at| at + 1);
        let start = before[..end].iter().rposition(|line| !line.starts_with("///"));
        found.push((name, asserts(&before[start.map_or(0, |at| at + 1)..end])));
    }
    found
}

#[test]
fn every_public_type_has_an_example_that_asserts() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let root = fs::read_to_string(src.join("lib.rs")).unwrap();
    let mut public = shown(&root);
    for module in root.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let path = src.join(module.trim_end_matches(';')).with_extension("rs");
        public.extend(shown(&fs::read_to_string(path).unwrap()));
    }
    assert!(public.len() > 60, "only {public:?}");
    let files = sources(&src);
    let defined: Vec<_> = files.iter().flat_map(|(_, text)| definitions(text)).collect();
    for name in &public {
        let named = |(known, _): &&(&str, bool)| known == name;
        assert_eq!(defined.iter().filter(named).count(), 1, "definitions of {name}");
    }
    let without = defined.iter().filter(|(name, asserts)| public.contains(*name) && !asserts);
    let without: Vec<&str> = without.map(|(name, _)| *name).collect();
    assert!(without.is_empty(), "without an example that asserts: {without:?}");
}

#[test]
fn a_type_without_an_example_is_found() {
    let text = "\
/// Good.
///
/// ```
/// assert!(true);
/// ```
#[derive(
    Debug,
)]
pub struct Good;

/// Asserts nothing.
///
/// ```
/// let _ = 1;
/// ```
///
/// One should assert.
pub enum Idle {}

pub trait Bare {}
";
    assert_eq!(definitions(text), [("Good", true), ("Idle", false), ("Bare", false)]);
    let names = shown("pub mod x;\npub use a::{B, c::D};\nuse e::F;\npub struct G<H>;\n");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["B", "D", "G"]);
}
