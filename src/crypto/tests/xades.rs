//! Signed properties of XAdES: time and certificate of signing, made and read, and what is wrong with
//! others' refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::covers::{sign_parts, template};
use super::pki::*;
use crate::crypto::{Property, SignatureProfile, sha256, sign_stating};
use crate::xml::{self, Limits, Method};

const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn stating_time(method: Method, enveloping: bool) -> SignatureProfile {
    SignatureProfile {
        canonicalization: method,
        enveloping,
        signing_time: Some(at("2026-06-01T11:59:00.5Z")),
        ..SignatureProfile::default()
    }
}

#[test]
fn time_and_certificate_of_signing_are_stated_and_read() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
        let profile = stating_time(method, false);
        let signed = party.sign_with(DOCUMENT, &profile);
        let verified = check(&signed, &trust).unwrap();
        assert_eq!(verified.signing_time(), Some(at("2026-06-01T11:59:00Z")));
        let twin = swap(&signed, "11:59:00Z", "11:58:00Z");
        assert_eq!(code(&twin, &trust), "SIG_DIGEST_MISMATCH");
        // Beside a property of ours.
        let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
        let ucr = [Property::new("ucr", "6CN-1").unwrap()];
        let random = ring::rand::SystemRandom::new();
        let both = sign_stating(&document, &ucr, &*party.signer(), &profile, &random).unwrap();
        let both = String::from_utf8(both).unwrap();
        let verified = check(&both, &trust).unwrap();
        assert_eq!(verified.property("ucr"), Some("6CN-1"));
        assert!(verified.signing_time().is_some());
    }
    let plain = check(&party.sign(DOCUMENT), &trust).unwrap();
    assert_eq!(plain.signing_time(), None);
}

/// As others write them, in a document with an identifier.
struct Draft {
    time: &'static str,
    certificates: String,
    qualifying: &'static str,
    kind: &'static str,
}

fn certificate(name: &str, method: &str, der: &[u8]) -> String {
    let value = STANDARD.encode(sha256(der));
    format!(
        "<x:{name}><x:Cert><x:CertDigest><ds:DigestMethod Algorithm=\"{method}\"/><ds:DigestValue>{value}\
         </ds:DigestValue></x:CertDigest></x:Cert></x:{name}>"
    )
}

impl Draft {
    fn signed(&self, party: &Party, covered: bool) -> String {
        let object = format!(
            "<ds:Object><x:QualifyingProperties xmlns:x=\"{XADES}\"{}><x:SignedProperties Id=\"p\">\
             <x:SignedSignatureProperties>{}{}</x:SignedSignatureProperties></x:SignedProperties>\
             </x:QualifyingProperties></ds:Object>",
            self.qualifying, self.time, self.certificates
        );
        let signature = template(party, " Id=\"s\"", &object);
        let document = format!("<e Id=\"e\" xmlns=\"urn:e\">{signature}</e>");
        // The digest of the document element is that of it without its signature.
        let ids: &[&str] = if covered { &["p"] } else { &[] };
        let with = sign_parts(party, &document, ids);
        let digest = STANDARD.encode(sha256(b"<e xmlns=\"urn:e\" Id=\"e\"></e>"));
        let own = format!(
            "<ds:Reference URI=\"#e\"><ds:Transforms><ds:Transform \
             Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform \
             Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms><ds:DigestMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{digest}\
             </ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        super::attacks::resign(party, &with, |info| {
            let info = swap(&format!("{info}</ds:SignedInfo>"), "</ds:SignedInfo>", &own);
            let info = info.replace(
                "<ds:Reference URI=\"#p\">",
                &format!("<ds:Reference{} URI=\"#p\">", self.kind),
            );
            swap(&info, "</ds:SignedInfo>", "")
        })
    }
}

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Of a time within the validity of the party's certificate, which it names.
fn good(party: &Party) -> Draft {
    let der = party.signer().certificates()[0].clone();
    Draft {
        time: "<x:SigningTime>2026-06-01T15:00:00+03:00</x:SigningTime>",
        certificates: certificate("SigningCertificateV2", SHA256, &der),
        qualifying: " Target=\"#s\"",
        kind: " Type=\"http://uri.etsi.org/01903#SignedProperties\"",
    }
}

