//! Every attack on a signed document that `docs/threats.md` lists for this room, with the code that
//! refuses it.

use super::pki::*;
use crate::crypto::uri::DS;
use crate::crypto::{SignatureProfile, TrustStore};
use crate::xml::{self, Limits};

const REFERENCE: &str = "<ds:Reference URI=\"\">";

fn signed() -> (String, TrustStore) {
    let (root, party) = kazakhstan();
    (party.sign(DOCUMENT), trust(&[&root]))
}

fn signature(signed: &str) -> String {
    let inner = between(signed, "<ds:Signature ", "</ds:Signature>");
    format!("<ds:Signature {inner}</ds:Signature>")
}

/// The document element of `DOCUMENT`, signed.
fn element(signed: &str) -> String {
    let inner = between(signed, "<d:Declaration ", "</d:Declaration>");
    format!("<d:Declaration {inner}</d:Declaration>")
}

#[test]
fn an_unsigned_document_is_refused() {
    let (signed, trust) = signed();
    assert_eq!(code(DOCUMENT, &trust), "SIG_MISSING");
    let other_namespace = signed.replace(DS, "urn:example:not-a-signature");
    assert_eq!(code(&other_namespace, &trust), "SIG_MISSING");
}

#[test]
fn a_signed_document_inside_another_root_is_refused() {
    let (signed, trust) = signed();
    let (element, signature) = (element(&signed), signature(&signed));
    let unsigned = swap(&element, &signature, "");
    let object = format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>");
    for (wrapped, expected) in [
        (format!("<evil>{element}</evil>"), "SIG_WRAPPED"),
        (
            format!("<evil><evil>{element}</evil></evil>"),
            "SIG_WRAPPED",
        ),
        // The signature is a child of the new root, which is not what was signed.
        (
            format!("<evil>{unsigned}{signature}</evil>"),
            "SIG_DIGEST_MISMATCH",
        ),
        // The document inside its signature.
        (swap(&signature, "</ds:Signature>", &object), "SIG_WRAPPED"),
    ] {
        assert_eq!(code(&wrapped, &trust), expected, "{wrapped}");
    }
}

/// The eight wrappings of SAML Raider, transposed: `Declaration` is what is signed, by identifier.
#[test]
fn xsw_1_to_8_are_refused() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let signed = sign_by_id(&party, "<m Id=\"m1\"><c>1</c></m>");
    assert_eq!(code(&signed, &trust), "verified");
    let signature = signature(&signed);
    let original = "<m Id=\"m1\"><c>1</c></m>";
    let evil = |id: &str, inner: &str| format!("<m Id=\"{id}\"><c>9</c>{inner}</m>");
    let within = |object: &str| {
        swap(
            &signature,
            "</ds:Signature>",
            &format!("{object}</ds:Signature>"),
        )
    };
    let cases = [
        (1, evil("m2", &within(original)), "SIG_MALFORMED"),
        (1, evil("m1", &within(original)), "SIG_MALFORMED"),
        (
            2,
            evil("m2", &format!("{original}{signature}")),
            "SIG_WRAPPED",
        ),
        (
            3,
            format!("<m>{}{signed}</m>", evil("m2", "")),
            "SIG_WRAPPED",
        ),
        (4, evil("m2", &signed), "SIG_WRAPPED"),
        (
            5,
            evil("m2", &format!("{signature}{original}")),
            "SIG_WRAPPED",
        ),
        (
            6,
            evil("m2", &within(&format!("<ds:Object>{original}</ds:Object>"))),
            "SIG_WRAPPED",
        ),
        (
            7,
            evil(
                "m1",
                &format!("<Extensions>{original}</Extensions>{signature}"),
            ),
            "SIG_ID_DUPLICATE",
        ),
        (
            8,
            evil("m1", &within(&format!("<ds:Object>{original}</ds:Object>"))),
            "SIG_ID_DUPLICATE",
        ),
    ];
    for (number, document, expected) in cases {
        assert_eq!(
            code(&document, &trust),
            expected,
            "XSW-{number}\n{document}"
        );
    }
}

