//! ring's randomness as the crates of RustCrypto want it. Start at [`Random`].

use ring::rand::SecureRandom;
use sm2::dsa::signature::rand_core::{TryCryptoRng, TryRng};

/// See the module.
pub(super) struct Random<'a>(pub(super) &'a dyn SecureRandom);

/// There is no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness")]
pub(super) struct NoRandomness;

impl TryRng for Random<'_> {
    type Error = NoRandomness;

    fn try_next_u32(&mut self) -> Result<u32, NoRandomness> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandomness> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(bytes).map_err(|_| NoRandomness)
    }
}

impl TryCryptoRng for Random<'_> {}
