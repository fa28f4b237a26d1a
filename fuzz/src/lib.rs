//! What the fuzz targets do with their input, and what must hold whatever it is.
//!
//! Each function takes any bytes, panics when a promise is broken, and says whether the input was
//! taken. The program's own tests run them over the seeds in `corpus/` (`tests/it/fuzz.rs`), so the
//! promises hold where no fuzzer is installed; `fuzz_targets/` hands them to libFuzzer.

use std::path::Path;
use std::sync::OnceLock;

use corridor::crypto::{
    Cover, Demand, OcspResponse, Policy, SigningRules, Suites, TrustStore, verify,
};
use corridor::evidence::{
    Checkpoint, CheckpointVerifier, Leaf, RECEIPT_NAMESPACE, Receipt, TlogProof, open,
};
use corridor::translate::{DecodeContext, EncodeContext, LaneRules, Packages, encode};
use corridor::xml::{
    Canonicalization, Document, Limits, Method, Node, NodeKind, Subtree, Writer, canonical_bytes,
    parse,
};
use jiff::Timestamp;

/// All that the key of `trust/message.pem` ever signed, without the signature; the key is gone.
pub const SIGNED: &str = "<m:Message xmlns:m=\"urn:example:fuzz\"><m:Id>A-1</m:Id><m:Mass unit=\"kg\">12.5</m:Mass></m:Message>";

/// The only leaf of the log of `trust/log.vkey` that a proof here can speak of.
const LEAF: &[u8] = include_bytes!("../corpus/checkpoint_proof/leaf.txt");

/// The authority of `certificate_path` and `revocation_list`, and all that it ever signed: a
/// certificate, a list without it, and a list with it. Its key is gone.
const AUTHORITY: &[u8] = include_bytes!("../trust/path.pem");
const LEAF_CERTIFICATE: &[u8] = include_bytes!("../corpus/certificate_path/leaf.der");
const LIST: &[u8] = include_bytes!("../corpus/revocation_list/list.der");

/// The authority of `ocsp_response` that answers itself, a certificate of it, and the only answer by
/// which that is good. Its key is gone.
const RESPONDER: &[u8] = include_bytes!("../trust/responder.pem");
const ASKED: &[u8] = include_bytes!("../trust/responder-leaf.der");
const GOOD: &[u8] = include_bytes!("../corpus/ocsp_response/good.der");

const EXCLUSIVE: Canonicalization<'static> = Canonicalization {
    method: Method::Exclusive,
    comments: false,
    inclusive_prefixes: &[],
};

/// A time at which the certificates in `trust/` are valid.
fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().expect("a time")
}

/// Small inputs are where the fuzzer finds things; large ones cost it time.
fn parsed(bytes: &[u8]) -> Option<Document> {
    let limits = Limits {
        bytes: 1 << 20,
        ..Limits::default()
    };
    parse(bytes, None, &limits).ok()
}

/// Parses, canonicalises and writes.
///
/// What is canonical stays as it is when it is read and canonicalised again, and a document that our
/// writer makes of what was read has the same canonical form.
pub fn xml_parse(bytes: &[u8]) -> bool {
    let Some(document) = parsed(bytes) else {
        return false;
    };
    for method in [Method::Inclusive10, Method::Inclusive11, Method::Exclusive] {
        for comments in [false, true] {
            let how = Canonicalization {
                method,
                comments,
                inclusive_prefixes: &["#default"],
            };
            let Ok(once) = canonical_bytes(Subtree::Document(&document, None), &how) else {
                return false;
            };
            let again = parsed(&once).expect("a canonical form is a document");
            let twice = canonical_bytes(Subtree::Document(&again, None), &how);
            assert_eq!(twice.as_deref(), Ok(once.as_slice()));
        }
    }
    written(&document);
    true
}

/// Writes the elements, attributes and texts anew.
fn written(document: &Document) {
    let root = document.root();
    let mut writer = Writer::new();
    let mut instructions = false;
    write(root, &mut writer, &mut instructions);
    let bytes = writer.finish().expect("what was read can be written");
    let again = parsed(&bytes).expect("what we write can be read");
    if instructions {
        return;
    }
    let canonical = |root| canonical_bytes(Subtree::Element(root), &EXCLUSIVE);
    assert_eq!(canonical(again.root()), canonical(root));
}

