//! Digests. Start at [`DigestMethod`]; [`sha256`] is for everything that is not XML Signature.
//!
//! SHA-1 is not here: it is refused before a digest is looked for.

use std::fmt;

use ring::digest::{Algorithm, Context, SHA256, SHA384, SHA512, digest};

use super::uri;

/// A digest algorithm, named by its `DigestMethod` URI.
pub trait DigestMethod: Send + Sync + fmt::Debug {
    /// The URI.
    fn uri(&self) -> &str;
    /// Bytes of its output.
    fn length(&self) -> usize;
    /// Begins a digest.
    fn start(&self) -> Box<dyn Hasher>;
}

/// A digest under way.
pub trait Hasher {
    /// Takes the next bytes.
    fn update(&mut self, bytes: &[u8]);
    /// Ends it.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// A digest of ring.
#[derive(Debug)]
pub(super) struct RingDigest {
    uri: &'static str,
    algorithm: &'static Algorithm,
}

impl RingDigest {
    pub(super) const SHA256: Self = Self {
        uri: uri::SHA256,
        algorithm: &SHA256,
    };
    pub(super) const SHA384: Self = Self {
        uri: uri::SHA384,
        algorithm: &SHA384,
    };
    pub(super) const SHA512: Self = Self {
        uri: uri::SHA512,
        algorithm: &SHA512,
    };
}

impl DigestMethod for RingDigest {
    fn uri(&self) -> &str {
        self.uri
    }

    fn length(&self) -> usize {
        self.algorithm.output_len()
    }

    fn start(&self) -> Box<dyn Hasher> {
        Box::new(Context::new(self.algorithm))
    }
}

impl Hasher for Context {
    fn update(&mut self, bytes: &[u8]) {
        Self::update(self, bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        Self::finish(*self).as_ref().to_vec()
    }
}
