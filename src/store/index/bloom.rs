//! Which keys a run cannot have, without reading it.
//!
//! Start at [`Bloom`]: a Bloom filter over the first [`PREFIX_BYTES`] of each key, so that one question
//! answers for a key and for all keys of a list. Keys begin with a letter and then a digest, so that
//! their own bytes are the hashes. Who crafts names whose digests collide here makes a run be read in
//! vain, and nothing else.

/// Bytes of a key that are looked at: the letter and what stands for the name in a list's keys.
pub(super) const PREFIX_BYTES: usize = 13;

/// Bits for each key, and how many of them a key sets: with 10 and 5 a key that is not there is taken
/// for one that may be there once in a hundred times.
const BITS_A_KEY: usize = 10;
const PROBES: u64 = 5;

/// The bits of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bloom(Vec<u8>);

impl Bloom {
    /// Bytes of the bits for this many keys.
    pub(super) fn bytes_for(keys: usize) -> usize {
        keys.saturating_mul(BITS_A_KEY).div_ceil(8).max(8)
    }

    /// No key yet, with room for this many.
    pub(super) fn for_keys(keys: usize) -> Self {
        Self(vec![0; Self::bytes_for(keys)])
    }

    /// Bits that were stored.
    pub(super) fn stored(bits: Vec<u8>) -> Self {
        Self(bits)
    }

    /// The bits, for storing.
    pub(super) fn bits(&self) -> &[u8] {
        &self.0
    }

    /// Adds a key.
    pub(super) fn add(&mut self, key: &[u8]) {
        let bits = places(key, self.0.len());
        for (byte, bit) in bits {
            if let Some(byte) = self.0.get_mut(byte) {
                *byte |= bit;
            }
        }
    }

    /// Whether a key with this beginning may be there. A beginning of fewer than [`PREFIX_BYTES`] is of
    /// a list that is not told apart here: it may.
    pub(super) fn may_have(&self, key: &[u8]) -> bool {
        key.len() < PREFIX_BYTES
            || places(key, self.0.len())
                .all(|(byte, bit)| self.0.get(byte).is_none_or(|bits| bits & bit != 0))
    }
}

/// The bits of a key: two halves of its digest, added up (Kirsch and Mitzenmacher).
fn places(key: &[u8], bytes: usize) -> impl Iterator<Item = (usize, u8)> + use<> {
    let bits = u64::try_from(bytes)
        .unwrap_or(u64::MAX)
        .saturating_mul(8)
        .max(1);
    let mut head = [0; 16];
    for (to, from) in head.iter_mut().zip(key.iter().take(PREFIX_BYTES)) {
        *to = *from;
    }
    let [first, second] = [0, 8].map(|from| {
        let part = head.iter().skip(from).take(8);
        part.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    });
    // Times and small numbers fill only some of their bits: mixed (Murmur3's finaliser).
    let (first, second) = (mixed(first), mixed(second ^ first) | 1);
    (0..PROBES).map(move |probe| {
        let place = first.wrapping_add(second.wrapping_mul(probe)) % bits;
        let byte = usize::try_from(place / 8).unwrap_or(usize::MAX);
        (byte, 1 << (place % 8))
    })
}

fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Vec<u8> {
        let mut key = b"m".to_vec();
        key.extend(number.to_be_bytes());
        key.extend([0; 12]);
        key
    }

    #[test]
    fn what_was_added_may_be_there_and_little_else() {
        let mut bloom = Bloom::for_keys(10_000);
        for number in 0..10_000 {
            bloom.add(&key(number));
        }
        assert!((0..10_000).all(|number| bloom.may_have(&key(number))));
        let wrong = (10_000..20_000).filter(|number| bloom.may_have(&key(*number)));
        assert!(wrong.count() < 300);
        assert_eq!(Bloom::stored(bloom.bits().to_vec()), bloom);
    }

    #[test]
    fn one_question_answers_for_a_list() {
        let mut bloom = Bloom::for_keys(1);
        bloom.add(&[&key(1)[..PREFIX_BYTES], b"number"].concat());
        assert!(bloom.may_have(&key(1)[..PREFIX_BYTES]));
        assert!(!bloom.may_have(&key(2)[..PREFIX_BYTES]));
        assert!(bloom.may_have(b"m"));
    }
}