fn write(element: Node<'_>, writer: &mut Writer, instructions: &mut bool) {
    let declared: Vec<(&str, &str)> = element.namespaces_declared().collect();
    writer.start(element.prefix(), element.name().local, &declared);
    for attribute in element.attributes() {
        writer.attribute(attribute.prefix, attribute.name.local, attribute.value);
    }
    let mut last = None;
    for child in element.children() {
        match child.kind() {
            NodeKind::Element => {
                if last != Some(NodeKind::Text) {
                    writer.text(element.document().blank_before(child.position().byte));
                }
                write(child, writer, instructions);
            }
            NodeKind::Text => {
                writer.text(child.value());
            }
            NodeKind::Comment => {}
            NodeKind::ProcessingInstruction => *instructions = true,
        }
        last = Some(child.kind());
    }
    if last.is_some_and(|last| last != NodeKind::Text) {
        writer.text(element.document().blank_before(element.end_tag_start()));
    }
    writer.end();
}

/// A partner whose every known algorithm is allowed.
struct Trusted {
    suites: Suites,
    allowed: Vec<String>,
    trust: TrustStore,
}

impl Trusted {
    fn new(anchor: &[u8]) -> Self {
        let suites = Suites::standard();
        Self {
            allowed: suites.uris().map(ToOwned::to_owned).collect(),
            trust: TrustStore::from_pem(anchor, b"", &[]).expect("an anchor"),
            suites,
        }
    }

    fn policy(&self) -> Policy<'_> {
        Policy {
            suites: &self.suites,
            allowed: &self.allowed,
            trust: &self.trust,
        }
    }
}

/// Takes a certificate in DER for that of a signer: none has a path but the one that was issued.
pub fn certificate_path(bytes: &[u8]) -> bool {
    static TRUST: OnceLock<TrustStore> = OnceLock::new();
    let trust =
        TRUST.get_or_init(|| TrustStore::from_pem(AUTHORITY, b"", &[]).expect("an authority"));
    let taken = has_path(trust, bytes);
    assert!(!taken || contains(bytes, signed_part(LEAF_CERTIFICATE)));
    taken
}

/// Takes a revocation list in DER or PEM: only the one that was issued clears the certificate.
pub fn revocation_list(bytes: &[u8]) -> bool {
    let Ok(trust) = TrustStore::from_pem(AUTHORITY, b"", &[bytes.to_vec()]) else {
        return false;
    };
    let cleared = has_path(&trust.requiring_revocation(), LEAF_CERTIFICATE);
    let is_der = bytes.first() == Some(&0x30);
    assert!(!cleared || !is_der || contains(bytes, signed_part(LIST)));
    cleared
}

/// Takes the answer of a responder: only the one that was given clears the certificate.
pub fn ocsp_response(bytes: &[u8]) -> bool {
    static TRUST: OnceLock<TrustStore> = OnceLock::new();
    let trust = TRUST.get_or_init(|| {
        let trust = TrustStore::from_pem(RESPONDER, b"", &[]).expect("an authority");
        trust.requiring_revocation()
    });
    let Ok(response) = OcspResponse::read(bytes) else {
        return false;
    };
    let cleared = has_path(&trust.with_fetched([], [response]), ASKED);
    assert!(!cleared || contains(bytes, signed_part(basic_response(GOOD))));
    cleared
}

/// The BasicOCSPResponse of an answer: behind its type stands an OCTET STRING with it.
fn basic_response(answer: &[u8]) -> &[u8] {
    const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
    let mut windows = answer.windows(BASIC.len());
    let found = windows.position(|window| window == BASIC);
    let octets = &answer[found.expect("the type of the answer") + BASIC.len()..];
    &octets[header(octets)..]
}

fn has_path(trust: &TrustStore, certificate: &[u8]) -> bool {
    static SUITES: OnceLock<Suites> = OnceLock::new();
    let suites = SUITES.get_or_init(Suites::standard);
    let presented = [certificate.to_vec()];
    let path = trust.check_path(&presented, &Demand::default(), suites, now());
    path.is_ok()
}

/// The first member of a DER SEQUENCE: what is signed of a certificate or list.
fn signed_part(der: &[u8]) -> &[u8] {
    let inner = &der[header(der)..];
    let length = match inner[1] {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(inner[2]),
        _ => usize::from(u16::from_be_bytes([inner[2], inner[3]])),
    };
    &inner[..header(inner) + length]
}

