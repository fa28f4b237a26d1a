//! What is signed beside a document: properties that only this very Signature states, and every way
//! to make them say something else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;

use super::attacks::resign;
use super::pki::*;
use crate::crypto::uri::DS;
use crate::crypto::{
    Error, PROPERTIES_NAMESPACE, Property, SignatureProfile, TrustStore, sign_stating,
};
use crate::xml::{self, Limits, Method};

const UCR: &str = "6CN91230900MA18X7-2026-000417";

fn stating(party: &Party, method: Method, properties: &[(&str, &str)]) -> Result<String, Error> {
    let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
    let properties = properties.iter();
    let properties: Result<Vec<Property>, Error> = properties
        .map(|(name, value)| Property::new(name, value))
        .collect();
    let profile = SignatureProfile {
        canonicalization: method,
        ..SignatureProfile::default()
    };
    let signer = party.signer();
    let signed = sign_stating(
        &document,
        &properties?,
        &*signer,
        &profile,
        &SystemRandom::new(),
    );
    signed.map(|signed| String::from_utf8(signed).unwrap())
}

fn signed() -> (Party, TrustStore, String) {
    let (root, party) = kazakhstan();
    let signed = stating(&party, Method::Exclusive, &[("ucr", UCR)]).unwrap();
    (party, trust(&[&root]), signed)
}

fn object(signed: &str) -> String {
    let inner = between(signed, "<ds:Object>", "</ds:Object>");
    format!("<ds:Object>{inner}</ds:Object>")
}

fn properties(signed: &str) -> String {
    between(signed, "<ds:Object>", "</ds:Object>").to_owned()
}

/// The reference to the properties.
fn reference(signed: &str) -> String {
    let inner = between(signed, "<ds:Reference Type", "</ds:Reference>");
    format!("<ds:Reference Type{inner}</ds:Reference>")
}

fn id(signed: &str) -> String {
    between(signed, "<ds:SignatureProperties xmlns:ds=\"", ">")
        .split_once("Id=\"")
        .unwrap()
        .1
        .trim_end_matches('"')
        .to_owned()
}

/// Puts another Object in place and signs anew, with references to `ids` of it: what a partner with
/// a valid key could send. Each id goes with the canonical form of what it names.
fn with_object(party: &Party, signed: &str, object_now: &str, named: &[(&str, &str)]) -> String {
    let changed = swap(signed, &object(signed), object_now);
    let old = reference(signed);
    resign(party, &changed, |info| {
        let mut references = String::new();
        for (id, canonical) in named {
            let digest = STANDARD.encode(crate::crypto::sha256(canonical.as_bytes()));
            let value = between(&old, "<ds:DigestValue>", "<");
            let one = swap(&old, value, &digest);
            let uri = format!("URI=\"{}\"", between(&old, "URI=\"", "\""));
            references.push_str(&swap(&one, &uri, &format!("URI=\"#{id}\"")));
        }
        swap(info, &old, &references)
    })
}

#[test]
fn what_is_stated_beside_a_document_is_read_back_by_name() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
        let stated = [("ucr", UCR), ("note", "a < b & c > \"d\" 'é'")];
        let signed = stating(&party, method, &stated).unwrap();
        let verified = check(&signed, &trust).unwrap();
        assert_eq!(verified.property("ucr"), Some(UCR));
        assert_eq!(verified.property("note"), Some(stated[1].1));
        assert_eq!(verified.property("Ucr"), None);
        let view = verified.view();
        assert!(view.descendants().all(|node| node.name().namespace != DS));
    }
    let none = check(&party.sign(DOCUMENT), &trust).unwrap();
    assert_eq!(none.property("ucr"), None);
}

#[test]
fn without_properties_a_signature_is_what_it_always_was() {
    let root = root("KZ", "Root");
    let party = Party::new(Kind::Ed25519, &signer_params("KZ", "Signer"), &root);
    let plain = party.sign(DOCUMENT);
    assert_eq!(stating(&party, Method::Exclusive, &[]).unwrap(), plain);
    assert!(plain.contains(&format!("<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo>")));
    assert_eq!(plain.matches("<ds:Reference").count(), 1);
    assert!(!plain.contains("<ds:Object"));
}

