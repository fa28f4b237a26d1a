//! Digests. Start at [`DigestMethod`]; [`sha256`] is for everything that is not XML Signature.
//!
//! SHA-1 is in no standard registry: only [`Agreed`](super::Agreed) adds it to one, for a time.

use std::fmt;
use std::marker::PhantomData;

use rfc6979::hmac::digest::Digest;
use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use sm3::Sm3;
use streebog::{Streebog256, Streebog512};

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
    pub(super) const SHA1: Self = Self {
        uri: uri::SHA1,
        algorithm: &SHA1_FOR_LEGACY_USE_ONLY,
    };
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

/// A digest that ring has not.
pub(super) struct NationalDigest<D> {
    uri: &'static str,
    digest: PhantomData<fn() -> D>,
}

impl<D> NationalDigest<D> {
    const fn new(uri: &'static str) -> Self {
        let digest = PhantomData;
        Self { uri, digest }
    }
}

impl NationalDigest<Sm3> {
    pub(super) const SM3_CHINAPORT: Self = Self::new(uri::SM3_CHINAPORT);
    pub(super) const SM3_MORE: Self = Self::new(uri::SM3_MORE);
}

impl NationalDigest<Streebog256> {
    pub(super) const STREEBOG_256: Self = Self::new(uri::STREEBOG_256);
    pub(super) const STREEBOG_256_MORE: Self = Self::new(uri::STREEBOG_256_MORE);
}

impl NationalDigest<Streebog512> {
    pub(super) const STREEBOG_512: Self = Self::new(uri::STREEBOG_512);
    pub(super) const STREEBOG_512_MORE: Self = Self::new(uri::STREEBOG_512_MORE);
}

impl<D> fmt::Debug for NationalDigest<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalDigest({})", self.uri)
    }
}

impl<D: Digest + 'static> DigestMethod for NationalDigest<D> {
    fn uri(&self) -> &str {
        self.uri
    }

    fn length(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn start(&self) -> Box<dyn Hasher> {
        Box::new(NationalHasher(D::new()))
    }
}

struct NationalHasher<D>(D);

impl<D: Digest> Hasher for NationalHasher<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}
