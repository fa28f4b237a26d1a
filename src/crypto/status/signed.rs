//! What an authority signed in DER (X.690): its parts, and whether a key signed it. Start at
//! [`Signed`].
//!
//! Lists, responses and certificates are built alike (RFC 5280 sections 4.1.1 and 5.1.1, RFC 6960
//! section 4.2.1): what is signed, the algorithm, the value.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::super::der::{BIT_STRING, OCTET_STRING, OID, Reader, SEQUENCE};
use super::super::digest::sha256;

/// BOOLEAN.
const BOOLEAN: u8 = 0x01;
/// UTCTime.
pub(super) const UTC_TIME: u8 = 0x17;
/// GeneralizedTime.
pub(super) const GENERALIZED_TIME: u8 = 0x18;

/// Something signed, as it was read.
#[derive(Debug)]
pub(super) struct Signed {
    /// What is signed, tag and length included.
    tbs: Vec<u8>,
    /// The content of the AlgorithmIdentifier.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    /// SHA-256 of the key (SubjectPublicKeyInfo) that was found to have signed it. A list of
    /// megabytes is not hashed for each message.
    by: OnceLock<[u8; 32]>,
}

impl Signed {
    /// The three parts; the content of what is signed, and what follows the value.
    pub(super) fn read(content: &[u8]) -> Option<(Self, &[u8], Reader<'_>)> {
        let mut reader = Reader::new(content);
        let (tag, tbs, inside) = reader.next()?;
        let algorithm = reader.take(SEQUENCE)?;
        let signature = bits(reader.take(BIT_STRING)?)?;
        let signed = Self {
            tbs: tbs.to_vec(),
            algorithm: algorithm.to_vec(),
            signature: signature.to_vec(),
            by: OnceLock::new(),
        };
        (tag == SEQUENCE).then_some((signed, inside, reader))
    }

    /// Whether the algorithm is this one (the content of an AlgorithmIdentifier): it stands twice in
    /// a list, and the two must agree (RFC 5280 section 5.1.1.2).
    pub(super) fn is_signed_with(&self, algorithm: &[u8]) -> bool {
        self.algorithm == algorithm
    }

    /// Whether a key, a DER SubjectPublicKeyInfo, signed it with one of these algorithms.
    pub(super) fn is_by(
        &self,
        spki: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let Some((of_key, key)) = key(spki) else {
            return false;
        };
        let fits = |it: &&&dyn SignatureVerificationAlgorithm| {
            it.signature_alg_id().as_ref() == self.algorithm
                && it.public_key_alg_id().as_ref() == of_key
        };
        let Some(algorithm) = algorithms.iter().find(fits) else {
            return false;
        };
        let spki = sha256(spki);
        if self.by.get() == Some(&spki) {
            return true;
        }
        let verified = algorithm.verify_signature(key, &self.tbs, &self.signature);
        if verified.is_ok() {
            // Another key that signed it before stays: one is remembered.
            let _ = self.by.set(spki);
        }
        verified.is_ok()
    }
}

/// The content of the AlgorithmIdentifier of a DER SubjectPublicKeyInfo, and the key.
pub(super) fn key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(Reader::only(spki, SEQUENCE)?);
    let algorithm = reader.take(SEQUENCE)?;
    let key = bits(reader.take(BIT_STRING)?)?;
    reader.is_empty().then_some((algorithm, key))
}

/// The octets of a BIT STRING of whole octets.
fn bits(content: &[u8]) -> Option<&[u8]> {
    match content.split_first() {
        Some((0, octets)) => Some(octets),
        _ => None,
    }
}

/// An extension (RFC 5280 section 4.1).
pub(super) struct Extension<'a> {
    /// The content of its OBJECT IDENTIFIER.
    pub(super) oid: &'a [u8],
    pub(super) critical: bool,
    /// The content of its OCTET STRING.
    pub(super) value: &'a [u8],
}

