//! Draws what the program `peers` measured.
//!
//! ```text
//! cargo run --release -p peers -- --csv peers.csv
//! cargo run --release -p peers --bin plots -- peers.csv OUTDIR
//! ```
//!
//! Five pictures, as SVG: `touch.svg`, `create.svg`, `reap-latency.svg`, `memory.svg`, `mix.svg`. A
//! picture of which the file says nothing is left out, and the program says so. Workloads, peers
//! and metrics that no picture shows are passed by.
//!
//! | file | what it does |
//! |---|---|
//! | `rows.rs` | the CSV file, line by line |
//! | `series.rs` | which rows make a line or a bar |
//! | `looks.rs` | the colour, mark and stroke of each peer |
//! | `axis.rs`, `frame.rs`, `legend.rs`, `pen.rs` | what pictures are made of |
//! | `growth.rs`, `latency.rs`, `bars.rs` | the pictures |

mod axis;
mod bars;
mod frame;
mod growth;
mod latency;
mod legend;
mod looks;
mod pen;
mod rows;
mod series;

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use pen::{Drawn, Sheet};
use rows::Row;

/// Draws what the program `peers` has measured.
#[derive(Parser)]
struct Args {
    /// What `--csv` of the program `peers` wrote.
    csv: PathBuf,
    /// Where the pictures go. It is made if it is not there.
    out: PathBuf,
}

/// Draws a picture, if the rows have what it shows.
type Draw = fn(&Sheet<'_>, &[Row]) -> Drawn;

/// The pictures, and what their height is. All are of the same width.
const PICTURES: [(&str, u32, Draw); 5] = [
    ("touch.svg", 480, growth::touch),
    ("create.svg", 480, growth::create),
    ("reap-latency.svg", 480, latency::draw),
    ("memory.svg", 420, bars::memory),
    ("mix.svg", 660, bars::mix),
];

fn main() -> ExitCode {
    if let Err(error) = draw_all(&Args::parse()) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn draw_all(args: &Args) -> Result<(), Box<dyn Error>> {
    let at = |path: &Path| format!("{}", path.display());
    let file = File::open(&args.csv).map_err(|error| format!("{}: {error}", at(&args.csv)))?;
    let rows = rows::read(file).map_err(|error| format!("{}: {error}", at(&args.csv)))?;
    fs::create_dir_all(&args.out).map_err(|error| format!("{}: {error}", at(&args.out)))?;
    for (name, height, draw) in PICTURES {
        let path = args.out.join(name);
        match pen::picture(height, |sheet| draw(sheet, &rows))? {
            Some(svg) => {
                fs::write(&path, svg).map_err(|error| format!("{}: {error}", at(&path)))?;
                println!("{}", path.display());
            }
            None => println!("{name} is left out: the file has no rows for it"),
        }
    }
    Ok(())
}