/// Signs by `#Id`, as many partners do, and as we do not: with the parts of one of ours.
pub(super) fn sign_by_id(party: &Party, unsigned: &str) -> String {
    // Only the document and its element have the same canonical form without anything around.
    let unsigned = unsigned.replace("<?after it?>", "");
    let document = xml::parse(unsigned.as_bytes(), None, &Limits::default()).unwrap();
    let id = document.root().attribute("", "Id").unwrap();
    resign(party, &party.sign(&unsigned), |info| {
        swap(info, REFERENCE, &format!("<ds:Reference URI=\"#{id}\">"))
    })
}

/// Changes the content of a SignedInfo and signs it anew with the party's own key: what an attacker
/// who *is* the partner, or a careless partner, could send.
pub(super) fn resign(party: &Party, signed: &str, change: impl Fn(&str) -> String) -> String {
    let info = between(signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let changed = change(info);
    // The canonical form of the changed SignedInfo, wherever its namespaces come from.
    let draft = swap(signed, info, &changed);
    let draft_document = xml::parse(draft.as_bytes(), None, &Limits::default()).unwrap();
    let node = draft_document.root().child(DS, "Signature").unwrap();
    let how = xml::Canonicalization {
        method: xml::Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    let node = node.child(DS, "SignedInfo").unwrap();
    let canonical = xml::canonical_bytes(xml::Subtree::Element(node), &how).unwrap();
    let random = ring::rand::SystemRandom::new();
    let value = party.signer().sign(&canonical, &random).unwrap();
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value);
    swap(&draft, between(&draft, "<ds:SignatureValue>", "<"), &value)
}

#[test]
fn two_signatures_are_refused_wherever_the_second_stands() {
    let (signed, trust) = signed();
    let signature = signature(&signed);
    let twice = swap(&signed, &signature, &format!("{signature}{signature}"));
    assert_eq!(code(&twice, &trust), "SIG_SEVERAL");
    let deeper = swap(
        &signed,
        "<d:Empty/>",
        &format!("<d:Empty>{signature}</d:Empty>"),
    );
    assert_eq!(code(&deeper, &trust), "SIG_SEVERAL");
    let inside = swap(
        &signed,
        "</ds:Signature>",
        "<ds:Object><ds:Signature/></ds:Object></ds:Signature>",
    );
    assert_eq!(code(&inside, &trust), "SIG_SEVERAL");
}

#[test]
fn a_moved_signature_is_taken_where_it_is_a_child_and_refused_elsewhere() {
    let (signed, trust) = signed();
    let signature = signature(&signed);
    let without = swap(&signed, &signature, "");
    let first = swap(
        &without,
        "<d:Consignor",
        &format!("{signature}<d:Consignor"),
    );
    assert_eq!(
        code(&first, &trust),
        "verified",
        "the place among the children is free"
    );
    let deeper = swap(
        &without,
        "<d:Empty/>",
        &format!("<d:Empty>{signature}</d:Empty>"),
    );
    assert_eq!(code(&deeper, &trust), "SIG_WRAPPED");
}

#[test]
fn a_comment_changes_nothing_that_is_read() {
    let (signed, trust) = signed();
    let injected = swap(&signed, "Қазақстан", "Қаза<!-- x -->қстан");
    let verified = check(&injected, &trust).unwrap();
    let consignor = verified.view().child("urn:example:d", "Consignor").unwrap();
    assert_eq!(consignor.text(), "Қазақстан & Ко");
    let split = swap(&signed, "Қазақстан", "Қаза<?x y?>қстан");
    assert_eq!(code(&split, &trust), "SIG_DIGEST_MISMATCH");
}

#[test]
fn what_stands_around_the_document_element_is_signed_but_for_comments() {
    let (signed, trust) = signed();
    assert_eq!(
        code(&swap(&signed, "<?after it?>", ""), &trust),
        "SIG_DIGEST_MISMATCH"
    );
    assert_eq!(
        code(&swap(&signed, "<!-- before -->", ""), &trust),
        "verified"
    );
}

#[test]
fn identifiers_are_those_that_the_rules_name_and_stand_once() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let signed = sign_by_id(&party, DOCUMENT);
    assert_eq!(code(&signed, &trust), "verified");
    for (from, to, expected) in [
        ("<d:Empty/>", "<d:Empty Id=\"doc\"/>", "SIG_ID_DUPLICATE"),
        (
            "<d:Empty/>",
            "<d:Empty ID=\"doc\" xml:id=\"doc\" id=\"doc\"/>",
            "SIG_DIGEST_MISMATCH",
        ),
        ("Id=\"doc\"", "ID=\"doc\"", "SIG_REFERENCE_UNRESOLVED"),
        ("Id=\"doc\"", "xml:id=\"doc\"", "SIG_REFERENCE_UNRESOLVED"),
    ] {
        assert_eq!(code(&swap(&signed, from, to), &trust), expected, "{to}");
    }
    let elsewhere = swap(&signed, "Id=\"doc\"", "Id=\"evil\"");
    let elsewhere = swap(&elsewhere, "<d:Empty/>", "<d:Empty Id=\"doc\"/>");
    assert_eq!(code(&elsewhere, &trust), "SIG_WRAPPED");
}

