//! What can be said of a signed message or receipt, each question apart.
//!
//! Start at [`judge`]. Integrity, origin, time, inclusion and message are five questions with five
//! answers; nothing merges them, and what was not asked or cannot be told is UNKNOWN, never PASS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::survey::{Authority, List, Signature};
use super::trust::Trust;
use crate::crypto::{
    self, CertificateFault, Cover, Policy, Revocation, SigningRules, Suites, TrustStore, Verified,
};
use crate::evidence::{Leaf, Outcome, RECEIPT_NAMESPACE, Receipt, Registration, TlogProof, sha256};
use crate::model::Sha256;
use crate::xml::{self, Document, Limits};

/// Namespace of XML signatures.
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// No.
    Fail,
    /// Yes.
    Pass,
    /// Not asked, or it cannot be told.
    Unknown,
}

/// One question's answer.
#[derive(Debug, Clone, Serialize)]
pub struct Axis {
    /// The answer.
    pub verdict: Verdict,
    /// The stable code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In words.
    pub text: String,
}

impl Axis {
    fn pass(text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Pass,
            code: None,
            text: text.into(),
        }
    }

    fn fail(code: &str, text: impl ToString) -> Self {
        Self {
            verdict: Verdict::Fail,
            code: Some(code.to_owned()),
            text: text.to_string(),
        }
    }

    fn unknown(text: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            code: None,
            text: text.into(),
        }
    }
}

/// What is asked.
pub struct Question<'a> {
    /// The signed document.
    pub bytes: &'a [u8],
    /// Whom to believe.
    pub trust: &'a Trust,
    /// `SignatureMethod` URIs that are taken.
    pub suites: &'a [String],
    /// Attributes without namespace that identify elements for references.
    pub id_attributes: &'a [String],
    /// The part of the document that must be signed, as `{namespace}local`; the document when left
    /// out.
    pub part: Option<&'a str>,
    /// The time for which the certificate is judged.
    pub at: Timestamp,
    /// A proof that the receipt is in a log.
    pub proof: Option<&'a str>,
    /// The leaf, when it cannot be made from the receipt: for a partner's receipt in our own log.
    pub leaf: Option<&'a [u8]>,
    /// The message that the receipt should be for.
    pub message: Option<&'a [u8]>,
}

/// The answers.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `message` or `receipt`.
    pub kind: &'static str,
    /// The time for which the certificate was judged.
    pub at: Timestamp,
    /// Is it, byte for byte, what was signed?
    pub integrity: Axis,
    /// Did somebody sign it whom the verifier trusts?
    pub origin: Axis,
    /// Was the certificate valid at that time?
    pub time: Axis,
    /// Is the receipt in the log? Asked of receipts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<Axis>,
    /// Is the receipt for the message at hand? Asked of receipts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Axis>,
    /// What the signature says, and which of its references hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// Who signed, once that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// What the receipt states, once it is verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptFacts>,
    /// The verified document in canonical form, without its signature.
    #[serde(skip)]
    pub content: Option<Vec<u8>>,
}

impl Report {
    /// The axes by name, in the order in which they are asked.
    pub fn axes(&self) -> impl Iterator<Item = (&'static str, &Axis)> {
        [
            ("integrity", Some(&self.integrity)),
            ("origin", Some(&self.origin)),
            ("time", Some(&self.time)),
            ("inclusion", self.inclusion.as_ref()),
            ("message", self.message.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, axis)| Some((name, axis?)))
    }
}

/// Who signed.
#[derive(Debug, Serialize)]
pub struct Signer {
    /// Subject of the certificate.
    pub subject: String,
    /// Its issuer.
    pub issuer: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// Digest of its DER.
    pub certificate_sha256: Sha256,
    /// Begin of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
    /// `SignatureMethod` URI.
    pub suite: String,
    /// Whether revocation lists covered its path.
    pub revocation_checked: bool,
    /// The authorities from its issuer up to the anchor.
    pub path: Vec<Authority>,
    /// The revocation lists that had a say.
    pub lists: Vec<List>,
    /// When the signer says that it signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_time: Option<Timestamp>,
}

/// What a verified receipt states.
#[derive(Debug, Serialize)]
pub struct ReceiptFacts {
    /// Its id.
    pub id: String,
    /// The gateway that gave it.
    pub gateway: String,
    /// The peer whose message it is for.
    pub partner: String,
    /// `in`, `national` or `out`.
    pub direction: &'static str,
    /// Number within (partner, direction).
    pub counter: u64,
    /// Place in the log.
    pub leaf_index: u64,
    /// When the gateway says it received the message.
    pub received_at: Timestamp,
    /// Digest of the message.
    pub message_sha256: Sha256,
    /// `accepted` or `refused`.
    pub outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The number that it was registered under, with its flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// Each part of an accepted message: destination and state.
    pub parts: Vec<String>,
}

