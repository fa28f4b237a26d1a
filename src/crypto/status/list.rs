//! Revocation lists (RFC 5280 section 5): read, and asked for a certificate. Start at [`List`].
//!
//! A list is complete, or a delta that speaks of what changed since a complete one (section 5.2.4).
//! Indirect lists and lists for some reasons only are refused: nobody here issues them, and either
//! read wrongly clears a revoked certificate.

use std::collections::HashMap;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use super::super::certificate::key_usage;

use super::super::der::{INTEGER, Reader, SEQUENCE, unsigned};
use super::super::digest::sha256;
use super::super::form;
use super::super::judged::{StatusKind, StatusUsed, plain};
use super::signed::{Extension, Signed, extensions, next_time, time};
use super::{Asked, Entry, Reason, scope};

/// Most bytes of a list: 16 MiB, with room for 400,000 entries. The longest public ones have some
/// 10 MiB; authorities of services for each other revoke a handful.
pub const LIST_BYTES_MAX: usize = (16 << 20) - 1;

/// Most octets of a list's number (RFC 5280 section 5.2.3).
const NUMBER_BYTES_MAX: usize = 20;

/// ENUMERATED.
const ENUMERATED: u8 = 0x0A;
/// `[0]`, constructed: the extensions of a list.
const EXTENSIONS: u8 = 0xA0;

// id-ce, 2.5.29, and what stands below it.
const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 20];
const REASON_CODE: &[u8] = &[0x55, 0x1D, 21];
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1D, 24];
const DELTA_INDICATOR: &[u8] = &[0x55, 0x1D, 27];
const DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1D, 28];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1D, 29];
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1D, 35];

/// A list, read. Who signed it is asked for each path.
#[derive(Debug)]
pub(in crate::crypto) struct List {
    pub(super) signed: Signed,
    /// The issuer, DER.
    pub(super) issuer: Vec<u8>,
    /// What is said of it in records.
    pub(in crate::crypto) facts: StatusUsed,
    extended: Extended,
    /// By the content of the serial number.
    entries: Entries,
    /// What it says, whenever it is issued: two that say the same have the same.
    pub(in crate::crypto) says: Vec<u8>,
}

/// What the extensions of a list say (section 5.2).
#[derive(Debug)]
struct Extended {
    /// Its number, without leading zeros.
    number: Option<Vec<u8>>,
    /// Of a delta: the least number of a complete list that it may be laid over.
    base: Option<Vec<u8>>,
    /// The issuing distribution point, DER.
    point: Option<Vec<u8>>,
    /// The authority key identifier, DER.
    authority_key: Option<Vec<u8>>,
    /// What is wrong with its form.
    form: Result<(), &'static str>,
}

impl Extended {
    /// Nothing, when they are malformed; what is not taken has words.
    fn read(sequence: &[u8]) -> Option<Result<Self, &'static str>> {
        let extensions = extensions(sequence)?;
        let value = |oid: &[u8]| extensions.iter().find(|it| it.oid == oid);
        // The number of an extension that is there must be one.
        let number_of = |oid: &[u8]| match value(oid) {
            Some(it) => number(it.value).map(Some),
            None => Some(None),
        };
        let read = Self {
            number: number_of(CRL_NUMBER)?,
            base: number_of(DELTA_INDICATOR)?,
            point: value(DISTRIBUTION_POINT).map(|it| it.value.to_vec()),
            authority_key: value(AUTHORITY_KEY).map(|it| it.value.to_vec()),
            form: form::check_list(value(CRL_NUMBER).map(|it| it.critical)),
        };
        if read.base.is_some() && read.number.is_none() {
            return Some(Err("has a delta list without a number"));
        }
        if let Some(point) = &read.point
            && let Err(problem) = scope::check(point)
        {
            return Some(Err(problem));
        }
        let known = [
            CRL_NUMBER,
            DELTA_INDICATOR,
            DISTRIBUTION_POINT,
            AUTHORITY_KEY,
        ];
        let is_unknown = |it: &Extension<'_>| it.critical && !known.contains(&it.oid);
        Some(match extensions.iter().any(is_unknown) {
            true => Err("has a list with a critical extension that is not known here"),
            false => Ok(read),
        })
    }
}

