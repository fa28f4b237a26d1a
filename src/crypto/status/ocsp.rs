//! Answers of OCSP responders (RFC 6960): read, and asked for a certificate. Start at [`Response`];
//! [`request`] writes the question.
//!
//! A responder is the certificate's issuer itself, one that the profile names, or one that the issuer
//! itself certified for just this (section 4.2.2.2). SHA-1 stands here as the name of an issuer that
//! the protocol prescribes: nothing is trusted by it, for the answer is signed.

use jiff::{SignedDuration, Timestamp};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::prelude::X509Certificate;

use super::super::certificate::{key_usage, parse, timestamp};
use super::super::der::{INTEGER, NULL, OCTET_STRING, OID, Reader, SEQUENCE, sequence, tlv};
use super::super::digest::sha256;
use super::super::judged::{StatusKind, StatusUsed, plain};
use super::signed::{Extension, GENERALIZED_TIME, Signed, extensions, is_signed_by, key, time};
use super::{Answer, Asked, Entry, Known, Reason, Revoked, Terms, When};

/// Most bytes of a response: 64 KiB; one with the responder's certificate has some 2 KiB, with a chain
/// of RSA-4096 certificates 8.
pub const OCSP_BYTES_MAX: usize = 64 << 10;

/// Most bytes of a nonce (RFC 8954 section 2.1), and what is asked with.
pub const OCSP_NONCE_BYTES: usize = 32;

/// How long an answer without a next update holds: the responder says by that that it always knows
/// more (RFC 6960 section 2.4), so that an hour-old answer is none.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How far a responder's clock may go ahead of ours.
const CLOCK_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// ENUMERATED.
const ENUMERATED: u8 = 0x0A;
/// `[0]`, constructed.
const CONTEXT_0: u8 = 0xA0;
/// `[1]`, constructed.
const CONTEXT_1: u8 = 0xA1;
/// `[2]`, constructed.
const CONTEXT_2: u8 = 0xA2;
/// `good`, `[0]`, primitive.
const GOOD: u8 = 0x80;
/// `unknown`, `[2]`, primitive.
const UNKNOWN: u8 = 0x82;

/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 48, 1, 1];
/// id-pkix-ocsp-nonce.
const NONCE: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 48, 1, 2];
/// id-pkix-ocsp-nocheck.
const NO_CHECK: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 48, 1, 5];
/// 1.3.14.3.2.26.
const SHA1_OID: &[u8] = &[0x2B, 0x0E, 3, 2, 0x1A];
/// 2.16.840.1.101.3.4.2.1.
const SHA256_OID: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// An answer, read. Who signed it is asked for each certificate.
#[derive(Debug)]
pub(in crate::crypto) struct Response {
    signed: Signed,
    responder: Responder,
    produced_at: Timestamp,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    /// What it carries to verify it by; hints.
    certificates: Vec<Vec<u8>>,
    /// When any of its words begins or ends to hold, or a certificate that it carries does.
    turns: Vec<Timestamp>,
    sha256: [u8; 32],
}

/// Who says that it answers.
#[derive(Debug)]
enum Responder {
    /// Its subject, DER.
    Name(Vec<u8>),
    /// SHA-1 of its key.
    Key(Vec<u8>),
}

/// What is said of one certificate.
#[derive(Debug)]
struct Single {
    hash: &'static Algorithm,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
    status: Status,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
}

#[derive(Debug)]
enum Status {
    Good,
    Revoked(Entry),
    Unknown,
}

impl Single {
    fn is_of(&self, asked: &Asked<'_>) -> bool {
        let hashed = |bytes: &[u8]| digest(self.hash, bytes);
        let issuer = asked.issuer;
        let Some((_, key)) = key(issuer.public_key().raw) else {
            return false;
        };
        self.serial == asked.certificate.raw_serial()
            && asked.certificate.issuer().as_raw() == issuer.subject().as_raw()
            && self.issuer_name == hashed(issuer.subject().as_raw()).as_ref()
            && self.issuer_key == hashed(key).as_ref()
    }

    /// When it begins to hold, as far as clocks agree.
    fn begin(&self) -> Timestamp {
        let begin = self.this_update.checked_sub(CLOCK_AHEAD_MAX);
        begin.unwrap_or(Timestamp::MIN)
    }

    /// When it runs out, that second left out.
    fn end(&self) -> Timestamp {
        let end = self
            .next_update
            .or_else(|| self.this_update.checked_add(AGE_MAX).ok());
        end.unwrap_or(Timestamp::MAX)
    }
}

