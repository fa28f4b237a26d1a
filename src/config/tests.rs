//! The examples load; every way to get them wrong is refused with file, line and key.

mod keys;
mod status;
mod terms;

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use tempfile::TempDir;

use super::*;
use crate::model::{Posts, Role};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// A self-signed certificate and its key, PEM, valid from 2026 to the end of `year`.
fn pair(year: i32) -> (String, String) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, 12, 31);
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// The examples as a working folder, with the keys that they name.
struct Folder {
    dir: TempDir,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in [
            "store",
            "schemas",
            "lanes",
            "agreements",
            "partners/kz",
            "keys",
        ] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let folder = Self { dir };
        for name in ["signing", "tls"] {
            let (certificate, key) = pair(2099);
            folder.write(&format!("keys/{name}.pem"), &certificate);
            folder.write(&format!("keys/{name}.key.pem"), &key);
        }
        let log = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        folder.write("keys/log.key.pem", &log.serialize_pem());
        folder.write("partners/kz/signing-anchors.pem", &pair(2099).0);
        folder.write(
            "gateway.toml",
            &read(&Path::new(EXAMPLES).join("gateway.toml")),
        );
        folder.write(
            "partners/kz.toml",
            &read(&Path::new(EXAMPLES).join("partner.toml")),
        );
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        if name.ends_with(".key.pem") {
            self.close(name);
        }
    }

    /// The same for a file that nobody else may read.
    fn secret(&self, name: &str, text: &str) {
        self.write(name, text);
        self.close(name);
    }

    fn close(&self, name: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Replaces text of a file; the text must be there.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = read(&self.path(name));
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn load(&self) -> Result<Gateway, Faults> {
        load(&self.path("gateway.toml"), now())
    }

    /// The one fault, as code, file name, line's text and key.
    fn fault(&self) -> (&'static str, String, String) {
        let faults = self.load().unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:#?}");
        let line = match faults[0].place.line {
            0 => String::new(),
            line => {
                let text = read(&faults[0].place.file);
                text.lines().nth(line - 1).unwrap().trim().to_owned()
            }
        };
        (faults[0].code(), faults[0].place.key.clone(), line)
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_examples_load() {
    let gateway = Folder::new().load().unwrap();
    assert_eq!(gateway.party.as_str(), "RU");
    assert_eq!(gateway.limits.body_bytes_max, 64 << 20);
    assert_eq!(gateway.partners.len(), 1);
    let partner = &gateway.partners[0];
    assert_eq!(partner.url, "https://gateway.kz.example:8443");
    assert!(matches!(&partner.tls, PartnerTls::Pinned(pins) if pins.len() == 1));
    assert_eq!(partner.signing.agreed.terms().len(), 2);
    assert_eq!(gateway.principals[0].principal.role, Role::Submitter);
    assert_eq!(gateway.principals[1].principal.posts, Posts::All);
}

#[test]
fn the_end_of_every_certificate_is_known() {
    let ends = Folder::new().load().unwrap().certificate_ends();
    let found: Vec<_> = ends
        .iter()
        .map(|end| (end.party.as_str(), end.usage))
        .collect();
    assert_eq!(
        found,
        [
            ("RU", "signing"),
            ("RU", "tls-partner"),
            ("RU", "tls-national"),
            ("KZ", "anchor")
        ]
    );
    let last: Timestamp = "2099-12-31T00:00:00Z".parse().unwrap();
    assert!(ends.iter().all(|end| end.not_after == last));
}

#[test]
fn the_days_left_of_a_certificate_are_whole_and_may_be_negative() {
    let leaf = Folder::new().load().unwrap().signing.leaf;
    for (at, days) in [
        ("2099-12-30T00:00:00Z", 1),
        ("2099-12-30T00:00:01Z", 0),
        ("2099-12-31T00:00:01Z", -1),
    ] {
        assert_eq!(leaf.days_left(at.parse().unwrap()), days);
    }
}

/// The values shown are the defaults where the comment says so.
#[test]
fn the_example_shows_the_defaults() {
    let folder = Folder::new();
    let shown = folder.load().unwrap();
    let text = read(&folder.path("gateway.toml"));
    let without: String = text
        .lines()
        .filter(|line| !line.contains("# default"))
        .map(|line| format!("{line}\n"))
        .collect();
    folder.write("gateway.toml", &without);
    let defaulted = folder.load().unwrap();
    assert_eq!(shown.limits, defaulted.limits);
    assert_eq!(shown.timeouts, defaulted.timeouts);
    assert_eq!(shown.log_filter, defaulted.log_filter);
    assert_eq!(shown.disk_free_bytes_min, defaulted.disk_free_bytes_min);
    let days = [&shown, &defaulted].map(|gateway| gateway.certificate_warning_days);
    assert_eq!(days, [30, 30]);
}

#[test]
fn the_digest_changes_with_every_file() {
    let folder = Folder::new();
    let first = folder.load().unwrap().sha256;
    assert_eq!(folder.load().unwrap().sha256, first);
    folder.write("lanes/ru-kz.toml", "");
    let second = folder.load().unwrap().sha256;
    assert_ne!(second, first);
    folder.edit(
        "partners/kz.toml",
        "connections_max = 32",
        "connections_max = 33",
    );
    let mut last = folder.load().unwrap().sha256;
    assert_ne!(last, second);
    // What they name counts too: anchors, own certificates, packages.
    folder.write("schemas/package.toml", "");
    let (certificate, key) = pair(2098);
    let changes = [
        ("schemas/package.toml", "title = 1"),
        ("partners/kz/signing-anchors.pem", &pair(2098).0),
        ("keys/tls.key.pem", &key),
        ("keys/tls.pem", &certificate),
    ];
    for (name, text) in changes {
        folder.write(name, text);
        // A key alone changes nothing but that it does not fit its certificate.
        let Ok(gateway) = folder.load() else {
            assert_eq!(name, "keys/tls.key.pem");
            continue;
        };
        assert_ne!(gateway.sha256, last, "{name}");
        last = gateway.sha256;
    }
}

#[test]
fn what_only_a_restart_changes_is_named() {
    let folder = Folder::new();
    let before = folder.load().unwrap();
    assert_eq!(before.fixed_changes(&before), [""; 0]);
    folder.edit(
        "gateway.toml",
        "free_bytes_min = 1073741824",
        "free_bytes_min = 5",
    );
    folder.edit(
        "partners/kz.toml",
        "connections_max = 32",
        "connections_max = 33",
    );
    let after = folder.load().unwrap();
    assert_eq!(before.fixed_changes(&after), [""; 0]);
    folder.edit("gateway.toml", "store = \"store\"", "store = \"other\"");
    folder.edit("gateway.toml", "0.0.0.0:8443", "0.0.0.0:8445");
    folder.edit("gateway.toml", "drain_s = 30", "drain_s = 31");
    folder.edit("gateway.toml", "corridor/ru\"", "corridor/other\"");
    let after = folder.load().unwrap();
    assert_eq!(
        before.fixed_changes(&after),
        [
            "folders.store",
            "log.origin",
            "partner_listener.address",
            "timeouts.drain_s"
        ]
    );
}

#[test]
fn unknown_and_missing_keys_are_named_with_their_line() {
    let folder = Folder::new();
    folder.edit("gateway.toml", "depth_max = 128", "dept_max = 128");
    let (code, key, line) = folder.fault();
    assert_eq!((code, key.as_str()), ("CONFIG_SYNTAX", "dept_max"));
    assert!(line.starts_with("dept_max"), "{line}");

    let folder = Folder::new();
    folder.edit("gateway.toml", "key = \"keys/log.key.pem\"", "");
    let faults = folder.load().unwrap_err();
    assert_eq!(faults.0[0].place.key, "log");
    assert!(
        faults.to_string().contains("missing field `key`"),
        "{faults}"
    );

    let folder = Folder::new();
    folder.edit("partners/kz.toml", "revocation = ", "revocations = ");
    assert_eq!(folder.fault().1, "revocations");
}

#[test]
fn values_of_the_wrong_form_are_refused() {
    for (file, from, to, key) in [
        ("gateway.toml", "party = \"RU\"", "party = \"ru\"", "party"),
        (
            "gateway.toml",
            "0.0.0.0:8443",
            "localhost",
            "partner_listener.address",
        ),
        ("gateway.toml", "corridor/ru", "corridor ru", "log.origin"),
        ("gateway.toml", "9f86d081", "9f86", "principal.token_sha256"),
        (
            "gateway.toml",
            "\"submitter\"",
            "\"admin\"",
            "principal.role",
        ),
        ("gateway.toml", "[\"*\"]  ", "[]", "principal.posts"),
        (
            "gateway.toml",
            "\"release-desk\"",
            "\"release desk\"",
            "principal.name",
        ),
        (
            "gateway.toml",
            "\"release-desk\"",
            "\"gateway\"",
            "principal.name",
        ),
        (
            "partners/kz.toml",
            "https://gateway",
            "http://gateway",
            "url",
        ),
        ("partners/kz.toml", "example:8443", "example:8443/v1", "url"),
        ("partners/kz.toml", "d7a8fbb3", "zz", "tls.pins"),
    ] {
        let folder = Folder::new();
        if from == "[\"*\"]  " {
            folder.edit(file, "posts = [\"*\"]\n", "posts = []\n");
        } else {
            folder.edit(file, from, to);
        }
        let (code, found, _) = folder.fault();
        assert_eq!(
            (code, found.as_str()),
            ("CONFIG_VALUE", key),
            "{from} -> {to}"
        );
    }
}

#[test]
fn numbers_outside_their_range_are_refused() {
    let folder = Folder::new();
    folder.edit("gateway.toml", "depth_max = 128", "depth_max = 1000000");
    folder.edit("gateway.toml", "drain_s = 30", "drain_s = 0");
    let faults = folder.load().unwrap_err().0;
    let keys: Vec<&str> = faults.iter().map(|f| f.place.key.as_str()).collect();
    assert_eq!(keys, ["limits.depth_max", "timeouts.drain_s"]);
}

#[test]
fn missing_files_and_folders_are_named() {
    for (remove, key) in [
        ("keys/signing.key.pem", "signing.key"),
        ("keys/log.key.pem", "log.key"),
        ("schemas", "folders.schemas"),
        ("partners/kz/signing-anchors.pem", "signing.anchors"),
    ] {
        let folder = Folder::new();
        let path = folder.path(remove);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        let faults = folder.load().unwrap_err().0;
        assert_eq!(faults[0].code(), "CONFIG_UNREADABLE", "{remove}");
        assert_eq!(faults[0].place.key, key);
        assert!(faults[0].place.line > 0);
    }
    let absent = load(Path::new("no-such-folder/gateway.toml"), now())
        .unwrap_err()
        .0;
    assert_eq!(absent[0].code(), "CONFIG_UNREADABLE");
}

#[test]
fn own_certificates_must_be_in_force_and_fit_their_keys() {
    let folder = Folder::new();
    let later: Timestamp = "2100-06-01T00:00:00Z".parse().unwrap();
    let faults = load(&folder.path("gateway.toml"), later).unwrap_err().0;
    assert!(
        faults
            .iter()
            .all(|f| f.code() == "CONFIG_CERTIFICATE_EXPIRED")
    );
    assert_eq!(faults[0].place.key, "signing.certificates");
    let earlier: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
    let faults = load(&folder.path("gateway.toml"), earlier).unwrap_err().0;
    assert_eq!(faults[0].code(), "CONFIG_CERTIFICATE_NOT_YET_VALID");

    folder.write("keys/signing.key.pem", &pair(2099).1);
    let (code, key, _) = folder.fault();
    assert_eq!((code, key.as_str()), ("CONFIG_KEY_MISMATCH", "signing.key"));

    let folder = Folder::new();
    folder.write("keys/log.key.pem", &pair(2099).1);
    let (code, key, _) = folder.fault();
    assert_eq!((code, key.as_str()), ("CONFIG_NO_KEY", "log.key"));

    let folder = Folder::new();
    folder.write("keys/signing.pem", "no certificate");
    assert_eq!(folder.fault().0, "CONFIG_NO_CERTIFICATE");
}

#[test]
fn one_key_never_serves_two_purposes() {
    let folder = Folder::new();
    folder.edit("gateway.toml", "keys/tls.key.pem", "keys/signing.key.pem");
    folder.edit("gateway.toml", "keys/tls.pem", "keys/signing.pem");
    let (code, key, _) = folder.fault();
    assert_eq!(
        (code, key.as_str()),
        ("CONFIG_SHARED_KEY", "partner_listener.certificates")
    );

    let folder = Folder::new();
    let (certificate, _) = pair(2099);
    folder.write("partners/kz/signing-anchors.pem", &certificate);
    let der =
        <rustls_pki_types::CertificateDer<'_> as rustls_pki_types::pem::PemObject>::from_pem_slice(
            certificate.as_bytes(),
        )
        .unwrap();
    let pin = CertificateFacts::read(&der)
        .unwrap()
        .spki_sha256
        .to_string();
    folder.edit(
        "partners/kz.toml",
        "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
        &pin,
    );
    assert_eq!(folder.fault().0, "CONFIG_SHARED_KEY");
}

#[test]
fn no_two_partners_share_a_pin_or_a_party() {
    let folder = Folder::new();
    let kz = read(&folder.path("partners/kz.toml"));
    folder.write(
        "partners/mn.toml",
        &kz.replace("party = \"KZ\"", "party = \"MN\""),
    );
    let (code, key, line) = folder.fault();
    assert_eq!((code, key.as_str()), ("CONFIG_DUPLICATE", "tls.pins"));
    assert!(line.starts_with("pins"), "{line}");

    let folder = Folder::new();
    folder.write("partners/kz2.toml", &kz.replace("d7a8fbb3", "d7a8fbb4"));
    assert_eq!(folder.fault().1, "party");

    let folder = Folder::new();
    folder.edit("partners/kz.toml", "party = \"KZ\"", "party = \"RU\"");
    assert_eq!(folder.fault().0, "CONFIG_OWN_PARTY");
}

#[test]
fn a_partner_is_pinned_or_anchored_never_both() {
    let anchored = "anchors = \"kz/signing-anchors.pem\"\nsan_uri = \"urn:corridor:gateway:KZ\"\n";
    let pinned = "pins = [\"d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592\"]\n";
    let folder = Folder::new();
    folder.edit("partners/kz.toml", pinned, anchored);
    let gateway = folder.load().unwrap();
    assert!(matches!(
        &gateway.partners[0].tls,
        PartnerTls::Anchored { san_uri, .. } if san_uri == "urn:corridor:gateway:KZ"
    ));
    for faulty in ["", "pins = []\n", &format!("{pinned}{anchored}")] {
        let folder = Folder::new();
        folder.edit("partners/kz.toml", pinned, faulty);
        assert_eq!(folder.fault().0, "CONFIG_TLS_IDENTITY", "{faulty}");
    }
}

#[test]
fn a_principal_has_one_credential_of_its_own() {
    let token =
        "token_sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n";
    let spki =
        "tls_spki_sha256 = \"60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752\"\n";
    for (from, to) in [(token, ""), (token, &*format!("{token}{spki}"))] {
        let folder = Folder::new();
        folder.edit("gateway.toml", from, to);
        assert_eq!(folder.fault().0, "CONFIG_CREDENTIAL");
    }
    let folder = Folder::new();
    folder.edit("gateway.toml", spki, token);
    assert_eq!(folder.fault().0, "CONFIG_DUPLICATE");
    let folder = Folder::new();
    folder.edit("gateway.toml", "release-desk", "post-10702070");
    assert_eq!(folder.fault().0, "CONFIG_DUPLICATE");
}

#[test]
fn no_error_shows_a_key() {
    let gateway = Folder::new().load().unwrap();
    let shown = format!("{gateway:?}");
    assert!(!shown.contains("PRIVATE"));
    assert!(!shown.contains(&format!("{:?}", gateway.log.key.as_slice())));
}
