//! Which line is whose, on the right of the frame.

use plotters::style::RGBColor;

use crate::frame::RIGHT;
use crate::pen::{Done, Mark, Sheet, Side, mark, stroke, text};

/// A line of the legend.
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    pub(crate) stroke: (RGBColor, u32, bool),
    pub(crate) mark: Option<Mark>,
}

/// One key below the other.
pub(crate) fn draw<'a>(sheet: &Sheet<'_>, keys: impl Iterator<Item = Key<'a>>) -> Done {
    let left = RIGHT + 18;
    let mut y = 64;
    for key in keys {
        stroke(sheet, &[(left, y), (left + 34, y)], key.stroke)?;
        if let Some(shape) = key.mark {
            mark(sheet, (left + 17, y), shape, key.stroke.0)?;
        }
        text(sheet, (left + 44, y), Side::Left, 14, key.name)?;
        y += 24;
    }
    Ok(())
}