/// Bytes of a tag and a length.
fn header(der: &[u8]) -> usize {
    match der[1] {
        0..=0x7f => 2,
        long => 2 + usize::from(long - 0x80),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Verifies a signature: nothing counts as signed but the one message that was.
pub fn signature_verify(bytes: &[u8]) -> bool {
    static TRUSTED: OnceLock<Trusted> = OnceLock::new();
    let trusted = TRUSTED.get_or_init(|| Trusted::new(include_bytes!("../trust/message.pem")));
    let Some(document) = parsed(bytes) else {
        return false;
    };
    let rules = SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: vec![(String::new(), "Id".to_owned())],
    };
    let Ok(verified) = verify(document, &rules, &trusted.policy(), now()) else {
        return false;
    };
    let seen = canonical_bytes(Subtree::Element(verified.view()), &EXCLUSIVE);
    assert_eq!(seen.as_deref(), Ok(SIGNED.as_bytes()));
    true
}

/// Loads the packages that the project ships.
pub fn packages(folder: &Path) -> Packages {
    Packages::load(folder).expect("the shipped packages have no fault")
}

/// Validates and decodes, and encodes for every package: what we make is valid.
pub fn decode_package(packages: &Packages, bytes: &[u8]) -> bool {
    let Some(document) = parsed(bytes) else {
        return false;
    };
    let root = document.root();
    let Ok(package) = packages.of(root) else {
        return false;
    };
    if !package
        .validate(root, 5)
        .expect("the schema compiles")
        .is_empty()
    {
        return false;
    }
    for node in package.embedded(root) {
        if let Ok(inner) = packages.of(node) {
            let _ = inner.validate(node, 5);
        }
    }
    package.keys(root);
    package.route(root);
    let rules: LaneRules = toml::from_str("pass = ['personal', 'value']").expect("rules");
    let context = DecodeContext {
        zone: rules.source_zone(),
        on: None,
    };
    let Some(decoded) = package.decode(root, &context) else {
        return true;
    };
    decoded.canonical_json().expect("canonical values are JSON");
    let context = EncodeContext::from_uuid(now(), uuid::Uuid::from_u128(0x417));
    for target in packages.iter() {
        if !target.directions().is_some_and(|ways| ways.encodes) {
            continue;
        }
        let Some(xml) = encode(&decoded, target, &rules, &context).xml else {
            continue;
        };
        let made = parse(&xml, None, &Limits::default()).expect("what we make is XML");
        let faults = target
            .validate(made.root(), 1)
            .expect("the schema compiles");
        assert!(faults.is_empty(), "{}: {faults:?}", target.id());
    }
    true
}

/// Reads what a verifier is handed: checkpoints, proofs, leaves and receipts.
///
/// What is read is written as it was, and nothing is believed but what the log and the gateway of
/// `trust/` signed.
pub fn checkpoint_proof(bytes: &[u8]) -> bool {
    let leaf = Leaf::parse(bytes).is_ok_and(|leaf| {
        assert_eq!(leaf.encode(), bytes);
        true
    });
    let text = str::from_utf8(bytes).is_ok_and(|text| checkpoint(text) || proof(text));
    leaf || text || receipt(bytes)
}

fn log() -> CheckpointVerifier {
    let vkey = include_str!("../trust/log.vkey").trim();
    CheckpointVerifier::parse(vkey).expect("a verifier key")
}

fn checkpoint(text: &str) -> bool {
    Checkpoint::open(text, &log()).is_ok_and(|checkpoint| {
        assert!(text.starts_with(&checkpoint.text()));
        assert_eq!(checkpoint.size, 3, "the log signed one checkpoint");
        true
    })
}

fn proof(text: &str) -> bool {
    let Ok(proof) = TlogProof::parse(text) else {
        return false;
    };
    let again = TlogProof::parse(&proof.render());
    assert_eq!(again.as_ref(), Ok(&proof));
    proof.verify(LEAF, &log()).is_ok_and(|checkpoint| {
        assert_eq!((proof.index, checkpoint.size), (1, 3));
        true
    })
}

fn receipt(bytes: &[u8]) -> bool {
    static TRUSTED: OnceLock<Trusted> = OnceLock::new();
    let trusted = TRUSTED.get_or_init(|| Trusted::new(include_bytes!("../trust/receipts.pem")));
    if let Some(document) = parsed(bytes)
        && document.root().name().namespace == RECEIPT_NAMESPACE
        && let Ok(unsigned) = Receipt::from_view(document.root())
    {
        let xml = unsigned.to_xml().expect("what was read can be written");
        let again = parsed(&xml).expect("a receipt is XML");
        assert_eq!(Receipt::from_view(again.root()), Ok(unsigned));
    }
    open(bytes, &trusted.policy(), now()).is_ok_and(|(receipt, _)| {
        assert_eq!(receipt.counter, 7, "the gateway sealed one receipt");
        true
    })
}