/// The extensions of a SEQUENCE OF them. One that stands twice is a fault (section 4.2).
pub(super) fn extensions(sequence: &[u8]) -> Option<Vec<Extension<'_>>> {
    let mut reader = Reader::new(Reader::only(sequence, SEQUENCE)?);
    let mut found: Vec<Extension<'_>> = Vec::new();
    while !reader.is_empty() {
        let mut one = Reader::new(reader.take(SEQUENCE)?);
        let oid = one.take(OID)?;
        let critical = match one.take_if(BOOLEAN) {
            None | Some([0x00]) => false,
            Some([0xFF]) => true,
            Some(_) => return None,
        };
        let value = one.take(OCTET_STRING)?;
        if !one.is_empty() || found.iter().any(|it| it.oid == oid) {
            return None;
        }
        found.push(Extension {
            oid,
            critical,
            value,
        });
    }
    Some(found)
}

/// The next value, a UTCTime or GeneralizedTime (RFC 5280 sections 5.1.2.4 and 4.1.2.5).
pub(super) fn next_time(reader: &mut Reader<'_>) -> Option<Timestamp> {
    match reader.next()? {
        (tag @ (UTC_TIME | GENERALIZED_TIME), _, content) => time(tag, content),
        _ => None,
    }
}

/// A moment of whole seconds in UTC. What no clock reaches is as far as ours reach.
pub(super) fn time(tag: u8, content: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(content).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match (tag, text.len()) {
        (UTC_TIME, 12) => {
            let (year, rest) = text.split_at(2);
            // RFC 5280 section 4.1.2.5.1.
            let year: i16 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        (GENERALIZED_TIME, 14) => {
            let (year, rest) = text.split_at(4);
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let mut pairs = rest.as_bytes().chunks_exact(2).map(|pair| match pair {
        [tens, ones] => i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok(),
        _ => None,
    });
    let mut pair = || pairs.next().flatten();
    // Nothing here was signed before, and a receipt writes years of four digits.
    (year >= 1950).then_some(())?;
    let (month, day, hour, minute, second) = (pair()?, pair()?, pair()?, pair()?, pair()?);
    let time = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let zoned = TimeZone::UTC.to_timestamp(time);
    Some(zoned.unwrap_or(Timestamp::MAX))
}

/// Whether a key, a DER SubjectPublicKeyInfo, signed a certificate.
pub(in crate::crypto) fn is_signed_by(
    certificate: &[u8],
    spki: &[u8],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> bool {
    let content = Reader::only(certificate, SEQUENCE);
    let signed = content.and_then(Signed::read);
    signed.is_some_and(|(signed, _, rest)| rest.is_empty() && signed.is_by(spki, algorithms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_in_utc_of_whole_seconds() {
        let of = |tag, text: &str| time(tag, text.as_bytes()).map(|time| time.to_string());
        for (tag, text, expected) in [
            (UTC_TIME, "260501000000Z", "2026-05-01T00:00:00Z"),
            (UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
            (UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
            (GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"),
        ] {
            assert_eq!(of(tag, text).as_deref(), Some(expected));
        }
        assert_eq!(
            time(GENERALIZED_TIME, b"99991231235959Z"),
            Some(Timestamp::MAX)
        );
        for (tag, text) in [
            (UTC_TIME, "260501000000"),
            (UTC_TIME, "2605010000Z"),
            (UTC_TIME, "260501000000+0100"),
            (UTC_TIME, "20260501000000Z"),
            (UTC_TIME, "261301000000Z"),
            (UTC_TIME, "2605010000\u{661}Z"),
            (GENERALIZED_TIME, "19490501000000Z"),
            (GENERALIZED_TIME, "260501000000Z"),
            (GENERALIZED_TIME, "20260501000000.5Z"),
            (OCTET_STRING, "20260501000000Z"),
        ] {
            assert_eq!(of(tag, text), None, "{text}");
        }
    }
}
