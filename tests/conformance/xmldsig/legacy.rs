//! The conformance-only policy: any signature of a document, keys from the fixture, legacy
//! algorithms, no rule of what must be covered. Start at [`verdict`].
//!
//! It is made of what the library makes public: parsing, reading of signatures, canonicalisation and
//! the registry of algorithms. It gives a word, never a `Verified`.

use std::path::Path;
use std::process::Command;

use corridor::crypto::Suites;
use corridor::crypto::dsig::{C14n, Reference, Signature, SignedInfo, Step};
use corridor::xml::{self, Document, Limits, Node, Subtree};

use super::keys::{candidates, octets};
use super::suites;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

pub(super) fn available() -> bool {
    let there = |program: &str, argument: &str| {
        let there = Command::new(program).arg(argument).output().is_ok();
        if !there {
            println!("skipped: no {program}");
        }
        there
    };
    there("openssl", "version") && there("xmllint", "--version")
}

/// `valid`, `invalid`, or what of the signature is not understood.
pub(super) fn verdict(text: &str, fixtures: &Path) -> String {
    let document = xml::parse(text.as_bytes(), None, &Limits::default()).unwrap();
    judge(&document, fixtures).map_or_else(
        |not_judged| not_judged,
        |valid| if valid { "valid" } else { "invalid" }.to_owned(),
    )
}

fn judge(document: &Document, fixtures: &Path) -> Result<bool, String> {
    let root = document.root();
    let mut all = std::iter::once(root).chain(root.descendants());
    let node = all.find(|node| node.is(DS, "Signature")).unwrap();
    let signature = Signature::read(node).map_err(|error| error.code().to_owned())?;
    let signed_info = SignedInfo::read(signature.signed_info);
    let signed_info = signed_info.map_err(|error| error.code().to_owned())?;
    let suites = suites::legacy();
    let mut message = Vec::new();
    let what = Subtree::Element(signature.signed_info);
    let written = signed_info.canonicalization.with(true, |how| {
        xml::canonicalize(what, how, &mut |piece| message.extend_from_slice(piece))
    });
    written.map_err(|error| error.code().to_owned())?;
    let value = signature
        .read_value()
        .map_err(|error| error.code().to_owned())?;
    let holds = if signed_info.method.uri.contains("#hmac-") {
        mac_holds(&signed_info, &message, &value, &suites)?
    } else {
        let uri = signed_info.method.uri;
        let keys = candidates(signature.key_info, root, fixtures);
        let holds = |key| suites::holds(&suites, uri, key, &message, &value);
        let judged: Vec<bool> = keys.iter().filter_map(holds).collect();
        if judged.is_empty() {
            return Err(format!("no suite {uri}"));
        }
        judged.contains(&true)
    };
    for reference in &signed_info.references {
        let digest = suites.digest(reference.digest.uri);
        let digest = digest.ok_or_else(|| format!("no digest {}", reference.digest.uri))?;
        let mut hasher = digest.start();
        hasher.update(&referenced(reference, node)?);
        if hasher.finish() != reference.value {
            return Ok(false);
        }
    }
    Ok(holds)
}

/// HMAC with the keys of the suites. XMLDSig 1.1 section 6.3.1: a value that is cut below half the
/// digest, or below 80 bits, is invalid.
fn mac_holds(
    signed_info: &SignedInfo<'_>,
    message: &[u8],
    value: &[u8],
    suites: &Suites,
) -> Result<bool, String> {
    let method = &signed_info.method;
    let (_, name) = method.uri.split_once("#hmac-").unwrap();
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let xmlenc = "http://www.w3.org/2001/04/xmlenc#";
    let block = if matches!(name, "sha384" | "sha512") {
        128
    } else {
        64
    };
    let namespace = match name {
        "sha1" => DS,
        "sha256" | "sha512" | "ripemd160" => xmlenc,
        _ => more,
    };
    let digest = suites.digest(&format!("{namespace}{name}"));
    let digest = digest.ok_or_else(|| format!("no digest {name}"))?;
    let length = match method.at.child(DS, "HMACOutputLength") {
        Some(length) => length.text().trim().parse::<usize>().unwrap() / 8,
        None => digest.length(),
    };
    if length < (digest.length() / 2).max(10) {
        return Ok(false);
    }
    let keys: [&[u8]; 2] = [b"secret", b"testkey"];
    Ok(keys.iter().any(|key| {
        let whole = suites::hmac(&**digest, block, key, message);
        whole.get(..length) == Some(value)
    }))
}

/// The octets that a reference digests.
fn referenced(reference: &Reference<'_>, signature: Node<'_>) -> Result<Vec<u8>, String> {
    let document = signature.document();
    let enveloped = reference.transforms.iter();
    let enveloped = enveloped
        .filter(|it| matches!(it.step, Step::Enveloped | Step::EnvelopedByXpath { .. }))
        .count();
    let hidden = (enveloped > 0).then_some(signature.id());
    let by_id = |id: &str| {
        let root = document.root();
        let mut all = std::iter::once(root).chain(root.descendants());
        let node = all.find(|node| node.attribute("", "Id") == Some(id));
        let node = node.ok_or("no such identifier")?;
        Ok::<_, String>(Subtree::Element(hidden.map_or(node, |it| node.without(it))))
    };
    // XMLDSig 1.1 section 4.4.3.3: only an XPointer selects comments.
    let (what, comments) = match reference.uri {
        Some("") => (Subtree::Document(document, hidden), false),
        Some("#xpointer(/)") => (Subtree::Document(document, hidden), true),
        Some(uri) => match uri.strip_prefix('#') {
            None => return Err("external reference".to_owned()),
            Some(pointer) => {
                let quoted = pointer.strip_prefix("xpointer(id('");
                match quoted.and_then(|rest| rest.strip_suffix("'))")) {
                    Some(id) => (by_id(id)?, true),
                    None => (by_id(pointer)?, false),
                }
            }
        },
        None => return Err("external reference".to_owned()),
    };
    let mut rest = reference.transforms.iter().skip(enveloped);
    let c14n = match rest.next() {
        None => C14n::DEFAULT,
        Some(transform) if transform.uri == format!("{DS}base64") => {
            let Subtree::Element(node) = what else {
                return Err("base64 of a document".to_owned());
            };
            return Ok(octets(node));
        }
        Some(transform) => {
            let Step::Canonicalize(c14n) = &transform.step else {
                return Err(format!("no transform {}", transform.uri));
            };
            c14n.clone()
        }
    };
    if let Some(further) = rest.next() {
        return Err(format!("no transform {} there", further.uri));
    }
    let bytes = c14n.with(comments, |how| xml::canonical_bytes(what, how));
    bytes.map_err(|error| error.code().to_owned())
}
