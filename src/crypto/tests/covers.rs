//! What a package may have signed instead of the document element: an object that the signature
//! holds, or a part of the document. What is not signed is not there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;

use super::pki::*;
use crate::crypto::uri::DS;
use crate::crypto::{
    Cover, Error, Policy, SignatureProfile, SigningRules, Suites, TrustStore, Verified, sha256,
    unverified_content, verify,
};
use crate::xml::{self, Document, Limits, Method, Node, Subtree};

const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

fn rules_for(cover: Cover) -> SigningRules {
    SigningRules { cover, ..rules() }
}

fn part() -> Cover {
    let (namespace, local) = ("urn:example:d".to_owned(), "Body".to_owned());
    Cover::Part { namespace, local }
}

fn judge(signed: &str, cover: Cover, trust: &TrustStore) -> Result<Verified<Document>, Error> {
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    verify(document, &rules_for(cover), &policy, now()).map_err(|refused| refused.error)
}

fn verdict(signed: &str, cover: Cover, trust: &TrustStore) -> &'static str {
    judge(signed, cover, trust).map_or_else(|error| error.code(), |_| "verified")
}

fn enveloping(party: &Party, method: Method) -> String {
    let profile = SignatureProfile {
        canonicalization: method,
        enveloping: true,
        ..SignatureProfile::default()
    };
    party.sign_with(DOCUMENT, &profile)
}

/// Writes a SignedInfo over elements of a document that has none yet (`<ds:SignedInfo/>`), by their
/// identifiers, and signs it: what another stack could send.
pub(super) fn sign_parts(party: &Party, template: &str, ids: &[&str]) -> String {
    let canonical = |text: &str, find: &dyn Fn(Node<'_>) -> bool| {
        let document = xml::parse(text.as_bytes(), None, &Limits::default()).unwrap();
        let root = document.root();
        let mut all = std::iter::once(root).chain(root.descendants());
        let node = all.find(|node| find(*node)).unwrap();
        let how = xml::Canonicalization {
            method: Method::Exclusive,
            comments: false,
            inclusive_prefixes: &[],
        };
        xml::canonical_bytes(Subtree::Element(node), &how).unwrap()
    };
    let mut info = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"/><ds:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>"
    );
    for id in ids {
        let octets = canonical(template, &|node| node.attribute("", "Id") == Some(id));
        let digest = STANDARD.encode(sha256(&octets));
        info += &format!(
            "<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{EXC_C14N}\"/>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        );
    }
    let info = format!("<ds:SignedInfo>{info}</ds:SignedInfo>");
    let signed = swap(template, "<ds:SignedInfo/>", &info);
    let message = canonical(&signed, &|node| node.is(DS, "SignedInfo"));
    let value = party.signer().sign(&message, &SystemRandom::new()).unwrap();
    swap(
        &signed,
        "<ds:SignatureValue/>",
        &format!(
            "<ds:SignatureValue>{}</ds:SignatureValue>",
            STANDARD.encode(value)
        ),
    )
}

/// A Signature to be filled in, with the party's certificate and `more` at its end.
pub(super) fn template(party: &Party, attributes: &str, more: &str) -> String {
    let pem = party
        .chain_pem
        .lines()
        .filter(|line| !line.starts_with('-'));
    let certificate: String = pem.collect();
    format!(
        "<ds:Signature xmlns:ds=\"{DS}\"{attributes}><ds:SignedInfo/><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{more}</ds:Signature>"
    )
}