impl List {
    /// Reads a list; the fault in words.
    pub(in crate::crypto) fn read(der: &[u8]) -> Result<Self, &'static str> {
        const MALFORMED: &str = "has a list that is malformed, or no version 2 list with a next \
                                 update and extensions";
        if der.len() > LIST_BYTES_MAX {
            return Err("has a list of more than 16 MiB");
        }
        let content = Reader::only(der, SEQUENCE).ok_or(MALFORMED)?;
        let (signed, inside, rest) = Signed::read(content).ok_or(MALFORMED)?;
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Self::read_signed(signed, inside, sha256(der))
            .ok_or(MALFORMED)
            .flatten()
    }

    /// Nothing, when it is malformed; what is not taken has words.
    fn read_signed(
        signed: Signed,
        inside: &[u8],
        sha256: [u8; 32],
    ) -> Option<Result<Self, &'static str>> {
        let mut reader = Reader::new(inside);
        // Version 2 is written 1; before it there were no extensions.
        (reader.take(INTEGER)? == [1]).then_some(())?;
        let algorithm = reader.take(SEQUENCE)?;
        signed.is_signed_with(algorithm).then_some(())?;
        let (tag, issuer, _) = reader.next()?;
        (tag == SEQUENCE).then_some(())?;
        let name = plain(&X509Name::from_der(issuer).ok()?.1.to_string());
        let (this_update, next_update) = (next_time(&mut reader)?, next_time(&mut reader)?);
        let entries = match entries(reader.take_if(SEQUENCE).unwrap_or_default())? {
            Ok(entries) => entries,
            Err(problem) => return Some(Err(problem)),
        };
        let extended = Extended::read(reader.take(EXTENSIONS)?)?;
        reader.is_empty().then_some(())?;
        let extended = match extended {
            Ok(extended) => extended,
            Err(problem) => return Some(Err(problem)),
        };
        let is_delta = extended.base.is_some();
        Some(Ok(Self {
            facts: StatusUsed {
                kind: match is_delta {
                    false => StatusKind::Crl,
                    true => StatusKind::DeltaCrl,
                },
                issuer: name,
                number: extended.number.as_ref().map(hex::encode),
                sha256,
                this_update,
                next_update,
                produced_at: None,
                ran_out: false,
            },
            says: says(issuer, is_delta, extended.point.as_ref(), &entries),
            issuer: issuer.to_vec(),
            signed,
            extended,
            entries,
        }))
    }

    /// What is wrong with its form.
    pub(in crate::crypto) fn form(&self) -> Result<(), &'static str> {
        self.extended.form
    }

    pub(in crate::crypto) fn is_delta(&self) -> bool {
        self.extended.base.is_some()
    }

    /// Whether it speaks of a certificate, whoever signed it (RFC 5280 section 6.3.3 (b)).
    pub(super) fn is_of(&self, asked: &Asked<'_>) -> bool {
        let point = self.extended.point.as_deref();
        self.issuer == asked.certificate.issuer().as_raw()
            && point.is_none_or(|point| scope::includes(point, asked))
    }

    /// Whether this delta may be laid over that complete list (section 5.2.4): the same issuer, key
    /// and scope, made for it or for an earlier one, and newer.
    pub(super) fn is_over(&self, complete: &Self) -> bool {
        let (own, below) = (&self.extended, &complete.extended);
        let (Some(base), Some(newer), Some(number)) = (&own.base, &own.number, &below.number)
        else {
            return false;
        };
        let same = self.issuer == complete.issuer
            && own.point == below.point
            && own.authority_key == below.authority_key;
        same && order(base) <= order(number) && order(newer) > order(number)
    }

    /// What it says of a serial number, in the bytes of the certificate.
    pub(super) fn entry(&self, serial: &[u8]) -> Option<&Entry> {
        self.entries.get(serial)
    }

    /// Whether this certificate's key signed it, and may (section 6.3.3 (f) and (g)).
    pub(in crate::crypto) fn is_signed_by(
        &self,
        issuer: &X509Certificate<'_>,
        algorithms: &[&'static dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let usage = key_usage(issuer);
        self.issuer == issuer.subject().as_raw()
            && usage.is_ok_and(|usage| usage.is_none_or(|bits| bits.crl_sign()))
            && self.signed.is_by(issuer.public_key().raw, algorithms)
    }
}

