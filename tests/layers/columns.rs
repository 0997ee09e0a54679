//! Lines end at 100 columns. rustfmt sees to code, but not to comments, texts and macros. The prose
//! of Markdown files ends at 110, but not in `BENCHMARKS.md`, much of which a program prints.

use std::fs;
use std::path::Path;

use crate::sources_in;

/// The most columns of a line.
const WIDEST: usize = 100;

/// The most columns of a line of prose.
const WIDEST_PROSE: usize = 110;

/// The lines of a file that are wider, with the file's name and the line's number.
fn wide_lines(path: &str, text: &str) -> Vec<String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| line.chars().count() > WIDEST);
    lines.map(|(number, line)| format!("{path}:{number}: {line}")).collect()
}

/// The same, of a Markdown file: outside code, tables and the targets of links.
fn wide_prose(path: &str, text: &str) -> Vec<String> {
    let (mut wide, mut in_code) = (Vec::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        in_code ^= line.trim_start().starts_with("```");
        let prose = !in_code && !line.trim_start().starts_with(['|', '[']);
        if prose && line.chars().count() > WIDEST_PROSE {
            wide.push(format!("{path}:{number}: {line}"));
        }
    }
    wide
}

#[test]
fn no_line_is_wider_than_100_columns() {
    for folder in ["src", "tests", "benches", "examples"] {
        let sources = sources_in(folder);
        assert!(!sources.is_empty(), "no files in {folder}");
        let wide = sources.iter().flat_map(|(path, text)| wide_lines(path, text));
        let wide: Vec<String> = wide.map(|line| format!("{folder}/{line}")).collect();
        assert!(wide.is_empty(), "wider than {WIDEST} columns:\n{}", wide.join("\n"));
    }
}

#[test]
fn no_prose_is_wider_than_110_columns() {
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let wide = wide_prose(name, &fs::read_to_string(path).expect("a readable file"));
        assert!(wide.is_empty(), "wider than {WIDEST_PROSE} columns:\n{}", wide.join("\n"));
    }
}

#[test]
fn wide_prose_is_found() {
    let wide = "ä".repeat(WIDEST_PROSE + 1);
    let fits = &wide[2..];
    let text = format!("{fits}\n{wide}\n| {wide}\n[a]: {wide}\n```sh\n{wide}\n```\n- {fits}\n");
    let found = [format!("a.md:2: {wide}"), format!("a.md:8: - {fits}")];
    assert_eq!(wide_prose("a.md", &text), found);
}

#[test]
fn wide_lines_are_found() {
    let fits = format!("/// {}", "ä".repeat(WIDEST - 4));
    for wide in [format!("{fits}x"), format!("    //! {fits}"), format!("\"{fits}\"")] {
        let text = format!("{fits}\n{wide}\n{fits}\n");
        assert_eq!(wide_lines("a.rs", &text), [format!("a.rs:2: {wide}")]);
    }
    assert_eq!(wide_lines("a.rs", &fits), [""; 0]);
}