#[test]
fn an_enveloping_signature_makes_known_what_it_holds_and_nothing_else() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
        let signed = enveloping(&party, method);
        let verified = judge(&signed, Cover::Object, &trust).unwrap();
        let view = verified.view();
        assert!(view.is("urn:example:d", "Declaration"));
        assert_eq!(
            view.child("urn:example:amount", "Amount").unwrap().text(),
            "10000"
        );
        assert!(view.parent().is_none(), "nothing around it can be reached");
        assert!(view.document().root().id() == view.id());
        // The twin: one character of the content.
        let twin = swap(&signed, "&amp; Ко", "&amp; Кo");
        assert_eq!(verdict(&twin, Cover::Object, &trust), "SIG_DIGEST_MISMATCH");
        // The package says which build it is.
        assert_eq!(
            verdict(&signed, Cover::DocumentElement, &trust),
            "SIG_WRAPPED"
        );
        assert_eq!(verdict(&signed, part(), &trust), "SIG_WRAPPED");
        let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
        let (content, cover) = unverified_content(&document);
        assert!(content.is("urn:example:d", "Declaration") && cover == Cover::Object);
    }
    assert_eq!(
        verdict(&party.sign(DOCUMENT), Cover::Object, &trust),
        "SIG_WRAPPED"
    );
    assert_eq!(verdict(DOCUMENT, Cover::Object, &trust), "SIG_MISSING");
}

#[test]
fn what_is_put_into_or_around_an_enveloping_signature_is_refused() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let signed = enveloping(&party, Method::Exclusive);
    let evil =
        "<d:Declaration xmlns:d=\"urn:example:d\"><d:Consignor>evil</d:Consignor></d:Declaration>";
    let id = between(&signed, "<ds:Object Id=\"", "\"").to_owned();
    let original = format!(
        "<ds:Object Id=\"{id}\">{}</ds:Object>",
        between(&signed, &format!("<ds:Object Id=\"{id}\">"), "</ds:Object>")
    );
    let holds = |object: &str| format!("<ds:Object Id=\"{id}\">{object}</ds:Object>");
    let end = "</ds:Signature>";
    let behind = |objects: &str| swap(&signed, end, &format!("{objects}{end}"));
    let cases = [
        // Beside what is signed, in another Object: it would not be seen here, but whoever reads the
        // original might look there.
        (
            swap(
                &signed,
                "<ds:Object ",
                &format!("<ds:Object>{evil}</ds:Object><ds:Object "),
            ),
            "SIG_WRAPPED",
        ),
        (
            behind(&format!("<ds:Object>{evil}</ds:Object>")),
            "SIG_WRAPPED",
        ),
        (
            swap(
                &signed,
                "<ds:Object ",
                &format!("{}<ds:Object ", holds(evil)),
            ),
            "SIG_ID_DUPLICATE",
        ),
        // The signed Object deeper within, another in its place.
        (
            swap(&signed, &original, &holds(evil)),
            "SIG_DIGEST_MISMATCH",
        ),
        (
            swap(
                &signed,
                &original,
                &format!("<ds:Object>{evil}{original}</ds:Object>"),
            ),
            "SIG_WRAPPED",
        ),
        (format!("<evil>{signed}</evil>"), "SIG_WRAPPED"),
        (
            behind("<ds:Object><ds:Signature/></ds:Object>"),
            "SIG_SEVERAL",
        ),
        // Beside it, properties and what is no element.
        (
            behind("<ds:Object><ds:SignatureProperties/></ds:Object><ds:Object>text</ds:Object>"),
            "verified",
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(
            verdict(&document, Cover::Object, &trust),
            expected,
            "{document}"
        );
    }
}

#[test]
fn an_enveloping_signature_holds_one_element() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let object = |content: &str| {
        let objects = format!("<ds:Object Id=\"o\">{content}</ds:Object>");
        sign_parts(&party, &template(&party, "", &objects), &["o"])
    };
    assert_eq!(
        verdict(&object("<a>1</a>"), Cover::Object, &trust),
        "verified"
    );
    assert_eq!(
        verdict(&object("<a/><b/>"), Cover::Object, &trust),
        "SIG_REFERENCE_REFUSED"
    );
    assert_eq!(
        verdict(&object("no element"), Cover::Object, &trust),
        "SIG_NOT_COVERING"
    );
    // By the identifier of what it holds; and of what it holds deeper.
    let inner = |content: &str| {
        let objects = format!("<ds:Object>{content}</ds:Object>");
        sign_parts(&party, &template(&party, "", &objects), &["i"])
    };
    assert_eq!(
        verdict(&inner("<a Id=\"i\">1</a>"), Cover::Object, &trust),
        "verified"
    );
    assert_eq!(
        verdict(&inner("<a><b Id=\"i\">1</b></a>"), Cover::Object, &trust),
        "SIG_WRAPPED"
    );
    // Two objects that could be meant.
    let two = "<ds:Object Id=\"o\"><a/></ds:Object><ds:Object Id=\"i\"><b/></ds:Object>";
    let two = sign_parts(&party, &template(&party, "", two), &["o", "i"]);
    assert_eq!(
        verdict(&two, Cover::Object, &trust),
        "SIG_REFERENCE_REFUSED"
    );
}