#[test]
fn a_stated_time_is_a_moment_that_can_be() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let good = || good(&party);
    let signed = good().signed(&party, true);
    let verified = check(&signed, &trust).unwrap();
    assert_eq!(verified.signing_time(), Some(at("2026-06-01T12:00:00Z")));
    let refused = |draft: &Draft| code(&draft.signed(&party, true), &trust);
    for time in [
        "",
        "<x:SigningTime>2026-06-01T12:04:59Z</x:SigningTime>",
        "<x:SigningTime>\n 2026-01-01T00:00:00Z </x:SigningTime>",
    ] {
        assert_eq!(refused(&Draft { time, ..good() }), "verified", "{time}");
    }
    for time in [
        // No offset; the future; before the certificate; no time; two.
        "<x:SigningTime>2026-06-01T12:00:00</x:SigningTime>",
        "<x:SigningTime>2026-06-01T12:05:01Z</x:SigningTime>",
        "<x:SigningTime>2025-12-31T23:59:59Z</x:SigningTime>",
        "<x:SigningTime>today</x:SigningTime>",
    ] {
        assert_eq!(
            refused(&Draft { time, ..good() }),
            "SIG_SIGNING_TIME",
            "{time}"
        );
    }
    let twice = "<x:SigningTime>2026-06-01T12:00:00Z</x:SigningTime><x:SigningTime>2026-06-01T12:00:00Z</x:SigningTime>";
    assert_eq!(
        refused(&Draft {
            time: twice,
            ..good()
        }),
        "SIG_XADES_REFUSED"
    );
}

#[test]
fn signed_properties_of_others_are_verified_when_present() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let der = party.signer().certificates()[0].clone();
    let good = || good(&party);
    let signed = good().signed(&party, true);
    let refused = |draft: &Draft| code(&draft.signed(&party, true), &trust);
    for name in ["SigningCertificateV2", "SigningCertificate"] {
        let certificates = certificate(name, SHA256, &der);
        assert_eq!(
            refused(&Draft {
                certificates,
                ..good()
            }),
            "verified"
        );
        let certificates = certificate(name, SHA256, root.der());
        assert_eq!(
            refused(&Draft {
                certificates,
                ..good()
            }),
            "SIG_SIGNING_CERTIFICATE"
        );
        let certificates = certificate(name, "http://www.w3.org/2000/09/xmldsig#sha1", &der);
        assert_eq!(
            refused(&Draft {
                certificates,
                ..good()
            }),
            "SIG_SHA1"
        );
        let certificates = format!("<x:{name}/>");
        assert_eq!(
            refused(&Draft {
                certificates,
                ..good()
            }),
            "SIG_XADES_REFUSED"
        );
    }
    // About another signature, the document, nothing.
    for qualifying in [" Target=\"#other\"", " Target=\"#e\"", ""] {
        assert_eq!(
            refused(&Draft {
                qualifying,
                ..good()
            }),
            "SIG_XADES_REFUSED"
        );
    }
    // A reference need not say what it is to; one that says so must be to that.
    assert_eq!(refused(&Draft { kind: "", ..good() }), "verified");
    assert_eq!(
        code(&good().signed(&party, false), &trust),
        "SIG_XADES_REFUSED"
    );
    let moved = swap(&signed, "<ds:Object>", "<ds:Object><ds:Object>");
    let moved = swap(&moved, "</ds:Object>", "</ds:Object></ds:Object>");
    assert_eq!(code(&moved, &trust), "SIG_XADES_REFUSED");
}

#[test]
fn baseline_b_is_both_time_and_certificate() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let is_b = |draft: Draft| {
        check(&draft.signed(&party, true), &trust)
            .unwrap()
            .is_baseline_b()
    };
    assert!(is_b(good(&party)));
    assert!(!is_b(Draft {
        time: "",
        ..good(&party)
    }));
    assert!(!is_b(Draft {
        certificates: String::new(),
        ..good(&party)
    }));
    let plain = check(&party.sign(DOCUMENT), &trust).unwrap();
    assert!(!plain.is_baseline_b());
    let ours = party.sign_with(DOCUMENT, &stating_time(Method::Exclusive, false));
    assert!(check(&ours, &trust).unwrap().is_baseline_b());
}
