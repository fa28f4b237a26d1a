//! What the log keeps of one message: a short text whose bytes are hashed into the Merkle tree.
//!
//! Start at [`Leaf`]. The encoding is ten lines of ASCII, each ended by one line feed (0x0A), in
//! this order, with one space between word and value:
//!
//! ```text
//! corridor-leaf-v1
//! kind in                      in | national | acknowledged | void
//! partner KZ                   the peer; the own party for national
//! direction in                 in | national | out
//! counter 17                   decimal, no leading zeros, from 1
//! index 42                     place in the log, from 0
//! at 2026-03-01T09:30:00.125Z  UTC, fraction only as far as it is not zero
//! receipt 5d2c…                SHA-256 of the sealed receipt, 64 lower-case hexadecimal digits
//! message 90ab…                SHA-256(salt || SHA-256 of the message); the salt is in the receipt
//! versions 77e0…               SHA-256 of configuration, packages and mappings in force
//! ```
//!
//! A `void` leaf stands where a receipt could not be sealed: its three digests are zero. There is
//! one encoding for each leaf: [`Leaf::parse`] refuses every other spelling. A leaf says nothing
//! about a message that can be guessed from outside; erasing message and receipt leaves the log as
//! it is.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Direction, Error, Receipt, merkle};
use crate::model::{PartyId, Sha256};

/// First line of a leaf: the name of the encoding.
const HEADER: &str = "corridor-leaf-v1";

/// Longest leaf, in bytes: the fixed lines are below 400 and a party is at most 32. Readers refuse
/// longer ones before looking at them.
pub const LEAF_BYTES_MAX: usize = 512;

/// What a leaf stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeafKind {
    /// A partner's receipt for a message of ours was verified.
    Acknowledged,
    /// We receipted a partner's message.
    In,
    /// We receipted a submission of our own service.
    National,
    /// A reserved place whose receipt could not be sealed.
    Void,
}

impl LeafKind {
    /// The word used in the encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::In => "in",
            Self::National => "national",
            Self::Void => "void",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Acknowledged, Self::In, Self::National, Self::Void]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// What it stands for.
    pub kind: LeafKind,
    /// The peer; the own party for national submissions.
    pub partner: PartyId,
    /// Which way the message went.
    pub direction: Direction,
    /// Number within (partner, direction), without gaps, from 1.
    pub counter: u64,
    /// Place in the log, from 0.
    pub index: u64,
    /// When the message (or the partner's receipt) was received; never decreases along the log.
    pub at: Timestamp,
    /// Digest of the sealed receipt.
    pub receipt: Sha256,
    /// Salted commitment to the message's digest: [`super::Salt::commit`].
    pub message: Sha256,
    /// Digest of the versions in force: [`Receipt::versions`].
    pub versions: Sha256,
}

impl Leaf {
    /// The leaf of a receipt whose sealed bytes have this digest. Anybody who holds a sealed receipt
    /// can compute its leaf, and so check its inclusion proof.
    pub fn of(receipt: &Receipt, sealed: Sha256) -> Self {
        let kind = match receipt.direction {
            Direction::In => LeafKind::In,
            Direction::National => LeafKind::National,
            Direction::Out => LeafKind::Acknowledged,
        };
        Self {
            kind,
            partner: receipt.partner.clone(),
            direction: receipt.direction,
            counter: receipt.counter,
            index: receipt.leaf_index,
            at: receipt.received_at,
            receipt: sealed,
            message: receipt.salt.commit(&receipt.message.sha256),
            versions: receipt.versions(),
        }
    }

    /// The leaf of a reserved place that got no receipt.
    pub fn void(
        partner: PartyId,
        direction: Direction,
        counter: u64,
        index: u64,
        at: Timestamp,
    ) -> Self {
        let nothing = Sha256([0; 32]);
        Self {
            kind: LeafKind::Void,
            partner,
            direction,
            counter,
            index,
            at,
            receipt: nothing,
            message: nothing,
            versions: nothing,
        }
    }

