//! What becomes of one document on one lane: a queued message, an inbox item, a held translation.
//!
//! Start at [`parts`]. Here decoding, encoding, the check of the output against its schema and the
//! one signature happen; nothing is stored.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::core::Core;
use super::documents::Entry;
use super::lane::{Lane, Output};
use super::made::{Effect, Made, Translated};
use super::notes::{Complaint, Report, finding_note, loss_notes};
use super::posts::union;
use super::register::Arrival;
use super::rejection::{Rejection, Stage, Stopped};
use super::sent::Retold;
use super::signing::{checked, exclusive, sign, sign_document};
use super::standing::Standing;
use super::terms::demand;
use super::ucr::{self, Stating};
use crate::evidence::{self, Part, PartState};
use crate::model::{Sha256, Ucr};
use crate::translate::{
    self, DecodeContext, Decoded, EncodeContext, Encoded, Finding, Loss, Numbered, Package,
    Severity, Side, Supplement, Supplied,
};

/// What the national side is told of a part. Each is absent where it does not apply.
#[derive(Default, Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<&'a [Loss]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplied: Option<&'a [Supplied]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplied_by_signature: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplied_by_reference: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'a [Finding]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_properties: Option<BTreeMap<&'static str, &'a str>>,
}

/// Most documents that one message is split into. What is made of one message is read back in one
/// page of 1,000 ([`crate::store::PAGE_MAX`]), and a document makes two things at most: an item of
/// the inbox and a held translation.
pub(super) const DOCUMENTS_MAX: usize = 500;

/// The code of a message that holds nothing which the lane could translate.
const NO_DOCUMENT: &str = "EXCHANGE_NO_DOCUMENT";

/// What the signature of a message states beside it, as far as it is about one document: about the
/// message itself, or the one document in it. Which of several it is about, it does not say.
pub(super) fn beside<'a>(
    ucr: Option<&'a Ucr>,
    entries: &[Entry<'_>],
    entry: &Entry<'_>,
) -> Option<&'a Ucr> {
    let embedded = entries.iter().filter(|entry| entry.embedded).count();
    let package = entry.package.as_ref();
    let split = package.and_then(|package| package.documents(entry.view));
    ucr.filter(|_| (!entry.embedded || embedded == 1) && split.is_none_or(|count| count <= 1))
}

/// What is known of a document besides what it says.
#[derive(Clone, Copy, Default)]
pub(super) struct Aside<'a> {
    /// What the signature of its message states beside it.
    pub(super) ucr: Option<&'a Ucr>,
    /// What the partner may have of an earlier version.
    pub(super) told: Option<Retold<'a>>,
}

impl<'a> Aside<'a> {
    /// What its signature states, and what was sent to the lane's partner of what it revises.
    pub(super) fn of(ucr: Option<&'a Ucr>, standing: Option<&'a Standing>, lane: &Lane) -> Self {
        Self {
            ucr,
            told: standing.and_then(|standing| standing.told_over(lane)),
        }
    }
}

/// What was seen of a document that a lane looks into, besides what was made of it.
#[derive(Default)]
pub(super) struct Seen {
    /// When the goods are to arrive, where the lane registers.
    pub(super) arrival: Arrival,
    /// Whose business it is, where the lane says so.
    pub(super) posts: Vec<String>,
}

/// Takes one document over one lane. `package` is the document's own, `aside` what is known besides
/// it. A lane that translates for the own inbox makes two parts: the canonical fact, which
/// nothing keeps back, and the translation. A message whose package splits it is translated document
/// by document. Beside what was made stands what was seen of it.
pub(super) fn parts(
    core: &Core,
    entry: &Entry<'_>,
    package: &Package,
    lane: &Lane,
    aside: Aside<'_>,
) -> Result<(Vec<Made>, Seen), Stopped> {
    let seen = RefCell::default();
    let way = Way {
        core,
        entry,
        package,
        lane,
        number: None,
        aside,
        seen: &seen,
    };
    let made = way.made_of_all()?;
    Ok((made, seen.into_inner()))
}

