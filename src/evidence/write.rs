//! Receipts written as XML, in the order of `schemas/corridor/receipt/1/receipt.xsd`.
//!
//! Start at [`receipt`]; `read.rs` is its counterpart.

use std::fmt::{Display, Write as _};

use super::facts::{
    LossNote, MessageFacts, Origin, Outcome, Part, Receipt, Refusal, Registration,
    RegistrationFlag, RevocationNote, revocation_word,
};
use super::{Error, RECEIPT_NAMESPACE};
use crate::crypto::StatusUsed;
use crate::model::Sha256;
use crate::xml::{Plain, Writer};

/// The unsigned document.
pub(super) fn receipt(receipt: &Receipt) -> Result<Plain, Error> {
    let mut out = Fields {
        xml: Writer::plain(),
        text: String::new(),
    };
    out.xml.start("", "Receipt", &[("", RECEIPT_NAMESPACE)]);
    out.field("Id", &receipt.id);
    out.field("Gateway", &receipt.gateway);
    out.field("Partner", &receipt.partner);
    out.field("Direction", receipt.direction);
    out.field("Counter", receipt.counter);
    out.field("LeafIndex", receipt.leaf_index);
    out.field("ReceivedAt", receipt.received_at);
    out.field("Salt", receipt.salt);
    out.message(&receipt.message);
    out.origin(&receipt.origin);
    out.field("ConfigSha256", receipt.config_sha256);
    match &receipt.outcome {
        Outcome::Accepted { parts } => out.group("Accepted", |out| {
            if let Some(registration) = &receipt.registration {
                out.registration(registration);
            }
            for part in parts {
                out.part(part);
            }
        }),
        Outcome::Refused(refusal) => out.refusal(refusal),
    }
    out.xml.end();
    Ok(out.xml.finish_plain()?)
}

struct Fields {
    xml: Writer,
    /// The text of the field at hand.
    text: String,
}

impl Fields {
    fn group(&mut self, local: &str, inside: impl FnOnce(&mut Self)) {
        self.xml.start("", local, &[]);
        inside(self);
        self.xml.end();
    }

    fn field(&mut self, local: &str, value: impl Display) {
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
        self.xml.element("", local, &self.text);
    }

    fn optional(&mut self, local: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.field(local, value);
        }
    }

    fn message(&mut self, facts: &MessageFacts) {
        self.group("Message", |out| {
            out.field("Sha256", facts.sha256);
            out.field("Bytes", facts.bytes);
            out.optional("Package", facts.package.as_ref());
            out.optional("Id", facts.id.as_ref());
        });
    }

    fn origin(&mut self, origin: &Origin) {
        self.group("Origin", |out| match origin {
            Origin::Attested { principal } => {
                out.group("Attested", |out| out.field("Principal", principal));
            }
            Origin::Signed {
                certificate_sha256,
                suite,
                revocation,
            } => out.group("Signed", |out| {
                out.field("CertificateSha256", certificate_sha256);
                out.field("Suite", suite);
                if let Some(note) = revocation {
                    out.revocation(note);
                }
            }),
            Origin::Unverified => out.group("Unverified", |_| {}),
        });
    }

    fn revocation(&mut self, note: &RevocationNote) {
        self.group("Revocation", |out| {
            out.field("Status", revocation_word(note.status));
            for source in &note.sources {
                out.source(source);
            }
        });
    }

    fn source(&mut self, source: &StatusUsed) {
        self.group("Source", |out| {
            out.field("Kind", source.kind.as_str());
            out.field("Issuer", &source.issuer);
            out.optional("Number", source.number.as_ref());
            out.field("Sha256", Sha256(source.sha256));
            out.field("ThisUpdate", source.this_update);
            out.field("NextUpdate", source.next_update);
            out.optional("ProducedAt", source.produced_at.as_ref());
            if source.ran_out {
                out.field("Flag", RevocationNote::GRACE);
            }
        });
    }

    fn registration(&mut self, registration: &Registration) {
        self.group("Registration", |out| {
            out.field("Number", &registration.number);
            for flag in &registration.flags {
                out.group("Flag", |out| {
                    out.field("Code", flag.code());
                    match flag {
                        RegistrationFlag::ArrivalUnknown => {}
                        RegistrationFlag::SubmittedLate { minutes } => {
                            out.field("Minutes", minutes);
                        }
                    }
                });
            }
        });
    }

    fn part(&mut self, part: &Part) {
        self.group("Part", |out| {
            out.optional("Lane", part.lane.as_ref());
            out.optional("Document", part.document.as_ref());
            out.optional("To", part.to.as_ref());
            out.optional("Package", part.package.as_ref());
            out.optional("MappingSha256", part.mapping_sha256.as_ref());
            out.field("State", part.state.as_str());
            out.optional("Sha256", part.sha256.as_ref());
            for loss in &part.losses {
                out.loss(loss);
            }
            for path in &part.supplied {
                out.field("Supplied", path);
            }
            for finding in &part.findings {
                out.field("Finding", finding);
            }
        });
    }

    fn loss(&mut self, loss: &LossNote) {
        self.group("Loss", |out| {
            out.field("Path", &loss.path);
            out.field("Reason", &loss.reason);
            out.field("Severity", &loss.severity);
            out.field("Count", loss.count);
        });
    }

    fn refusal(&mut self, refusal: &Refusal) {
        self.group("Refused", |out| {
            out.field("Code", &refusal.code);
            out.field("Stage", &refusal.stage);
            out.optional("Line", refusal.line.as_ref());
            out.optional("Column", refusal.column.as_ref());
            out.optional("Path", refusal.path.as_ref());
            out.field("Text", &refusal.text);
            out.optional("Original", refusal.original.as_ref());
        });
    }
}
