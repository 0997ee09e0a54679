//! Ids as hashes.

use std::hash::{BuildHasher, Hasher};

use super::session_id::SessionId;
use super::source::{IdError, random_bytes};

/// Hashes ids by the multiply-shift scheme for vectors of Dietzfelbinger (1996), with a secret key,
/// and then mixes the bits.
///
/// Of two different ids, each pair of hashes is as likely as any other, if the key is random; and
/// as the mixing is one-to-one, that holds after it. So ids that are chosen without knowledge of
/// the key collide no more often than random ones, whichever bits of the hash are used. It takes
/// three multiplications, a small part of what `SipHash` takes. Unlike with that, hashes must not
/// be shown: a few of them, with their ids, give the key away. It is not for names, of which an
/// attacker may have as many as he likes: they are looked up before they are let in.
///
/// # Ids that an attacker chose
///
/// Applications give ids too (`NewSession::id`), perhaps ones that came from clients. The fold does
/// for those:
///
/// - *Chosen, but blind.* Whatever set of ids is chosen without knowledge of the key, each pair of
///   them shares a hash, or any bits of one, with the probability of random ids. That is what the
///   scheme guarantees of every set, not of random ones only. So the expected number of records
///   that a lookup compares is that of random ids.
/// - *Chosen by the clock.* The sum is linear in the key. An attacker who could tell which of his
///   ids share a bucket could work out the key, and then choose ids that all do. That shows in a
///   lookup as one more comparison of 16 bytes: some nanoseconds, in calls that take microseconds,
///   over a network that takes many more. And he is not there yet: to tell a bucket from a shard,
///   a tag from a bucket, takes sessions that stay live, of which the limits let him have few. With
///   the key, the worst is that lookups in one shard pass over that many records of his.
/// - *Guessing ids of others* gains nothing from time: a guess is compared with a record only if
///   both have the same bucket and tag, by all 16 bytes at once, and a nearly right guess has
///   another bucket. The comparison need not take constant time.
///
/// A hash without these assumptions, such as `SipHash`, would cost each touch about 40 instructions
/// of 380. An application that lets strangers choose ids has a greater worry: see `# Security` of
/// `NewSession::id`.
#[derive(Clone, Copy)]
pub(crate) struct IdFold([u128; 3]);

impl IdFold {
    /// With a key from the operating system.
    pub(crate) fn random() -> Result<Self, IdError> {
        let [add, high, low] = [random_bytes()?, random_bytes()?, random_bytes()?];
        Ok(Self([add, high, low].map(u128::from_ne_bytes)))
    }

    #[inline]
    pub(crate) fn hash(&self, id: &SessionId) -> u64 {
        self.hash_halves(id.halves())
    }

    /// The same, of the [halves](SessionId::halves) of an id.
    #[inline]
    pub(crate) fn hash_halves(&self, halves: [u64; 2]) -> u64 {
        let [add, high, low] = self.0;
        let [a, b] = halves.map(u128::from);
        let sum = add.wrapping_add(high.wrapping_mul(a)).wrapping_add(low.wrapping_mul(b));
        // Ids that count up give sums that count up: without the mixing, one key in a thousand
        // would put a thousand of them side by side.
        let mut hash = (sum >> 64) as u64;
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ hash >> 32
    }
}

/// For maps whose keys hash as one `u128`: the [halves](SessionId::halves) of an id.
impl BuildHasher for IdFold {
    type Hasher = IdHasher;

    #[inline]
    fn build_hasher(&self) -> IdHasher {
        IdHasher { fold: *self, hash: 0 }
    }
}

/// The hasher of [`IdFold`].
pub(crate) struct IdHasher {
    fold: IdFold,
    hash: u64,
}

impl Hasher for IdHasher {
    #[inline]
    fn write_u128(&mut self, halves: u128) {
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        self.hash = self.fold.hash_halves([half(halves >> 64), half(halves)]);
    }

    /// Nothing that is hashed with this hashes as bytes. It would be right all the same.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = self.fold.hash_halves([self.hash, u64::from(*byte)]);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// The ids with one or two bits set, and those that count up.
    fn alike() -> Vec<[u64; 2]> {
        let bit = |n: u32| if n < 64 { [1 << n, 0] } else { [0, 1 << (n - 64)] };
        let with = |[a, b]: [u64; 2], [c, d]: [u64; 2]| [a | c, b | d];
        let pairs = (0..128).flat_map(|m| (0..=m).map(move |n| with(bit(m), bit(n))));
        pairs.chain((7 << 20..(7 << 20) + 4_096).map(|n| [0, n])).collect()
    }

    #[test]
    fn ids_that_are_alike_have_unlike_hashes() {
        let (fold, ids) = (IdFold::random().unwrap(), alike());
        // A collision in 64 bits is as likely as one in 10^11 runs; each slice of 12 bits has its
        // share.
        let hashes: HashSet<u64> = ids.iter().map(|id| fold.hash_halves(*id)).collect();
        assert_eq!(hashes.len(), ids.len());
        for shift in [0, 20, 52] {
            let slices: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & 0xfff).collect();
            // Of random hashes, 3,900 on average.
            assert!(slices.len() > 3_700, "{} of 4,096 slices at {shift}", slices.len());
        }
    }

    #[test]
    fn another_key_gives_another_hash() {
        let id = SessionId::from_bytes([7; 16]);
        let hash = || IdFold::random().unwrap().hash(&id);
        assert_ne!(hash(), hash());
    }
}