/// Takes a held document over its lane again, with an officer's values.
pub(super) fn resumed(
    core: &Core,
    entry: &Entry<'_>,
    package: &Package,
    lane: &Lane,
    number: Option<usize>,
    aside: Aside<'_>,
    supplements: &[Supplement],
) -> Result<Made, Stopped> {
    let seen = RefCell::default();
    let way = Way {
        core,
        entry,
        package,
        lane,
        number,
        aside,
        seen: &seen,
    };
    way.translation(way.read()?, supplements)
}

/// One document on one lane.
struct Way<'a> {
    core: &'a Core,
    entry: &'a Entry<'a>,
    package: &'a Package,
    lane: &'a Lane,
    /// Which of the entry's documents, from 0, when its package splits it.
    number: Option<usize>,
    aside: Aside<'a>,
    /// What the documents seen so far say.
    seen: &'a RefCell<Seen>,
}

/// A decoded document.
struct Read<'d> {
    decoded: Decoded<'d>,
    /// Where what the signature states beside it was entered.
    entered: Option<&'static str>,
    /// Where the numbers of an earlier version were entered.
    told: Vec<&'static str>,
    /// Its canonical JSON, once somebody asked.
    canonical: OnceCell<Bytes>,
}

impl<'a> Way<'a> {
    fn made_of_all(&self) -> Result<Vec<Made>, Stopped> {
        match &self.lane.output {
            Output::Package(target) if target == self.package.id() => Ok(vec![self.through()?]),
            Output::Package(_) => match self.package.documents(self.entry.view) {
                None => self.document(),
                Some(0) => self.no_document(),
                Some(count) => self.split(count),
            },
            Output::Canonical => {
                let read = self.read()?;
                self.agreed(&read.decoded)?;
                Ok(vec![self.fact(&self.canonical(&read)?, &read)])
            }
        }
    }

    /// Holds a document to what the lane demands, and notes what it is registered by and whose it is.
    fn agreed(&self, decoded: &Decoded<'_>) -> Result<(), Rejection> {
        demand(self.lane, decoded)?;
        if let Some(register) = &self.lane.register {
            let arrival = Arrival::of(register, decoded);
            let mut seen = self.seen.borrow_mut();
            seen.arrival = seen.arrival.and(arrival);
        }
        if let Some(post) = &self.lane.post {
            let posts = post.posts(decoded);
            let mut seen = self.seen.borrow_mut();
            seen.posts = union([&seen.posts, &posts]);
        }
        Ok(())
    }

