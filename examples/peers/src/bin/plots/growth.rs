//! How the time of an operation grows with the number of sessions.

use crate::axis::{Axis, count, nanoseconds};
use crate::frame::Frame;
use crate::legend::{self, Key};
use crate::pen::{Drawn, Sheet, mark, stroke};
use crate::rows::Row;
use crate::series::{self, Line};

pub(crate) fn touch(sheet: &Sheet<'_>, rows: &[Row]) -> Drawn {
    let lines = series::by_sessions(rows, "touch");
    draw(sheet, lines, "Touching a session at random, one thread", "time a touch")
}

pub(crate) fn create(sheet: &Sheet<'_>, rows: &[Row]) -> Drawn {
    let lines = series::by_sessions(rows, "create");
    let title = "Creating a session in a full table, one thread";
    draw(sheet, lines, title, "time a create")
}

fn draw(sheet: &Sheet<'_>, mut lines: Vec<Line>, title: &str, y_name: &str) -> Drawn {
    if lines.is_empty() {
        return Ok(false);
    }
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let x = Axis::log(points().map(|point| point.0), count).inset();
    let y = Axis::log(points().map(|point| point.1), nanoseconds);
    let frame = Frame::draw(sheet, title, (&x, "sessions in the table"), (&y, y_name))?;
    // From the back to the front: the first ones matter most.
    for Line { look, points } in lines.iter().rev() {
        let points: Vec<_> = points.iter().map(|point| frame.at(*point)).collect();
        stroke(sheet, &points, (look.colour, look.width, look.dashed))?;
        for point in points {
            mark(sheet, point, look.mark, look.colour)?;
        }
    }
    // In the order in which the lines end on the right.
    let end = |line: &Line| line.points.last().map_or(0.0, |point| point.1);
    lines.sort_by(|one, other| end(other).total_cmp(&end(one)));
    let key = |Line { look, .. }: &Line| Key {
        name: look.peer,
        stroke: (look.colour, look.width, look.dashed),
        mark: Some(look.mark),
    };
    legend::draw(sheet, lines.iter().map(key))?;
    Ok(true)
}
