//! What is agreed with one partner: suites, and exceptions that end.

use super::*;

#[test]
fn suites_must_exist_and_fit_the_key() {
    let folder = Folder::new();
    folder.edit(
        "partners/kz.toml",
        "xmldsig-more#rsa-sha256",
        "xmldsig-more#rot13",
    );
    let (code, key, line) = folder.fault();
    assert_eq!((code, key.as_str()), ("CONFIG_SUITE", "signing.suites"));
    assert!(line.contains("rot13"), "{line}");

    let folder = Folder::new();
    folder.edit("gateway.toml", "#ecdsa-sha256", "#ecdsa-rot13");
    assert_eq!(folder.fault().1, "signing.suite");

    let folder = Folder::new();
    folder.edit("gateway.toml", "#ecdsa-sha256", "#rsa-sha256");
    assert_eq!(folder.fault().0, "CONFIG_UNUSABLE");

    let folder = Folder::new();
    folder.edit("partners/kz.toml", "# crls =", "crls =");
    folder.write("partners/kz/signing.crl", "no list");
    assert_eq!(folder.fault().0, "CONFIG_UNUSABLE");
}

#[test]
fn suites_may_have_dates_and_sha1_must() {
    let with = |more: &str| {
        let folder = Folder::new();
        folder.edit("partners/kz.toml", "# What its messages may name", more);
        folder
    };
    let uri = "http://www.w3.org/2000/09/xmldsig#sm2-sm3";
    let dates = "from = \"2026-01-01T00:00:00Z\"\nuntil = \"2027-01-01T00:00:00Z\"";
    let good = with(&format!(
        "[[signing.dated_suites]]\nuri = \"{uri}\"\n{dates}\n[signing.sm2]\nvalue = \"asn1\"\n\
         [signing.sha1_digests]\n{dates}\n#"
    ));
    let agreed = good.load().unwrap().partners[0].signing.agreed.clone();
    let at = |text: &str| text.parse().unwrap();
    assert_eq!(agreed.allowed(at("2025-12-31T00:00:00Z")).len(), 2);
    assert_eq!(agreed.allowed(at("2026-01-01T00:00:00Z")).len(), 3);
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    assert!(
        agreed
            .suites(at("2026-01-01T00:00:00Z"))
            .digest(sha1)
            .is_some()
    );
    assert!(
        agreed
            .suites(at("2027-01-01T00:00:00Z"))
            .digest(sha1)
            .is_none()
    );

    for (more, code, key) in [
        ("[[signing.dated_suites]]\nuri = \"urn:rot13\"\n#".to_owned(), "CONFIG_SUITE", "signing.dated_suites.uri"),
        (
            format!("[[signing.dated_suites]]\nuri = \"{uri}\"\nfrom = \"May\"\n#"),
            "CONFIG_VALUE",
            "signing.dated_suites.from",
        ),
        (
            "[signing.sha1_digests]\nfrom = \"2027-01-01T00:00:00Z\"\nuntil = \"2026-01-01T00:00:00Z\"\n#".to_owned(),
            "CONFIG_VALUE",
            "signing.sha1_digests.until",
        ),
    ] {
        let (found, at, _) = with(&more).fault();
        assert_eq!((found, at.as_str()), (code, key));
    }
    // Without an end there is no exception.
    let (code, ..) = with("[signing.sha1_digests]\nfrom = \"2026-01-01T00:00:00Z\"\n#").fault();
    assert_eq!(code, "CONFIG_SYNTAX");
}

#[test]
fn an_exception_for_tls_1_2_has_an_end() {
    let with = |until: &str| {
        let folder = Folder::new();
        let line = "# tls12_until = \"2027-01-01T00:00:00Z\"";
        folder.edit("partners/kz.toml", line, until);
        folder
    };
    assert_eq!(Folder::new().load().unwrap().partners[0].tls12_until, None);
    let gateway = with("tls12_until = \"2027-01-01T00:00:00Z\"")
        .load()
        .unwrap();
    let until = "2027-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(gateway.partners[0].tls12_until, Some(until));
    let (code, key, _) = with("tls12_until = \"for ever\"").fault();
    assert_eq!((code, key.as_str()), ("CONFIG_VALUE", "tls.tls12_until"));
    assert_eq!(with("tls12 = true").fault().0, "CONFIG_SYNTAX");
}
