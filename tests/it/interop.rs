//! Other people's tools against a running gateway: xmlsec1 signs and verifies, curl posts.

use std::fs;
use std::process::{Command, Output};

use corridor::cli::trial::world::Party;

use crate::support::desk::{Desk, accepted, refused};
use crate::support::messages::{fresh_id, transit};
use crate::support::trial::Trial;
use crate::support::{Ran, installed};

/// The unsigned message with an empty signature for xmlsec1 to fill.
fn template(message: &str) -> String {
    const SIGNATURE: &str = r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
<ds:Reference URI=""><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>
<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>"#;
    let (body, end) = message.rsplit_once("</").unwrap();
    format!("{body}{SIGNATURE}</{end}")
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Posts a file with a partner's certificate; the answer stands in `out`, its status is returned.
fn curl(from: &Party, to: &Party, file: &str, out: &str, version: &str) -> u16 {
    let posted = run(Command::new("curl")
        .args(["--silent", "--show-error", "--tlsv1.3", version])
        .args(["--header", "content-type: application/xml"])
        .args(["--write-out", "%{http_code}", "--output", out])
        .args(["--data-binary", &format!("@{file}")])
        .arg("--cacert")
        .arg(to.dir.join("keys/ca.pem"))
        .arg("--cert")
        .arg(from.dir.join("keys/tls.pem"))
        .arg("--key")
        .arg(from.dir.join("keys/tls.key.pem"))
        .arg(format!("https://{}/v1/messages", to.partner_address)));
    String::from_utf8(posted.stdout).unwrap().parse().unwrap()
}

#[tokio::test]
async fn xmlsec1_signs_curl_posts_and_xmlsec1_verifies_the_receipt() {
    for program in ["xmlsec1", "curl"] {
        if !installed(program) {
            println!("skipped: no {program}");
            return;
        }
    }
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let path = |name: &str| trial.dir.path().join(name).display().to_string();
    let verified = |party: &Party, file: &str| -> Ran {
        let anchor = party.dir.join("keys/ca.pem");
        let mut xmlsec1 = Command::new("xmlsec1");
        xmlsec1.args(["--verify", "--enabled-key-data", "x509", "--trusted-pem"]);
        xmlsec1.arg(anchor).arg(file).output().unwrap().into()
    };
    let keys = ["signing.key.pem", "signing.pem"];
    let keys = keys.map(|name| ru.dir.join("keys").join(name).display().to_string());
    let id = fresh_id();
    fs::write(path("template.xml"), template(&transit(&id))).unwrap();
    run(Command::new("xmlsec1")
        .args(["--sign", "--privkey-pem", &keys.join(","), "--output"])
        .args([path("signed.xml"), path("template.xml")]));
    let good = fs::read_to_string(path("signed.xml")).unwrap();
    fs::write(path("changed.xml"), good.replacen("ТТ", "ТС", 1)).unwrap();

    let mut bodies = Vec::new();
    for (file, status, version) in [
        ("changed.xml", 422, "--http1.1"),
        ("signed.xml", 200, "--http1.1"),
        ("signed.xml", 200, "--http2"),
    ] {
        let receipt = path("receipt.xml");
        assert_eq!(curl(ru, kz, &path(file), &receipt, version), status);
        verified(kz, &receipt).ok();
        assert_ne!(verified(ru, &receipt).code, 0, "another's anchor");
        let sealed = fs::read(&receipt).unwrap();
        let twin = String::from_utf8(sealed.clone()).unwrap();
        fs::write(path("twin.xml"), twin.replacen("KZ", "KG", 1)).unwrap();
        assert_ne!(verified(kz, &path("twin.xml")).code, 0, "a changed receipt");
        bodies.push(sealed);
    }
    assert_eq!(bodies[1], bodies[2], "the same bytes have one receipt");
    let mut officer = Desk::open(kz, "officer").await;
    let item = officer.item("message_id", &id).await;
    let item = item["id"].as_str().unwrap();
    let kept = officer.bytes(&format!("/v1/inbox/{item}?original=1")).await;
    assert_eq!(kept, good.as_bytes());
    let answer = |status: u16, body: &[u8]| corridor::cli::https::HttpsAnswer {
        status: http::StatusCode::from_u16(status).unwrap(),
        body: body.to_vec().into(),
    };
    refused(kz, &answer(422, &bodies[0]), 422, "SIG_DIGEST_MISMATCH");
    assert_eq!(accepted(kz, &answer(200, &bodies[1])).message.id, Some(id));
}