/// Judges a document. A document that is no XML fails in integrity.
pub fn judge(question: &Question<'_>) -> Report {
    let mut report = Report {
        kind: "message",
        at: question.at,
        integrity: Axis::unknown("not judged"),
        origin: Axis::unknown("not judged"),
        time: Axis::unknown("not judged"),
        inclusion: None,
        message: None,
        signature: None,
        signer: None,
        receipt: None,
        content: None,
    };
    let document = match xml::parse(question.bytes, None, &Limits::default()) {
        Ok(document) => document,
        Err(error) => {
            report.integrity = Axis::fail(error.code(), error);
            return report;
        }
    };
    let is_receipt = document.root().is(RECEIPT_NAMESPACE, "Receipt");
    if is_receipt {
        report.kind = "receipt";
        report.inclusion = Some(Axis::unknown("no verified receipt"));
        report.message = Some(Axis::unknown("no verified receipt"));
    }
    let suites = Suites::standard();
    let surveyed = crypto::survey(&document, &rules(question, &document), &suites);
    report.signature = surveyed.ok().map(Signature::from);
    let Some(verified) = signature(question, &suites, document, &mut report) else {
        return report;
    };
    report.content = content(&verified);
    if is_receipt {
        receipt(question, &verified, &mut report);
    }
    report
}

/// Judges integrity, origin and time. Gives the document back when it was signed by somebody whom
/// the verifier trusts, even if at another time.
fn signature(
    question: &Question<'_>,
    suites: &Suites,
    document: Document,
    report: &mut Report,
) -> Option<Verified<Document>> {
    let policy = Policy {
        suites,
        allowed: question.suites,
        trust: &question.trust.certificates,
    };
    let rules = rules(question, &document);
    let refused = match crypto::verify(document, &rules, &policy, question.at) {
        Ok(verified) => {
            trusted(&verified, report);
            report.time = Axis::pass(format!("the certificate is valid at {}", question.at));
            return Some(verified);
        }
        Err(refused) => refused,
    };
    let (code, text) = (refused.error.code(), refused.error.to_string());
    let crypto::Error::Certificate { fault, .. } = &refused.error else {
        report.integrity = Axis::fail(code, text);
        return None;
    };
    let document = refused.document;
    // A certificate that is valid at another time: then it is the time that is wrong, and only that.
    if let Some(other) = another_time(fault) {
        return match crypto::verify(document, &rules, &policy, other) {
            Ok(verified) => {
                trusted(&verified, report);
                report.time = Axis::fail(code, text);
                Some(verified)
            }
            Err(second) => {
                let axis = Axis::fail(second.error.code(), &second.error);
                if matches!(second.error, crypto::Error::Certificate { .. }) {
                    report.origin = axis;
                } else {
                    report.integrity = axis;
                }
                report.time = Axis::fail(code, text);
                None
            }
        };
    }
    report.origin = Axis::fail(code, text);
    report.integrity = by_its_own_certificate(question, suites, document);
    None
}

fn trusted(verified: &Verified<Document>, report: &mut Report) {
    let certificate = verified.signer();
    let checked = verified.revocation() == Revocation::Checked;
    report.integrity = Axis::pass("the document is what was signed");
    report.origin = Axis::pass(format!(
        "signed by {} under a trusted anchor; {}",
        certificate.subject,
        if checked {
            "not revoked"
        } else {
            "revocation was not checked: no list covers the issuer"
        }
    ));
    report.signer = Some(Signer {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.clone(),
        certificate_sha256: Sha256(certificate.sha256),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        suite: verified.suite().to_owned(),
        revocation_checked: checked,
        path: verified.authorities().iter().map(Authority::of).collect(),
        lists: verified.statuses().iter().map(List::of).collect(),
        signing_time: verified.signing_time(),
    });
}

/// A time at which the fault that is one of time alone would not be.
fn another_time(fault: &CertificateFault) -> Option<Timestamp> {
    if let CertificateFault::Expired { not_after, .. } = fault {
        Some(*not_after)
    } else if let CertificateFault::NotYetValid { not_before, .. } = fault {
        Some(*not_before)
    } else if let CertificateFault::CrlExpired { next_update } = fault {
        next_update.checked_sub(SignedDuration::from_secs(1)).ok()
    } else {
        None
    }
}

/// Whether the document is what the holder of the certificate in it signed, whoever that is.
fn by_its_own_certificate(question: &Question<'_>, suites: &Suites, document: Document) -> Axis {
    let Some(pinned) = own_certificate(&document) else {
        return Axis::unknown("the document carries no certificate to judge it by");
    };
    let policy = Policy {
        suites,
        allowed: question.suites,
        trust: &pinned,
    };
    let rules = rules(question, &document);
    match crypto::verify(document, &rules, &policy, question.at) {
        Ok(_) => Axis::pass("the document is what the holder of the certificate in it signed"),
        Err(refused) if matches!(refused.error, crypto::Error::Certificate { .. }) => {
            Axis::unknown("not judged: the certificate in the document cannot be used")
        }
        Err(refused) => Axis::fail(refused.error.code(), &refused.error),
    }
}