    fn base(&self) -> Part {
        Part {
            lane: Some(self.lane.id.clone()),
            document: self.document_name(),
            to: Some(self.lane.to.clone()),
            package: None,
            mapping_sha256: self.core.mapping(self.package),
            state: PartState::Inbox,
            sha256: None,
            losses: Vec::new(),
            supplied: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The embedded document's id, if it is one.
    fn embedded(&self) -> Option<String> {
        self.entry.id.clone().filter(|_| self.entry.embedded)
    }

    /// How receipts name the document: by its own id in an envelope, by the element that the message
    /// is split by, or by both.
    fn document_name(&self) -> Option<String> {
        let split = self.number.map(|number| {
            let name = self.package.document_name().unwrap_or_default();
            format!("{name}[{}]", number + 1)
        });
        match (self.embedded(), split) {
            (Some(id), Some(split)) => Some(format!("{id}/{split}")),
            (id, split) => id.or(split),
        }
    }

    /// Whether the lane ends at our own national inbox.
    fn inbound(&self) -> bool {
        self.lane.to == self.core.party
    }

    /// The message passes unchanged: only the signature becomes ours.
    fn through(&self) -> Result<Made, Stopped> {
        let (core, package, view) = (self.core, self.package, self.entry.view);
        if self.lane.has_terms() {
            self.agreed(&self.read()?.decoded)?;
        }
        let stating = Stating::of(self.lane, self.aside.ucr, None);
        let signed = core.stage("sign", || sign(core, &exclusive(view)?, &stating))?;
        let mut part = self.base();
        let mut losses = Vec::new();
        stating.losses(&mut losses, self.aside.ucr, false);
        part.losses = loss_notes(&losses);
        part.findings.extend(stating.finding());
        let report = Report::of(&Told {
            signature_properties: stating.stated(),
            ..Told::default()
        });
        part.package = Some(package.id().clone());
        part.state = PartState::Queued;
        part.sha256 = Some(evidence::sha256(&signed));
        let message_id = package.message_id(view).unwrap_or_default();
        Ok(Made {
            part,
            effect: Effect::Queue {
                to: self.lane.to.clone(),
                body: signed,
                package: package.id().clone(),
                message_id,
                keys: stating.keys(package.keys(view)),
                numbered: Vec::new(),
            },
            report,
        })
    }

    /// Each document of a message that is split.
    fn split(&self, count: usize) -> Result<Vec<Made>, Stopped> {
        if count > DOCUMENTS_MAX {
            let text =
                format!("the message holds {count} documents; at most {DOCUMENTS_MAX} are taken");
            let place = self.entry.view.position();
            let rejection = Rejection::new(Stage::Translate, "EXCHANGE_DOCUMENTS_TOO_MANY", text);
            let path = Some(self.entry.view.path());
            return Err(rejection.at(place.line, place.column, path).into());
        }
        let mut made = Vec::new();
        for number in 0..count {
            let one = Way {
                number: Some(number),
                ..*self
            };
            made.extend(one.document()?);
        }
        Ok(made)
    }

    /// A message that could hold documents and holds none: what it says of itself is the fact, and
    /// there is nothing to translate.
    fn no_document(&self) -> Result<Vec<Made>, Stopped> {
        let read = self.read()?;
        self.agreed(&read.decoded)?;
        let mut made = self.fact(&self.canonical(&read)?, &read);
        if !self.inbound() {
            let name = self.package.document_name().unwrap_or_default();
            let finding = format!("{NO_DOCUMENT}@{name}");
            made.report = Report::findings(&[&finding]);
            made.part.findings.push(finding);
            made.part.state = PartState::Refused;
            made.part.sha256 = None;
            made.effect = Effect::None;
        }
        Ok(vec![made])
    }

    /// What the lane translates; for the own inbox beside the fact, which arrives whatever becomes of
    /// the translation.
    fn document(&self) -> Result<Vec<Made>, Stopped> {
        let read = self.read()?;
        self.agreed(&read.decoded)?;
        if !self.inbound() {
            return Ok(vec![self.translation(read, &[])?]);
        }
        let mut fact = self.fact(&self.canonical(&read)?, &read);
        let translation = self.translation(read, &[])?;
        if let Effect::Inbox { .. } = translation.effect {
            fact.effect = Effect::None;
        }
        Ok(vec![fact, translation])
    }

    /// Decodes, and enters what the signature states: for the inbox at the shipment, for an outgoing
    /// document where its package has a place.
    fn read(&self) -> Result<Read<'a>, Rejection> {
        let mut decoded = self.decode()?;
        let target = match self.inbound() {
            true => None,
            false => Some(self.target()?),
        };
        let entered = ucr::enter(&mut decoded, self.aside.ucr, target, self.entry.view)?;
        let told = match (self.aside.told, target) {
            (Some(told), Some(target)) => told.enter(&mut decoded, target),
            _ => Vec::new(),
        };
        Ok(Read {
            decoded,
            entered,
            told,
            canonical: OnceCell::new(),
        })
    }

    fn decode(&self) -> Result<Decoded<'a>, Rejection> {
        let context = DecodeContext {
            zone: self.lane.rules.source_zone(),
            on: Some(translate::day(self.core.clock.wall())),
        };
        let (package, view) = (self.package, self.entry.view);
        let decode = || match self.number {
            None => package.decode(view, &context),
            Some(number) => package.decode_document(view, number, &context),
        };
        // Lanes are checked when they are loaded: their source packages have mappings.
        self.core.stage("decode", decode).ok_or_else(|| {
            Rejection::new(
                Stage::Translate,
                "PACKAGE_NOT_MAPPED",
                "the message's package has no mapping to decode with",
            )
        })
    }

