//! Receipts read back from XML, strictly.
//!
//! Start at [`receipt`]. It takes a view in which the Signature is hidden and accepts exactly what
//! `write.rs` writes: every element in its place, no attribute, comment or stray text, and one
//! spelling for each value. So what was signed and what is read can never be two things.

use std::fmt::Display;
use std::str::FromStr;

use super::facts::{
    Direction, LossNote, MessageFacts, Origin, Outcome, Part, PartState, Receipt, Refusal,
    Registration, RegistrationFlag, RevocationNote, revocation_of,
};
use super::{Error, RECEIPT_NAMESPACE};
use crate::crypto::{StatusKind, StatusUsed};
use crate::model::Sha256;
use crate::xml::{Node, NodeKind};

/// The receipt that this view of its root element states.
pub(super) fn receipt(root: Node<'_>) -> Result<Receipt, Error> {
    if !root.is(RECEIPT_NAMESPACE, "Receipt") {
        return Err(refused(root, "the root Receipt"));
    }
    let mut at = Fields::of(root)?;
    let mut receipt = Receipt {
        id: at.text("Id")?,
        gateway: at.value("Gateway")?,
        partner: at.value("Partner")?,
        direction: at.word("Direction", Direction::from_word)?,
        counter: at.value("Counter")?,
        leaf_index: at.value("LeafIndex")?,
        received_at: at.value("ReceivedAt")?,
        salt: at.value("Salt")?,
        message: message(at.element("Message")?)?,
        origin: origin(at.element("Origin")?)?,
        config_sha256: at.value("ConfigSha256")?,
        registration: None,
        outcome: Outcome::Accepted { parts: Vec::new() },
    };
    (receipt.outcome, receipt.registration) = outcome(&mut at)?;
    at.end()?;
    Ok(receipt)
}

fn message(node: Node<'_>) -> Result<MessageFacts, Error> {
    let mut at = Fields::of(node)?;
    let facts = MessageFacts {
        sha256: at.value("Sha256")?,
        bytes: at.value("Bytes")?,
        package: at.optional_value("Package")?,
        id: at.optional_text("Id")?,
    };
    at.end()?;
    Ok(facts)
}

fn origin(node: Node<'_>) -> Result<Origin, Error> {
    let mut at = Fields::of(node)?;
    let origin = if let Some(attested) = at.optional("Attested") {
        let mut inner = Fields::of(attested)?;
        let principal = inner.text("Principal")?;
        inner.end()?;
        Origin::Attested { principal }
    } else if let Some(signed) = at.optional("Signed") {
        let mut inner = Fields::of(signed)?;
        let certificate_sha256 = inner.value("CertificateSha256")?;
        let suite = inner.text("Suite")?;
        let revocation = inner.optional("Revocation").map(revocation).transpose()?;
        inner.end()?;
        Origin::Signed {
            certificate_sha256,
            suite,
            revocation: revocation.map(Box::new),
        }
    } else {
        Fields::of(at.element("Unverified")?)?.end()?;
        Origin::Unverified
    };
    at.end()?;
    Ok(origin)
}

fn revocation(node: Node<'_>) -> Result<RevocationNote, Error> {
    let mut at = Fields::of(node)?;
    let mut note = RevocationNote {
        status: at.word("Status", revocation_of)?,
        sources: Vec::new(),
    };
    while let Some(node) = at.optional("Source") {
        let mut inner = Fields::of(node)?;
        note.sources.push(StatusUsed {
            kind: inner.word("Kind", StatusKind::from_word)?,
            issuer: inner.text("Issuer")?,
            number: inner.optional_text("Number")?,
            sha256: inner.value::<Sha256>("Sha256")?.0,
            this_update: inner.value("ThisUpdate")?,
            next_update: inner.value("NextUpdate")?,
            produced_at: inner.optional_value("ProducedAt")?,
            ran_out: match inner.optional("Flag") {
                None => false,
                Some(flag) if text(flag)? == RevocationNote::GRACE => true,
                Some(flag) => return Err(refused(flag, RevocationNote::GRACE)),
            },
        });
        inner.end()?;
    }
    at.end()?;
    Ok(note)
}

fn outcome(at: &mut Fields<'_>) -> Result<(Outcome, Option<Registration>), Error> {
    let Some(accepted) = at.optional("Accepted") else {
        let refusal = refusal(at.element("Refused")?)?;
        return Ok((Outcome::Refused(refusal), None));
    };
    let mut inner = Fields::of(accepted)?;
    let registration = inner.optional("Registration");
    let registration = registration.map(self::registration).transpose()?;
    let mut parts = Vec::new();
    while let Some(node) = inner.optional("Part") {
        parts.push(part(node)?);
    }
    inner.end()?;
    Ok((Outcome::Accepted { parts }, registration))
}

fn registration(node: Node<'_>) -> Result<Registration, Error> {
    let mut at = Fields::of(node)?;
    let mut registration = Registration {
        number: at.text("Number")?,
        flags: Vec::new(),
    };
    while let Some(node) = at.optional("Flag") {
        let mut inner = Fields::of(node)?;
        let known = |word: &str| match word {
            "ARRIVAL_UNKNOWN" => Some(RegistrationFlag::ArrivalUnknown),
            "SUBMITTED_LATE" => Some(RegistrationFlag::SubmittedLate { minutes: 0 }),
            _ => None,
        };
        let mut flag = inner.word("Code", known)?;
        if let RegistrationFlag::SubmittedLate { minutes } = &mut flag {
            *minutes = inner.value("Minutes")?;
        }
        inner.end()?;
        registration.flags.push(flag);
    }
    at.end()?;
    Ok(registration)
}