fn own_certificate(document: &Document) -> Option<TrustStore> {
    let mut at = document.root().named(DS, "Signature").next()?;
    for local in ["KeyInfo", "X509Data", "X509Certificate"] {
        at = at.child(DS, local)?;
    }
    let packed: String = at.text().split_whitespace().collect();
    let encoded = BASE64.encode(BASE64.decode(packed).ok()?);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
    TrustStore::pinned(pem.as_bytes()).ok()
}

/// The part that was asked for; else what the build of the document says: the verifier sees what it
/// is, and `extract` gives what was signed.
fn rules(question: &Question<'_>, document: &Document) -> SigningRules {
    let part = question.part.map(|part| {
        let named = part.strip_prefix('{').and_then(|part| part.split_once('}'));
        let (namespace, local) = named.unwrap_or(("", part));
        let (namespace, local) = (namespace.to_owned(), local.to_owned());
        Cover::Part { namespace, local }
    });
    SigningRules {
        cover: part.unwrap_or_else(|| crypto::unverified_content(document).1),
        id_attributes: question
            .id_attributes
            .iter()
            .map(|name| (String::new(), name.clone()))
            .collect(),
    }
}

fn content(verified: &Verified<Document>) -> Option<Vec<u8>> {
    let how = xml::Canonicalization {
        method: xml::Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    xml::canonical_bytes(xml::Subtree::Element(verified.view()), &how).ok()
}

/// Judges what only receipts are asked.
fn receipt(question: &Question<'_>, verified: &Verified<Document>, report: &mut Report) {
    let receipt = match Receipt::from_view(verified.view()) {
        Ok(receipt) => receipt,
        Err(error) => {
            report.integrity = Axis::fail(error.code(), error);
            return;
        }
    };
    report.inclusion = Some(inclusion(question, &receipt));
    report.message = Some(match question.message {
        None => Axis::unknown("no message was given"),
        Some(message) if sha256(message) == receipt.message.sha256 => {
            Axis::pass("the receipt is for this message")
        }
        Some(_) => Axis::fail("MESSAGE_OTHER", "the receipt is for another message"),
    });
    report.receipt = Some(facts(receipt));
}

fn inclusion(question: &Question<'_>, receipt: &Receipt) -> Axis {
    let Some(text) = question.proof else {
        return Axis::unknown("no proof was given");
    };
    let proof = match TlogProof::parse(text) {
        Ok(proof) => proof,
        Err(error) => return Axis::fail(error.code(), error),
    };
    let sealed = sha256(question.bytes);
    let own = Leaf::of(receipt, sealed);
    let leaf = match question.leaf.map(Leaf::parse) {
        None => own,
        Some(Ok(leaf)) if leaf.receipt == sealed && leaf.message == own.message => leaf,
        Some(Ok(_)) => return Axis::fail("LOG_LEAF_OTHER", "the leaf is of another receipt"),
        Some(Err(error)) => return Axis::fail(error.code(), error),
    };
    if leaf.index != proof.index {
        let text = format!("the proof is for leaf {}, not {}", proof.index, leaf.index);
        return Axis::fail("LOG_LEAF_OTHER", text);
    }
    let origin = proof.checkpoint.lines().next().unwrap_or_default();
    let Some(log) = question.trust.logs.iter().find(|log| log.name() == origin) else {
        return Axis::unknown("no verifier key of the proof's log is trusted (logs/*.vkey)");
    };
    match proof.verify(&leaf.encode(), log) {
        Ok(checkpoint) => Axis::pass(format!(
            "leaf {} of {} in {}",
            proof.index, checkpoint.size, checkpoint.origin
        )),
        Err(error) => Axis::fail(error.code(), error),
    }
}

fn facts(receipt: Receipt) -> ReceiptFacts {
    let (outcome, code, parts) = match receipt.outcome {
        Outcome::Accepted { parts } => {
            let part = |part: &crate::evidence::Part| {
                let to = part.to.as_ref().map_or("-", |to| to.as_str());
                format!("{to} {}", part.state.as_str())
            };
            ("accepted", None, parts.iter().map(part).collect())
        }
        Outcome::Refused(refusal) => ("refused", Some(refusal.code), Vec::new()),
    };
    ReceiptFacts {
        id: receipt.id,
        gateway: receipt.gateway.to_string(),
        partner: receipt.partner.to_string(),
        direction: receipt.direction.as_str(),
        counter: receipt.counter,
        leaf_index: receipt.leaf_index,
        received_at: receipt.received_at,
        message_sha256: receipt.message.sha256,
        outcome,
        code,
        registration: receipt.registration,
        parts,
    }
}
