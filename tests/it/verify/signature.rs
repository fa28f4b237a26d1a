//! What `corridor verify` says of a signature: its references and which of them failed, the path, the
//! lists; of any build.

use super::*;

#[test]
fn the_reference_that_failed_is_named_and_what_each_covers() {
    let world = World::new(KeyKind::P256);
    world
        .sign_with(MESSAGE, "signed.xml", &format!("--xades --at {VALID}"))
        .ok();
    let (code, report) = world.axes("signed.xml", &format!("--at {VALID}"));
    assert_eq!(code, 0, "{report}");
    let signature = &report["signature"];
    assert!(
        signature["method"]
            .as_str()
            .unwrap()
            .ends_with("#ecdsa-sha256")
    );
    assert!(
        signature["canonicalization"]
            .as_str()
            .unwrap()
            .ends_with("xml-exc-c14n#")
    );
    let references = signature["references"].as_array().unwrap();
    assert_eq!(references.len(), 2);
    assert_eq!(
        (&references[0]["uri"], &references[0]["line"]),
        (&"".into(), &1.into())
    );
    assert!(
        references[0]["covers"]
            .as_str()
            .unwrap()
            .contains("Message")
    );
    assert!(
        references[1]["covers"]
            .as_str()
            .unwrap()
            .contains("SignedProperties")
    );
    assert!(references.iter().all(|it| it.get("fault").is_none()));
    assert_eq!(report["signer"]["signing_time"], VALID);
    let path = report["signer"]["path"].as_array().unwrap();
    assert_eq!(path.len(), 1);
    assert!(path[0]["subject"].as_str().unwrap().contains("KZ root"));
    assert_eq!(report["signer"]["lists"].as_array().unwrap().len(), 0);

    // Each twin fails in the reference that covers what was changed.
    let signed = fs::read_to_string(world.path("signed.xml")).unwrap();
    for (from, to, failed) in [("A-1", "A-2", 0), ("00:00:00Z", "01:00:00Z", 1)] {
        world.write("changed.xml", signed.replacen(from, to, 1));
        let (code, report) = world.axes("changed.xml", &format!("--at {VALID}"));
        assert_eq!(code, 1);
        assert_eq!(report["integrity"]["code"], "SIG_DIGEST_MISMATCH");
        let references = &report["signature"]["references"];
        assert_eq!(references[failed]["fault"]["code"], "SIG_DIGEST_MISMATCH");
        assert!(references[1 - failed].get("fault").is_none(), "{report}");
        let said = world.verify("changed.xml", &format!("--at {VALID}"));
        let lines = said
            .stdout
            .lines()
            .filter(|line| line.starts_with("reference"));
        let verdicts: Vec<&str> = lines.map(|line| &line[10..14]).collect();
        assert_eq!(verdicts[failed], "FAIL");
        assert_eq!(verdicts[1 - failed], "PASS");
    }
}

#[test]
fn documents_within_their_signature_and_signed_parts_are_verified_too() {
    let world = World::new(KeyKind::P256);
    world.sign_with(MESSAGE, "signed.xml", "--enveloping").ok();
    let extract = format!("--at {VALID} --extract {}", world.path("out"));
    world.verify("signed.xml", &extract).ok();
    assert_eq!(fs::read_to_string(world.path("out")).unwrap(), MESSAGE);
    let signed = fs::read_to_string(world.path("signed.xml")).unwrap();
    world.write("changed.xml", signed.replacen("A-1", "A-2", 1));
    let (_, report) = world.axes("changed.xml", &format!("--at {VALID}"));
    assert_eq!(report["integrity"]["code"], "SIG_DIGEST_MISMATCH");
    // Asked for a part, a signature over the document is not what was asked for.
    world.sign(MESSAGE, "signed.xml").ok();
    let ask = format!("--at {VALID} --part {{urn:example:m}}Id");
    let (code, report) = world.axes("signed.xml", &ask);
    assert_eq!(code, 1);
    assert_eq!(report["integrity"]["code"], "SIG_REFERENCE_REFUSED");
}

#[test]
fn the_lists_that_had_a_say_are_named_and_form_is_demanded_where_asked() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    let at: Timestamp = "2026-05-25T00:00:00Z".parse().unwrap();
    let list = world.authority.crl(&[], Reason::Unsaid, at).unwrap();
    world.write("trust/crls/kz.pem", list);
    let ask = format!("--at {VALID} --require-revocation");
    let (code, report) = world.axes("signed.xml", &ask);
    assert_eq!(code, 0, "{report}");
    let lists = report["signer"]["lists"].as_array().unwrap();
    assert_eq!(lists.len(), 1);
    assert!(lists[0]["issuer"].as_str().unwrap().contains("KZ root"));
    // The authority dates it back, against clocks that go wrong.
    assert_eq!(lists[0]["this_update"], "2026-05-24T23:00:00Z");
    let said = world.verify("signed.xml", &ask).ok();
    assert!(
        said.contains("\nlist      ") && said.contains("\npath      "),
        "{said}"
    );
    let strict = world.verify("signed.xml", &format!("{ask} --strict-form --json"));
    let report: Value = serde_json::from_str(&strict.stdout).unwrap();
    let code = &report["origin"]["code"];
    assert!(code.is_null() || code == "CERT_FORM", "{report}");
}