impl Response {
    /// Reads an answer; the fault in words.
    pub(in crate::crypto) fn read(der: &[u8]) -> Result<Self, &'static str> {
        const MALFORMED: &str = "the answer of the responder is malformed";
        if der.len() > OCSP_BYTES_MAX {
            return Err("the answer of the responder has more than 64 KiB");
        }
        let mut outer = Reader::new(Reader::only(der, SEQUENCE).ok_or(MALFORMED)?);
        match outer.take(ENUMERATED) {
            Some([0]) => {}
            Some([1]) => return Err("the responder says that the request is malformed"),
            Some([2]) => return Err("the responder has an internal error"),
            Some([3]) => return Err("the responder asks to try later"),
            Some([5]) => return Err("the responder demands a signed request"),
            Some([6]) => return Err("the responder refuses to answer"),
            _ => return Err(MALFORMED),
        }
        let basic = outer
            .take(CONTEXT_0)
            .filter(|_| outer.is_empty())
            .and_then(basic);
        basic
            .and_then(|basic| Self::basic(basic, sha256(der)))
            .ok_or(MALFORMED)
    }

    /// The BasicOCSPResponse of an answer; nothing, when it is malformed.
    fn basic(der: &[u8], sha256: [u8; 32]) -> Option<Self> {
        let (signed, inside, mut rest) = Signed::read(Reader::only(der, SEQUENCE)?)?;
        let mut certificates = Vec::new();
        if let Some(carried) = rest.take_if(CONTEXT_0) {
            let mut carried = Reader::new(Reader::only(carried, SEQUENCE)?);
            while !carried.is_empty() {
                certificates.push(carried.next()?.1.to_vec());
            }
        }
        rest.is_empty().then_some(())?;
        let mut reader = Reader::new(inside);
        // Version 1, the default, written or not.
        if let Some(version) = reader.take_if(CONTEXT_0) {
            (Reader::only(version, INTEGER)? == [0]).then_some(())?;
        }
        let responder = match reader.next()? {
            (CONTEXT_1, _, name) => Responder::Name(name.to_vec()),
            (CONTEXT_2, _, hash) => Responder::Key(Reader::only(hash, OCTET_STRING)?.to_vec()),
            _ => return None,
        };
        let produced_at = time(GENERALIZED_TIME, reader.take(GENERALIZED_TIME)?)?;
        let (mut list, mut singles) = (Reader::new(reader.take(SEQUENCE)?), Vec::new());
        while !list.is_empty() {
            singles.push(single(list.take(SEQUENCE)?)?);
        }
        let mut nonce = None;
        if let Some(sequence) = reader.take_if(CONTEXT_1) {
            for extension in extensions(sequence)? {
                match extension.oid {
                    NONCE => nonce = Some(nonce_of(&extension)),
                    _ => (!extension.critical).then_some(())?,
                }
            }
        }
        let mut turns: Vec<Timestamp> = Vec::new();
        turns.extend(
            singles
                .iter()
                .flat_map(|it: &Single| [it.begin(), it.end()]),
        );
        turns.extend(certificates.iter().flat_map(|der: &Vec<u8>| validity(der)));
        reader.is_empty().then_some(Self {
            turns,
            signed,
            responder,
            produced_at,
            singles,
            nonce,
            certificates,
            sha256,
        })
    }

    /// Whether it bears this nonce; nothing, when it bears none.
    pub(in crate::crypto) fn bears(&self, nonce: &[u8]) -> Option<bool> {
        self.nonce.as_ref().map(|own| own == nonce)
    }

    /// The freshest word on a certificate, whoever signed it.
    fn single(&self, asked: &Asked<'_>) -> Option<&Single> {
        let singles = self.singles.iter().filter(|single| single.is_of(asked));
        singles.max_by_key(|single| single.this_update)
    }

    /// When what it is worth may change.
    pub(super) fn turns(&self) -> impl Iterator<Item = Timestamp> {
        self.turns.iter().copied()
    }

    /// When its words run out.
    pub(super) fn ends(&self) -> impl Iterator<Item = Timestamp> {
        self.singles.iter().map(Single::end)
    }

    /// What it says that is not taken back by the next one: who is revoked.
    pub(super) fn says(&self) -> Vec<u8> {
        let mut says = Vec::new();
        for single in &self.singles {
            if let Status::Revoked(entry) = &single.status {
                says.extend_from_slice(&single.issuer_name);
                says.extend_from_slice(&single.serial);
                entry.says(&mut says);
            }
        }
        says
    }

    /// What it says of a certificate.
    pub(in crate::crypto) fn answer(
        &self,
        asked: &Asked<'_>,
        known: &Known,
        terms: &Terms<'_>,
    ) -> Answer {
        let Some(single) = self.single(asked) else {
            return Answer::Unknown;
        };
        if let When::Now(now) = terms.when {
            let latest = now
                .saturating_add(CLOCK_AHEAD_MAX)
                .unwrap_or(Timestamp::MAX);
            if single.this_update > latest || self.produced_at > latest {
                return Answer::Unknown;
            }
        }
        let until = terms.when.at().min(single.end());
        let Some(by) = self.signer(asked, known, terms, until) else {
            return Answer::Unknown;
        };
        let ran_out = match &single.status {
            Status::Unknown => return Answer::Unknown,
            Status::Revoked(entry) => match terms.revoked(entry) {
                Some(Revoked {
                    since,
                    sound_before,
                }) => {
                    return Answer::Revoked(Revoked {
                        since,
                        sound_before,
                    });
                }
                None => terms.ran_out(single.end()),
            },
            Status::Good => terms.ran_out(single.end()),
        };
        match ran_out {
            None => Answer::RanOut(single.end()),
            Some(ran_out) => Answer::Good(vec![StatusUsed {
                kind: StatusKind::Ocsp,
                issuer: plain(&by),
                number: None,
                sha256: self.sha256,
                this_update: single.this_update,
                next_update: single.end(),
                produced_at: Some(self.produced_at),
                ran_out,
            }]),
        }
    }

    /// Who signed it, if that one may answer for the issuer of a certificate.
    fn signer(
        &self,
        asked: &Asked<'_>,
        known: &Known,
        terms: &Terms<'_>,
        until: Timestamp,
    ) -> Option<String> {
        let issuer = asked.issuer;
        if self.is_by(issuer, terms.algorithms) {
            return Some(issuer.subject().to_string());
        }
        let named = known.responders.iter().map(|der| (der, true));
        let carried = self.certificates.iter().map(|der| (der, false));
        named.chain(carried).find_map(|(der, is_named)| {
            let certificate = parse(der).ok()?;
            let valid = |at: Timestamp| {
                let validity = certificate.validity();
                (validity.not_before.timestamp()..=validity.not_after.timestamp())
                    .contains(&at.as_second())
            };
            let may = self.is_by(&certificate, terms.algorithms)
                && valid(self.produced_at)
                && valid(until)
                && (is_named || is_delegated(der, &certificate, issuer, known, terms));
            may.then(|| certificate.subject().to_string())
        })
    }

    /// Whether the holder of a certificate is who it says that answers, and signed it.
    fn is_by(
        &self,
        certificate: &X509Certificate<'_>,
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let spki = certificate.public_key().raw;
        let is_it = match &self.responder {
            Responder::Name(name) => name == certificate.subject().as_raw(),
            Responder::Key(hash) => key(spki).is_some_and(|(_, key)| {
                digest(&SHA1_FOR_LEGACY_USE_ONLY, key).as_ref() == hash.as_slice()
            }),
        };
        is_it && self.signed.is_by(spki, algorithms)
    }
}

