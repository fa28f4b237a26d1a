//! What `corridor pki` makes with keys of the national suites, judged by OpenSSL: certificates,
//! requests and revocation lists. Each with a twin that OpenSSL and we refuse.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use corridor::cli::authority::{
    Authority, DevelopmentKey, KeyKind, Reason, Request, Usage, signing_request,
};
use corridor::crypto::{CertificateRequest, RequestFault, SM2_USER_ID, Suites};
use jiff::Timestamp;
use tempfile::TempDir;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use super::national::openssl::absent;

const KINDS: [&str; 8] = [
    "gost256",
    "gost256-cpa",
    "gost256-cpb",
    "gost256-cpc",
    "gost512",
    "gost512-b",
    "gost512-c",
    "sm2",
];

fn openssl(folder: &Path, words: &[&str]) -> bool {
    let mut command = Command::new("openssl");
    let output = command.current_dir(folder).args(words).output();
    output.unwrap().status.success()
}

/// What OpenSSL must be told to check a signature of this kind of key.
fn options(kind: &str) -> Vec<String> {
    if kind == "sm2" {
        vec!["-vfyopt".to_owned(), format!("distid:{SM2_USER_ID}")]
    } else {
        vec!["-engine".to_owned(), "gost".to_owned()]
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

/// The same with one bit of the signature value changed.
fn twin(text: &str, label: &str) -> String {
    let mut bytes = der(text);
    let at = bytes.len() - 3;
    bytes[at] ^= 1;
    pem(label, &bytes)
}

/// OpenSSL takes no user id for revocation lists: their signature is given to it as it stands.
fn sm2_list(folder: &Path, list: &str) -> bool {
    let list = der(list);
    let (_, list) = CertificateRevocationList::from_der(&list).unwrap();
    fs::write(folder.join("signed"), list.tbs_cert_list.as_ref()).unwrap();
    fs::write(folder.join("value"), &*list.signature_value.data).unwrap();
    let public = [
        "x509", "-in", "root.pem", "-pubkey", "-noout", "-out", "root.pub",
    ];
    assert!(openssl(folder, &public));
    let id = format!("distid:{SM2_USER_ID}");
    let verify = [
        "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey", "root.pub", "-in",
        "signed", "-sigfile", "value", "-pkeyopt", &id,
    ];
    openssl(folder, &verify)
}

#[test]
fn openssl_takes_what_the_development_authority_makes() {
    if absent() {
        return;
    }
    let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    let at = now.as_second().to_string();
    for name in KINDS {
        let folder = TempDir::new().unwrap();
        let kind: KeyKind = name.parse().unwrap();
        let authority = Authority::new("RU root", kind, now).unwrap();
        let key = kind.generate().unwrap();
        let request = Request {
            name: "RU signing",
            usage: Usage::Signing,
            alternative_names: &[],
        };
        let leaf = authority.issue(&request, &key, now).unwrap();
        let list = authority.crl(&[], Reason::Unsaid, now).unwrap();
        let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
        write("root.pem", authority.certificate_pem());
        write("leaf.pem", &leaf.certificate_pem);
        write("twin.pem", &twin(&leaf.certificate_pem, "CERTIFICATE"));
        write("list.pem", &list);
        write("broken.pem", &twin(&list, "X509 CRL"));
        write("leaf.key", &leaf.key_pem);
        let options = options(name);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let verify = |leaf: &str, list: &str| {
            let mut words = vec![
                "verify",
                "-attime",
                &at,
                "-x509_strict",
                "-CAfile",
                "root.pem",
            ];
            // For SM2, OpenSSL applies the user id to the leaf alone.
            if name != "sm2" {
                words.extend(["-check_ss_sig", "-crl_check", "-CRLfile", list]);
            }
            words.extend(&options);
            words.push(leaf);
            openssl(folder.path(), &words)
        };
        assert!(verify("leaf.pem", "list.pem"), "{name}");
        assert!(!verify("twin.pem", "list.pem"), "{name}");
        if name == "sm2" {
            assert!(sm2_list(folder.path(), &list));
            assert!(!sm2_list(folder.path(), &twin(&list, "X509 CRL")));
        } else {
            assert!(!verify("leaf.pem", "broken.pem"), "{name}");
        }
        // OpenSSL reads the key as ours.
        let mut words = vec!["pkey", "-in", "leaf.key", "-noout"];
        if name != "sm2" {
            words.extend(["-engine", "gost"]);
        }
        assert!(openssl(folder.path(), &words), "{name}");

        check_request(
            folder.path(),
            name,
            &signing_request(&request, &key).unwrap(),
            &key,
        );
    }
}

/// A request that is `corridor`'s: OpenSSL and we take it, and refuse its twin.
fn check_request(folder: &Path, name: &str, asked: &str, key: &DevelopmentKey) {
    let other = twin(asked, "CERTIFICATE REQUEST");
    fs::write(folder.join("ask.pem"), asked).unwrap();
    fs::write(folder.join("other.pem"), &other).unwrap();
    let options = options(name);
    let ask = |file: &str| {
        let mut words = vec!["req", "-verify", "-noout", "-in", file];
        words.extend(options.iter().map(String::as_str));
        openssl(folder, &words)
    };
    let suites = Suites::standard();
    assert!(ask("ask.pem"), "{name}");
    let read = CertificateRequest::verify(&der(asked), &suites).unwrap();
    assert_eq!(read.key.bits, key.public_key_raw());
    let refused = CertificateRequest::verify(&der(&other), &suites).unwrap_err();
    assert_eq!(refused, RequestFault::Signature, "{name}");
}

/// OpenSSL's own requests verify here, and what is none does not.
#[test]
fn requests_by_openssl_verify() {
    if absent() {
        return;
    }
    let suites = Suites::standard();
    for (algorithm, option, digest) in [
        ("gost2012_256", "paramset:TCA", "-md_gost12_256"),
        ("gost2012_512", "paramset:A", "-md_gost12_512"),
        ("EC", "ec_paramgen_curve:SM2", "-sm3"),
        ("EC", "ec_paramgen_curve:P-256", "-sha256"),
    ] {
        let folder = TempDir::new().unwrap();
        let engine: &[&str] = if algorithm == "EC" {
            &[]
        } else {
            &["-engine", "gost"]
        };
        let id = format!("distid:{SM2_USER_ID}");
        let id: &[&str] = if digest == "-sm3" {
            &["-sigopt", &id]
        } else {
            &[]
        };
        let key = [
            "genpkey",
            "-algorithm",
            algorithm,
            "-pkeyopt",
            option,
            "-out",
            "key",
        ];
        let ask = [
            "req",
            "-new",
            "-key",
            "key",
            "-subj",
            "/C=KZ/CN=Asks",
            "-out",
            "ask",
        ];
        assert!(openssl(folder.path(), &[&key, engine].concat()));
        assert!(openssl(
            folder.path(),
            &[&ask, engine, id, &[digest]].concat()
        ));
        let asked = fs::read_to_string(folder.path().join("ask")).unwrap();
        let bytes = der(&asked);
        CertificateRequest::verify(&bytes, &suites).unwrap();
        check_certified(folder.path(), algorithm == "EC", &asked);
        for at in [bytes.len() - 1, bytes.len() / 2, 12] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(
                CertificateRequest::verify(&other, &suites).is_err(),
                "{algorithm} {at}"
            );
        }
    }
    let malformed = CertificateRequest::verify(b"no request", &suites).unwrap_err();
    assert_eq!(malformed, RequestFault::Malformed);
}

/// What is certified on a request satisfies OpenSSL, and a forged request is not certified.
fn check_certified(folder: &Path, sm2: bool, asked: &str) {
    let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    let at = now.as_second().to_string();
    let kind = if sm2 { "sm2" } else { "gost512" };
    let authority = Authority::new("KZ root", kind.parse().unwrap(), now).unwrap();
    let request = Request {
        name: "KZ signing",
        usage: Usage::Signing,
        alternative_names: &[],
    };
    let leaf = authority
        .issue_for(&request, asked.as_bytes(), now)
        .unwrap();
    fs::write(folder.join("root"), authority.certificate_pem()).unwrap();
    fs::write(folder.join("leaf"), leaf).unwrap();
    let options = options(kind);
    let mut words = vec!["verify", "-attime", &at, "-x509_strict", "-CAfile", "root"];
    words.extend(options.iter().map(String::as_str));
    words.push("leaf");
    assert!(openssl(folder, &words), "{kind}");
    let forged = twin(asked, "CERTIFICATE REQUEST");
    assert!(
        authority
            .issue_for(&request, forged.as_bytes(), now)
            .is_err()
    );
}
