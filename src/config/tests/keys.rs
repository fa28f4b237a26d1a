//! Own keys are taken from where the file says, and careless places are refused.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use ring::rand::SystemRandom;

use super::*;
use crate::crypto::encrypt_key;

const PASSPHRASE: &str = "correct horse";
const KEY_LINE: &str = "key = \"keys/signing.key.pem\"             # PKCS#8, PEM";
const CERTIFICATES_LINE: &str =
    "certificates = \"keys/signing.pem\"        # PEM, leaf first, then the chain up to the anchor";

/// The key of a file, encrypted.
fn encrypt(folder: &Folder, name: &str) {
    let open = pem::parse(read(&folder.path(name))).unwrap();
    let random = SystemRandom::new();
    let encrypted = encrypt_key(open.contents(), PASSPHRASE.as_bytes(), &random).unwrap();
    folder.write(name, &encrypted);
}

/// A folder whose signing key is encrypted, with this beside the key.
fn encrypted(more: &str) -> Folder {
    let folder = Folder::new();
    encrypt(&folder, "keys/signing.key.pem");
    folder.secret("keys/pass", &format!("{PASSPHRASE}\n"));
    folder.edit("gateway.toml", KEY_LINE, &format!("{KEY_LINE}\n{more}"));
    folder
}

#[test]
fn an_encrypted_key_is_read_by_the_passphrase_of_a_file() {
    let folder = encrypted("passphrase = { file = \"keys/pass\" }");
    let gateway = folder.load().unwrap();
    assert!(matches!(&gateway.signing.key, OwnSigningKey::File(key) if key.starts_with(&[0x30])));
    let before = gateway.sha256;

    folder.secret("keys/pass", "wrong");
    let (code, key, line) = folder.fault();
    assert_eq!(
        (code, key.as_str()),
        ("KEY_PASSPHRASE_WRONG", "signing.key")
    );
    assert_eq!(line, KEY_LINE);
    folder.secret("keys/pass", "correct horse\r\n");
    assert_eq!(folder.load().unwrap().sha256, before);

    for (text, problem) in [
        ("\n".to_owned(), "it is empty"),
        ("x".repeat(1025), "longer"),
    ] {
        folder.secret("keys/pass", &text);
        let faults = folder.load().unwrap_err().0;
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].code(), "CONFIG_SECRET");
        assert_eq!(faults[0].place.key, "signing.passphrase");
        assert!(faults[0].to_string().contains(problem), "{}", faults[0]);
    }
    fs::remove_file(folder.path("keys/pass")).unwrap();
    assert_eq!(folder.fault().0, "CONFIG_UNREADABLE");
}

#[test]
fn a_passphrase_is_named_where_there_is_one_to_use_and_nowhere_else() {
    assert_eq!(encrypted("").fault().0, "KEY_PASSPHRASE_MISSING");
    let folder = encrypted("passphrase = { file = \"keys/pass\" }");
    folder.write("keys/signing.key.pem", &pair(2099).1);
    assert_eq!(folder.fault().0, "KEY_NOT_ENCRYPTED");
    // Never in the configuration itself.
    for more in [
        "passphrase = \"correct horse\"",
        "passphrase = [\"correct horse\"]",
        "passphrase = 8071236",
        "passphrase = { file = \"keys/pass\", text = \"correct horse\" }",
        "passphrase = { text = \"correct horse\" }",
        "passphrase = { file = \"keys/pass\", env = \"PASS\" }",
    ] {
        let faults = encrypted(more).load().unwrap_err().0;
        assert_eq!(faults[0].code(), "CONFIG_SYNTAX", "{more}");
        let said = faults[0].to_string();
        assert!(
            !said.contains(PASSPHRASE) && !said.contains("8071236"),
            "{said}"
        );
    }
    let unset = encrypted("passphrase = { env = \"CORRIDOR_NO_SUCH_VARIABLE\" }");
    assert_eq!(unset.fault().0, "CONFIG_SECRET");
    let unset = encrypted("passphrase = { credential = \"signing\" }");
    assert_eq!(unset.fault().0, "CONFIG_SECRET");
}

