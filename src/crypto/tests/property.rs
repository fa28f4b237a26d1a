//! Whatever is done to the bytes of a signed document: verification does not panic, and accepts it
//! only if it still says what was signed.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::pki::*;
use crate::crypto::{Cover, Policy, SigningRules, Suites, TrustStore, verify};
use crate::xml::{self, Canonicalization, Document, Limits, Method, NodeId, Subtree};

static SIGNED: LazyLock<(String, TrustStore)> = LazyLock::new(|| {
    let (root, party) = kazakhstan();
    (party.sign(DOCUMENT), trust(&[&root]))
});

fn content(document: &Document, signature: Option<NodeId>) -> Vec<u8> {
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    xml::canonical_bytes(Subtree::Document(document, signature), &how).unwrap()
}

/// One change to the bytes.
#[derive(Debug, Clone)]
enum Change {
    Copy(Index, Index, Index),
    Cut(Index, Index),
    Flip(Index, u8),
    Insert(Index, &'static str),
}

/// What an attacker would insert.
const PIECES: &[&str] = &[
    " ",
    "\r",
    "<!-- -->",
    "<x/>",
    "<?p q?>",
    "&amp;",
    "&#32;",
    "<![CDATA[]]>",
    " xmlns=''",
    " Id=\"doc\"",
    " a=\"1\"",
    "xml:",
    "<ds:Signature/>",
    "<ds:Object/>",
    "</ds:SignedInfo>",
    "=",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at(), at()).prop_map(|(from, until, to)| Change::Copy(from, until, to)),
        (at(), at()).prop_map(|(from, until)| Change::Cut(from, until)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        (at(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Self::Copy(from, until, to) => {
                let (from, until) = (from.index(length), until.index(length));
                let piece = bytes[from.min(until)..from.max(until)].to_vec();
                let to = to.index(length);
                bytes.splice(to..to, piece);
            }
            Self::Cut(from, until) => {
                let (from, until) = (from.index(length), until.index(length));
                bytes.drain(from.min(until)..from.max(until));
            }
            Self::Flip(at, mask) => bytes[at.index(length)] ^= mask,
            Self::Insert(at, piece) => {
                let at = at.index(length);
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}

/// Verifies bytes; what is accepted must say what was signed.
fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (original, trust) = &*SIGNED;
    let Ok(document) = xml::parse(bytes, None, &Limits::default()) else {
        return Ok(());
    };
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let rules = SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: vec![(String::new(), "Id".to_owned())],
    };
    match verify(document, &rules, &policy, now()) {
        Ok(verified) => {
            let unsigned = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
            let hidden = verified.view().hidden();
            prop_assert_eq!(
                content(verified.document(), hidden),
                content(&unsigned, None)
            );
        }
        Err(refused) => {
            prop_assert!(bytes != original.as_bytes());
            prop_assert!(!refused.error.code().is_empty());
            prop_assert!(!refused.error.to_string().is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn no_mutant_that_says_something_else_is_accepted(
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut bytes = SIGNED.0.clone().into_bytes();
        for change in &changes {
            change.apply(&mut bytes);
        }
        judge(&bytes)?;
    }
}

#[test]
fn every_single_byte_counts() {
    let signed = SIGNED.0.as_bytes();
    judge(signed).unwrap();
    for at in 0..signed.len() {
        let mut flipped = signed.to_vec();
        flipped[at] ^= 1;
        judge(&flipped).unwrap();
    }
}
