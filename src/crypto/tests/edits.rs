//! Random edits of signed documents as trees: whatever is moved, doubled, wrapped and renamed, either
//! verification refuses, or what it makes known is what was signed.
//!
//! `property` does the same to bytes. Edits of nodes reach what edits of bytes hardly ever do: documents
//! that are well-formed and hold a good signature in another place.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use ring::rand::SystemRandom;

use super::attacks::sign_by_id;
use super::covers::{sign_parts, template};
use super::pki::*;
use crate::crypto::{
    Cover, Error, Policy, Property, SignatureProfile, SigningRules, Suites, TrustStore, Verified,
    sign_stating, verify,
};
use crate::xml::{self, Canonicalization, Document, Limits, Method, Subtree};

const CASES: u32 = 6_000;
const UCR: &str = "6CN91230900MA18X7-2026-000417";

/// A piece of markup.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Element {
        open: String,
        inner: Vec<Self>,
        close: String,
    },
    /// Text, a comment, an instruction.
    Other(String),
}

/// The pieces of a document. No attribute value of these documents holds `>`.
fn pieces(text: &str) -> Vec<Piece> {
    let mut open = vec![(String::new(), Vec::new())];
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest {
            _ if rest.starts_with("<!--") => rest.find("-->").unwrap() + 3,
            _ if rest.starts_with('<') => rest.find('>').unwrap() + 1,
            _ => rest.find('<').unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        let piece = if token.starts_with("</") {
            let (start, inner) = open.pop().unwrap();
            Piece::Element {
                open: start,
                inner,
                close: token.to_owned(),
            }
        } else if !token.starts_with('<') || token.starts_with("<!") || token.starts_with("<?") {
            Piece::Other(token.to_owned())
        } else if let Some(start) = token.strip_suffix("/>") {
            element(&format!("{start}>"), Vec::new())
        } else {
            open.push((token.to_owned(), Vec::new()));
            continue;
        };
        open.last_mut().unwrap().1.push(piece);
    }
    open.pop().unwrap().1
}

fn element(open: &str, inner: Vec<Piece>) -> Piece {
    let name = open.trim_start_matches('<');
    let name = &name[..name.find([' ', '>']).unwrap()];
    Piece::Element {
        open: open.to_owned(),
        inner,
        close: format!("</{name}>"),
    }
}

fn text(pieces: &[Piece]) -> String {
    let texts = pieces.iter().map(|piece| match piece {
        Piece::Element { open, inner, close } => format!("{open}{}{close}", text(inner)),
        Piece::Other(text) => text.clone(),
    });
    texts.collect()
}

/// Where the elements stand, in document order.
fn places(pieces: &[Piece]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        if let Piece::Element { inner, .. } = piece {
            found.push(vec![at]);
            let below = places(inner).into_iter();
            found.extend(below.map(|place| [vec![at], place].concat()));
        }
    }
    found
}

/// The list that a place is in, and where in it.
fn list_of<'p>(pieces: &'p mut Vec<Piece>, place: &[usize]) -> (&'p mut Vec<Piece>, usize) {
    match place {
        [at] => (pieces, *at),
        [at, rest @ ..] => match &mut pieces[*at] {
            Piece::Element { inner, .. } => list_of(inner, rest),
            Piece::Other(_) => panic!("no element"),
        },
        [] => panic!("no place"),
    }
}

fn at<'p>(pieces: &'p mut Vec<Piece>, place: &[usize]) -> &'p mut Piece {
    let (list, at) = list_of(pieces, place);
    &mut list[at]
}