#[test]
fn keys_for_tls_and_the_log_may_be_encrypted_too() {
    let folder = Folder::new();
    for name in ["keys/tls.key.pem", "keys/log.key.pem"] {
        encrypt(&folder, name);
    }
    folder.secret("keys/pass", PASSPHRASE);
    let text = read(&folder.path("gateway.toml"));
    let named = text.replace(
        "key = \"keys/tls.key.pem\"",
        "key = \"keys/tls.key.pem\"\npassphrase = { file = \"keys/pass\" }",
    );
    let named = named.replace(
        "key = \"keys/log.key.pem\"",
        "passphrase = { file = \"keys/pass\" }\nkey = \"keys/log.key.pem\"",
    );
    folder.write("gateway.toml", &named);
    folder.load().unwrap();
    folder.write("gateway.toml", &text);
    let faults = folder.load().unwrap_err().0;
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.code(), fault.place.key.as_str()))
        .collect();
    assert_eq!(
        found,
        ["log.key", "partner_listener.key", "national_listener.key"]
            .map(|key| ("KEY_PASSPHRASE_MISSING", key))
    );
}

#[test]
fn one_file_may_hold_key_and_certificates() {
    let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/p256.p12"));
    let with = |lines: &str| {
        let folder = Folder::new();
        fs::write(folder.path("keys/signing.p12"), file).unwrap();
        folder.close("keys/signing.p12");
        folder.secret("keys/pass", PASSPHRASE);
        folder.edit("gateway.toml", KEY_LINE, lines);
        folder.edit("gateway.toml", CERTIFICATES_LINE, "");
        folder
    };
    // Made after the day by which these tests look at certificates.
    let now: Timestamp = "2027-06-01T00:00:00Z".parse().unwrap();
    let both = "pkcs12 = \"keys/signing.p12\"\npassphrase = { file = \"keys/pass\" }";
    let folder = with(both);
    let gateway = load(&folder.path("gateway.toml"), now).unwrap();
    assert_eq!(gateway.signing.certificates.len(), 1);
    assert_eq!(folder.fault().0, "CONFIG_CERTIFICATE_NOT_YET_VALID");

    // Its certificates are part of the configuration, as those of other files are.
    folder.edit(
        "gateway.toml",
        both,
        "key = \"keys/signing.key.pem\"\ncertificates = \"keys/signing.pem\"",
    );
    assert_ne!(
        load(&folder.path("gateway.toml"), now).unwrap().sha256,
        gateway.sha256
    );

    for (lines, code, key) in [
        ("", "CONFIG_KEY_PLACE", "signing"),
        (
            "key = \"keys/signing.key.pem\"",
            "CONFIG_KEY_PLACE",
            "signing",
        ),
        (
            &format!("{both}\nkey = \"keys/signing.key.pem\""),
            "CONFIG_KEY_PLACE",
            "signing",
        ),
        (
            "pkcs12 = \"keys/signing.p12\"",
            "KEY_PASSPHRASE_MISSING",
            "signing.pkcs12",
        ),
        (
            "pkcs12 = \"keys/signing.pem\"\npassphrase = { file = \"keys/pass\" }",
            "KEY_FILE_MALFORMED",
            "signing.pkcs12",
        ),
    ] {
        let folder = with(lines);
        folder.close("keys/signing.pem");
        let (found, at, _) = folder.fault();
        assert_eq!((found, at.as_str()), (code, key), "{lines}");
    }
    let folder = with(both);
    folder.secret("keys/pass", "Correct horse");
    assert_eq!(folder.fault().0, "KEY_PASSPHRASE_WRONG");
}

