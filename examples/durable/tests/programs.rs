//! What the programs print.

use std::process::Command;
use std::{env, fs, process};

#[test]
fn the_story_ends_well_and_its_file_is_listed_without_cookies() {
    let path = env::temp_dir().join(format!("story-{}.redb", process::id()));
    let _ = fs::remove_file(&path);
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let file = path.to_str().expect("a plain path");
    let told = run(env!("CARGO_BIN_EXE_durable"), &["--file", file]);
    let listed = run(env!("CARGO_BIN_EXE_inspect"), &[file]);
    fs::remove_file(&path).unwrap();
    assert!(told.contains("alice: still logged in, with 1 notes"), "{told}");
    assert!(told.contains("carol: still logged in, with 3 notes"), "{told}");
    assert!(listed.starts_with("2 live sessions, 1 ends"), "{listed}");
    assert!(listed.contains("live: alice") && listed.contains("ended: logged_out"), "{listed}");
}

#[test]
fn the_measurement_runs() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_durable"));
    let output = command.args(["--measure", "--sessions", "2000", "--touched", "100"]).output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("opening the file again"), "{text}");
}