/// When a certificate begins to be valid, and the second behind its end.
pub(super) fn validity(der: &[u8]) -> Vec<Timestamp> {
    let Ok(certificate) = parse(der) else {
        return Vec::new();
    };
    let validity = certificate.validity();
    let (from, until) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    vec![timestamp(from), timestamp(until.saturating_add(1))]
}

/// Section 4.2.2.2: certified by the issuer itself, with the same key, for answering; and not revoked,
/// unless the issuer says that it need not be asked (section 4.2.2.2.1).
fn is_delegated(
    der: &[u8],
    certificate: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    known: &Known,
    terms: &Terms<'_>,
) -> bool {
    let usage = certificate.extended_key_usage();
    let answers = usage.is_ok_and(|usage| usage.is_some_and(|usage| usage.value.ocsp_signing));
    let signs =
        key_usage(certificate).is_ok_and(|usage| usage.is_none_or(|bits| bits.digital_signature()));
    let extensions = certificate.extensions();
    // id-ce-keyUsage, id-ce-basicConstraints, id-ce-extKeyUsage.
    let known_critical: [&[u8]; 3] = [&[0x55, 0x1D, 15], &[0x55, 0x1D, 19], &[0x55, 0x1D, 37]];
    let unknown = extensions
        .iter()
        .any(|it| it.critical && !known_critical.contains(&it.oid.as_bytes()));
    let issued = certificate.issuer().as_raw() == issuer.subject().as_raw()
        && is_signed_by(der, issuer.public_key().raw, terms.algorithms);
    if !(answers && signs && issued) || unknown {
        return false;
    }
    let asked = Asked {
        certificate,
        is_authority: false,
        issuer,
    };
    extensions.iter().any(|it| it.oid.as_bytes() == NO_CHECK)
        || matches!(known.by_lists(&asked, terms), Answer::Good(_))
}