    /// Canonical JSON.
    fn canonical(&self, read: &Read<'_>) -> Result<Bytes, Rejection> {
        if let Some(known) = read.canonical.get() {
            return Ok(known.clone());
        }
        let json = read.decoded.canonical_json().map_err(|error| {
            Rejection::new(
                Stage::Translate,
                "EXCHANGE_CANONICAL_JSON",
                error.to_string(),
            )
        })?;
        let json = Bytes::from(json.to_string());
        Ok(read.canonical.get_or_init(|| json).clone())
    }

    /// The canonical fact, for the national inbox.
    fn fact(&self, canonical: &Bytes, read: &Read<'_>) -> Made {
        let (mut part, decoded) = (self.base(), &read.decoded);
        part.supplied.extend(read.entered.map(ToOwned::to_owned));
        part.sha256 = Some(evidence::sha256(canonical));
        part.findings = decoded.findings.iter().map(finding_note).collect();
        Made {
            part,
            effect: Effect::Inbox {
                canonical: canonical.clone(),
                package: self.package.id().clone(),
                translated: None,
            },
            report: Report::of(&Told {
                findings: Some(&decoded.findings),
                supplied_by_signature: read.entered,
                ..Told::default()
            }),
        }
    }

    fn translation(&self, read: Read<'_>, supplements: &[Supplement]) -> Result<Made, Stopped> {
        let (target, decoded) = (self.target()?, &read.decoded);
        let canonical = match self.inbound() {
            true => Some(self.canonical(&read)?),
            false => None,
        };
        let encode = || self.encode(decoded, target, supplements);
        let mut encoded = self.core.stage("encode", encode);
        let stating = Stating::of(self.lane, self.aside.ucr, Some(decoded));
        stating.losses(&mut encoded.losses, self.aside.ucr, read.entered.is_some());
        let mut part = self.base();
        part.package = Some(target.id().clone());
        part.mapping_sha256 = self.core.mapping(target);
        part.losses = loss_notes(&encoded.losses);
        let supplied = encoded.supplied.iter();
        part.supplied = supplied.map(|value| value.path.clone()).collect();
        let beside = read.entered.iter().chain(&read.told);
        part.supplied.extend(beside.map(|path| (*path).to_owned()));
        let findings = self.all_findings(decoded, &encoded);
        part.findings = findings.iter().map(finding_note).collect();
        part.findings.extend(stating.finding());
        let report = Report::of(&Told {
            losses: Some(&encoded.losses),
            supplied: Some(&encoded.supplied),
            supplied_by_signature: read.entered,
            supplied_by_reference: Some(&*read.told).filter(|told| !told.is_empty()),
            findings: Some(&findings),
            signature_properties: stating.stated(),
        });
        let severities = encoded.findings.iter().map(|finding| finding.severity);
        let worst = severities.max();
        drop(findings);
        let (xml, numbered, findings) = (encoded.xml, encoded.numbered, encoded.findings);
        // Of a large message it takes several times its size, and is needed no more.
        drop(read);
        let effect = match (worst, xml) {
            (Some(Severity::Reject), _) => {
                part.state = PartState::Refused;
                Effect::None
            }
            (_, Some(unsigned)) if worst != Some(Severity::Hold) => {
                match self.made(unsigned, numbered, target, canonical, &stating)? {
                    Ok((state, sha256, effect)) => {
                        part.state = state;
                        part.sha256 = Some(sha256);
                        effect
                    }
                    Err(complaints) => {
                        part.state = PartState::Held;
                        let notes = complaints.iter().map(|complaint| complaint.note.clone());
                        part.findings.extend(notes);
                        let findings = complaints.into_iter().map(|complaint| complaint.finding);
                        self.hold(target, &findings.collect())
                    }
                }
            }
            _ => {
                part.state = PartState::Held;
                self.hold(target, &json!(findings))
            }
        };
        Ok(Made {
            part,
            effect,
            report,
        })
    }

