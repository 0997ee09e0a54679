//! What the small examples share: they take no options but `--help`, and print times for people.

#![allow(dead_code, reason = "no example uses all of it")]

use std::path::Path;
use std::process::exit;
use std::time::Duration;

/// Prints `about` and stops if `--help` is asked for. Refuses any other argument.
pub(crate) fn no_options(about: &str) {
    let mut args = lexopt::Parser::from_env();
    let path = Path::new(args.bin_name().unwrap_or("example"));
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match args.next() {
        Ok(None) => {}
        Ok(Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help"))) => {
            println!("{about}\n\nUsage: {name} [--help]");
            exit(0);
        }
        Ok(Some(unknown)) => refuse(&name, &unknown.unexpected()),
        Err(error) => refuse(&name, &error),
    }
}

fn refuse(name: &str, error: &lexopt::Error) -> ! {
    eprintln!("{error}\n{name} takes no options but --help");
    exit(2)
}

/// A duration as people say it, to the minute at most: `43 min`, `8 h`.
pub(crate) fn for_people(time: Duration) -> String {
    match time.as_secs() {
        0 if !time.is_zero() => format!("{} ms", time.as_millis()),
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}
