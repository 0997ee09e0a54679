//! What a refresh has found to write, in the order of keys.

use crate::collection::RecordKey;

/// How many parts there are: one for each first byte of a key.
const PARTS: usize = 256;

/// Insertions, and then the rest, each in the order of their keys: a collection that keeps records
/// in this order writes such batches several times as fast. They are sorted a part at a time, so
/// that nothing takes long at a stretch.
pub(super) struct Found<A> {
    /// By the first byte of the key, those of insertions first.
    parts: Vec<Vec<(RecordKey, A)>>,
    /// The part from which the next are taken, the last first.
    sorted: Vec<(RecordKey, A)>,
    /// The part that comes after it.
    next: usize,
    /// How many are yet to be taken, and how many of them are insertions.
    len: (usize, usize),
}

impl<A> Default for Found<A> {
    fn default() -> Self {
        Self { parts: Vec::new(), sorted: Vec::new(), next: 0, len: (0, 0) }
    }
}

impl<A> Found<A> {
    /// How many are yet to be taken, and how many of them are insertions.
    pub(super) fn len(&self) -> (usize, usize) {
        self.len
    }

    /// Adds one. All are added before the first is taken.
    pub(super) fn add(&mut self, insertion: bool, key: RecordKey, subject: A) {
        self.parts.resize_with(2 * PARTS, Vec::new);
        let part = usize::from(key.as_bytes()[0]) + if insertion { 0 } else { PARTS };
        self.parts[part].push((key, subject));
        self.len.0 += 1;
        self.len.1 += usize::from(insertion);
    }

    /// Takes the next.
    pub(super) fn take(&mut self) -> Option<A> {
        while self.sorted.is_empty() {
            self.sorted = std::mem::take(self.parts.get_mut(self.next)?);
            self.sorted.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
            self.next += 1;
        }
        self.len.0 -= 1;
        self.len.1 -= usize::from(self.next <= PARTS);
        self.sorted.pop().map(|(_, subject)| subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertions_come_first_and_each_kind_in_the_order_of_keys() {
        let mut found = Found::default();
        assert_eq!((found.len(), found.take()), ((0, 0), None));
        let key = |n: u16| RecordKey::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap());
        let is_insertion = |n: &u16| n.wrapping_mul(40_503).is_multiple_of(3);
        for n in 0..1_000_u16 {
            let (insertion, n) = (is_insertion(&n), n.wrapping_mul(40_503));
            found.add(insertion, key(n), (!insertion, n));
        }
        assert_eq!(found.len(), (1_000, (0..1_000_u16).filter(is_insertion).count()));
        let taken: Vec<_> = std::iter::from_fn(|| found.take()).collect();
        assert!(taken.len() == 1_000 && taken.is_sorted());
        assert_eq!(found.len(), (0, 0));
    }
}