    /// What there is to know of a translation. What reading found stands at the fact, where there is one.
    fn all_findings<'f>(
        &self,
        decoded: &'f Decoded<'_>,
        encoded: &'f Encoded,
    ) -> Cow<'f, [Finding]> {
        let (read, made) = (&decoded.findings, &encoded.findings);
        if self.inbound() || read.is_empty() {
            return Cow::Borrowed(made);
        }
        Cow::Owned([&**read, made].concat())
    }

    fn hold(&self, target: &Package, findings: &serde_json::Value) -> Effect {
        Effect::Hold {
            document: self.embedded(),
            number: self.number,
            package: target.id().clone(),
            findings: json!({ "findings": findings }),
        }
    }

    fn target(&self) -> Result<&'a Package, Rejection> {
        let named = match &self.lane.output {
            Output::Canonical => None,
            Output::Package(target) => self.core.packages.find(&target.to_string()),
        };
        named.map(|package| &**package).ok_or_else(|| {
            Rejection::new(
                Stage::Translate,
                "PACKAGE_UNKNOWN",
                "the lane's outgoing package is not installed",
            )
        })
    }

    fn encode(
        &self,
        decoded: &Decoded<'_>,
        target: &Package,
        supplements: &[Supplement],
    ) -> Encoded {
        let core = self.core;
        let mut context = EncodeContext {
            supplements,
            serials: &*core.serials,
            ..EncodeContext::from_uuid(core.clock.wall(), core.new_uuid())
        };
        // A partner knows a declaration by its local reference: a revision keeps it.
        if let Some(lrn) = self
            .aside
            .told
            .and_then(|told| told.lrn().map(str::to_owned))
        {
            context.lrn = lrn;
        }
        translate::encode(decoded, target, &self.lane.rules, &context)
    }

    /// What an encoded document becomes: signed and queued for a partner, or the own inbox's. The
    /// inner error says what is wrong with our output: it is held, and the source is not to blame.
    #[expect(
        clippy::type_complexity,
        reason = "the state, the digest and the effect are parts of one outcome"
    )]
    fn made(
        &self,
        unsigned: Vec<u8>,
        numbered: Vec<Numbered>,
        target: &Package,
        canonical: Option<Bytes>,
        stating: &Stating,
    ) -> Result<Result<(PartState, Sha256, Effect), Vec<Complaint>>, Stopped> {
        if let Some(canonical) = canonical {
            let document = match checked(self.core, Cow::Borrowed(&unsigned), target) {
                Ok(document) => document,
                Err(complaints) => return Ok(Err(complaints)),
            };
            let digest = evidence::sha256(&unsigned);
            let posts = target.posts(document.root(), Side::Received);
            let effect = Effect::Inbox {
                canonical,
                package: self.package.id().clone(),
                translated: Some(Translated {
                    body: unsigned.into(),
                    package: target.id().clone(),
                    numbered,
                    posts: posts.map(|posts| posts.codes).unwrap_or_default(),
                }),
            };
            return Ok(Ok((PartState::Inbox, digest, effect)));
        }
        let document = match checked(self.core, Cow::Owned(unsigned), target) {
            Ok(document) => document,
            Err(complaints) => return Ok(Err(complaints)),
        };
        let body = sign_document(self.core, &document, stating)?;
        let digest = evidence::sha256(&body);
        let effect = Effect::Queue {
            to: self.lane.to.clone(),
            body,
            package: target.id().clone(),
            message_id: target.message_id(document.root()).unwrap_or_default(),
            keys: stating.keys(target.keys(document.root())),
            numbered,
        };
        Ok(Ok((PartState::Queued, digest, effect)))
    }
}
