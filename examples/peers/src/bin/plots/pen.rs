//! What is drawn with: text, strokes and marks, at pixels of a sheet.

use std::error::Error;

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What a picture is drawn on.
pub(crate) type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Whether there was anything to draw.
pub(crate) type Drawn = Result<bool, Box<dyn Error>>;

/// An element that was drawn.
pub(crate) type Done = Result<(), Box<dyn Error>>;

/// Of every picture.
pub(crate) const WIDTH: i32 = 800;
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);
pub(crate) const FAINT: RGBColor = RGBColor(222, 222, 222);

/// The SVG of what `draw` draws, if that is anything.
pub(crate) fn picture(
    height: u32,
    draw: impl FnOnce(&Sheet<'_>) -> Drawn,
) -> Result<Option<String>, Box<dyn Error>> {
    let mut svg = String::new();
    let sheet = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height));
    let sheet = sheet.into_drawing_area();
    sheet.fill(&WHITE)?;
    let drawn = draw(&sheet)?;
    sheet.present()?;
    drop(sheet);
    Ok(drawn.then_some(svg))
}

/// The pixel that is nearest.
#[expect(clippy::cast_possible_truncation, reason = "a sheet has some hundred pixels")]
pub(crate) fn pixel(place: f64) -> i32 {
    place.round() as i32
}

/// Which side of a text is at its place; its middle is at the height of it.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Left,
    Middle,
    Right,
}

pub(crate) fn text(
    sheet: &Sheet<'_>,
    at: (i32, i32),
    side: Side,
    points: i32,
    words: &str,
) -> Done {
    write(sheet, at, side, &("sans-serif", points).into_text_style(sheet), words)
}

/// From below to above.
pub(crate) fn upright(sheet: &Sheet<'_>, at: (i32, i32), size: i32, words: &str) -> Done {
    let style = ("sans-serif", size).into_text_style(sheet).transform(FontTransform::Rotate270);
    write(sheet, at, Side::Middle, &style, words)
}

fn write(
    sheet: &Sheet<'_>,
    at: (i32, i32),
    side: Side,
    style: &TextStyle<'_>,
    words: &str,
) -> Done {
    let side = match side {
        Side::Left => HPos::Left,
        Side::Middle => HPos::Center,
        Side::Right => HPos::Right,
    };
    let style = style.color(&INK).pos(Pos::new(side, VPos::Center));
    Ok(sheet.draw(&Text::new(words.to_owned(), at, style))?)
}

/// A line through the points.
pub(crate) fn stroke(
    sheet: &Sheet<'_>,
    points: &[(i32, i32)],
    (colour, width, dashed): (RGBColor, u32, bool),
) -> Done {
    let style = colour.stroke_width(width);
    if dashed {
        sheet.draw(&DashedPathElement::new(points.iter().copied(), 7, 5, style))?;
    } else {
        sheet.draw(&PathElement::new(points.to_vec(), style))?;
    }
    Ok(())
}

/// What a point looks like, so that lines differ in more than their colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Disc,
    Ring,
    Square,
    Diamond,
    Up,
    Down,
    Cross,
    Plus,
}

pub(crate) fn mark(sheet: &Sheet<'_>, (x, y): (i32, i32), mark: Mark, colour: RGBColor) -> Done {
    let around = |offsets: &[(i32, i32)]| {
        offsets.iter().map(|(dx, dy)| (x + dx, y + dy)).collect::<Vec<_>>()
    };
    let solid =
        |offsets: &[(i32, i32)]| sheet.draw(&Polygon::new(around(offsets), colour.filled()));
    let lines = |offsets: [[(i32, i32); 2]; 2]| {
        let path = |two: [(i32, i32); 2]| PathElement::new(around(&two), colour.stroke_width(2));
        offsets.into_iter().try_for_each(|two| sheet.draw(&path(two)))
    };
    match mark {
        Mark::Disc => sheet.draw(&Circle::new((x, y), 5, colour.filled()))?,
        Mark::Ring => {
            sheet.draw(&Circle::new((x, y), 4, WHITE.filled()))?;
            sheet.draw(&Circle::new((x, y), 4, colour.stroke_width(2)))?;
        }
        Mark::Square => solid(&[(-4, -4), (4, -4), (4, 4), (-4, 4)])?,
        Mark::Diamond => solid(&[(0, -6), (6, 0), (0, 6), (-6, 0)])?,
        Mark::Up => solid(&[(0, -6), (5, 4), (-5, 4)])?,
        Mark::Down => solid(&[(0, 6), (5, -4), (-5, -4)])?,
        Mark::Cross => lines([[(-4, -4), (4, 4)], [(-4, 4), (4, -4)]])?,
        Mark::Plus => lines([[(-5, 0), (5, 0)], [(0, -5), (0, 5)]])?,
    }
    Ok(())
}
