//! Signatures of other builds than enveloped by identifier: enveloping, detached in the document,
//! several references, signed properties, the XPath spelling; each with a twin that is refused.

use corridor::crypto::{Cover, SignatureProfile};
use corridor::xml::Method;

use super::*;

const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

fn pki() -> (Pki, String) {
    (
        Pki::new(&PKCS_ECDSA_P256_SHA256),
        format!("{MORE}ecdsa-sha256"),
    )
}

fn body() -> Cover {
    Cover::Part {
        namespace: "urn:example:d".to_owned(),
        local: "Body".to_owned(),
    }
}

impl Pki {
    fn judge(&self, signed: &str, cover: Cover) -> &'static str {
        let trust = TrustStore::from_pem(self.root_pem.as_bytes(), b"", &[]).unwrap();
        verified_as(signed, &trust, cover).map_or_else(|code| code, |_| "verified")
    }
}

/// A signature to be filled in: what its references say, and what stands at its end.
fn template(
    suite: &str,
    canonicalization: &str,
    references: &[(&str, String)],
    end: &str,
) -> String {
    let mut info = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{canonicalization}\"/>\n<ds:SignatureMethod \
         Algorithm=\"{suite}\"/>"
    );
    for (attributes, transforms) in references {
        info += &format!(
            "\n<ds:Reference {attributes}><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod \
             Algorithm=\"{SHA256}\"/><ds:DigestValue/></ds:Reference>"
        );
    }
    format!(
        "<ds:Signature xmlns:ds=\"{DS}\" Id=\"s\">\n<ds:SignedInfo>{info}</ds:SignedInfo>\n<ds:SignatureValue/>\n\
         <ds:KeyInfo><ds:X509Data/></ds:KeyInfo>{end}</ds:Signature>"
    )
}

fn transform(uri: &str) -> String {
    format!("<ds:Transform Algorithm=\"{uri}\"/>")
}

#[test]
fn xmlsec1_verifies_what_we_sign_enveloping_and_with_signed_properties() {
    if !available("xmlsec1", "--version") {
        return;
    }
    for (algorithm, suite) in common().into_iter().take(2) {
        let pki = Pki::new(algorithm);
        for canonicalization in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
            for (enveloping, xades) in [(true, false), (false, true), (true, true)] {
                let time: Timestamp = "2026-06-01T11:00:00Z".parse().unwrap();
                let profile = SignatureProfile {
                    canonicalization,
                    enveloping,
                    signing_time: xades.then_some(time),
                    ..SignatureProfile::default()
                };
                let signed = pki.sign_as(&suite, &profile, &[]);
                assert!(
                    pki.xmlsec1_verifies(&signed),
                    "{suite} {profile:?}\n{signed}"
                );
                let cover = if enveloping {
                    Cover::Object
                } else {
                    Cover::DocumentElement
                };
                assert_eq!(pki.judge(&signed, cover.clone()), "verified", "{signed}");
                for (from, to) in [("KG.M", "KG.N"), ("11:00:00Z", "10:00:00Z")] {
                    if signed.contains(from) {
                        let twin = signed.replacen(from, to, 1);
                        assert!(!pki.xmlsec1_verifies(&twin), "{suite} {profile:?}");
                        assert_eq!(pki.judge(&twin, cover.clone()), "SIG_DIGEST_MISMATCH");
                    }
                }
            }
        }
    }
}

#[test]
fn we_verify_what_xmlsec1_signs_enveloping() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let (pki, suite) = pki();
    let object = "<ds:Object Id=\"o\"><d:Declaration xmlns:d=\"urn:example:d\" Id=\"doc\"><d:a>KG.M</d:a>\
                  <!-- c --></d:Declaration></ds:Object>";
    for c14n in [C14N_10, C14N_11, EXC_C14N] {
        for uri in ["#o", "#doc"] {
            let reference = format!("URI=\"{uri}\"");
            let references = [(reference.as_str(), transform(c14n))];
            let signed = pki.xmlsec1_signs(&template(&suite, c14n, &references, object));
            assert_eq!(pki.judge(&signed, Cover::Object), "verified", "{signed}");
            let twin = signed.replacen("KG.M", "KG.N", 1);
            assert_eq!(pki.judge(&twin, Cover::Object), "SIG_DIGEST_MISMATCH");
            assert!(!pki.xmlsec1_verifies(&twin));
        }
    }
    // xmlsec1 takes another object beside it, signed or not; the package's is one.
    let two = format!(
        "{object}<ds:Object Id=\"p\"><d:Declaration xmlns:d=\"urn:example:d\"/></ds:Object>"
    );
    let references = [
        ("URI=\"#o\"", transform(EXC_C14N)),
        ("URI=\"#p\"", transform(EXC_C14N)),
    ];
    let signed = pki.xmlsec1_signs(&template(&suite, EXC_C14N, &references, &two));
    assert!(pki.xmlsec1_verifies(&signed));
    assert_eq!(pki.judge(&signed, Cover::Object), "SIG_REFERENCE_REFUSED");
}

