//! Keys of the suites that ring has not, as far as certificates are made with them: development
//! authorities, requests for certificates. Start at [`NationalKey`].

use std::fmt;

use ring::rand::SecureRandom;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use super::SuiteFault;
use super::gost::GostKey;
use super::sm2::Sm2Key;
use crate::crypto::der;

/// What making certificates needs of a key.
pub(super) trait Certifier: Send + Sync {
    /// The DER AlgorithmIdentifier of the key.
    fn key_algorithm(&self) -> Vec<u8>;
    /// The DER AlgorithmIdentifier of its signatures on certificates.
    fn signature_algorithm(&self) -> Vec<u8>;
    /// The DER PrivateKeyInfo.
    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>>;
    /// The bits of `subjectPublicKey`.
    fn public_bits(&self) -> &[u8];
    /// Signs as certificates are signed.
    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault>;
}

/// A curve that keys can be made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NationalCurve {
    /// GOST R 34.10-2012 on this curve.
    Gost(GostCurve),
    /// SM2.
    Sm2,
}

/// A curve of GOST R 34.10-2012.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GostCurve {
    /// 256 bits, CryptoPro A.
    CryptoProA,
    /// 256 bits, CryptoPro B.
    CryptoProB,
    /// 256 bits, CryptoPro C.
    CryptoProC,
    /// 256 bits, TC26 A.
    Tc26A256,
    /// 512 bits, TC26 A.
    Tc26A512,
    /// 512 bits, TC26 B.
    Tc26B512,
    /// 512 bits, TC26 C.
    Tc26C512,
}

impl GostCurve {
    fn oid(self) -> &'static [u8] {
        match self {
            Self::CryptoProA => &[0x2A, 0x85, 3, 2, 2, 0x23, 1],
            Self::CryptoProB => &[0x2A, 0x85, 3, 2, 2, 0x23, 2],
            Self::CryptoProC => &[0x2A, 0x85, 3, 2, 2, 0x23, 3],
            Self::Tc26A256 => &[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 1],
            Self::Tc26A512 => &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 1],
            Self::Tc26B512 => &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 2],
            Self::Tc26C512 => &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 3],
        }
    }
}

/// A private key of a suite that ring has not.
pub struct NationalKey(Box<dyn Certifier>);

impl NationalKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SuiteFault::Sign`]: no randomness.
    pub fn generate(curve: NationalCurve, random: &dyn SecureRandom) -> Result<Self, SuiteFault> {
        let made: Option<Box<dyn Certifier>> = match curve {
            NationalCurve::Gost(curve) => GostKey::generate(curve.oid(), random).map(boxed),
            NationalCurve::Sm2 => Sm2Key::generate(random).map(boxed),
        };
        made.map(Self).ok_or(SuiteFault::Sign)
    }

    /// Reads a PKCS#8 key, PEM. `None`: it is none of these suites'.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let mut key = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
        let found = Self::from_pkcs8(key.secret_pkcs8_der());
        key.zeroize();
        found
    }

    /// Reads a PKCS#8 key, DER. `None`: it is none of these suites'.
    pub fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let found = GostKey::from_pkcs8(der).map(boxed);
        let found = found.or_else(|| Sm2Key::certifying(der).map(boxed));
        found.map(Self)
    }

    /// The key as PKCS#8, DER.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_pkcs8()
    }

    /// The bits of its `subjectPublicKey`.
    pub fn public_bits(&self) -> &[u8] {
        self.0.public_bits()
    }

    /// Its SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> Vec<u8> {
        let bits = [&[0], self.public_bits()].concat();
        let bits = der::tlv(der::BIT_STRING, &bits);
        der::sequence(&[&self.0.key_algorithm(), &bits])
    }

    /// The AlgorithmIdentifier of its signatures on certificates, DER.
    pub fn signature_algorithm(&self) -> Vec<u8> {
        self.0.signature_algorithm()
    }

    /// Signs as certificates, requests and revocation lists are signed.
    ///
    /// # Errors
    /// [`SuiteFault::Sign`]: no randomness.
    pub fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        self.0.sign(message, random)
    }
}

fn boxed(key: impl Certifier + 'static) -> Box<dyn Certifier> {
    Box::new(key)
}

impl fmt::Debug for NationalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NationalKey").finish_non_exhaustive()
    }
}
