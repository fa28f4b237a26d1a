//! Attacks that are the same however a package has its messages signed: a forged SignedInfo beside the
//! signed one (XSW-9), Signatures that are doubled, hidden or renamed, envelopes that nobody signed.
//! Start at [`all`].

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use corridor::crypto::PROPERTIES_NAMESPACE;

use super::Attack;
use super::signed::*;
use super::wraps::deeper;

const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
pub(super) const ED_CONTAINER: &str =
    "urn:customs.ru:Information:ExchangeDocuments:ED_Container:5.22.0";
const METADATA: &str = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

/// Every attack of this kind on a message.
pub(super) fn all(message: &Message) -> Vec<Attack> {
    let mut attacks = forged(message);
    attacks.extend(signatures(message));
    attacks.extend(envelopes(message));
    attacks
}

/// Evil with the Signature as it was, and with one that is forged in parts.
fn forged(m: &Message) -> Vec<Attack> {
    let (info, value) = (m.signed_info(), m.value());
    let forged = forged_info(m);
    // Where the message says something else, with the Signature that it had.
    let evil = evil_in_place(m);
    let both = |first: &str, second: &str| swap(&evil, &info, &format!("{first}{second}"));
    let object = |inner: &str| format!("<ds:Object>{inner}</ds:Object>");
    let digest = element_of(&info, "<ds:DigestValue>", "</ds:DigestValue>");
    let forged_digest = element_of(&forged, "<ds:DigestValue>", "</ds:DigestValue>");
    vec![
        Attack::new("XSW-9", both(&info, &forged), "SIG_MALFORMED"),
        Attack::new("XSW-9, forged first", both(&forged, &info), "SIG_MALFORMED"),
        Attack::new(
            "XSW-9, behind the value",
            swap(&evil, &value, &format!("{value}{forged}")),
            "SIG_MALFORMED",
        ),
        Attack::new(
            "XSW-9, the signed one aside in an Object",
            in_signature(&swap(&evil, &info, &forged), &object(&info)),
            match m.build.is_enveloping() {
                false => "SIG_VALUE_MISMATCH",
                true => "SIG_WRAPPED",
            },
        ),
        Attack::new(
            "a forged SignedInfo",
            swap(&evil, &info, &forged),
            "SIG_VALUE_MISMATCH",
        ),
        Attack::new(
            "two DigestValues",
            swap(&evil, &digest, &format!("{digest}{forged_digest}")),
            "SIG_MALFORMED",
        ),
        Attack::new(
            "a second Reference, not signed",
            swap(
                &evil,
                "</ds:SignedInfo>",
                "<ds:Reference URI=\"#nothing\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
                 <ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            ),
            "SIG_REFERENCE_UNRESOLVED",
        ),
        Attack::new(
            "two SignatureValues",
            swap(&evil, &value, &format!("{value}{value}")),
            "SIG_MALFORMED",
        ),
        Attack::new(
            "evil, the Signature as it was",
            evil.clone(),
            "SIG_DIGEST_MISMATCH",
        ),
    ]
}

/// Signatures that are doubled, hidden or renamed, and what is hung into them afterwards.
fn signatures(m: &Message) -> Vec<Attack> {
    let signed = &m.text;
    let object = |inner: &str| format!("<ds:Object>{inner}</ds:Object>");
    let nested = |inner: &str| swap(signed, "<ds:KeyInfo>", &format!("<ds:KeyInfo>{inner}"));
    let property = format!(
        "<ds:SignatureProperties><ds:SignatureProperty Target=\"#s\"><p:ucr \
         xmlns:p=\"{PROPERTIES_NAMESPACE}\">6CN91230900MA18X7-2026-000418</p:ucr></ds:SignatureProperty>\
         </ds:SignatureProperties>"
    );
    let time = format!(
        "<x:QualifyingProperties xmlns:x=\"{XADES}\" Target=\"#s\"><x:SignedProperties Id=\"x\">\
         <x:SignedSignatureProperties><x:SigningTime>2020-01-01T00:00:00Z</x:SigningTime>\
         </x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties>"
    );
    let mut attacks = vec![
        Attack::new(
            "a property of ours that is not signed",
            in_signature(signed, &object(&property)),
            "SIG_PROPERTY_REFUSED",
        ),
        Attack::new(
            "signed properties (XAdES) that are not signed",
            in_signature(signed, &object(&time)),
            "SIG_XADES_REFUSED",
        ),
        Attack::new(
            "a Signature in the KeyInfo",
            nested(&bare(m)),
            "SIG_SEVERAL",
        ),
        Attack::new(
            "a Signature in an Object",
            in_signature(signed, &object(&bare(m))),
            "SIG_SEVERAL",
        ),
        Attack::new("no Signature", m.evil_other.clone(), "SIG_MISSING"),
        Attack::new(
            "the Signature in a comment",
            first_in(&m.evil_other, &format!("<!-- {} -->", bare(m))),
            "SIG_MISSING",
        ),
        Attack::new(
            "the Signature in CDATA",
            first_in(&m.evil_other, &format!("<![CDATA[{}]]>", bare(m))),
            "SIG_MISSING",
        ),
    ];
    if !m.build.is_enveloping() {
        let double =
            |first: &str, second: &str| swap(signed, &m.signature, &format!("{first}{second}"));
        let again = m.signature.clone();
        attacks.extend([
            Attack::new(
                "the Signature twice",
                double(&m.signature, &again),
                "SIG_SEVERAL",
            ),
            Attack::new(
                "the Signature twice, once deeper in the message",
                last_in(&deeper(&m.original, &again), &m.signature),
                "SIG_SEVERAL",
            ),
            Attack::new(
                "the Signature in another namespace",
                signed.replace(DS, "urn:example:not-a-signature"),
                "SIG_MISSING",
            ),
            Attack::new(
                "the Signature under another name",
                signed
                    .replace("ds:Signature>", "ds:signature>")
                    .replace("<ds:Signature ", "<ds:signature "),
                "SIG_MISSING",
            ),
        ]);
    }
    attacks
}

