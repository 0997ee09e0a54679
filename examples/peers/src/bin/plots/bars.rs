//! Bars: the memory of a session, and how much of the mixed workload gets done.

use plotters::prelude::*;

use crate::axis::{Axis, count, plain};
use crate::pen::{Drawn, FAINT, INK, Sheet, Side, WIDTH, pixel, stroke, text};
use crate::rows::Row;
use crate::series;

const LEFT: i32 = 185;
/// The number of a bar stands behind it.
const RIGHT: i32 = WIDTH - 70;

/// Bars of one peer, each with its length and colour.
type Group = (&'static str, Vec<(f64, RGBColor)>);

pub(crate) fn memory(sheet: &Sheet<'_>, rows: &[Row]) -> Drawn {
    let bars = series::bytes(rows);
    let groups = bars.into_iter().map(|(look, bytes)| (look.peer, vec![(bytes, look.colour)]));
    let groups: Vec<Group> = groups.collect();
    if groups.is_empty() {
        return Ok(false);
    }
    let title = "Resident memory of a table, by the number of its sessions";
    draw(sheet, &groups, (title, 60), ("bytes a session", whole))
}

/// By the number of threads: the more, the darker.
const SHADES: [RGBColor; 4] =
    [RGBColor(158, 208, 238), RGBColor(0, 114, 178), RGBColor(0, 45, 80), RGBColor(230, 159, 0)];

pub(crate) fn mix(sheet: &Sheet<'_>, rows: &[Row]) -> Drawn {
    let Some(mix) = series::mix(rows) else { return Ok(false) };
    let mut threads: Vec<u64> =
        mix.peers.iter().flat_map(|(_, bars)| bars.keys().copied()).collect();
    threads.sort_unstable();
    threads.dedup();
    let shade = |threads_of_it: u64| {
        let place = threads.iter().position(|threads| *threads == threads_of_it).unwrap_or(0);
        SHADES[place % SHADES.len()]
    };
    let bars = mix.peers.iter().map(|(look, bars)| {
        (look.peer, bars.iter().map(|(threads, mops)| (*mops, shade(*threads))).collect())
    });
    let groups: Vec<Group> = bars.collect();
    for (place, threads) in (0..).zip(&threads) {
        let x = LEFT + place * 110;
        sheet.draw(&Rectangle::new([(x, 48), (x + 14, 62)], shade(*threads).filled()))?;
        let plural = if *threads == 1 { "" } else { "s" };
        text(sheet, (x + 21, 55), Side::Left, 14, &format!("{threads} thread{plural}"))?;
    }
    let sessions = count(mix.sessions as f64);
    let title = format!("95 % touch, 4 % lease, 1 % create, in a full table of {sessions}");
    draw(sheet, &groups, (&title, 80), ("million operations a second", tenths))
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// With a second digit where the first one would be 0.
fn tenths(value: f64) -> String {
    if value < 0.1 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// One group below the other, from `top` on.
fn draw(
    sheet: &Sheet<'_>,
    groups: &[Group],
    (title, top): (&str, i32),
    (unit, label): (&str, fn(f64) -> String),
) -> Drawn {
    let height = sheet.dim_in_pixel().1.cast_signed();
    let base = height - 65;
    let axis = Axis::from_zero(groups.iter().flat_map(|(_, bars)| bars).map(|bar| bar.0), plain);
    let across = |value: f64| LEFT + pixel(axis.share(value) * f64::from(RIGHT - LEFT));
    text(sheet, (20, 25), Side::Left, 18, title)?;
    text(sheet, (i32::midpoint(LEFT, RIGHT), height - 18), Side::Middle, 15, unit)?;
    for (value, label) in &axis.ticks {
        let x = across(*value);
        stroke(sheet, &[(x, top), (x, base)], (FAINT, 1, false))?;
        text(sheet, (x, base + 16), Side::Middle, 14, label)?;
    }
    let room = f64::from(base - top) / groups.len() as f64;
    for (place, (peer, bars)) in (0_u32..).zip(groups) {
        let upper = f64::from(top) + room * (f64::from(place) + 0.12);
        text(sheet, (LEFT - 10, pixel(upper + room * 0.38)), Side::Right, 14, peer)?;
        let thick = room * 0.76 / bars.len() as f64;
        for (nth, (value, colour)) in (0_u32..).zip(bars) {
            let y = upper + thick * f64::from(nth);
            let corners = [(LEFT, pixel(y)), (across(*value), pixel(y + thick))];
            sheet.draw(&Rectangle::new(corners, colour.filled()))?;
            let middle = pixel(y + thick / 2.0);
            text(sheet, (across(*value) + 6, middle), Side::Left, 13, &label(*value))?;
        }
    }
    stroke(sheet, &[(LEFT, top), (LEFT, base)], (INK, 1, false))?;
    Ok(true)
}