#[test]
fn a_signed_part_makes_known_that_part_and_nothing_else() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let signature = template(&party, "", "");
    let envelope = |head: &str, rest: &str| {
        format!(
            "<e:Envelope xmlns:e=\"urn:e\" xmlns:d=\"urn:example:d\"><e:Header>{head}</e:Header>{rest}</e:Envelope>"
        )
    };
    let body = "<d:Body Id=\"b\"><d:Amount>100</d:Amount></d:Body>";
    let time = "<d:Time Id=\"t\">now</d:Time>";
    let beside = sign_parts(&party, &envelope(&signature, body), &["b"]);
    let with_time = envelope(&format!("{time}{signature}"), body);
    let with_time = sign_parts(&party, &with_time, &["t", "b"]);
    for signed in [&beside, &with_time] {
        let verified = judge(signed, part(), &trust).unwrap();
        let view = verified.view();
        assert!(view.is("urn:example:d", "Body"));
        assert_eq!(view.child("urn:example:d", "Amount").unwrap().text(), "100");
        assert!(view.parent().is_none());
        let twin = swap(signed, "100", "900");
        assert_eq!(verdict(&twin, part(), &trust), "SIG_DIGEST_MISMATCH");
    }
    assert_eq!(
        verdict(&swap(&with_time, "now", "now "), part(), &trust),
        "SIG_DIGEST_MISMATCH"
    );
    let only_time = sign_parts(
        &party,
        &envelope(&format!("{time}{signature}"), body),
        &["t"],
    );
    let evil = "<d:Body Id=\"x\"><d:Amount>9</d:Amount></d:Body>";
    let same = evil.replace("\"x\"", "\"b\"");
    for (document, expected) in [
        (only_time, "SIG_NOT_COVERING"),
        // The signed body moved aside, another in its place: XSW-1 to 4 of SOAP.
        (swap(&beside, body, evil), "SIG_REFERENCE_UNRESOLVED"),
        (
            swap(
                &swap(&beside, body, evil),
                "<e:Header>",
                &format!("<e:Header>{body}"),
            ),
            "SIG_NOT_COVERING",
        ),
        (swap(&beside, body, &format!("{evil}{body}")), "SIG_WRAPPED"),
        (swap(&beside, body, &format!("{body}{evil}")), "SIG_WRAPPED"),
        (
            swap(&beside, body, &format!("<d:Body>{body}</d:Body>")),
            "SIG_NOT_COVERING",
        ),
        (
            swap(&beside, body, &format!("{body}{same}")),
            "SIG_ID_DUPLICATE",
        ),
        // Nobody said that the whole must be signed: then nobody looks for it.
        (
            party.sign("<d:Body xmlns:d=\"urn:example:d\"/>"),
            "SIG_REFERENCE_REFUSED",
        ),
    ] {
        assert_eq!(verdict(&document, part(), &trust), expected, "{document}");
    }
    // A signature within what it signs.
    let within = format!("<e xmlns:d=\"urn:example:d\"><d:Body Id=\"b\">{signature}</d:Body></e>");
    let within = sign_parts(&party, &within, &["b"]);
    assert_eq!(verdict(&within, part(), &trust), "SIG_WRAPPED");
    assert_eq!(
        verdict(&beside, Cover::DocumentElement, &trust),
        "SIG_WRAPPED"
    );
}