fn part(node: Node<'_>) -> Result<Part, Error> {
    let mut at = Fields::of(node)?;
    let mut part = Part {
        lane: at.optional_text("Lane")?,
        document: at.optional_text("Document")?,
        to: at.optional_value("To")?,
        package: at.optional_value("Package")?,
        mapping_sha256: at.optional_value("MappingSha256")?,
        state: at.word("State", PartState::from_word)?,
        sha256: at.optional_value("Sha256")?,
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: Vec::new(),
    };
    while let Some(node) = at.optional("Loss") {
        let mut inner = Fields::of(node)?;
        part.losses.push(LossNote {
            path: inner.text("Path")?,
            reason: inner.text("Reason")?,
            severity: inner.text("Severity")?,
            count: inner.value("Count")?,
        });
        inner.end()?;
    }
    while let Some(path) = at.optional_text("Supplied")? {
        part.supplied.push(path);
    }
    while let Some(finding) = at.optional_text("Finding")? {
        part.findings.push(finding);
    }
    at.end()?;
    Ok(part)
}

fn refusal(node: Node<'_>) -> Result<Refusal, Error> {
    let mut at = Fields::of(node)?;
    let refusal = Refusal {
        code: at.text("Code")?,
        stage: at.text("Stage")?,
        line: at.optional_value("Line")?,
        column: at.optional_value("Column")?,
        path: at.optional_text("Path")?,
        text: at.text("Text")?,
        original: at.optional_value("Original")?,
    };
    at.end()?;
    Ok(refusal)
}

/// The child elements of an element, taken one after the other.
struct Fields<'a> {
    parent: Node<'a>,
    next: Option<Node<'a>>,
    rest: Box<dyn Iterator<Item = Node<'a>> + 'a>,
}

impl<'a> Fields<'a> {
    /// The fields of an element that has nothing but elements, and white space between them.
    fn of(parent: Node<'a>) -> Result<Self, Error> {
        let blank = |text: &str| text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
        for node in parent.children() {
            let fits = match node.kind() {
                NodeKind::Element => node.name().namespace == RECEIPT_NAMESPACE,
                NodeKind::Text => blank(node.value()),
                NodeKind::Comment | NodeKind::ProcessingInstruction => false,
            };
            if !fits {
                return Err(refused(node, "elements of a receipt only"));
            }
        }
        plain(parent)?;
        let mut rest = Box::new(parent.elements());
        Ok(Self {
            parent,
            next: rest.next(),
            rest,
        })
    }

    fn optional(&mut self, local: &str) -> Option<Node<'a>> {
        let node = self.next.filter(|node| node.name().local == local)?;
        self.next = self.rest.next();
        Some(node)
    }

    fn element(&mut self, local: &'static str) -> Result<Node<'a>, Error> {
        let place = self.next.unwrap_or(self.parent);
        self.optional(local).ok_or_else(|| refused(place, local))
    }

    fn optional_text(&mut self, local: &str) -> Result<Option<String>, Error> {
        self.optional(local).map(text).transpose()
    }

    fn text(&mut self, local: &'static str) -> Result<String, Error> {
        text(self.element(local)?)
    }

    fn optional_value<T: FromStr + Display>(
        &mut self,
        local: &'static str,
    ) -> Result<Option<T>, Error> {
        self.optional(local)
            .map(|node| value(node, local))
            .transpose()
    }

    fn value<T: FromStr + Display>(&mut self, local: &'static str) -> Result<T, Error> {
        value(self.element(local)?, local)
    }

    fn word<T>(
        &mut self,
        local: &'static str,
        known: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let node = self.element(local)?;
        known(&text(node)?).ok_or_else(|| refused(node, local))
    }

    fn end(self) -> Result<(), Error> {
        match self.next {
            Some(node) => Err(refused(node, "no further element")),
            None => Ok(()),
        }
    }
}

/// A value that is written in its one spelling.
fn value<T: FromStr + Display>(node: Node<'_>, expected: &'static str) -> Result<T, Error> {
    let text = text(node)?;
    text.parse::<T>()
        .ok()
        .filter(|value| value.to_string() == text)
        .ok_or_else(|| refused(node, expected))
}

/// The text of an element that has nothing else.
fn text(node: Node<'_>) -> Result<String, Error> {
    plain(node)?;
    if node.children().any(|child| child.kind() != NodeKind::Text) {
        return Err(refused(node, "text only"));
    }
    Ok(node.text().into_owned())
}

fn plain(node: Node<'_>) -> Result<(), Error> {
    if node.attributes().next().is_some() {
        return Err(refused(node, "no attributes"));
    }
    Ok(())
}

fn refused(node: Node<'_>, expected: &'static str) -> Error {
    let position = node.position();
    Error::Receipt {
        path: node.path(),
        line: position.line,
        column: position.column,
        expected,
    }
}
