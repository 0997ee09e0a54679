//! The lines on stderr.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::Duration;

use clap::ValueEnum;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::log_writer::Writer;

/// How long a stop waits for the reader of the log.
const PATIENCE: Duration = Duration::from_millis(50);

/// Begins with the first line.
static STDERR: LazyLock<Writer> = LazyLock::new(|| Writer::new(std::io::stderr()));

/// How much is logged; each level has those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    Error,
    Info,
    Debug,
}

/// Writes lines to stderr, and never waits for it: lines that it does not take in time are missing
/// from the log, which then says how many. Callers pass track ids, never references or passwords,
/// and put what a client chose into [`quoted`].
#[derive(Clone, Copy)]
pub(crate) struct Log {
    level: Level,
}

impl Log {
    pub(crate) const fn new(level: Level) -> Self {
        Self { level }
    }

    pub(crate) fn error(self, line: impl Display) {
        self.write(Level::Error, "error", &line);
    }

    pub(crate) fn info(self, line: impl Display) {
        self.write(Level::Info, "info", &line);
    }

    pub(crate) fn debug(self, line: impl Display) {
        self.write(Level::Debug, "debug", &line);
    }

    fn write(self, level: Level, name: &str, line: &dyn Display) {
        if level <= self.level {
            STDERR.write(format(name, line), missing);
        }
    }

    /// To be called at the end: waits until the lines are written, but not for long.
    pub(crate) fn flush() {
        STDERR.flush(PATIENCE, missing);
    }
}

fn format(level: &str, line: &dyn Display) -> String {
    format!("{} {level} {line}\n", date(OffsetDateTime::now_utc()))
}

fn missing(count: u64) -> String {
    format("error", &format_args!("{count} lines of the log are missing here: nobody read it"))
}

/// A date for people and for log searches.
pub(crate) fn date(date: OffsetDateTime) -> String {
    // Whole seconds are what XenAPI shows, and enough here.
    let whole = date.replace_nanosecond(0).unwrap_or(date);
    whole.format(&Rfc3339).unwrap_or_else(|_| "at an unknown time".to_owned())
}

/// A text that a client chose, in quotes. It cannot end its line or its quotes.
pub(crate) fn quoted(text: &str) -> impl Display + '_ {
    format!("'{}'", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_forge_a_line() {
        assert_eq!(quoted("a'\nb").to_string(), r"'a\'\nb'");
    }
}