#[test]
fn we_verify_what_xmlsec1_signs_detached_in_the_document() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let (pki, suite) = pki();
    let list = format!(
        "<ds:Transform Algorithm=\"{EXC_C14N}\"><x:InclusiveNamespaces xmlns:x=\"{EXC_C14N}\" \
         PrefixList=\"d e\"/></ds:Transform>"
    );
    for (c14n, transforms) in [
        (EXC_C14N, transform(EXC_C14N)),
        (EXC_C14N, list),
        (C14N_11, transform(C14N_11)),
    ] {
        let references = [
            ("URI=\"#t\"", transforms.clone()),
            ("URI=\"#b\"", transforms),
        ];
        let signature = template(&suite, c14n, &references, "");
        let envelope = format!(
            "<e:Envelope xmlns:e=\"urn:e\" xmlns:d=\"urn:example:d\"><e:Header><e:Time Id=\"t\">noon</e:Time>\
             {signature}</e:Header><d:Body Id=\"b\"><d:a>KG.M</d:a></d:Body></e:Envelope>"
        );
        let ids = [
            "--id-attr:Id",
            "urn:e:Time",
            "--id-attr:Id",
            "urn:example:d:Body",
        ];
        let signed = pki.xmlsec1_signs_with(&envelope, &ids);
        assert_eq!(pki.judge(&signed, body()), "verified", "{signed}");
        for (from, to) in [("KG.M", "KG.N"), ("noon", "soon")] {
            let twin = signed.replacen(from, to, 1);
            assert_eq!(pki.judge(&twin, body()), "SIG_DIGEST_MISMATCH");
            assert!(!pki.xmlsec1_verifies_with(&twin, &ids));
        }
        // What SOAP stacks were fooled by: the signed body aside, another in its place.
        let signed_body = "<d:Body Id=\"b\"><d:a>KG.M</d:a></d:Body>";
        let aside = signed.replacen(signed_body, "<d:Body><d:a>evil</d:a></d:Body>", 1);
        let aside = aside.replacen("</e:Header>", &format!("{signed_body}</e:Header>"), 1);
        assert!(pki.xmlsec1_verifies_with(&aside, &ids), "{aside}");
        assert_eq!(pki.judge(&aside, body()), "SIG_NOT_COVERING");
    }
}

#[test]
fn we_verify_the_xpath_spelling_of_xmlsec1_and_no_other_xpath() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let (pki, suite) = pki();
    let xpath = |expression: &str| {
        format!(
            "<ds:Transform Algorithm=\"{XPATH}\"><ds:XPath>{expression}</ds:XPath></ds:Transform>"
        )
    };
    let sign = |c14n: &str, transforms: String| {
        let signature = template(&suite, c14n, &[("URI=\"\"", transforms)], "");
        let end = "</d:Declaration>";
        pki.xmlsec1_signs(&DOCUMENT.replace(end, &format!("{signature}{end}")))
    };
    let spelled = xpath("\n not(ancestor-or-self::ds:Signature) \n");
    let enveloped = transform(&format!("{DS}enveloped-signature"));
    for c14n in [C14N_10, EXC_C14N] {
        for transforms in [
            spelled.clone(),
            format!("{enveloped}{spelled}{}", transform(c14n)),
        ] {
            let signed = sign(c14n, transforms);
            assert_eq!(pki.verdict(&signed), "verified", "{signed}");
            let twin = signed.replacen("KG.M", "KG.N", 1);
            assert_eq!(pki.verdict(&twin), "SIG_DIGEST_MISMATCH");
            assert!(!pki.xmlsec1_verifies(&twin));
        }
        let other = xpath("not(ancestor-or-self::ds:Signature or self::text())");
        let signed = sign(c14n, other);
        assert!(pki.xmlsec1_verifies(&signed));
        assert_eq!(pki.verdict(&signed), "SIG_XPATH");
    }
}

#[test]
fn signed_properties_that_xmlsec1_signs_are_verified() {
    if !available("xmlsec1", "--version") {
        return;
    }
    let (pki, suite) = pki();
    let certificate = rustls_pki_types::pem::PemObject::from_pem_slice(pki.chain_pem.as_bytes());
    let certificate: rustls_pki_types::CertificateDer<'_> = certificate.unwrap();
    let sign = |certificate: &[u8], time: &str| {
        let digest = STANDARD.encode(corridor::crypto::sha256(certificate));
        let object = format!(
            "<ds:Object><x:QualifyingProperties xmlns:x=\"{XADES}\" Target=\"#s\"><x:SignedProperties \
             Id=\"p\"><x:SignedSignatureProperties><x:SigningTime>{time}</x:SigningTime>\
             <x:SigningCertificateV2><x:Cert><x:CertDigest><ds:DigestMethod Algorithm=\"{SHA256}\"/>\
             <ds:DigestValue>{digest}</ds:DigestValue></x:CertDigest></x:Cert></x:SigningCertificateV2>\
             </x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object>"
        );
        let enveloped = transform(&format!("{DS}enveloped-signature"));
        let references = [
            ("URI=\"\"", format!("{enveloped}{}", transform(EXC_C14N))),
            (
                "Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#p\"",
                transform(EXC_C14N),
            ),
        ];
        let signature = template(&suite, EXC_C14N, &references, &object);
        let end = "</d:Declaration>";
        let document = DOCUMENT.replace(end, &format!("{signature}{end}"));
        let id = format!("{XADES}:SignedProperties");
        let signed = pki.xmlsec1_signs_with(&document, &["--id-attr:Id", &id]);
        assert!(
            pki.xmlsec1_verifies_with(&signed, &["--id-attr:Id", &id]),
            "{signed}"
        );
        signed
    };
    let good = sign(&certificate, "2026-06-01T12:00:00Z");
    assert_eq!(pki.verdict(&good), "verified", "{good}");
    assert_eq!(
        pki.verdict(&good.replacen("12:00:00Z", "11:00:00Z", 1)),
        "SIG_DIGEST_MISMATCH"
    );
    // xmlsec1 does not look at what the properties say.
    let other = sign(b"another certificate", "2026-06-01T12:00:00Z");
    assert_eq!(pki.verdict(&other), "SIG_SIGNING_CERTIFICATE");
    let later = sign(&certificate, "2026-06-01T12:30:00Z");
    assert_eq!(pki.verdict(&later), "SIG_SIGNING_TIME");
}
