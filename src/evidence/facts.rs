//! The facts that a receipt states.
//!
//! Start at [`Receipt`]. These are plain values: how they are written as XML, signed and read back
//! stands in the sibling modules. They hold digests and names, never values of a payload.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::crypto::{Revocation, StatusUsed};
use crate::model::{PackageId, PartyId, Sha256};
use crate::xml::Node;

/// Which way a message went, seen from the gateway that keeps the log. Counters run without gaps
/// per (partner, direction).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a partner to us.
    In,
    /// From an authenticated principal of our own service.
    National,
    /// From us to a partner.
    Out,
}

impl Direction {
    /// The word used in receipts and leaves.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::National => "national",
            Self::Out => "out",
        }
    }

    /// The direction that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::In, Self::National, Self::Out]
            .into_iter()
            .find(|direction| direction.as_str() == word)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// 32 random bytes that stand before a digest in the log, so that the log's readers cannot guess a
/// message from its leaf. Written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(pub Sha256);

impl Salt {
    /// A salt of these random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(Sha256(random))
    }

    /// The commitment `SHA-256(salt || digest)` that a leaf carries in place of the digest.
    pub fn commit(&self, digest: &Sha256) -> Sha256 {
        let mut bytes = [0; 64];
        let (salt, rest) = bytes.split_at_mut(32);
        salt.copy_from_slice(self.0.as_bytes());
        rest.copy_from_slice(digest.as_bytes());
        super::sha256(&bytes)
    }
}

impl FromStr for Salt {
    type Err = crate::model::IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a gateway says about one message that it received: this is what it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The receipt's own identifier, a UUID.
    pub id: String,
    /// The gateway that received the message and signs the receipt.
    pub gateway: PartyId,
    /// The peer that sent it; for [`Direction::National`] the gateway's own party.
    pub partner: PartyId,
    /// Which way the message went.
    pub direction: Direction,
    /// Its number within (partner, direction), without gaps, from 1.
    pub counter: u64,
    /// Its place in the gateway's log, from 0.
    pub leaf_index: u64,
    /// When the gateway had the complete message; never decreases along the log.
    pub received_at: Timestamp,
    /// Salt of the commitment in the leaf.
    pub salt: Salt,
    /// The message that was received.
    pub message: MessageFacts,
    /// What vouches for its origin.
    pub origin: Origin,
    /// Digest of the configuration in force.
    pub config_sha256: Sha256,
    /// The number that an accepted message was registered under; a refused one has none, and none is
    /// written for it.
    pub registration: Option<Registration>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Receipt {
    /// The receipt as an XML document, unsigned.
    ///
    /// # Errors
    /// [`Error::Xml`] when a text has a character that XML 1.0 forbids.
    pub fn to_xml(&self) -> Result<Vec<u8>, Error> {
        super::write::receipt(self).map(|plain| plain.bytes().to_vec())
    }

    /// The receipt that the view of a root element states. Anything that [`Receipt::to_xml`] would
    /// not have written is refused; the Signature must be hidden in the view.
    ///
    /// # Errors
    /// [`Error::Receipt`] with path, line and column.
    pub fn from_view(root: Node<'_>) -> Result<Self, Error> {
        super::read::receipt(root)
    }

    /// Digest of the versions in force, as the leaf carries it: SHA-256 over the lines
    /// `config <sha-256>`, `package <package or ->`, and for each part `part <package or ->
    /// <mapping's sha-256 or ->`, each ended by a line feed.
    pub fn versions(&self) -> Sha256 {
        fn word<T: fmt::Display>(value: Option<&T>) -> String {
            value.map_or_else(|| "-".to_owned(), T::to_string)
        }
        let mut text = format!(
            "config {}\npackage {}\n",
            self.config_sha256,
            word(self.message.package.as_ref())
        );
        if let Outcome::Accepted { parts } = &self.outcome {
            for part in parts {
                text.push_str(&format!(
                    "part {} {}\n",
                    word(part.package.as_ref()),
                    word(part.mapping_sha256.as_ref())
                ));
            }
        }
        super::sha256(text.as_bytes())
    }
}

/// The message that a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFacts {
    /// Digest of the bytes as they arrived.
    pub sha256: Sha256,
    /// Their number.
    pub bytes: u64,
    /// The package that the root element named, when there is one.
    pub package: Option<PackageId>,
    /// The message's own identifier, read from the verified view.
    pub id: Option<String>,
}

/// What vouches for the origin of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An authenticated national principal submitted it.
    Attested {
        /// The principal's name in the gateway's configuration.
        principal: String,
    },
    /// It bears a signature that was verified up to the partner's anchors.
    Signed {
        /// Digest of the signer's certificate (DER).
        certificate_sha256: Sha256,
        /// The `SignatureMethod` URI.
        suite: String,
        /// What was known of revocation; nothing in receipts from before it was stated.
        revocation: Option<Box<RevocationNote>>,
    },
    /// Nothing does: the message was refused before, or because of, its signature.
    Unverified,
}

/// What was known of the revocation of a signer's certificate and its issuers, and when it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationNote {
    /// Whether that covered all of them.
    pub status: Revocation,
    /// What had a say.
    pub sources: Vec<StatusUsed>,
}

