//! Signing: the same bytes for the same document, in UTF-8, whatever the document looks like.

use ring::rand::SystemRandom;

use super::pki::*;
use crate::crypto::{Error, SignatureProfile, sha256, sign};
use crate::xml::{self, Canonicalization, Limits, Method, Subtree, canonical_bytes};

const ALL: [Method; 3] = [Method::Exclusive, Method::Inclusive10, Method::Inclusive11];

fn profile(canonicalization: Method) -> SignatureProfile {
    SignatureProfile {
        canonicalization,
        ..SignatureProfile::default()
    }
}

#[test]
fn documents_of_every_shape_are_signed_and_verify() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for unsigned in [
        "<a/>",
        "<a b='>' />",
        "<a></a>",
        "<a><![CDATA[]]></a>",
        "<a><!-- only --></a>",
        "<?xml version='1.0' standalone='yes'?><p:a xmlns:p='urn:p' xml:lang='ru' p:x='1'/>\n",
        "<!-- x --><a xmlns='urn:a' xmlns:q='urn:q'>\r\n <q:b xmlns=''>&#13;&amp;</q:b>\n</a>",
        "<ds:a xmlns:ds='urn:not-a-signature'><ds:b ds:c=''/></ds:a>",
        "<a xml:space='preserve' xml:base='http://example.org/x'> </a><!-- y --><?z?>",
    ] {
        for method in ALL {
            let signed = party.sign_with(unsigned, &profile(method));
            assert_eq!(code(&signed, &trust), "verified", "{method:?} {signed}");
            let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
            let last = document.root().elements().last().unwrap();
            assert_eq!(last.name().local, "Signature");
        }
    }
}

#[test]
fn the_digest_of_the_content_is_known_where_just_that_is_signed() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let plain = "<!-- x --><a xmlns='urn:a' xmlns:q='urn:q'>\r\n <q:b xmlns=''>&amp;</q:b>\n</a>";
    let beside = "<a>1</a><?z?>";
    for (unsigned, method, known) in [
        (plain, Method::Exclusive, true),
        (plain, Method::Inclusive10, false),
        (plain, Method::Inclusive11, false),
        (beside, Method::Exclusive, false),
    ] {
        let verified = check(&party.sign_with(unsigned, &profile(method)), &trust).unwrap();
        let how = Canonicalization {
            method: Method::Exclusive,
            comments: false,
            inclusive_prefixes: &[],
        };
        let canonical = canonical_bytes(Subtree::Element(verified.view()), &how).unwrap();
        let expected = known.then(|| sha256(&canonical));
        assert_eq!(verified.content_sha256(), expected, "{method:?} {unsigned}");
    }
}

#[test]
fn what_is_signed_is_the_content_and_not_its_encoding() {
    let (root, party) = kazakhstan();
    let text = "<?xml version=\"1.0\" encoding=\"windows-1251\"?><a>Алматы</a>";
    let mut bytes = text.as_bytes()[..text.find('А').unwrap()].to_vec();
    bytes.extend([0xC0, 0xEB, 0xEC, 0xE0, 0xF2, 0xFB]);
    bytes.extend(b"</a>");
    let signed = sign(
        &bytes,
        &*party.signer(),
        &SignatureProfile::default(),
        &Limits::default(),
        &SystemRandom::new(),
    );
    let signed = String::from_utf8(signed.unwrap()).unwrap();
    assert!(signed.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>Алматы<ds:Signature"));
    assert_eq!(code(&signed, &trust(&[&root])), "verified");
}

#[test]
fn signing_is_deterministic_where_the_suite_is() {
    let root = root("KZ", "Root");
    for kind in [Kind::Ed25519, Kind::Rsa] {
        let party = Party::new(kind, &signer_params("KZ", "Signer"), &root);
        assert_eq!(party.sign(DOCUMENT), party.sign(DOCUMENT));
    }
    let (_, party) = kazakhstan();
    let (one, other) = (party.sign(DOCUMENT), party.sign(DOCUMENT));
    assert_ne!(one, other, "ECDSA draws a nonce");
    let value = |signed: &str| between(signed, "<ds:SignatureValue>", "<").to_owned();
    assert_eq!(
        swap(&one, &value(&one), ""),
        swap(&other, &value(&other), "")
    );
}

#[test]
fn what_stands_in_the_document_stays_byte_for_byte() {
    let (_, party) = kazakhstan();
    let signed = party.sign(DOCUMENT);
    let signature = between(&signed, "<ds:Signature ", "</ds:Signature>");
    let signature = format!("<ds:Signature {signature}</ds:Signature>");
    assert_eq!(swap(&signed, &signature, ""), DOCUMENT);
}

#[test]
fn a_document_with_a_signature_is_not_signed_again() {
    let (_, party) = kazakhstan();
    let refuse = |unsigned: &str| -> Error {
        let (profile, limits) = (SignatureProfile::default(), Limits::default());
        let random = SystemRandom::new();
        sign(
            unsigned.as_bytes(),
            &*party.signer(),
            &profile,
            &limits,
            &random,
        )
        .unwrap_err()
    };
    assert_eq!(refuse(&party.sign(DOCUMENT)).code(), "SIGN_ALREADY_SIGNED");
    let inside = format!("<a>{}</a>", party.sign("<b/>"));
    assert_eq!(refuse(&inside).code(), "SIGN_ALREADY_SIGNED");
    assert_eq!(refuse("<a>").code(), "SIGN_UNREADABLE");
    assert!(refuse("<a>").position().is_some());
    assert_eq!(refuse("<a xmlns='relative'/>").code(), "SIG_CANONICAL");
}
