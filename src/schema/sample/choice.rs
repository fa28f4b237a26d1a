//! Choices that a seed decides. Start at [`Choice`].

/// A stream of choices: SplitMix64, which is small and good enough where nothing is secret.
pub(super) struct Choice(u64);

impl Choice {
    /// The choices of a seed, in one of several attempts.
    pub(super) fn of(seed: u64, attempt: u64) -> Self {
        let mut choice = Self(seed);
        let apart = choice.next();
        Self(apart.wrapping_add(attempt.wrapping_mul(0xD1B5_4A32_D192_ED03)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below the limit; 0 where that is 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(limit).unwrap_or(0)).unwrap_or(0)
    }

    /// A number of the range, both ends included; the first where it is empty.
    pub(super) fn within(&mut self, first: i128, last: i128) -> i128 {
        let span = last.saturating_sub(first).saturating_add(1).max(1);
        let drawn = (i128::from(self.next()) << 32) ^ i128::from(self.next());
        first.saturating_add(drawn.rem_euclid(span))
    }

    /// Whether this is one of so many.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub(super) fn of_all<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(self.below(all.len()))
    }
}