/// What a partner's own valid key may not sign either.
#[test]
fn references_that_lead_elsewhere_are_refused() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    for (reference, expected) in [
        (
            "<ds:Reference URI=\"http://example.org/d.xml\">",
            "SIG_REFERENCE_EXTERNAL",
        ),
        (
            "<ds:Reference URI=\"file:///d.xml\">",
            "SIG_REFERENCE_EXTERNAL",
        ),
        ("<ds:Reference URI=\"d.xml\">", "SIG_REFERENCE_EXTERNAL"),
        (
            "<ds:Reference URI=\"cid:part@example.org\">",
            "SIG_REFERENCE_EXTERNAL",
        ),
        ("<ds:Reference>", "SIG_REFERENCE_REFUSED"),
        ("<ds:Reference URI=\"#\">", "SIG_REFERENCE_REFUSED"),
        (
            "<ds:Reference URI=\"#xpointer(/)\">",
            "SIG_REFERENCE_REFUSED",
        ),
        (
            "<ds:Reference URI=\"#xpointer(id('doc'))\">",
            "SIG_REFERENCE_REFUSED",
        ),
        ("<ds:Reference URI=\"#nobody\">", "SIG_REFERENCE_UNRESOLVED"),
    ] {
        let changed = resign(&party, &signed, |info| swap(info, REFERENCE, reference));
        assert_eq!(code(&changed, &trust), expected, "{reference}");
        assert!(check(&changed, &trust).unwrap_err().position().is_some());
    }
    let none = resign(&party, &signed, |info| {
        let reference = between(info, REFERENCE, "</ds:Reference>");
        swap(info, &format!("{REFERENCE}{reference}</ds:Reference>"), "")
    });
    assert_eq!(code(&none, &trust), "SIG_MALFORMED");
    let twice = resign(&party, &signed, |info| {
        let reference = between(info, REFERENCE, "</ds:Reference>");
        format!("{info}{REFERENCE}{reference}</ds:Reference>")
    });
    assert_eq!(code(&twice, &trust), "SIG_REFERENCE_REFUSED");
}