/// The signed message inside an envelope that nobody signed: one of the gateway's own packages, or a
/// SOAP message with the places that WS-Attacker uses.
fn envelopes(m: &Message) -> Vec<Attack> {
    let (signed, evil) = (&m.text, &m.evil_other);
    let soap = |security: &str, header: &str, body: &str| {
        format!(
            "<s:Envelope xmlns:s=\"{SOAP}\"><s:Header><w:Security xmlns:w=\"{WSSE}\">{security}\
             </w:Security>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
    };
    let container = |content: &str| {
        format!(
            "<e:ED_Container xmlns:e=\"{ED_CONTAINER}\"><e:ContainerDoc><e:DocBody>{content}\
             </e:DocBody></e:ContainerDoc></e:ED_Container>"
        )
    };
    let metadata =
        |content: &str| format!("<m:MetaData xmlns:m=\"{METADATA}\">{content}</m:MetaData>");
    vec![
        Attack::new("in an ED_Container", container(signed), "SIG_WRAPPED"),
        Attack::new(
            "in an ED_Container behind evil",
            container(&format!("{evil}{signed}")),
            "SIG_WRAPPED",
        ),
        Attack::new("in a MetaData", metadata(signed), "SIG_WRAPPED"),
        Attack::new(
            "in a MetaData behind evil",
            metadata(&format!("{evil}{signed}")),
            "SIG_WRAPPED",
        ),
        Attack::new("in SOAP", soap("", "", signed), "PACKAGE_UNKNOWN"),
        Attack::new(
            "in SOAP's header, evil in the body",
            soap("", signed, evil),
            "PACKAGE_UNKNOWN",
        ),
        Attack::new(
            "in SOAP's security header, evil in the body",
            soap(signed, "", evil),
            "PACKAGE_UNKNOWN",
        ),
        Attack::new(
            "SOAP with the Signature in its header",
            soap(&bare(m), "", evil),
            "PACKAGE_UNKNOWN",
        ),
        Attack::new(
            "under a root that is no message",
            format!("<x xmlns=\"\">{signed}{evil}</x>"),
            "PACKAGE_UNKNOWN",
        ),
    ]
}

/// The message says something else; all that belongs to the Signature is as it was.
pub(super) fn evil_in_place(m: &Message) -> String {
    match m.build.is_enveloping() {
        false => m.evil_with(&m.signature),
        true => m.with_object(&m.object_of(&m.evil)),
    }
}

/// A SignedInfo with another digest.
fn forged_info(m: &Message) -> String {
    let info = m.signed_info();
    let digest = between(&info, "<ds:DigestValue>", "<").to_owned();
    let forged: String = digest.chars().rev().filter(|it| *it != '=').collect();
    swap(&info, &digest, &format!("{}A=", &forged[..42]))
}

/// A Signature that holds no message.
fn bare(m: &Message) -> String {
    match m.build.is_enveloping() {
        false => m.signature.clone(),
        true => swap(&m.signature, &m.object, ""),
    }
}

/// The text with `more` at the end of its last Signature.
fn in_signature(text: &str, more: &str) -> String {
    let end = text.rfind("</ds:Signature>").unwrap();
    format!("{}{more}{}", &text[..end], &text[end..])
}
