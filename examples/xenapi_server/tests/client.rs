//! The XenAPI client for Python against the server.
//!
//! The checks are in Python, beside this file: the package `XenAPI` drives the server as its users
//! do.
//!
//! It needs a Python that has `XenAPI`: the one that `TENURE_PYTHON` names, else `python3`. Without
//! one it skips itself and says so. Where `TENURE_REQUIRE_CLIENTS` is 1 it fails instead.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_real_client_agrees() {
    let python = env::var_os("TENURE_PYTHON").unwrap_or_else(|| OsString::from("python3"));
    if let Err(why) = has_xenapi(&python) {
        let required = env::var_os("TENURE_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
        assert!(!required, "TENURE_REQUIRE_CLIENTS is 1, and {why}");
        // Not `eprintln!`, which is swallowed when a test passes: a skipped test must be seen.
        writeln!(io::stderr(), "the_real_client_agrees is SKIPPED: {why}").expect("stderr");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xenapi_test.py");
    let run = Command::new(&python)
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_xenapi_server"))
        .stdin(Stdio::null())
        .output()
        .expect("python has just run");
    let report = String::from_utf8_lossy(&run.stdout);
    println!("{report}");
    assert!(
        run.status.success() && report.trim_end().ends_with(" passed, 0 failed"),
        "{}\n{report}\n{}",
        run.status,
        String::from_utf8_lossy(&run.stderr)
    );
}

fn has_xenapi(python: &OsStr) -> Result<(), String> {
    let asked = Command::new(python).args(["-c", "import XenAPI"]).output();
    match asked {
        Ok(output) if output.status.success() => Ok(()),
        Ok(_) => Err(format!("{} has no package XenAPI: pip install XenAPI", python.display())),
        Err(error) => Err(format!("{} does not run: {error}", python.display())),
    }
}