/// One edit of the tree.
#[derive(Debug, Clone)]
enum Edit {
    /// An element goes into another one, at some place among its children.
    Move(Index, Index, Index),
    /// The same with a copy.
    Copy(Index, Index, Index),
    /// A copy of an element stands in the place of another.
    Replace(Index, Index),
    /// An element is put into a new one.
    Wrap(Index, &'static str),
    /// The children of an element stand in its place.
    Unwrap(Index),
    Remove(Index),
    /// An element has this attribute.
    Identify(Index, &'static str, &'static str),
    /// The first text of an element says something else.
    Say(Index, &'static str),
}

/// What an attacker wraps things in.
const WRAPPERS: &[&str] = &[
    "<d:Declaration xmlns:d=\"urn:example:d\">",
    "<d:Declaration xmlns:d=\"urn:example:d\" Id=\"doc\">",
    "<d:Body xmlns:d=\"urn:example:d\" Id=\"b\">",
    "<Extensions>",
    "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"o\">",
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "<ds:SignatureProperties xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let (names, ids) = (vec!["Id", "ID", "xml:id"], vec!["doc", "o", "b", "evil"]);
    prop_oneof![
        4 => (at(), at(), at()).prop_map(|(it, into, place)| Edit::Move(it, into, place)),
        4 => (at(), at(), at()).prop_map(|(it, into, place)| Edit::Copy(it, into, place)),
        2 => (at(), at()).prop_map(|(it, instead)| Edit::Replace(it, instead)),
        3 => (at(), select(WRAPPERS)).prop_map(|(it, open)| Edit::Wrap(it, open)),
        1 => at().prop_map(Edit::Unwrap),
        1 => at().prop_map(Edit::Remove),
        2 => (at(), select(names), select(ids)).prop_map(|(it, name, id)| Edit::Identify(it, name, id)),
        2 => (at(), select(vec!["evil", "900", ""])).prop_map(|(it, text)| Edit::Say(it, text)),
    ]
}

impl Edit {
    fn apply(&self, tree: &mut Vec<Piece>) {
        let all = places(tree);
        if all.is_empty() {
            return;
        }
        let place = |index: &Index| index.get(&all).clone();
        match self {
            Self::Move(it, into, among) => {
                let (from, into) = (place(it), place(into));
                if into.starts_with(&from) {
                    return;
                }
                // Nothing stays in its place, so that other places keep their names.
                let nothing = Piece::Other(String::new());
                let moved = std::mem::replace(at(tree, &from), nothing);
                insert(tree, &into, among, moved);
            }
            Self::Copy(it, into, among) => {
                let copy = at(tree, &place(it)).clone();
                insert(tree, &place(into), among, copy);
            }
            Self::Replace(it, instead) => {
                let copy = at(tree, &place(it)).clone();
                *at(tree, &place(instead)) = copy;
            }
            Self::Wrap(it, open) => {
                let piece = at(tree, &place(it));
                let inner = piece.clone();
                *piece = element(open, vec![inner]);
            }
            Self::Unwrap(it) => {
                let (list, there) = list_of(tree, &place(it));
                if let Piece::Element { inner, .. } = list.remove(there) {
                    list.splice(there..there, inner);
                }
            }
            Self::Remove(it) => {
                let (list, there) = list_of(tree, &place(it));
                list.remove(there);
            }
            Self::Identify(it, name, id) => {
                if let Piece::Element { open, .. } = at(tree, &place(it)) {
                    identify(open, name, id);
                }
            }
            Self::Say(it, text) => {
                if let Piece::Element { inner, .. } = at(tree, &place(it)) {
                    match inner.first_mut() {
                        Some(Piece::Other(first)) => *first = (*text).to_owned(),
                        Some(Piece::Element { .. }) | None => {
                            inner.insert(0, Piece::Other((*text).to_owned()));
                        }
                    }
                }
            }
        }
    }
}

fn insert(tree: &mut Vec<Piece>, into: &[usize], among: &Index, piece: Piece) {
    if let Piece::Element { inner, .. } = at(tree, into) {
        inner.insert(among.index(inner.len() + 1), piece);
    }
}

/// Sets an attribute of a start tag.
fn identify(open: &mut String, name: &str, id: &str) {
    let before = format!(" {name}=\"");
    if let Some(from) = open.find(&before).map(|at| at + before.len()) {
        let until = from + open[from..].find('"').unwrap();
        open.replace_range(from..until, id);
    } else {
        open.insert_str(open.len() - 1, &format!("{before}{id}\""));
    }
}

/// A signed document, and what it makes known.
struct Base {
    name: &'static str,
    cover: Cover,
    tree: Vec<Piece>,
    said: Vec<u8>,
    ucr: Option<String>,
}

/// One document in each of the builds that there are, all by one partner.
static BASES: LazyLock<(Vec<Base>, TrustStore)> = LazyLock::new(|| {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
    let inner = between(DOCUMENT, "<d:Declaration ", "</d:Declaration>");
    let alone = format!("<d:Declaration {inner}</d:Declaration>");
    let ucr = [Property::new("ucr", UCR).unwrap()];
    let (profile, random) = (SignatureProfile::default(), SystemRandom::new());
    let stated = sign_stating(&document, &ucr, &*party.signer(), &profile, &random);
    let object = format!("<ds:Object Id=\"o\">{alone}</ds:Object>");
    let content = format!("<ds:Object>{alone}</ds:Object>");
    let envelope = format!(
        "<e:Envelope xmlns:e=\"urn:e\" xmlns:d=\"urn:example:d\"><e:Header>{}<d:Time Id=\"t\">now</d:Time></e:Header>\
         <d:Body Id=\"b\"><d:Amount>100</d:Amount><d:Empty/></d:Body></e:Envelope>",
        template(&party, "", "")
    );
    let part = Cover::Part {
        namespace: "urn:example:d".to_owned(),
        local: "Body".to_owned(),
    };
    let whole = Cover::DocumentElement;
    let signed = [
        ("whole", whole.clone(), party.sign(DOCUMENT)),
        ("by identifier", whole.clone(), sign_by_id(&party, DOCUMENT)),
        (
            "stating a UCR",
            whole,
            String::from_utf8(stated.unwrap()).unwrap(),
        ),
        (
            "an Object",
            Cover::Object,
            sign_parts(&party, &template(&party, "", &object), &["o"]),
        ),
        (
            "in an Object",
            Cover::Object,
            sign_parts(&party, &template(&party, "", &content), &["doc"]),
        ),
        ("a part", part, sign_parts(&party, &envelope, &["t", "b"])),
    ];
    let bases = signed.into_iter().map(|(name, cover, signed)| {
        let tree = pieces(&signed);
        let verified = judge(&text(&tree), &cover, &trust).unwrap();
        Base {
            name,
            cover,
            tree,
            said: said(&verified),
            ucr: verified.property("ucr").map(str::to_owned),
        }
    });
    (bases.collect(), trust)
});

fn judge(text: &str, cover: &Cover, trust: &TrustStore) -> Result<Verified<Document>, Error> {
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let rules = SigningRules {
        cover: cover.clone(),
        ..rules()
    };
    let document = xml::parse(text.as_bytes(), None, &Limits::default());
    let document = document.map_err(Error::Canonical)?;
    verify(document, &rules, &policy, now()).map_err(|refused| refused.error)
}

/// Everything that business code can read.
fn said(verified: &Verified<Document>) -> Vec<u8> {
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    xml::canonical_bytes(Subtree::Element(verified.view()), &how).unwrap()
}

#[test]
fn no_edited_tree_says_anything_else() {
    let (taken, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let cases = (any::<Index>(), prop::collection::vec(edit(), 1..6));
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    };
    let run = TestRunner::new(config).run(&cases, |(base, edits)| {
        let (bases, trust) = &*BASES;
        let base = base.get(bases);
        let mut tree = base.tree.clone();
        for edit in &edits {
            edit.apply(&mut tree);
        }
        let edited = text(&tree);
        let Ok(verified) = judge(&edited, &base.cover, trust) else {
            refused.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        taken.fetch_add(1, Ordering::Relaxed);
        prop_assert_eq!(
            said(&verified),
            base.said.clone(),
            "{}: {}",
            base.name,
            edited
        );
        prop_assert_eq!(
            verified.property("ucr"),
            base.ucr.as_deref(),
            "{}: {}",
            base.name,
            edited
        );
        Ok(())
    });
    run.unwrap();
    // Edits that change nothing that is signed are among them, or nothing was shown.
    let (taken, refused) = (taken.into_inner(), refused.into_inner());
    assert!(
        taken > 20 && refused > 1_000,
        "{taken} taken, {refused} refused"
    );
}