#[test]
fn algorithms_that_are_not_on_the_list_are_refused() {
    let (signed, trust) = signed();
    let method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    for (uri, expected) in [
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "SIG_HMAC"),
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "SIG_HMAC",
        ),
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "SIG_SHA1"),
        (
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            "SIG_SHA1",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "SIG_ALGORITHM_REFUSED",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
            "SIG_ALGORITHM_REFUSED",
        ),
        (
            "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            "SIG_ALGORITHM_REFUSED",
        ),
        ("", "SIG_ALGORITHM_REFUSED"),
        // Known, but not for this key.
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "SIG_KEY_MISMATCH",
        ),
        (
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
            "SIG_KEY_MISMATCH",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            "SIG_VALUE_MISMATCH",
        ),
    ] {
        assert_eq!(code(&swap(&signed, method, uri), &trust), expected, "{uri}");
    }
    let digest = "http://www.w3.org/2001/04/xmlenc#sha256";
    for (uri, expected) in [
        ("http://www.w3.org/2000/09/xmldsig#sha1", "SIG_SHA1"),
        (
            "http://www.w3.org/2001/04/xmldsig-more#md5",
            "SIG_ALGORITHM_REFUSED",
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            "SIG_VALUE_MISMATCH",
        ),
    ] {
        assert_eq!(code(&swap(&signed, digest, uri), &trust), expected, "{uri}");
    }
    let shortened = swap(
        &signed,
        &format!("<ds:SignatureMethod Algorithm=\"{method}\">"),
        &format!(
            "<ds:SignatureMethod Algorithm=\"{method}\"><ds:HMACOutputLength>8</ds:HMACOutputLength>"
        ),
    );
    assert_eq!(code(&shortened, &trust), "SIG_ALGORITHM_REFUSED");
    let c14n = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let changed = swap(
        &signed,
        c14n,
        "<ds:CanonicalizationMethod Algorithm=\"urn:void\">",
    );
    assert_eq!(code(&changed, &trust), "SIG_ALGORITHM_REFUSED");
}

#[test]
fn a_digest_of_another_length_is_refused() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let value = between(&signed, "<ds:DigestValue>", "<");
    let short = resign(&party, &signed, |info| swap(info, value, "AAAA"));
    assert_eq!(code(&short, &trust), "SIG_VALUE_LENGTH");
}

#[test]
fn objects_within_the_signature_may_be_signed_too_and_manifests_may_not() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let object = |inner: &str| format!("<ds:Object Id=\"o\">{inner}</ds:Object></ds:Signature>");
    let signed = |inner: &str, digest: &str| {
        let plain = swap(&party.sign(DOCUMENT), "</ds:Signature>", &object(inner));
        resign(&party, &plain, |info| {
            format!(
                "{info}<ds:Reference URI=\"#o\"><ds:DigestMethod \
                 Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
                 <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
            )
        })
    };
    // By inclusive canonicalisation the Object carries all namespaces around it.
    let canonical = format!(
        "<ds:Object xmlns:d=\"urn:example:d\" xmlns:ds=\"{DS}\" xmlns:unused=\"urn:unused\" Id=\"o\">when</ds:Object>"
    );
    let digest = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        crate::crypto::sha256(canonical.as_bytes()),
    );
    let good = signed("when", &digest);
    assert_eq!(code(&good, &trust), "verified");
    assert_eq!(
        code(&swap(&good, ">when<", ">then<"), &trust),
        "SIG_DIGEST_MISMATCH"
    );
    let duplicate = swap(&good, "<d:Empty/>", "<d:Empty Id=\"o\"/>");
    assert_eq!(code(&duplicate, &trust), "SIG_ID_DUPLICATE");
    let manifest = signed("<ds:Manifest/>", &digest);
    assert_eq!(code(&manifest, &trust), "SIG_MANIFEST");
}

#[test]
fn a_signature_that_covers_only_its_own_object_is_refused() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let plain = swap(
        &party.sign(DOCUMENT),
        "</ds:Signature>",
        "<ds:Object Id=\"o\"/></ds:Signature>",
    );
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let signed = resign(&party, &plain, |info| {
        let info = swap(info, REFERENCE, "<ds:Reference URI=\"#o\">");
        swap(&info, enveloped, "")
    });
    assert_eq!(code(&signed, &trust), "SIG_NOT_COVERING");
}