    /// The bytes of the leaf.
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::with_capacity(LEAF_BYTES_MAX);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{HEADER}\nkind {}\npartner {}\ndirection {}\ncounter {}\nindex {}\nat {}\nreceipt {}\n\
             message {}\nversions {}\n",
            self.kind.as_str(),
            self.partner,
            self.direction,
            self.counter,
            self.index,
            self.at,
            self.receipt,
            self.message,
            self.versions,
        );
        text.into_bytes()
    }

    /// Reads a leaf back.
    ///
    /// # Errors
    /// [`Error::Format`] for anything that [`Leaf::encode`] does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |line: usize, expected: &'static str| Error::Format {
            what: "leaf",
            line,
            expected,
        };
        let text = str::from_utf8(bytes)
            .ok()
            .filter(|text| text.len() <= LEAF_BYTES_MAX)
            .ok_or_else(|| refused(1, "at most 512 bytes of ASCII"))?;
        let mut lines = text.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(refused(1, HEADER));
        }
        let mut line = 1;
        let mut value = |word: &'static str| {
            line += 1;
            lines
                .next()
                .and_then(|text| text.strip_prefix(word))
                .and_then(|text| text.strip_prefix(' '))
                .ok_or_else(|| refused(line, word))
        };
        let leaf = Self {
            kind: LeafKind::from_word(value("kind")?).ok_or_else(|| refused(2, "kind"))?,
            partner: value("partner")?
                .parse()
                .map_err(|_| refused(3, "partner"))?,
            direction: Direction::from_word(value("direction")?)
                .ok_or_else(|| refused(4, "direction"))?,
            counter: value("counter")?
                .parse()
                .map_err(|_| refused(5, "counter"))?,
            index: value("index")?.parse().map_err(|_| refused(6, "index"))?,
            at: value("at")?.parse().map_err(|_| refused(7, "at"))?,
            receipt: value("receipt")?
                .parse()
                .map_err(|_| refused(8, "receipt"))?,
            message: value("message")?
                .parse()
                .map_err(|_| refused(9, "message"))?,
            versions: value("versions")?
                .parse()
                .map_err(|_| refused(10, "versions"))?,
        };
        if leaf.encode() == bytes {
            Ok(leaf)
        } else {
            Err(refused(1, "the one encoding of these facts"))
        }
    }

    /// The hash that stands in the tree: RFC 6962 section 2.1.
    pub fn hash(&self) -> Sha256 {
        merkle::leaf_hash(&self.encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Salt;

    fn leaf() -> Leaf {
        Leaf {
            kind: LeafKind::In,
            partner: "KZ".parse().unwrap(),
            direction: Direction::In,
            counter: 17,
            index: 42,
            at: "2026-03-01T09:30:00.125Z".parse().unwrap(),
            receipt: Sha256([1; 32]),
            message: Salt::new([2; 32]).commit(&Sha256([3; 32])),
            versions: Sha256([4; 32]),
        }
    }

    #[test]
    fn the_bytes_are_the_documented_ones() {
        let text = String::from_utf8(leaf().encode()).unwrap();
        let expected = "corridor-leaf-v1\nkind in\npartner KZ\ndirection in\ncounter 17\nindex 42\n\
            at 2026-03-01T09:30:00.125Z\n\
            receipt 0101010101010101010101010101010101010101010101010101010101010101\n\
            message 27f32fbbfac2fbbbce58b10752144b5a7446d4b91e4ba90ffdee305e915980e8\n\
            versions 0404040404040404040404040404040404040404040404040404040404040404\n";
        assert_eq!(text, expected);
        assert!(text.len() <= LEAF_BYTES_MAX);
    }

    #[test]
    fn every_kind_comes_back() {
        for kind in [
            LeafKind::Acknowledged,
            LeafKind::In,
            LeafKind::National,
            LeafKind::Void,
        ] {
            for direction in [Direction::In, Direction::National, Direction::Out] {
                let leaf = Leaf {
                    kind,
                    direction,
                    counter: u64::MAX,
                    ..leaf()
                };
                assert_eq!(Leaf::parse(&leaf.encode()), Ok(leaf));
            }
        }
        let void = Leaf::void("EU".parse().unwrap(), Direction::Out, 1, 0, leaf().at);
        assert_eq!(Leaf::parse(&void.encode()), Ok(void));
    }

    #[test]
    fn other_spellings_are_refused() {
        let text = String::from_utf8(leaf().encode()).unwrap();
        let changes = [
            ("leaf-v1", "leaf-v2"),
            ("counter 17", "counter 017"),
            ("counter 17", "counter +17"),
            ("counter 17", "counter 18446744073709551616"),
            ("index 42", "index  42"),
            (".125Z", ".1250Z"),
            (".125Z", ".125+00:00"),
            ("partner KZ", "partner kz"),
            ("receipt 01", "receipt 0A"),
            ("kind in", "kind out"),
            ("direction in\n", ""),
            ("kind in\npartner KZ\n", "partner KZ\nkind in\n"),
            ("\n", "\r\n"),
        ];
        for (from, to) in changes {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(Leaf::parse(changed.as_bytes()).is_err(), "{to:?}");
        }
        assert!(Leaf::parse(format!("{text}\n").as_bytes()).is_err());
        assert!(Leaf::parse(text.trim_end().as_bytes()).is_err());
        assert!(Leaf::parse(&[0xFF; 40]).is_err());
        assert!(Leaf::parse(&vec![b'a'; 1 << 20]).is_err());
    }
}
