//! `[signing.status]`: where what is known of revocation is fetched, and what an outage means.

use super::Folder;

#[test]
fn what_is_known_of_revocation_is_fetched_from_plain_addresses_of_the_profile() {
    let of = |section: &str| {
        let folder = Folder::new();
        let section = format!("[signing.status]\n{section}\n\n[limits]");
        folder.edit("partners/kz.toml", "[limits]", &section);
        folder
    };
    let nothing = &Folder::new().load().unwrap().partners[0].signing.status;
    assert!(nothing.crl_urls.is_empty() && nothing.ocsp.is_none());
    let whole = of(
        "crl_urls = [\"http://kz.example/ca.crl\"]\nrefresh_seconds = 5\n\
         ocsp_url = \"http://kz.example:8080/ocsp\"\nocsp_nonce = \"required\"",
    );
    let whole = &whole.load().unwrap().partners[0].signing.status;
    assert_eq!(whole.crl_urls[0].to_string(), "http://kz.example/ca.crl");
    assert_eq!(whole.refresh.as_secs(), 5);
    let ocsp = whole.ocsp.as_ref().unwrap();
    assert!(ocsp.nonce_required && ocsp.responders.is_empty());
    assert_eq!(ocsp.urls.len(), 1);
    let several = of("ocsp_urls = [\"http://a.example/\", \"http://b.example/\"]");
    let several = &several.load().unwrap().partners[0].signing.status;
    let several: Vec<String> = several
        .ocsp
        .iter()
        .flat_map(|ocsp| ocsp.urls.iter().map(ToString::to_string))
        .collect();
    assert_eq!(several, ["http://a.example/", "http://b.example/"]);
    let five = ["\"http://kz.example/\""; 5].join(",");
    let many = ["\"http://kz.example/\""; 17].join(",");
    for (section, key) in [
        (
            "crl_urls = [\"https://kz.example/\"]".to_owned(),
            "crl_urls",
        ),
        ("crl_urls = [\"ldap://kz.example/\"]".to_owned(), "crl_urls"),
        ("crl_urls = [\"/ca.crl\"]".to_owned(), "crl_urls"),
        (
            "crl_urls = [\"http://a@kz.example/\"]".to_owned(),
            "crl_urls",
        ),
        (format!("crl_urls = [{many}]"), "crl_urls"),
        ("ocsp_url = \"file:///etc/passwd\"".to_owned(), "ocsp_url"),
        ("ocsp_responders = \"kz.pem\"".to_owned(), "ocsp_responders"),
        (format!("ocsp_urls = [{five}]"), "ocsp_urls"),
        (
            "ocsp_urls = [\"https://kz.example/\"]".to_owned(),
            "ocsp_urls",
        ),
        (
            "ocsp_url = \"http://a.example/\"\nocsp_urls = [\"http://b.example/\"]".to_owned(),
            "ocsp_urls",
        ),
        ("refresh_seconds = 4".to_owned(), "refresh_seconds"),
        ("ocsp_nonce = \"never\"".to_owned(), "ocsp_nonce"),
    ] {
        let found = of(&section).fault().1;
        assert!(found.ends_with(key), "{section}: {found}");
    }
}

#[test]
fn a_grace_is_given_in_hours_where_an_outage_is_accepted() {
    let of = |section: &str| {
        let folder = Folder::new();
        let section = format!("[signing.status]\n{section}\n\n[limits]");
        folder.edit("partners/kz.toml", "[limits]", &section);
        folder
    };
    let grace = |section: &str| of(section).load().unwrap().partners[0].signing.grace;
    assert_eq!(
        Folder::new().load().unwrap().partners[0]
            .signing
            .grace
            .as_hours(),
        0
    );
    assert_eq!(grace("outage = \"refuse\"").as_hours(), 0);
    let accept = "outage = \"accept-and-flag\"";
    assert_eq!(
        grace(&format!("{accept}\ngrace_hours = 720")).as_hours(),
        720
    );
    for (section, key) in [
        (accept.to_owned(), "signing.status.outage"),
        ("grace_hours = 4".to_owned(), "signing.status.grace_hours"),
        (
            format!("{accept}\ngrace_hours = 0"),
            "signing.status.grace_hours",
        ),
        (
            format!("{accept}\ngrace_hours = 721"),
            "signing.status.grace_hours",
        ),
        ("outage = \"ignore\"".to_owned(), "signing.status.outage"),
        ("graces = 1".to_owned(), "signing.status.graces"),
    ] {
        let found = of(&section).fault().1;
        assert!(key.ends_with(&found), "{section}: {found}");
    }
}

#[test]
fn policies_are_a_few_oids() {
    let of = |policies: &str| {
        let folder = Folder::new();
        let line = format!("revocation = \"if-present\"\npolicies = {policies}");
        folder.edit("partners/kz.toml", "revocation = \"if-present\"", &line);
        folder
    };
    let loaded = |folder: Folder| folder.load().unwrap().partners[0].signing.policies.clone();
    assert!(loaded(Folder::new()).is_empty());
    let two = of("[\"1.2.643.100.113.1\", \"1.2.643.100.113.2\"]");
    assert_eq!(loaded(two), ["1.2.643.100.113.1", "1.2.643.100.113.2"]);
    for wrong in ["[\"KC2\"]", "[\"1.2.\"]", "[\"2.5.29.32.0\"]"] {
        assert_eq!(of(wrong).fault().1, "signing.policies", "{wrong}");
    }
}
