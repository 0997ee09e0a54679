//! The one-way function of track ids.

/// The first 128 bits of BLAKE3 in its keyed mode, of a message of 16 bytes.
///
/// BLAKE3 hashes so short a message in one run of its compression function, and the key costs
/// nothing. That is a twelfth of the instructions of HMAC-SHA-256, which matters where a session is
/// searched for by its track id. It is all of BLAKE3 that is needed here, and is therefore in this
/// file, in place of seven crates. There are no branches and no table look-ups in it, so its time
/// tells nothing about the message.
///
/// Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn, *BLAKE3: one function, fast everywhere*,
/// section 2.
pub(super) struct KeyedHash([u32; 8]);

const IV: [u32; 4] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a];
const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/// The first and the last block of the only chunk, the root of the tree, in keyed mode.
const FLAGS: u32 = 1 | 1 << 1 | 1 << 3 | 1 << 4;

/// Which word of the message comes where, in each round.
const ORDER: [[usize; 16]; 7] = {
    let mut order = [[0; 16]; 7];
    let mut at = 0;
    while at < 16 {
        order[0][at] = at;
        let mut round = 1;
        while round < 7 {
            order[round][at] = PERMUTATION[order[round - 1][at]];
            round += 1;
        }
        at += 1;
    }
    order
};

impl KeyedHash {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(words(&key))
    }

    pub(super) fn hash(&self, message: &[u8; 16]) -> [u8; 16] {
        self.hash_block(words(message), 16)
    }

    /// Of a message of at most 64 bytes, with zeros behind it.
    #[inline]
    fn hash_block(&self, block: [u32; 16], bytes: u32) -> [u8; 16] {
        let [a, b, c, d, e, f, g, h] = self.0;
        let [i, j, k, l] = IV;
        let mut state = [a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, bytes, FLAGS];
        round::<0>(&mut state, &block);
        round::<1>(&mut state, &block);
        round::<2>(&mut state, &block);
        round::<3>(&mut state, &block);
        round::<4>(&mut state, &block);
        round::<5>(&mut state, &block);
        round::<6>(&mut state, &block);
        let mut hash = [0; 16];
        for (at, bytes) in hash.chunks_exact_mut(4).enumerate() {
            bytes.copy_from_slice(&(state[at] ^ state[at + 8]).to_le_bytes());
        }
        hash
    }
}

/// One of the seven rounds: mixes the columns of the state, then its diagonals. Its number is known
/// when it is compiled, and so are all places.
#[inline(always)]
#[allow(clippy::inline_always, reason = "else the places are worked out in each round")]
fn round<const N: usize>(state: &mut [u32; 16], block: &[u32; 16]) {
    let word = |at: usize| block[ORDER[N][at]];
    mix(state, [0, 4, 8, 12], [word(0), word(1)]);
    mix(state, [1, 5, 9, 13], [word(2), word(3)]);
    mix(state, [2, 6, 10, 14], [word(4), word(5)]);
    mix(state, [3, 7, 11, 15], [word(6), word(7)]);
    mix(state, [0, 5, 10, 15], [word(8), word(9)]);
    mix(state, [1, 6, 11, 12], [word(10), word(11)]);
    mix(state, [2, 7, 8, 13], [word(12), word(13)]);
    mix(state, [3, 4, 9, 14], [word(14), word(15)]);
}

/// Mixes two words of the message into the four words at these places.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as of `round`")]
fn mix(state: &mut [u32; 16], [a, b, c, d]: [usize; 4], words: [u32; 2]) {
    for (word, [first, second]) in words.into_iter().zip([[16, 12], [8, 7]]) {
        state[a] = state[a].wrapping_add(state[b]).wrapping_add(word);
        state[d] = (state[d] ^ state[a]).rotate_right(first);
        state[c] = state[c].wrapping_add(state[d]);
        state[b] = (state[b] ^ state[c]).rotate_right(second);
    }
}

/// Bytes as little-endian words, with zeros behind them.
fn words<const WORDS: usize>(bytes: &[u8]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks(4)) {
        let mut whole = [0; 4];
        whole[..bytes.len()].copy_from_slice(bytes);
        *word = u32::from_le_bytes(whole);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: [u8; 16]) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn counting<const N: usize>() -> [u8; N] {
        std::array::from_fn(|i| u8::try_from(i).unwrap())
    }

    /// Those of the authors' test vectors that have one block.
    #[test]
    fn official_test_vectors() {
        let hash = KeyedHash::new(*b"whats the Elvish word for friend");
        let of_none = hash.hash_block(words(&[]), 0);
        assert_eq!(hex(of_none), "92b2b75604ed3c761f9d6f62392c8a92");
        let of_one = hash.hash_block(words(&[0]), 1);
        assert_eq!(hex(of_one), "6d7878dfff2f485635d39013278ae14f");
    }

    /// Computed with the authors' crate `blake3`, 1.8.7.
    #[test]
    fn hashes_of_16_and_of_64_bytes() {
        let hash = KeyedHash::new(counting());
        assert_eq!(hex(hash.hash(&counting())), "e6d0ed1db9b6d050d78e02ffd6950930");
        let whole = hash.hash_block(words(&counting::<64>()), 64);
        assert_eq!(hex(whole), "cfaf838ff320e0d87301dcba02b1a4bb");
    }
}
