//! What decides about a live session, as bytes of fixed width.

use crate::collection::records::{Head, Note};
use crate::collection::stamp::CollectionTime;

/// How many bytes it has.
pub(super) const HEAD: usize = 64;

/// Little-endian: nonce, version, token, used, busy until, idle timeout, deadline, and the seq and
/// the time of the last change of the data, of which the seq is 0 if there is none.
pub(super) fn head_bytes(head: &Head, note: Option<Note>) -> [u8; HEAD] {
    let note = note.unwrap_or(Note { seq: 0, at: CollectionTime::ORIGIN });
    let numbers = u64::from(head.nonce) | u64::from(head.version) << 32;
    let words = [
        numbers,
        head.token,
        head.used.as_micros(),
        head.busy_until.as_micros(),
        head.idle,
        head.deadline,
        note.seq,
        note.at.as_micros(),
    ];
    let mut bytes = [0; HEAD];
    for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// What [`head_bytes`] wrote.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn head_from(bytes: &[u8; HEAD]) -> (Head, Option<Note>) {
    let mut words = [0; HEAD / 8];
    for (word, place) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*place);
    }
    let [numbers, token, used, busy_until, idle, deadline, seq, at] = words;
    let time = CollectionTime::from_micros;
    let (nonce, version) = (numbers as u32, (numbers >> 32) as u32);
    let (used, busy_until) = (time(used), time(busy_until));
    let head = Head { nonce, version, token, used, busy_until, idle, deadline };
    (head, (seq > 0).then(|| Note { seq, at: time(at) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            nonce: 0x0102_0304,
            version: u32::MAX,
            token: 5,
            used: CollectionTime::from_micros(6),
            busy_until: CollectionTime::from_micros(7),
            idle: u64::MAX,
            deadline: 9,
        }
    }

    #[test]
    fn heads_are_read_as_they_were_written() {
        for note in [None, Some(Note { seq: 10, at: CollectionTime::from_micros(11) })] {
            assert_eq!(head_from(&head_bytes(&head(), note)), (head(), note));
        }
    }

    #[test]
    fn the_bytes_of_a_head_stay_as_they_are() {
        let note = Note { seq: 10, at: CollectionTime::from_micros(11) };
        let bytes = head_bytes(&head(), Some(note));
        let mut expected = [0; HEAD];
        expected[..8].copy_from_slice(&[4, 3, 2, 1, 255, 255, 255, 255]);
        for (at, byte) in [(8, 5), (16, 6), (24, 7), (40, 9), (48, 10), (56, 11)] {
            expected[at] = byte;
        }
        expected[32..40].fill(255);
        assert_eq!(bytes, expected);
    }
}
