//! Notes, checkpoints and proofs: against notes that other programs signed, and against every small
//! change of our own.

use super::*;

/// The example of the Go package `golang.org/x/mod/sumdb/note`, where the format comes from.
const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// RFC 8410 section 10.3: the private key of its example.
const KEY_DER: &str = "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";

fn signer(name: &str) -> CheckpointSigner {
    CheckpointSigner::from_pkcs8(name, &hex::decode(KEY_DER).unwrap()).unwrap()
}

#[test]
fn a_note_of_another_implementation_is_verified() {
    let verifier = CheckpointVerifier::parse(VKEY).unwrap();
    assert_eq!(verifier.to_string(), VKEY);
    let text = verifier.open(NOTE).unwrap();
    assert!(text.ends_with("problem is.\n"));
}

#[test]
fn any_changed_character_of_a_note_is_noticed() {
    let verifier = CheckpointVerifier::parse(VKEY).unwrap();
    for (at, byte) in NOTE.bytes().enumerate() {
        let mut changed = NOTE.as_bytes().to_vec();
        changed[at] = byte ^ 1;
        if let Ok(changed) = str::from_utf8(&changed) {
            assert!(verifier.open(changed).is_err(), "byte {at}");
        }
    }
    for broken in [
        "",
        "\n\n",
        "a\n\n",
        "a\n\nb\n",
        "\u{2014} a b\n",
        NOTE.trim_end(),
    ] {
        assert_eq!(verifier.open(broken).unwrap_err().code(), "EVIDENCE_FORMAT");
    }
}

#[test]
fn other_signatures_do_not_count_and_do_not_harm() {
    let verifier = CheckpointVerifier::parse(VKEY).unwrap();
    let cosigned = format!("{NOTE}\u{2014} witness.example AAAAAAAA\n");
    assert!(verifier.open(&cosigned).is_ok());
    let stranger = signer("log.example").verifier().clone();
    assert_eq!(stranger.open(NOTE).unwrap_err().code(), "LOG_UNSIGNED");
    let flood = format!("{NOTE}{}", "\u{2014} w AAAAAAAA\n".repeat(32));
    assert_eq!(verifier.open(&flood).unwrap_err().code(), "EVIDENCE_FORMAT");
}

#[test]
fn malformed_keys_are_refused() {
    for vkey in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
    ] {
        assert!(CheckpointVerifier::parse(vkey).is_err(), "{vkey}");
    }
    assert!(CheckpointSigner::from_pkcs8("log.example", b"no key").is_err());
    let der = hex::decode(KEY_DER).unwrap();
    assert!(CheckpointSigner::from_pkcs8("two words", &der).is_err());
    assert!(CheckpointSigner::from_pkcs8("", &der).is_err());
}

#[test]
fn checkpoints_come_back_and_belong_to_one_log() {
    let signer = signer("log.example/ru");
    let root = merkle::leaf_hash(b"x");
    let note = Checkpoint::sign(&signer, 1, root);
    assert!(note.starts_with("log.example/ru\n1\n"));
    let opened = Checkpoint::open(&note, signer.verifier()).unwrap();
    assert_eq!((opened.size, opened.root), (1, root));
    let other = self::signer("log.example/kz");
    assert_eq!(
        Checkpoint::open(&note, other.verifier())
            .unwrap_err()
            .code(),
        "LOG_UNSIGNED"
    );
    // A key that signs a checkpoint of another origin than its own name.
    let borrowed = other.sign(&opened.text());
    assert_eq!(
        Checkpoint::open(&borrowed, other.verifier())
            .unwrap_err()
            .code(),
        "LOG_ORIGIN"
    );
    let extended = signer.sign(&format!("{}extension\n", opened.text()));
    assert!(Checkpoint::open(&extended, signer.verifier()).is_ok());
    for text in ["log.example/ru\n", "log.example/ru\n01\nAA==\n", "\n1\n\n"] {
        let note = signer.sign(text);
        assert_eq!(
            Checkpoint::open(&note, signer.verifier())
                .unwrap_err()
                .code(),
            "EVIDENCE_FORMAT"
        );
    }
    let hollow = Checkpoint::sign(&signer, 0, root);
    assert!(Checkpoint::open(&hollow, signer.verifier()).is_err());
    let empty = Checkpoint::sign(&signer, 0, merkle::empty_root());
    assert!(Checkpoint::open(&empty, signer.verifier()).is_ok());
}

#[test]
fn a_proof_holds_for_its_leaf_alone() {
    let signer = signer("log.example/ru");
    let leaves: [&[u8]; 3] = [b"a", b"b", b"c"];
    let mut frontier = merkle::Frontier::new();
    for leaf in leaves {
        frontier.append(merkle::leaf_hash(leaf), &mut |_, _, _| {});
    }
    let proof = TlogProof {
        index: 2,
        hashes: vec![merkle::node_hash(
            &merkle::leaf_hash(b"a"),
            &merkle::leaf_hash(b"b"),
        )],
        checkpoint: Checkpoint::sign(&signer, 3, frontier.root()),
        extra: None,
    };
    let text = proof.render();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 2\n"));
    let read = TlogProof::parse(&text).unwrap();
    assert_eq!(read, proof);
    assert_eq!(read.verify(b"c", signer.verifier()).unwrap().size, 3);
    assert_eq!(
        read.verify(b"b", signer.verifier()).unwrap_err().code(),
        "LOG_PROOF_INVALID"
    );
    let elsewhere = TlogProof { index: 3, ..read };
    assert_eq!(
        elsewhere
            .verify(b"c", signer.verifier())
            .unwrap_err()
            .code(),
        "LOG_OUTSIDE_TREE"
    );
    let with_extra = TlogProof {
        extra: Some(b"hint".to_vec()),
        ..proof
    };
    assert_eq!(TlogProof::parse(&with_extra.render()), Ok(with_extra));
}

#[test]
fn malformed_proofs_are_refused() {
    let hash = format!("{}=", "A".repeat(43));
    for text in [
        String::new(),
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n".to_owned(),
        "c2sp.org/tlog-proof@v1\n\nx\n".to_owned(),
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx\n".to_owned(),
        "c2sp.org/tlog-proof@v1\nindex -1\n\nx\n".to_owned(),
        "c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\nx\n".to_owned(),
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n".to_owned(),
        format!("c2sp.org/tlog-proof@v1\nindex 0\n{hash}\nx\n"),
        format!(
            "c2sp.org/tlog-proof@v1\nindex 0\n{}\nx\n",
            format!("{hash}\n").repeat(66)
        ),
    ] {
        assert!(TlogProof::parse(&text).is_err(), "{text}");
    }
}
