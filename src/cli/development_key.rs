//! Keys of a development authority and of those whom it certifies: `rcgen`'s, and those of the
//! national suites. Start at [`DevelopmentKey`].
//!
//! `rcgen` knows a closed list of algorithms. It lays out every certificate, and where a national
//! key has a part in one, the algorithms are replaced and the whole is signed anew.

use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyPair, PKCS_ED25519,
    PublicKeyData, SignatureAlgorithm, SigningKey,
};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::Failure;
use super::authority::certificate_failure;
use crate::crypto::{
    Layout, NationalKey, PublicKey, Signer, certificate_algorithm, certificate_value, reseal,
};

/// A private key for development.
#[derive(Debug)]
pub enum DevelopmentKey {
    /// RSA, ECDSA or Ed25519.
    Common(Box<KeyPair>),
    /// GOST R 34.10-2012 or SM2.
    National(NationalKey),
}

impl DevelopmentKey {
    /// Reads a PKCS#8 key, PEM.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = KeyPair::from_pem(pem) {
            return Some(Self::Common(Box::new(key)));
        }
        NationalKey::from_pem(pem.as_bytes()).map(Self::National)
    }

    /// Reads a PKCS#8 key, DER.
    pub(super) fn from_der(pkcs8: &[u8]) -> Option<Self> {
        if let Ok(key) = KeyPair::try_from(pkcs8) {
            return Some(Self::Common(Box::new(key)));
        }
        NationalKey::from_pkcs8(pkcs8).map(Self::National)
    }

    /// The key as PKCS#8, DER.
    pub(super) fn to_der(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Common(key) => Zeroizing::new(key.serialize_der()),
            Self::National(key) => key.to_pkcs8(),
        }
    }

    /// The key as PKCS#8, PEM.
    pub fn serialize_pem(&self) -> String {
        match self {
            Self::Common(key) => key.serialize_pem(),
            Self::National(key) => pem("PRIVATE KEY", &key.to_pkcs8()),
        }
    }

    /// The public key as it stands in `subjectPublicKey`.
    pub fn public_key_raw(&self) -> &[u8] {
        self.der_bytes()
    }

    /// Self-signs a certificate.
    pub(super) fn self_signed(&self, params: &CertificateParams) -> Result<Vec<u8>, Failure> {
        let laid_out = params.self_signed(self).map_err(certificate_failure)?;
        self.seal(laid_out.der(), Layout::Certificate, self.own_spki())
    }

    /// Certifies a key.
    pub(super) fn certify(
        &self,
        issuer: &CertificateParams,
        params: &CertificateParams,
        key: &Self,
    ) -> Result<Vec<u8>, Failure> {
        let issuer = Issuer::from_params(issuer, self);
        let laid_out = params
            .signed_by(key, &issuer)
            .map_err(certificate_failure)?;
        self.seal(laid_out.der(), Layout::Certificate, key.own_spki())
    }

    /// Certifies somebody else's key.
    pub(super) fn certify_public(
        &self,
        issuer: &CertificateParams,
        params: &CertificateParams,
        key: &PublicKey,
    ) -> Result<Vec<u8>, Failure> {
        let issuer = Issuer::from_params(issuer, self);
        let laid_out = params.signed_by(&Asked(key), &issuer);
        let laid_out = laid_out.map_err(certificate_failure)?;
        let spki = Some(key.spki.clone());
        self.seal(laid_out.der(), Layout::Certificate, spki)
    }

    /// Signs a request for its own certificate.
    pub(super) fn request(&self, params: &CertificateParams) -> Result<Vec<u8>, Failure> {
        let laid_out = params
            .serialize_request(self)
            .map_err(certificate_failure)?;
        self.seal(laid_out.der(), Layout::Request, self.own_spki())
    }

    /// Signs a revocation list.
    pub(super) fn list(
        &self,
        issuer: &CertificateParams,
        params: &CertificateRevocationListParams,
    ) -> Result<Vec<u8>, Failure> {
        let issuer = Issuer::from_params(issuer, self);
        let laid_out = params.signed_by(&issuer).map_err(certificate_failure)?;
        self.seal(laid_out.der(), Layout::RevocationList, None)
    }

    /// The SubjectPublicKeyInfo of a key that `rcgen` does not know.
    fn own_spki(&self) -> Option<Vec<u8>> {
        match self {
            Self::National(key) => Some(key.spki()),
            Self::Common(_) => None,
        }
    }

    fn seal(&self, der: &[u8], layout: Layout, spki: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        let algorithm = match self {
            Self::National(key) => Some(key.signature_algorithm()),
            Self::Common(_) => None,
        };
        if spki.is_none() && algorithm.is_none() {
            return Ok(der.to_vec());
        }
        let sign = |signed: &[u8]| match self {
            Self::Common(key) => key.sign(signed).ok(),
            Self::National(key) => key.sign(signed, &SystemRandom::new()).ok(),
        };
        reseal(der, layout, algorithm.as_deref(), spki.as_deref(), sign)
            .ok_or_else(|| Failure::ours("CERTIFICATE", "the key does not sign certificates"))
    }
}

/// For a national key only what identifiers of keys are made of is its own; the rest is replaced.
impl PublicKeyData for DevelopmentKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Common(key) => key.der_bytes(),
            Self::National(key) => key.public_bits(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Common(key) => key.algorithm(),
            Self::National(_) => &PKCS_ED25519,
        }
    }
}

impl SigningKey for DevelopmentKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::Common(key) => key.sign(message),
            Self::National(_) => Ok(Vec::new()),
        }
    }
}

/// The key of a request. The algorithm is replaced.
struct Asked<'a>(&'a PublicKey);

impl PublicKeyData for Asked<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.0.bits
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

/// It lays a request out, which is signed anew.
impl SigningKey for Asked<'_> {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}

/// Lays out a request for the certificate of a device's key and has the device sign it.
pub(super) fn request_by(
    params: &CertificateParams,
    key: &PublicKey,
    signer: &dyn Signer,
) -> Result<String, Failure> {
    let ours = || Failure::ours("CERTIFICATE", "the device signs no requests");
    let laid_out = params
        .serialize_request(&Asked(key))
        .map_err(certificate_failure)?;
    let algorithm = certificate_algorithm(signer.suite()).ok_or_else(ours)?;
    let sign = |signed: &[u8]| {
        let value = signer.sign(signed, &SystemRandom::new()).ok()?;
        certificate_value(signer.suite(), &value)
    };
    let (layout, spki) = (Layout::Request, Some(key.spki.as_slice()));
    let request = reseal(laid_out.der(), layout, Some(&algorithm), spki, sign);
    Ok(pem("CERTIFICATE REQUEST", &request.ok_or_else(ours)?))
}

/// A PEM text (RFC 7468).
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}