/// Digest of issuer, kind, scope and entries.
fn says(issuer: &[u8], is_delta: bool, point: Option<&Vec<u8>>, entries: &Entries) -> Vec<u8> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_unstable_by_key(|(serial, _)| *serial);
    let mut says = issuer.to_vec();
    says.push(u8::from(is_delta));
    says.extend_from_slice(point.map_or(&[], Vec::as_slice));
    for (serial, entry) in entries {
        says.extend_from_slice(serial);
        entry.says(&mut says);
    }
    sha256(&says).to_vec()
}

/// A number by its size: longer is larger.
fn order(number: &[u8]) -> (usize, &[u8]) {
    (number.len(), number)
}

/// A number that is not negative, of 20 octets at most, without leading zeros.
fn number(value: &[u8]) -> Option<Vec<u8>> {
    let digits = unsigned(Reader::only(value, INTEGER)?)?;
    (digits.len() <= NUMBER_BYTES_MAX).then(|| digits.to_vec())
}

/// Entries by the content of their serial number.
type Entries = HashMap<Box<[u8]>, Entry>;

/// All entries; nothing, when one is malformed.
fn entries(revoked: &[u8]) -> Option<Result<Entries, &'static str>> {
    let (mut reader, mut entries) = (Reader::new(revoked), HashMap::new());
    while !reader.is_empty() {
        match entry(reader.take(SEQUENCE)?)? {
            Ok((serial, entry)) => entries.insert(serial.into(), entry),
            Err(problem) => return Some(Err(problem)),
        };
    }
    Some(Ok(entries))
}

/// An entry; nothing, when it is malformed.
fn entry(content: &[u8]) -> Option<Result<(&[u8], Entry), &'static str>> {
    let mut reader = Reader::new(content);
    let serial = reader.take(INTEGER)?;
    let mut entry = Entry {
        revoked_at: next_time(&mut reader)?,
        invalid_since: None,
        reason: None,
    };
    if reader.is_empty() {
        return Some(Ok((serial, entry)));
    }
    let (_, sequence, _) = reader.next()?;
    reader.is_empty().then_some(())?;
    for extension in extensions(sequence)? {
        match extension.oid {
            REASON_CODE => entry.reason = Some(reason(extension.value)?),
            INVALIDITY_DATE => entry.invalid_since = Some(only_time(extension.value)?),
            CERTIFICATE_ISSUER => return Some(Err("has an indirect list, which is not taken")),
            _ if extension.critical => {
                let problem = "has an entry with a critical extension that is not known here";
                return Some(Err(problem));
            }
            _ => {}
        }
    }
    Some(Ok((serial, entry)))
}

/// A CRLReason (section 5.3.1).
fn reason(value: &[u8]) -> Option<Reason> {
    match Reader::only(value, ENUMERATED)? {
        [code] => Reason::of(*code),
        _ => None,
    }
}

fn only_time(value: &[u8]) -> Option<Timestamp> {
    let mut reader = Reader::new(value);
    let (tag, _, content) = reader.next()?;
    reader.is_empty().then(|| time(tag, content))?
}

/// The lists of a file: one DER, or a PEM text of at least one.
pub(in crate::crypto) fn ders(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    // A DER list is a SEQUENCE.
    if bytes.first() == Some(&0x30) {
        return Some(vec![bytes.to_vec()]);
    }
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(bytes).collect();
    let ders: Vec<_> = lists.ok()?.into_iter().map(|der| der.to_vec()).collect();
    (!ders.is_empty()).then_some(ders)
}