impl RevocationNote {
    /// The code of the flag for what had run out, and counted by a grace that the partner's profile
    /// gives.
    pub const GRACE: &'static str = "REVOCATION_GRACE";
}

/// The word for how much was known, in receipts.
pub(super) fn revocation_word(status: Revocation) -> &'static str {
    match status {
        Revocation::Checked => "checked",
        Revocation::Grace => "grace",
        Revocation::NotChecked => "unchecked",
    }
}

/// How much was known, by its word.
pub(super) fn revocation_of(word: &str) -> Option<Revocation> {
    [
        Revocation::Checked,
        Revocation::Grace,
        Revocation::NotChecked,
    ]
    .into_iter()
    .find(|status| revocation_word(*status) == word)
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway answers for it from now on.
    Accepted {
        /// What was made of it, one for each destination of each document.
        parts: Vec<Part>,
    },
    /// It was not taken.
    Refused(Refusal),
}

/// Under which number an accepted message was registered, and what was seen of its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Country, day of registration in the country's zone, running number: `RU/231126/000000417`.
    pub number: String,
    /// What a person should know; nothing when the message came in time.
    pub flags: Vec<RegistrationFlag>,
}

/// What a person should know of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code")]
pub enum RegistrationFlag {
    /// The message does not say when the goods arrive, or not as a moment of a known zone: nobody
    /// can say that it came in time.
    #[serde(rename = "ARRIVAL_UNKNOWN")]
    ArrivalUnknown,
    /// It came later than the lane demands.
    #[serde(rename = "SUBMITTED_LATE")]
    SubmittedLate {
        /// By how many minutes, below zero; a begun minute counts.
        minutes: i64,
    },
}

impl RegistrationFlag {
    /// The code in receipts and answers.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ArrivalUnknown => "ARRIVAL_UNKNOWN",
            Self::SubmittedLate { .. } => "SUBMITTED_LATE",
        }
    }
}

impl fmt::Display for RegistrationFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArrivalUnknown => f.write_str(self.code()),
            Self::SubmittedLate { minutes } => write!(f, "{} ({minutes} min)", self.code()),
        }
    }
}

/// Why a message was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code, as listed in `docs/error-codes.md`.
    pub code: String,
    /// The stage of the path that refused it: `parse`, `signature`, `identity`, `schema`, ...
    pub stage: String,
    /// Line in the message, from 1.
    pub line: Option<u64>,
    /// Column in the message, in characters from 1.
    pub column: Option<u64>,
    /// Path of the element.
    pub path: Option<String>,
    /// The fault in words, without values of the message.
    pub text: String,
    /// On a conflict: digest of the receipt of the accepted message that has the same id.
    pub original: Option<Sha256>,
}

/// One outcome of an accepted message: one document of it for one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The lane that was used.
    pub lane: Option<String>,
    /// The identifier of the embedded document, when the message is an envelope.
    pub document: Option<String>,
    /// The party that it goes to.
    pub to: Option<PartyId>,
    /// The package of the outgoing message.
    pub package: Option<PackageId>,
    /// Digest of the mapping that was used.
    pub mapping_sha256: Option<Sha256>,
    /// Where the part stands now.
    pub state: PartState,
    /// Digest of the signed outgoing bytes, or of the canonical JSON.
    pub sha256: Option<Sha256>,
    /// What the target format cannot carry, counted by path and reason.
    pub losses: Vec<LossNote>,
    /// Target paths whose value the lane supplied.
    pub supplied: Vec<String>,
    /// Findings, each written `CODE@path`.
    pub findings: Vec<String>,
}

/// Where a part of an accepted message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartState {
    /// A decision was made; its digest is the part's.
    Decided,
    /// The same content was accepted before under the same id.
    Duplicate,
    /// It waits for an officer's supplement.
    Held,
    /// It lies in the national inbox.
    Inbox,
    /// It is kept with the original: there is no package for it.
    Kept,
    /// It is signed and waits for delivery.
    Queued,
    /// An outgoing message of an earlier version was taken back before it could reach its partner; its
    /// digest is the part's.
    Recalled,
    /// This destination cannot have it; the findings say why. Another destination may.
    Refused,
    /// It waits for the message that it amends or cancels: the last word comes in a later receipt for
    /// the same bytes.
    Waiting,
}

impl PartState {
    /// The word used in receipts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Inbox => "inbox",
            Self::Kept => "kept",
            Self::Queued => "queued",
            Self::Recalled => "recalled",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
        }
    }

    /// The state that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Decided,
            Self::Duplicate,
            Self::Held,
            Self::Inbox,
            Self::Kept,
            Self::Queued,
            Self::Recalled,
            Self::Refused,
            Self::Waiting,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// Losses of one kind in one translation: without the values, which stay in the national report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossNote {
    /// Canonical or source path.
    pub path: String,
    /// `no-target`, `cut`, `code-unmapped`, `precision`, `transliterated`, `withheld`, ...
    pub reason: String,
    /// `note`, `hold` or `reject`.
    pub severity: String,
    /// How many values.
    pub count: u64,
}
