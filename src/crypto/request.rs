//! Requests for certificates (PKCS#10, RFC 2986), and certificates laid out for one key and signed
//! by another. Start at [`CertificateRequest`] and [`reseal`].

use rustls_pki_types::SignatureVerificationAlgorithm;

use super::der::{self, Reader, tlv};
use super::key::PublicKey;
use super::suite::Suites;
use super::uri;

/// A request whose signature shows that its sender has the key.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// The DER Name of the subject.
    pub subject: Vec<u8>,
    /// The key.
    pub key: PublicKey,
}

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFault {
    /// Its signature algorithm is none of ours, or does not fit the key.
    #[error("the request is signed with an algorithm that is not taken, or that is not its key's")]
    Algorithm,
    /// It is no PKCS#10 request.
    #[error("this is no certificate request (PKCS#10)")]
    Malformed,
    /// It is not signed by the key that it is for.
    #[error("the request is not signed by the key that it is for")]
    Signature,
}

impl CertificateRequest {
    /// Reads a DER request and verifies its signature by the algorithms that certificates may be
    /// signed with.
    ///
    /// # Errors
    /// [`RequestFault`].
    pub fn verify(request: &[u8], suites: &Suites) -> Result<Self, RequestFault> {
        let parts = Parts::read(request).ok_or(RequestFault::Malformed)?;
        let read = || {
            let mut info = Reader::new(Reader::only(parts.signed, der::SEQUENCE)?);
            info.take(der::INTEGER)?;
            let (_, subject, _) = info.next()?;
            let (_, spki, _) = info.next()?;
            let mut spki_parts = Reader::new(Reader::only(spki, der::SEQUENCE)?);
            let algorithm = spki_parts.take(der::SEQUENCE)?;
            let key = PublicKey::from_spki(spki)?;
            let signature = Reader::only(parts.algorithm, der::SEQUENCE)?;
            Some((subject, key, algorithm, signature))
        };
        let (subject, key, key_algorithm, algorithm) = read().ok_or(RequestFault::Malformed)?;
        let fits = |known: &&&dyn SignatureVerificationAlgorithm| {
            *known.public_key_alg_id() == *key_algorithm && *known.signature_alg_id() == *algorithm
        };
        let known = suites.path().iter().find(fits);
        let known = known.ok_or(RequestFault::Algorithm)?;
        known
            .verify_signature(&key.bits, parts.signed, parts.value)
            .map_err(|_| RequestFault::Signature)?;
        Ok(Self {
            subject: subject.to_vec(),
            key,
        })
    }
}

/// What certificates, requests and revocation lists have in common.
struct Parts<'a> {
    /// What is signed, with its tag.
    signed: &'a [u8],
    /// The AlgorithmIdentifier, with its tag.
    algorithm: &'a [u8],
    /// The signature value.
    value: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(Reader::only(der, der::SEQUENCE)?);
        let (_, signed, _) = outer.next()?;
        let (_, algorithm, _) = outer.next()?;
        let (unused, value) = outer.take(der::BIT_STRING)?.split_first()?;
        (*unused == 0 && outer.is_empty()).then_some(Self {
            signed,
            algorithm,
            value,
        })
    }
}

/// What was laid out, and where its algorithm and key stand (RFC 5280 sections 4.1 and 5.1, RFC 2986
/// section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A certificate of version 3.
    Certificate,
    /// A request.
    Request,
    /// A revocation list of version 2.
    RevocationList,
}

impl Layout {
    /// The place of the signature's algorithm and that of the key, in what is signed.
    fn places(self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Certificate => (Some(2), Some(6)),
            Self::Request => (None, Some(2)),
            Self::RevocationList => (Some(1), None),
        }
    }
}

/// Signs what was laid out anew: with another signature algorithm (an AlgorithmIdentifier) and
/// another key (a SubjectPublicKeyInfo), where they are given. `None`: `laid_out` is not what
/// `layout` says, or `sign` fails.
pub fn reseal(
    laid_out: &[u8],
    layout: Layout,
    algorithm: Option<&[u8]>,
    spki: Option<&[u8]>,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let parts = Parts::read(laid_out)?;
    let (algorithm_at, spki_at) = layout.places();
    let mut signed = Vec::new();
    let mut inner = Reader::new(Reader::only(parts.signed, der::SEQUENCE)?);
    for at in 0_usize.. {
        if inner.is_empty() {
            break;
        }
        let (_, whole, _) = inner.next()?;
        let place = Some(at);
        let new = match (algorithm, spki) {
            (Some(algorithm), _) if place == algorithm_at => algorithm,
            (_, Some(spki)) if place == spki_at => spki,
            _ => whole,
        };
        signed.extend_from_slice(new);
    }
    let signed = tlv(der::SEQUENCE, &signed);
    let value = [&[0], sign(&signed)?.as_slice()].concat();
    let value = tlv(der::BIT_STRING, &value);
    let algorithm = algorithm.unwrap_or(parts.algorithm);
    Some(der::sequence(&[&signed, algorithm, &value]))
}

/// The DER AlgorithmIdentifier by which certificates and requests name a suite of a device (RFC 5758,
/// RFC 4055, RFC 8410). `None`: it signs none.
pub fn certificate_algorithm(suite: &str) -> Option<Vec<u8>> {
    const RSA: [u8; 8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1];
    let rsa = |last: u8| {
        let oid = tlv(der::OID, &[RSA.as_slice(), &[last]].concat());
        der::sequence(&[&oid, &tlv(der::NULL, &[])])
    };
    let bare = |oid: &[u8]| der::sequence(&[&tlv(der::OID, oid)]);
    Some(match suite {
        uri::ECDSA_SHA256 => bare(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]),
        uri::ECDSA_SHA384 => bare(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3]),
        uri::ED25519 => bare(&[0x2B, 0x65, 0x70]),
        uri::RSA_SHA256 => rsa(11),
        uri::RSA_SHA384 => rsa(12),
        uri::RSA_SHA512 => rsa(13),
        _ => return None,
    })
}

/// A signature value of such a suite as certificates and requests write it: ECDSA's two numbers as a
/// DER SEQUENCE (RFC 3279 section 2.2.3), others as they are.
pub fn certificate_value(suite: &str, value: &[u8]) -> Option<Vec<u8>> {
    match suite {
        uri::ECDSA_SHA256 | uri::ECDSA_SHA384 => {
            let (r, s) = value.split_at_checked(value.len() / 2)?;
            Some(der::sequence(&[&der::integer(r), &der::integer(s)]))
        }
        _ => Some(value.to_vec()),
    }
}