#[test]
fn secrets_that_others_can_read_are_refused() {
    let folder = encrypted("passphrase = { file = \"keys/pass\" }");
    for (name, key) in [
        ("keys/signing.key.pem", "signing.key"),
        ("keys/pass", "signing.passphrase"),
        ("keys/log.key.pem", "log.key"),
    ] {
        let path = folder.path(name);
        for (mode, taken) in [
            (0o600, true),
            (0o400, true),
            (0o640, true),
            (0o644, false),
            (0o660, false),
            (0o602, false),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            if taken {
                folder.load().unwrap();
            } else {
                let (code, at, _) = folder.fault();
                assert_eq!((code, at.as_str()), ("CONFIG_EXPOSED", key), "{mode:o}");
            }
        }
        folder.close(name);
    }
}

/// A folder with another key, and this as `[signing.next]`.
fn changing(next: &str) -> Folder {
    let folder = Folder::new();
    let (certificate, key) = pair(2099);
    folder.write("keys/next.pem", &certificate);
    folder.write("keys/next.key.pem", &key);
    let table = format!("[signing.next]\n{next}\n[log]");
    folder.edit("gateway.toml", "[log]", &table);
    folder
}

const NEXT: &str = "key = \"keys/next.key.pem\"\ncertificates = \"keys/next.pem\"";

#[test]
fn the_next_key_takes_over_at_its_time() {
    let folder = changing(&format!("from = \"2026-07-01T00:00:00Z\"\n{NEXT}"));
    let at = |now: &str| {
        let gateway = load(&folder.path("gateway.toml"), now.parse().unwrap()).unwrap();
        let change = gateway.signing_change.unwrap();
        (gateway.signing.place, change.other.place, change.waits)
    };
    let (old, new) = (
        "keys/signing.key.pem".to_owned(),
        "keys/next.key.pem".to_owned(),
    );
    let waits = (old.clone(), new.clone(), true);
    assert_eq!(at("2026-06-30T23:59:59Z"), waits);
    assert_eq!(at("2026-07-01T00:00:00Z"), (new, old, false));
    let ends = folder.load().unwrap().certificate_ends();
    assert_eq!(ends[3].usage, "signing-next");
    // The earlier key is of no need after the change; the later one must hold then.
    let later: Timestamp = "2100-06-01T00:00:00Z".parse().unwrap();
    let faults = load(&folder.path("gateway.toml"), later).unwrap_err().0;
    let keys: Vec<_> = faults
        .iter()
        .map(|fault| fault.place.key.as_str())
        .collect();
    assert!(keys.contains(&"signing.next.certificates") && !keys.contains(&"signing.certificates"));
}

#[test]
fn a_change_of_keys_that_cannot_be_is_named() {
    for (next, code, key) in [
        (NEXT.to_owned(), "CONFIG_VALUE", "signing.next.from"),
        (
            format!("from = \"soon\"\n{NEXT}"),
            "CONFIG_VALUE",
            "signing.next.from",
        ),
        (
            "from = \"2026-07-01T00:00:00Z\"".to_owned(),
            "CONFIG_KEY_PLACE",
            "signing.next",
        ),
        (
            "from = \"2026-07-01T00:00:00Z\"\nkey = \"keys/next.key.pem\"\n\
             certificates = \"keys/signing.pem\""
                .to_owned(),
            "CONFIG_KEY_MISMATCH",
            "signing.next.key",
        ),
        (
            "from = \"2026-07-01T00:00:00Z\"\nkey = \"keys/tls.key.pem\"\n\
             certificates = \"keys/tls.pem\""
                .to_owned(),
            "CONFIG_SHARED_KEY",
            "partner_listener.certificates",
        ),
        (
            format!("from = \"2026-07-01T00:00:00Z\"\n{NEXT}\nsuite = \"urn:rot13\""),
            "CONFIG_SUITE",
            "signing.next.suite",
        ),
    ] {
        let (found, at, _) = changing(&next).fault();
        assert_eq!((found, at.as_str()), (code, key), "{next}");
    }
    let folder = Folder::new();
    folder.edit(
        "gateway.toml",
        KEY_LINE,
        &format!("from = \"2026-07-01T00:00:00Z\"\n{KEY_LINE}"),
    );
    assert_eq!(folder.fault().1, "signing.from");
}
