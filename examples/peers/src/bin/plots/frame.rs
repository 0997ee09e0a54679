//! The two axes of a picture, and the place between them.

use plotters::prelude::*;

use crate::axis::Axis;
use crate::pen::{Done, FAINT, INK, Sheet, Side, WIDTH, pixel, stroke, text, upright};

/// Where the frame is on its sheet.
const LEFT: i32 = 90;
const TOP: i32 = 50;
/// The legend stands on the right of it.
pub(crate) const RIGHT: i32 = WIDTH - 195;
/// Under it are the labels of the ticks and the name of the axis.
const BOTTOM: i32 = 65;

/// Axes that are drawn.
pub(crate) struct Frame<'a> {
    x: &'a Axis,
    y: &'a Axis,
    /// The height of the line at the bottom.
    base: i32,
}

impl<'a> Frame<'a> {
    /// Draws the axes. Each comes with its name.
    pub(crate) fn draw(
        sheet: &Sheet<'_>,
        title: &str,
        (x, x_name): (&'a Axis, &str),
        (y, y_name): (&'a Axis, &str),
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let height = sheet.dim_in_pixel().1.cast_signed();
        let frame = Self { x, y, base: height - BOTTOM };
        text(sheet, (LEFT, TOP / 2), Side::Left, 18, title)?;
        text(sheet, (i32::midpoint(LEFT, RIGHT), height - 18), Side::Middle, 15, x_name)?;
        upright(sheet, (20, i32::midpoint(TOP, frame.base)), 15, y_name)?;
        for (value, label) in &x.ticks {
            let x = frame.across(*value);
            stroke(sheet, &[(x, TOP), (x, frame.base)], (FAINT, 1, false))?;
            text(sheet, (x, frame.base + 16), Side::Middle, 14, label)?;
        }
        for (value, label) in &y.ticks {
            let y = frame.up(*value);
            stroke(sheet, &[(LEFT, y), (RIGHT, y)], (FAINT, 1, false))?;
            text(sheet, (LEFT - 8, y), Side::Right, 14, label)?;
        }
        frame.border(sheet)?;
        Ok(frame)
    }

    fn border(&self, sheet: &Sheet<'_>) -> Done {
        let corners = [(LEFT, TOP), (RIGHT, self.base)];
        Ok(sheet.draw(&Rectangle::new(corners, INK.stroke_width(1)))?)
    }

    /// Where a point is on the sheet.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (self.across(x), self.up(y))
    }

    fn across(&self, value: f64) -> i32 {
        LEFT + pixel(self.x.share(value) * f64::from(RIGHT - LEFT))
    }

    fn up(&self, value: f64) -> i32 {
        self.base - pixel(self.y.share(value) * f64::from(self.base - TOP))
    }
}
