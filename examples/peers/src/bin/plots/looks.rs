//! How each peer looks. It is the same in every picture.

use plotters::style::RGBColor;

use crate::pen::Mark;

// A palette that people with any kind of colour vision can tell apart (Okabe and Ito), without its
// yellow, which is too pale for a line on white.
const ORANGE: RGBColor = RGBColor(230, 159, 0);
const SKY: RGBColor = RGBColor(86, 180, 233);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILLION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const BLACK: RGBColor = RGBColor(0, 0, 0);
const GREY: RGBColor = RGBColor(128, 128, 128);

/// A peer, and how it looks.
#[derive(Debug, PartialEq)]
pub(crate) struct Look {
    /// As in the file.
    pub(crate) peer: &'static str,
    pub(crate) colour: RGBColor,
    pub(crate) mark: Mark,
    pub(crate) dashed: bool,
    pub(crate) width: u32,
}

const fn look(peer: &'static str, colour: RGBColor, mark: Mark) -> Look {
    Look { peer, colour, mark, dashed: false, width: 2 }
}

const LOOKS: [Look; 11] = [
    Look { width: 4, ..look("tenure", BLUE, Mark::Disc) },
    Look { dashed: true, ..look("floor (dashmap)", GREY, Mark::Square) },
    Look { dashed: true, ..look("floor (papaya)", GREY, Mark::Ring) },
    look("moka", ORANGE, Mark::Up),
    Look { dashed: true, ..look("moka lru", ORANGE, Mark::Down) },
    look("mini-moka", SKY, Mark::Diamond),
    look("quick_cache", GREEN, Mark::Square),
    look("lru + mutex", PURPLE, Mark::Cross),
    look("mutex + hashmap", VERMILLION, Mark::Plus),
    look("tower-sessions", BLACK, Mark::Ring),
    // Only in the picture of the memory.
    look("tenure, a principal each", BLUE, Mark::Disc),
];

/// How the peer looks, if it is known.
pub(crate) fn of(peer: &str) -> Option<&'static Look> {
    const { &LOOKS }.iter().find(|look| look.peer == peer)
}

/// The place of a peer among all, for an order that is the same in every picture.
pub(crate) fn rank(look: &Look) -> usize {
    const { &LOOKS }.iter().position(|other| other.peer == look.peer).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lines_look_alike() {
        let lines = &LOOKS[..10];
        for (at, one) in lines.iter().enumerate() {
            assert_eq!((of(one.peer), rank(one)), (Some(one), at));
            for other in &lines[at + 1..] {
                assert_ne!((one.colour, one.mark), (other.colour, other.mark));
            }
        }
        assert_eq!(of("somebody else"), None);
    }
}
