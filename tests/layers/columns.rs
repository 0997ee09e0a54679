//! Lines end at 100 columns. rustfmt sees to code, but not to comments, texts and macros.

use crate::sources_in;

/// The most columns of a line.
const WIDEST: usize = 100;

/// The lines of a file that are wider, with the file's name and the line's number.
fn wide_lines(path: &str, text: &str) -> Vec<String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| line.chars().count() > WIDEST);
    lines.map(|(number, line)| format!("{path}:{number}: {line}")).collect()
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
fn wide_lines_are_found() {
    let fits = format!("/// {}", "ä".repeat(WIDEST - 4));
    for wide in [format!("{fits}x"), format!("    //! {fits}"), format!("\"{fits}\"")] {
        let text = format!("{fits}\n{wide}\n{fits}\n");
        assert_eq!(wide_lines("a.rs", &text), [format!("a.rs:2: {wide}")]);
    }
    assert_eq!(wide_lines("a.rs", &fits), [""; 0]);
}
