//! Small right and wrong crates, to see the check fail before it is trusted.

use crate::flow::{File, faults};

/// What is wrong with a crate of the modules `low`, `high` and `clock`, `sync` and `store`, in
/// which one file says this.
fn faults_of(path: &str, text: &str) -> Vec<String> {
    let names = [
        "lib.rs",
        "low.rs",
        "sync.rs",
        "clock.rs",
        "clock/system.rs",
        "high.rs",
        "high/one.rs",
        "high/two.rs",
        "high/two/deep.rs",
        "store.rs",
        "table/directory.rs",
        "table/other.rs",
    ];
    let order = ["low", "sync", "clock", "high", "store"];
    let files = names.map(|name| File::new(name, if name == path { text } else { "" }));
    assert!(names.contains(&path), "no file {path}");
    faults(&files, &order)
}

#[test]
fn allowed_imports_pass() {
    let fine = [
        ("high.rs", "use crate::low::Thing; use one::Item; pub(crate) use self::two::Other;"),
        ("high/one.rs", "use crate::low::{self, a::B, c::{D, E as F}}; use super::two::Other;"),
        ("high/one.rs", "fn f() -> crate::high::two::X { super::two::y(crate::low::z()) }"),
        ("high/one.rs", "pub(crate) struct S; pub(super) struct T; pub(in crate::high) struct U;"),
        ("high/two/deep.rs", "use super::super::one::Item; use crate::low::Thing;"),
        (
            "low.rs",
            "// use crate::high::X;\n/* crate::high /* */ ::Y */ const S: &str = \"crate::high\";",
        ),
        (
            "low.rs",
            "const R: &str = r#\"a \" crate::high::X\"#; const C: char = '\"'; fn f<'a>() {}",
        ),
        ("low.rs", "#[cfg(test)] mod tests { use super::*; use crate::high::X; fn f() {} }"),
        ("low.rs", "#[cfg(test)] use crate::high::X;\nuse std::sync::Arc;"),
        ("lib.rs", "mod low; pub use low::Thing; pub use crate::high::one::X; use self::high::Y;"),
        ("sync.rs", "use std::sync::{Mutex, RwLock, atomic::AtomicU64}; use arc_swap::ArcSwap;"),
        ("sync.rs", "#[cfg(loom)] use loom::sync::Mutex; pub(crate) use shuttle::thread::spawn;"),
        ("clock/system.rs", "fn now() { std::time::Instant::now(); SystemTime::now(); }"),
        ("table/directory.rs", "use dashmap::DashMap; fn f(m: &dashmap::DashMap<u8, u8>) {}"),
    ];
    for (path, text) in fine {
        assert_eq!(faults_of(path, text), [""; 0], "in {path}: {text}");
    }
}

#[test]
fn forbidden_imports_are_found() {
    let wrong = [
        // Up the table, in every spelling.
        ("low.rs", "use crate::high::X;"),
        ("low.rs", "use crate::{low::X, high::{Y}};"),
        ("low.rs", "use super::high::X;"),
        ("low.rs", "pub(crate) use crate::high as h;"),
        ("low.rs", "fn f(x: crate::high::X) {}"),
        ("low.rs", "fn f() { use crate::high::X; }"),
        ("low.rs", "const C: char = '\\''; use crate::high::X; const D: char = '\\'';"),
        ("low.rs", "const S: &str = \"\\\"\"; use crate::high::X; const T: &str = \"\";"),
        ("low.rs", "const R: &str = r\"\\\"; use crate::high::X; const T: &str = \"\";"),
        ("low.rs", "fn f<'a>(x: &'a str) {} use crate::high::X;"),
        ("low.rs", "#[cfg(test)] mod tests { fn f() {} } use crate::high::X;"),
        ("low.rs", "#[cfg(test)] use a::{b, c}; use crate::high::X;"),
        ("high/two/deep.rs", "use crate::store::X;"),
        ("high/one.rs", "use super::super::store::X;"),
        // Items of the root, and of a parent.
        ("high.rs", "use crate::Thing;"),
        ("high/one.rs", "use super::Thing;"),
        ("high/one.rs", "use super::{two::X, Thing};"),
        ("high/one.rs", "use super::*;"),
        ("high/one.rs", "use crate::high::Thing;"),
        ("high/one.rs", "use crate::high;"),
        ("high/one.rs", "use super::{self, two::X};"),
        ("high/one.rs", "fn f() { super::thing(); }"),
        ("high/two/deep.rs", "use super::Thing;"),
        ("high/two/deep.rs", "use crate::high::Thing;"),
        // Locks, atomics, time, the map.
        ("low.rs", "use std::sync::Mutex;"),
        ("low.rs", "use std::{fmt, sync::{Arc, RwLock}};"),
        ("low.rs", "use std::sync::atomic::{AtomicU64};"),
        ("low.rs", "use std::sync;"),
        ("low.rs", "static N: core::sync::atomic::AtomicU8 = x();"),
        ("store.rs", "use arc_swap::ArcSwap;"),
        ("store.rs", "use loom::sync::Mutex;"),
        ("store.rs", "fn f() { shuttle::thread::spawn(g); }"),
        ("store.rs", "fn f() { std::time::Instant::now(); }"),
        ("store.rs", "use std::time::{Duration, SystemTime};"),
        ("store.rs", "use std::thread; fn f() { thread::sleep(x); }"),
        ("store.rs", "fn f() { std::thread::spawn(g); }"),
        ("high.rs", "use dashmap::DashMap;"),
    ];
    for (path, text) in wrong {
        let faults = faults_of(path, text);
        assert_eq!(faults.len(), 1, "in {path}: {text}: {faults:?}");
    }
}

#[test]
fn import_cycles_and_unranked_modules_are_found() {
    let files = |texts: [(&str, &str); 4]| texts.map(|(path, text)| File::new(path, text));
    let circle = files([
        ("a.rs", ""),
        ("a/x.rs", "use super::y::Y;"),
        ("a/y.rs", "use crate::a::z::Z;"),
        ("a/z.rs", "fn f(x: super::x::X) {}"),
    ]);
    let found = faults(&circle, &["a"]);
    assert!(found.len() == 1 && found[0].contains("import each other"), "{found:?}");

    let stray = files([("a.rs", ""), ("b.rs", ""), ("a/x.rs", "use super::y::Y;"), ("a/y.rs", "")]);
    assert_eq!(faults(&stray, &["a"]), ["b has no rank"]);
    assert_eq!(faults(&stray, &["a", "b", "c"]), ["c has a rank and no file"]);

    let maps = files([
        ("store.rs", ""),
        ("table/directory.rs", "use dashmap::DashMap;"),
        ("table/y.rs", "use dashmap::DashMap;"),
        ("a.rs", ""),
    ]);
    assert_eq!(faults(&maps, &["a", "store"]).len(), 1);
}