/// The BasicOCSPResponse of ResponseBytes.
fn basic(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(Reader::only(bytes, SEQUENCE)?);
    (reader.take(OID)? == BASIC).then_some(())?;
    let basic = reader.take(OCTET_STRING)?;
    reader.is_empty().then_some(basic)
}

/// The nonce; RFC 8954 makes it an OCTET STRING, earlier responders wrote what they liked.
fn nonce_of(extension: &Extension<'_>) -> Vec<u8> {
    let inner = Reader::only(extension.value, OCTET_STRING);
    inner.unwrap_or(extension.value).to_vec()
}

fn single(content: &[u8]) -> Option<Single> {
    let mut reader = Reader::new(content);
    let mut id = Reader::new(reader.take(SEQUENCE)?);
    let mut algorithm = Reader::new(id.take(SEQUENCE)?);
    let hash = match algorithm.take(OID)? {
        SHA1_OID => &SHA1_FOR_LEGACY_USE_ONLY,
        SHA256_OID => &SHA256,
        _ => return None,
    };
    let (issuer_name, issuer_key) = (id.take(OCTET_STRING)?, id.take(OCTET_STRING)?);
    let serial = id.take(INTEGER)?;
    id.is_empty().then_some(())?;
    let status = match reader.next()? {
        (GOOD, _, []) => Status::Good,
        (UNKNOWN, _, []) => Status::Unknown,
        (CONTEXT_1, _, revoked) => Status::Revoked(revoked_info(revoked)?),
        _ => return None,
    };
    let this_update = time(GENERALIZED_TIME, reader.take(GENERALIZED_TIME)?)?;
    let next_update = match reader.take_if(CONTEXT_0) {
        None => None,
        Some(inner) => Some(time(
            GENERALIZED_TIME,
            Reader::only(inner, GENERALIZED_TIME)?,
        )?),
    };
    if let Some(sequence) = reader.take_if(CONTEXT_1) {
        let unknown = extensions(sequence)?.iter().any(|it| it.critical);
        (!unknown).then_some(())?;
    }
    reader.is_empty().then(|| Single {
        hash,
        issuer_name: issuer_name.to_vec(),
        issuer_key: issuer_key.to_vec(),
        serial: serial.to_vec(),
        status,
        this_update,
        next_update,
    })
}

fn revoked_info(content: &[u8]) -> Option<Entry> {
    let mut reader = Reader::new(content);
    let revoked_at = time(GENERALIZED_TIME, reader.take(GENERALIZED_TIME)?)?;
    let reason = match reader.take_if(CONTEXT_0) {
        None => None,
        Some(inner) => match Reader::only(inner, ENUMERATED)? {
            [code] => Some(Reason::of(*code)?),
            _ => return None,
        },
    };
    reader.is_empty().then_some(Entry {
        revoked_at,
        invalid_since: None,
        reason,
    })
}

/// The question for one certificate of this issuer (section 4.1), with a nonce.
pub(super) fn request(asked: &Asked<'_>, nonce: &[u8]) -> Option<Vec<u8>> {
    let (_, key) = key(asked.issuer.public_key().raw)?;
    let hashed = |bytes: &[u8]| {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
        tlv(OCTET_STRING, hash.as_ref())
    };
    // Every responder takes SHA-1 here; RFC 5019 section 2.1.1 demands it.
    let algorithm = sequence(&[&tlv(OID, SHA1_OID), &tlv(NULL, &[])]);
    let id = sequence(&[
        &algorithm,
        &hashed(asked.issuer.subject().as_raw()),
        &hashed(key),
        &tlv(INTEGER, asked.certificate.raw_serial()),
    ]);
    let nonce = tlv(OCTET_STRING, &tlv(OCTET_STRING, nonce));
    let nonce = sequence(&[&tlv(OID, NONCE), &nonce]);
    let list = sequence(&[&sequence(&[&id])]);
    let extensions = tlv(CONTEXT_2, &sequence(&[&nonce]));
    Some(sequence(&[&sequence(&[&list, &extensions])]))
}