#[test]
fn only_plain_names_and_texts_of_a_sane_length_are_signed() {
    let (_, party) = kazakhstan();
    let many: Vec<(String, &str)> = (0..9).map(|n| (format!("p{n}"), "v")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    let long = "x".repeat(281);
    for refused in [
        &[("", "v")][..],
        &[("Ucr", "v")],
        &[("1ucr", "v")],
        &[("u cr", "v")],
        &[("ucr", "")],
        &[("ucr", "a\nb")],
        &[("ucr", &long)],
        &[("ucr", "a"), ("ucr", "a")],
        &many,
    ] {
        let error = stating(&party, Method::Exclusive, refused).unwrap_err();
        assert_eq!(error.code(), "SIGN_PROPERTY", "{refused:?}");
    }
    assert!(stating(&party, Method::Exclusive, &many[..8]).is_ok());
    let longest = &long[..280];
    assert!(stating(&party, Method::Exclusive, &[("ucr", longest)]).is_ok());
}

#[test]
fn a_changed_property_value_is_refused() {
    let (_, trust, signed) = signed();
    assert_eq!(code(&signed, &trust), "verified");
    let changed = swap(&signed, UCR, "6CN91230900MA18X7-2026-000418");
    assert_eq!(code(&changed, &trust), "SIG_DIGEST_MISMATCH");
    let renamed = signed.replace("p:ucr", "p:mrn");
    assert_eq!(code(&renamed, &trust), "SIG_DIGEST_MISMATCH");
    let gone = swap(&signed, &object(&signed), "");
    assert_eq!(code(&gone, &trust), "SIG_REFERENCE_UNRESOLVED");
}

#[test]
fn a_property_of_another_signature_is_refused() {
    let (party, trust, signed) = signed();
    // Into a signature that has none.
    let plain = party.sign(DOCUMENT);
    let object = object(&signed);
    let moved = swap(
        &plain,
        "</ds:Signature>",
        &format!("{object}</ds:Signature>"),
    );
    assert_eq!(code(&moved, &trust), "SIG_PROPERTY_REFUSED");
    // Into one over another document, with properties of its own: in their place, and beside them.
    let other = DOCUMENT.replace("100", "200");
    let document = xml::parse(other.as_bytes(), None, &Limits::default()).unwrap();
    let own = Property::new("ucr", "5KZ1").unwrap();
    let profile = SignatureProfile::default();
    let random = SystemRandom::new();
    let other = sign_stating(&document, &[own], &*party.signer(), &profile, &random).unwrap();
    let other = String::from_utf8(other).unwrap();
    assert_eq!(code(&other, &trust), "verified");
    let (theirs, ours) = (self::object(&other), object);
    let instead = swap(&other, &theirs, &ours);
    assert_eq!(code(&instead, &trust), "SIG_REFERENCE_UNRESOLVED");
    let renamed = instead.replace(&id(&signed), &id(&other));
    assert_eq!(code(&renamed, &trust), "SIG_DIGEST_MISMATCH");
    let beside = swap(&other, &theirs, &format!("{theirs}{ours}"));
    assert_eq!(code(&beside, &trust), "SIG_PROPERTY_REFUSED");
}

#[test]
fn a_property_about_something_else_than_its_signature_is_refused() {
    let (party, trust, signed) = signed();
    let list = properties(&signed);
    let target = format!("Target=\"{}\"", between(&list, "Target=\"", "\""));
    for (other, expected) in [
        (target.clone(), "verified"),
        ("Target=\"#doc\"".to_owned(), "SIG_PROPERTY_REFUSED"),
        ("Target=\"#nobody\"".to_owned(), "SIG_PROPERTY_REFUSED"),
        ("Target=\"#\"".to_owned(), "SIG_PROPERTY_REFUSED"),
        ("Target=\"\"".to_owned(), "SIG_PROPERTY_REFUSED"),
    ] {
        let list = swap(&list, &target, &other);
        let object = format!("<ds:Object>{list}</ds:Object>");
        let made = with_object(&party, &signed, &object, &[(&id(&signed), &list)]);
        assert_eq!(code(&made, &trust), expected, "{other}");
    }
}

#[test]
fn identifiers_of_properties_and_signature_stand_once() {
    let (_, trust, signed) = signed();
    let signature = between(&signed, "Target=\"#", "\"").to_owned();
    for id in [id(&signed), signature] {
        let twice = swap(
            &signed,
            "<ds:KeyInfo>",
            &format!("<ds:KeyInfo Id=\"{id}\">"),
        );
        assert_eq!(code(&twice, &trust), "SIG_ID_DUPLICATE", "{id}");
        let object = format!("<ds:Object Id=\"{id}\"/></ds:Signature>");
        let twice = swap(&signed, "</ds:Signature>", &object);
        assert_eq!(code(&twice, &trust), "SIG_ID_DUPLICATE", "{id}");
    }
    let harmless = swap(&signed, "<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">");
    assert_eq!(code(&harmless, &trust), "verified");
}

#[test]
fn what_looks_like_a_property_outside_the_signature_is_none() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let list = properties(&stating(&party, Method::Exclusive, &[("ucr", UCR)]).unwrap());
    // As content of the document: signed with it, and no property.
    let outside = swap(
        DOCUMENT,
        "<d:Empty/>",
        &format!("<d:Empty>{list}</d:Empty>"),
    );
    let plain = party.sign(&outside);
    assert_eq!(check(&plain, &trust).unwrap().property("ucr"), None);
    // Named by a reference of the signature.
    let listed = list.replace("Id=\"properties-", "Id=\"p-");
    let outside = swap(
        DOCUMENT,
        "<d:Empty/>",
        &format!("<d:Empty>{listed}</d:Empty>"),
    );
    let plain = party.sign(&outside);
    let pointed = resign(&party, &plain, |info| {
        let digest = STANDARD.encode(crate::crypto::sha256(listed.as_bytes()));
        let id = between(&listed, "Id=\"", "\"");
        format!(
            "{info}<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\
             \"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
             </ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        )
    });
    assert_eq!(code(&pointed, &trust), "SIG_WRAPPED");
}

#[test]
fn a_property_whose_reference_is_gone_is_refused() {
    let (party, trust, signed) = signed();
    let reference = reference(&signed);
    let removed = swap(&signed, &reference, "");
    assert_eq!(code(&removed, &trust), "SIG_VALUE_MISMATCH");
    // Also when the signer did it.
    let removed = resign(&party, &signed, |info| swap(info, &reference, ""));
    assert_eq!(code(&removed, &trust), "SIG_PROPERTY_REFUSED");
    let nothing = swap(&removed, &object(&removed), "");
    assert_eq!(code(&nothing, &trust), "verified");
    assert_eq!(check(&nothing, &trust).unwrap().property("ucr"), None);
}

#[test]
fn two_references_to_one_property_are_refused() {
    let (party, trust, signed) = signed();
    let (list, object) = (properties(&signed), object(&signed));
    let whole = id(&signed);
    let one = between(&list, "<ds:SignatureProperty ", "</ds:SignatureProperty>");
    let one = format!("<ds:SignatureProperty xmlns:ds=\"{DS}\" {one}</ds:SignatureProperty>");
    let inner = between(&one, "Id=\"", "\"").to_owned();
    for (named, expected) in [
        (&[(whole.as_str(), list.as_str())][..], "verified"),
        (&[(inner.as_str(), one.as_str())], "verified"),
        (&[(&whole, &list), (&whole, &list)], "SIG_REFERENCE_REFUSED"),
        (&[(&whole, &list), (&inner, &one)], "SIG_REFERENCE_REFUSED"),
        (&[(&inner, &one), (&whole, &list)], "SIG_REFERENCE_REFUSED"),
    ] {
        let made = with_object(&party, &signed, &object, named);
        assert_eq!(code(&made, &trust), expected, "{named:?}");
    }
}

#[test]
fn a_property_that_stands_anywhere_else_in_the_signature_is_refused() {
    let (party, trust, signed) = signed();
    let list = properties(&signed);
    let id = id(&signed);
    let made = |object: &str| with_object(&party, &signed, object, &[(&id, &list)]);
    assert_eq!(
        code(&made(&format!("<ds:Object>{list}</ds:Object>")), &trust),
        "verified"
    );
    for (object, expected) in [
        // An Object of another namespace, in place of ours and within it.
        (
            format!("<x:Object xmlns:x=\"urn:x\">{list}</x:Object>"),
            "SIG_MALFORMED",
        ),
        (
            format!("<ds:Object><x:Object xmlns:x=\"urn:x\">{list}</x:Object></ds:Object>"),
            "SIG_PROPERTY_REFUSED",
        ),
        (
            format!("<ds:Object><ds:Object>{list}</ds:Object></ds:Object>"),
            "SIG_PROPERTY_REFUSED",
        ),
    ] {
        assert_eq!(code(&made(&object), &trust), expected, "{object}");
    }
    let bare = format!("<p:ucr xmlns:p=\"{PROPERTIES_NAMESPACE}\">{UCR}</p:ucr>");
    let in_key_info = swap(&signed, "</ds:KeyInfo>", &format!("{bare}</ds:KeyInfo>"));
    assert_eq!(code(&in_key_info, &trust), "SIG_PROPERTY_REFUSED");
}

/// What a partner's own key may not sign: two of a name, several in one, other forms, too many.
#[test]
fn properties_are_plain_single_and_bounded() {
    let (party, trust, signed) = signed();
    let (list, id) = (properties(&signed), id(&signed));
    let one = between(&list, "<ds:SignatureProperty ", "</ds:SignatureProperty>");
    let one = format!("<ds:SignatureProperty {one}</ds:SignatureProperty>");
    let element = format!("<p:ucr xmlns:p=\"{PROPERTIES_NAMESPACE}\">{UCR}</p:ucr>");
    let named = |name: &str| {
        let renamed = one.replace("p:ucr", &format!("p:{name}"));
        renamed.replace("Id=\"ucr-", &format!("Id=\"{name}-"))
    };
    let nine: String = (0..9).map(|number| named(&format!("p{number}"))).collect();
    let eight: String = (0..8).map(|number| named(&format!("p{number}"))).collect();
    let foreign = "<ds:SignatureProperty Target=\"#other\"><x:when xmlns:x=\"urn:x\">now</x:when>\
                   </ds:SignatureProperty>";
    for (instead, expected) in [
        (format!("{one}{foreign}"), "verified"),
        (eight, "verified"),
        (nine, "SIG_LIMIT"),
        (
            format!("{one}{}", named("ucr").replace("Id=\"ucr-", "Id=\"x-")),
            "SIG_PROPERTY_REFUSED",
        ),
        (
            swap(&one, &element, &format!("{element}{element}")),
            "SIG_PROPERTY_REFUSED",
        ),
        (one.replace("p:ucr", "p:UCR"), "SIG_PROPERTY_REFUSED"),
        (
            swap(
                &one,
                PROPERTIES_NAMESPACE,
                &format!("{PROPERTIES_NAMESPACE}\" a=\""),
            ),
            "SIG_PROPERTY_REFUSED",
        ),
        (swap(&one, UCR, ""), "SIG_LIMIT"),
        (swap(&one, UCR, &"x".repeat(281)), "SIG_LIMIT"),
        (swap(&one, UCR, "<x></x>"), "SIG_MALFORMED"),
    ] {
        let list = swap(&list, &one, &instead);
        let object = format!("<ds:Object>{list}</ds:Object>");
        let made = with_object(&party, &signed, &object, &[(&id, &list)]);
        assert_eq!(code(&made, &trust), expected, "{instead}");
    }
    let commented = swap(&signed, UCR, &format!("6CN<!-- x -->{}", &UCR[3..]));
    assert_eq!(code(&commented, &trust), "SIG_MALFORMED");
}

/// Properties of other stacks stand in no place of ours, covered or not.
#[test]
fn unsigned_properties_of_others_change_nothing() {
    let (party, trust, signed) = signed();
    let foreign = "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#x\">\
                   <x:ucr xmlns:x=\"urn:x\">other</x:ucr></ds:SignatureProperty>\
                   </ds:SignatureProperties></ds:Object></ds:Signature>";
    let verified = check(&swap(&signed, "</ds:Signature>", foreign), &trust).unwrap();
    assert_eq!(verified.property("ucr"), Some(UCR));
    let verified = check(
        &swap(&party.sign(DOCUMENT), "</ds:Signature>", foreign),
        &trust,
    );
    assert_eq!(verified.unwrap().property("ucr"), None);
}
