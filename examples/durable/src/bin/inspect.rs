//! What a file has, without secrets: names for logs, who, when, how large, why it ended.
//!
//! ```console
//! cargo run --release -p durable --bin inspect -- FILE
//! ```

#![allow(missing_docs)]

use std::error::Error;
use std::io::{BufWriter, ErrorKind, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tenure::collection::{CollectionTime, RedbRecord, RedbRecords};
use time::OffsetDateTime;

/// Prints what a file of sessions has, without ids and data. No program may have it open.
#[derive(Parser)]
struct Args {
    /// The file.
    file: PathBuf,
    /// At most so many records.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    first: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match print(&args.file, args.first) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether who reads has seen enough.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn print(path: &Path, first: usize) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    let records = RedbRecords::of_file(path)?;
    let summary = records.summary();
    let (stamp, bytes) = (summary.stamp, std::fs::metadata(path)?.len());
    writeln!(out, "{} live sessions, {} ends, {bytes} bytes", summary.sessions, summary.ends)?;
    writeln!(out, "last written {}", date(stamp.time))?;
    writeln!(
        out,
        "epoch {:016x}, seq {}, ends up to {} are forgotten",
        stamp.epoch.number(),
        stamp.seq,
        summary.floor
    )?;
    for record in records.take(first) {
        match record {
            Ok(RedbRecord::Session { key, session, data_len }) => {
                // The track id is kept once the id was rotated; before, nodes work it out.
                let track = session.track.map_or_else(|| format!("key {key}"), |it| it.to_string());
                let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
                write!(out, "{track} live: {}", name(&session.principal))?;
                write!(out, " by {}", name(&session.originator))?;
                write!(out, ", created {}", date(session.created))?;
                write!(out, ", used {}", date(session.used))?;
                let idle = session.idle.map_or("never".into(), seconds);
                write!(out, ", idle after {idle}")?;
                if let Some(deadline) = session.deadline {
                    write!(out, ", until {}", date(deadline))?;
                }
                writeln!(out, ", version {}, {data_len} bytes of data", session.version)?;
            }
            Ok(RedbRecord::End { key, end }) => {
                writeln!(
                    out,
                    "key {key} ended: {} at {}, seq {}",
                    end.reason,
                    date(end.at),
                    end.seq
                )?;
            }
            Err(error) => writeln!(out, "{error}")?,
        }
    }
    out.flush()?;
    Ok(())
}

fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs())
}

/// The time of day, in UTC, to the second.
fn date(at: CollectionTime) -> String {
    let seconds = i64::try_from(at.as_micros() / 1_000_000).unwrap_or(i64::MAX);
    let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return format!("{seconds} s after 1970");
    };
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}
