//! How long touches take while a great many sessions are reaped.

use crate::axis::{Axis, count, nanoseconds};
use crate::frame::Frame;
use crate::legend::{self, Key};
use crate::pen::{Done, Drawn, INK, Sheet, mark, stroke};
use crate::rows::Row;
use crate::series::{self, Line, QUANTILES};

/// The workloads, as the file calls them.
const QUIET: &str = "touch, quiet";
const REAPED: &str = "touch, during the mass reap";

pub(crate) fn draw(sheet: &Sheet<'_>, rows: &[Row]) -> Drawn {
    let quiet = series::by_quantile(rows, QUIET);
    let reaped = series::by_quantile(rows, REAPED);
    if reaped.is_empty() {
        return Ok(false);
    }
    let times = quiet.iter().chain(&reaped).flat_map(|line| &line.points).map(|point| point.1);
    let y = Axis::log(times, nanoseconds);
    let x = Axis::names(QUANTILES.iter().map(|(_, name)| *name)).inset();
    let others = rows.iter().find(|row| row.workload == REAPED).map_or(0, |row| row.sessions);
    let others = count(others as f64);
    let title = format!("Touches of live sessions while {others} others are reaped");
    let x_name = "share of the touches that are no slower";
    let frame = Frame::draw(sheet, &title, (&x, x_name), (&y, "time a touch"))?;
    quiet.iter().rev().try_for_each(|line| trace(sheet, &frame, line, true))?;
    reaped.iter().rev().try_for_each(|line| trace(sheet, &frame, line, false))?;

    let key = |Line { look, .. }: &Line| Key {
        name: look.peer,
        stroke: (look.colour, look.width, false),
        mark: Some(look.mark),
    };
    let when = [("during the reap", false), ("quiet", true)];
    let when = when.map(|(name, dashed)| Key { name, stroke: (INK, 2, dashed), mark: None });
    legend::draw(sheet, reaped.iter().map(key).chain(when))?;
    Ok(true)
}

/// The dashes say when, so they cannot say who.
fn trace(sheet: &Sheet<'_>, frame: &Frame<'_>, Line { look, points }: &Line, quiet: bool) -> Done {
    let points: Vec<_> = points.iter().map(|point| frame.at(*point)).collect();
    let width = if quiet { look.width / 2 } else { look.width };
    stroke(sheet, &points, (look.colour, width, quiet))?;
    points.into_iter().try_for_each(|point| mark(sheet, point, look.mark, look.colour))
}