#[test]
fn key_info_is_a_hint_and_never_trusted() {
    let (signed, trust) = signed();
    let data = format!(
        "<ds:X509Data>{}</ds:X509Data>",
        between(&signed, "<ds:X509Data>", "</ds:X509Data>")
    );
    for other in [
        "",
        "<ds:KeyName>partner</ds:KeyName>",
        "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>",
        "<ds:RetrievalMethod URI=\"http://example.org/key\"/>",
        "<ds:X509Data><ds:X509SubjectName>CN=Root</ds:X509SubjectName></ds:X509Data>",
    ] {
        assert_eq!(
            code(&swap(&signed, &data, other), &trust),
            "CERT_MISSING",
            "{other}"
        );
    }
    let more = format!("<ds:KeyName>anything</ds:KeyName>{data}");
    assert_eq!(code(&swap(&signed, &data, &more), &trust), "verified");
    let certificate = between(&data, "<ds:X509Certificate>", "<");
    let one = format!("<ds:X509Certificate>{certificate}</ds:X509Certificate>");
    assert_eq!(
        code(&swap(&signed, &one, &one.repeat(9)), &trust),
        "SIG_LIMIT"
    );
    let no_certificate = swap(&signed, certificate, "AAAA");
    assert_eq!(code(&no_certificate, &trust), "CERT_MALFORMED");
}

#[test]
fn a_signature_is_built_as_the_schema_says() {
    let (signed, trust) = signed();
    let end = "</ds:Signature>";
    let value = between(&signed, "<ds:SignatureValue>", "<");
    let value = format!("<ds:SignatureValue>{value}</ds:SignatureValue>");
    let info = between(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    for changed in [
        swap(&signed, &value, ""),
        swap(&signed, &value, &format!("{value}{value}")),
        swap(&signed, end, &format!("<d:Stray/>{end}")),
        swap(&signed, end, &format!("stray{end}")),
        // CVE-2019-3465: a second SignedInfo.
        swap(
            &signed,
            &value,
            &format!("<ds:SignedInfo>{info}</ds:SignedInfo>{value}"),
        ),
        swap(&signed, "<ds:DigestValue>", "<ds:DigestValue><d:x/>"),
    ] {
        assert_eq!(code(&changed, &trust), "SIG_MALFORMED", "{changed}");
    }
    let objects = "<ds:Object/>".repeat(17);
    assert_eq!(
        code(&swap(&signed, end, &format!("{objects}{end}")), &trust),
        "SIG_LIMIT"
    );
}

#[test]
fn many_references_prefixes_and_false_identifiers_are_refused_quickly() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let reference = between(&signed, REFERENCE, "</ds:Reference>").to_owned();
    let reference = format!("{REFERENCE}{reference}</ds:Reference>");
    let many = swap(&signed, &reference, &reference.repeat(10_000));
    assert_eq!(code(&many, &trust), "SIG_LIMIT");
    let prefixes = "p ".repeat(100_000);
    let c14n = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let list = format!(
        "{c14n}<x:InclusiveNamespaces xmlns:x=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/>"
    );
    assert_eq!(code(&swap(&signed, c14n, &list), &trust), "SIG_LIMIT");
    let by_id = sign_by_id(&party, DOCUMENT);
    let crowd = "<x ID='doc' id='doc'/>".repeat(100_000);
    let crowded = swap(&by_id, "<d:Empty/>", &crowd);
    assert_eq!(code(&crowded, &trust), "SIG_DIGEST_MISMATCH");
}

#[test]
fn a_document_type_never_reaches_a_signature() {
    let (signed, _) = signed();
    let doctype = "<!DOCTYPE d [<!ENTITY e \"x\">]><d:Declaration";
    let with = swap(&signed, "<d:Declaration", doctype);
    let error = xml::parse(with.as_bytes(), None, &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "XML_DTD");
}

#[test]
fn a_relative_namespace_is_refused_for_it_has_no_canonical_form() {
    let (signed, trust) = signed();
    let relative = swap(&signed, "<d:Empty/>", "<d:Empty xmlns=\"a/b\"/>");
    assert_eq!(code(&relative, &trust), "SIG_CANONICAL");
}

#[test]
fn the_profile_without_certificates_needs_a_pinned_one() {
    let (root, party) = kazakhstan();
    let profile = SignatureProfile {
        include_certificates: false,
        ..SignatureProfile::default()
    };
    let signed = party.sign_with(DOCUMENT, &profile);
    assert!(!signed.contains("KeyInfo"));
    assert_eq!(code(&signed, &trust(&[&root])), "CERT_MISSING");
    let pinned = TrustStore::pinned(party.chain_pem.as_bytes()).unwrap();
    assert_eq!(code(&signed, &pinned), "verified");
}
