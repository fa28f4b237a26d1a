//! Packages whose document stands within its signature: what comes in is what is signed, and what
//! goes out is built so, with time and certificate of signing where the package wants them.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use ring::rand::SystemRandom;

use super::setting::*;
use crate::crypto::{Cover, SignatureProfile, sign};
use crate::evidence::PartState;
use crate::translate::Packages;
use crate::xml::Limits;

const NTS: &str = include_str!("../../../schemas/eu/cc015c/51.8.6/samples/transit-cn-fi.xml");

/// The packages that we have, were they all signed so.
fn packages() -> Packages {
    let ours = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"));
    let folder = tempfile::tempdir().unwrap();
    copy(ours, folder.path());
    Packages::load(folder.path()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else if name == "package.toml" {
            let text = fs::read_to_string(&path).unwrap();
            let enveloping = "cover = \"object\"\nxades = true\n";
            let text = text.replace("cover = \"document-element\"\n", enveloping);
            fs::write(to.join(name), text).unwrap();
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn enveloped_by(by: &str, unsigned: &str) -> String {
    let profile = SignatureProfile {
        enveloping: true,
        ..SignatureProfile::default()
    };
    let (signer, random) = (signer(by), SystemRandom::new());
    let limits = Limits::default();
    let signed = sign(unsigned.as_bytes(), &*signer, &profile, &limits, &random);
    String::from_utf8(signed.unwrap()).unwrap()
}

#[tokio::test]
async fn a_document_within_its_signature_is_taken_and_sent_where_the_package_says_so() {
    let lane = swap(RU_KZ, "from        = \"RU\"", "from        = \"EU\"");
    let lane = swap(
        &lane,
        "origin      = \"attested\"\n",
        "origin      = \"signed\"\n",
    );
    let packages = packages();
    let ru = Node::with(&[&lane], |settings| settings.packages = packages);
    let message = enveloped_by("EU", TO_KZ);
    let twins = [
        // The other build; a changed byte; another message beside the signed one, which it hides.
        (signed("EU", TO_KZ), "SIG_WRAPPED"),
        (
            swap(&message, "Object Id=\"object-", "Object Id=\"object-0").into(),
            "SIG_REFERENCE_UNRESOLVED",
        ),
        (beside(&message, NTS), "SIG_WRAPPED"),
    ];
    for (twin, expected) in twins {
        assert_eq!(code(&ru.receive("EU", twin).await), expected);
    }
    assert!(ru.queued().is_empty());

    let answer = ru.receive("EU", message.into()).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    let (_, verified) = sent(&ru, Cover::Object);
    assert_eq!(verified.signing_time(), Some(now()));
    let known = super::setting::packages();
    let made = known.of(verified.view()).unwrap().id();
    assert_eq!(made, known.find("eaeu/r048").unwrap().id());
}

/// A document in an Object before the signed one.
fn beside(signed: &str, other: &str) -> Bytes {
    let (_, other) = other.split_once("?>").unwrap();
    let object = format!("<ds:Object>{other}</ds:Object><ds:Object ");
    swap(signed, "<ds:Object ", &object).into()
}

#[tokio::test]
async fn a_document_within_its_signature_is_refused_where_the_package_has_it_the_other_way() {
    let ru = Node::new(&[RU_KZ]);
    let answer = ru.receive("EU", enveloped_by("EU", TO_KZ).into()).await;
    assert_eq!(code(&answer), "SIG_WRAPPED");
}

/// What the agreement wants, whatever the package says.
#[tokio::test]
async fn a_lane_wants_time_and_certificate_of_signing_of_both_sides() {
    let lane = swap(RU_KZ, "from        = \"RU\"", "from        = \"EU\"");
    let lane = swap(
        &lane,
        "origin      = \"attested\"\n",
        "origin      = \"signed\"\nxades       = true\n",
    );
    let ru = Node::with(&[&lane], |_| {});
    let stating = |signing_time| {
        let profile = SignatureProfile {
            signing_time,
            ..SignatureProfile::default()
        };
        let (signer, random) = (signer("EU"), SystemRandom::new());
        let limits = Limits::default();
        sign(TO_KZ.as_bytes(), &*signer, &profile, &limits, &random).unwrap()
    };
    let without = ru.receive("EU", stating(None).into()).await;
    assert_eq!(code(&without), "SIG_XADES_MISSING");
    assert!(ru.queued().is_empty());
    // A refused message does not occupy its id.
    let answer = ru.receive("EU", stating(Some(now())).into()).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    let (_, verified) = sent(&ru, Cover::DocumentElement);
    assert_eq!(verified.signing_time(), Some(now()));
    assert!(verified.is_baseline_b());
}
