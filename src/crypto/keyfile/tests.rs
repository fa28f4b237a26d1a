//! What OpenSSL writes is opened, by the right passphrase alone; older and careless files are refused
//! by name, and nothing that was changed is taken.

mod newer;

use std::fs;
use std::path::Path;
use std::process::Command;

use ring::rand::SystemRandom;

use super::*;
use crate::crypto::{PublicKey, Suites, signer_from_der};

const PASSPHRASE: &str = "correct horse";
const KEY: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/p256.pem"));
const ENCRYPTED_KEY: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/keys/p256-encrypted.pem"
));
const FILE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/p256.p12"));

fn plain() -> Vec<u8> {
    pem::parse(KEY).unwrap().into_contents()
}

fn code<T>(read: Result<T, KeyFault>) -> &'static str {
    read.map_or_else(|fault| fault.code(), |_| "read")
}

/// What the key is when it was opened, or the code of the fault.
fn opened(file: &[u8], passphrase: &str) -> Result<Vec<u8>, &'static str> {
    match decrypt_key(file, Some(passphrase.as_bytes())) {
        Ok(key) => Ok(key.unwrap().to_vec()),
        Err(fault) => Err(fault.code()),
    }
}

#[test]
fn a_key_of_openssl_is_decrypted_by_its_passphrase_alone() {
    assert_eq!(opened(ENCRYPTED_KEY, PASSPHRASE), Ok(plain()));
    let der = pem::parse(ENCRYPTED_KEY).unwrap().into_contents();
    assert_eq!(opened(&der, PASSPHRASE), Ok(plain()));
    for wrong in ["", "Correct horse", "correct horse\n"] {
        assert_eq!(opened(ENCRYPTED_KEY, wrong), Err("KEY_PASSPHRASE_WRONG"));
    }
    assert_eq!(
        code(decrypt_key(ENCRYPTED_KEY, None)),
        "KEY_PASSPHRASE_MISSING"
    );
    assert_eq!(opened(KEY, PASSPHRASE), Err("KEY_NOT_ENCRYPTED"));
    assert_eq!(opened(&plain(), PASSPHRASE), Err("KEY_NOT_ENCRYPTED"));
    assert_eq!(decrypt_key(KEY, None).unwrap(), None);
    assert_eq!(decrypt_key(&plain(), None).unwrap(), None);
}

#[test]
fn no_wrong_passphrase_gives_a_key() {
    // Some of 600 leave a padding that looks right.
    let der = pem::parse(ENCRYPTED_KEY).unwrap().into_contents();
    for number in 0..600 {
        let wrong = format!("passphrase {number}");
        assert_eq!(opened(&der, &wrong), Err("KEY_PASSPHRASE_WRONG"), "{wrong}");
    }
}

#[test]
fn what_we_encrypt_is_decrypted_and_looks_like_no_other() {
    let random = SystemRandom::new();
    let once = encrypt_key(&plain(), PASSPHRASE.as_bytes(), &random).unwrap();
    let again = encrypt_key(&plain(), PASSPHRASE.as_bytes(), &random).unwrap();
    assert_ne!(once, again);
    for file in [&once, &again] {
        assert_eq!(opened(file.as_bytes(), PASSPHRASE), Ok(plain()));
        assert_eq!(
            opened(file.as_bytes(), "other"),
            Err("KEY_PASSPHRASE_WRONG")
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    fs::write(&path, &once).unwrap();
    fs::write(folder.path().join("pass"), PASSPHRASE).unwrap();
    let Some(read) = openssl(
        folder.path(),
        "pkcs8 -in key.pem -passin file:pass -topk8 -nocrypt -outform DER -out out",
    ) else {
        return;
    };
    assert!(read);
    assert_eq!(fs::read(folder.path().join("out")).unwrap(), plain());
}

/// An EncryptedPrivateKeyInfo by PBKDF2 with this number's bytes, PRF and cipher.
fn written(iterations: &[u8], prf: Option<&[u8]>, cipher: &[u8]) -> Vec<u8> {
    let oid = |oid: &[u8]| der::tlv(der::OID, oid);
    let prf = prf.map(|prf| der::sequence(&[&oid(prf), &der::tlv(der::NULL, &[])]));
    let derivation = der::sequence(&[
        &der::tlv(der::OCTET_STRING, b"saltsalt"),
        &der::tlv(der::INTEGER, iterations),
        &prf.unwrap_or_default(),
    ]);
    let pbkdf2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
    let pbes2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
    let derivation = der::sequence(&[&oid(&pbkdf2), &derivation]);
    let scheme = der::sequence(&[&oid(cipher), &der::tlv(der::OCTET_STRING, &[0; 16])]);
    let parameters = der::sequence(&[&derivation, &scheme]);
    let algorithm = der::sequence(&[&oid(&pbes2), &parameters]);
    der::sequence(&[&algorithm, &der::tlv(der::OCTET_STRING, &[0; 32])])
}

#[test]
fn careless_and_hostile_counts_are_refused_before_any_work() {
    let hmac_sha256 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];
    let aes = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    let with = |count: &[u8]| opened(&written(count, Some(&hmac_sha256), &aes), PASSPHRASE);
    // 1,000 is hashed, and what comes out is no key.
    assert_eq!(with(&[0x03, 0xE8]), Err("KEY_PASSPHRASE_WRONG"));
    for refused in [
        &[0x00][..],
        &[0x01],
        &[0x03, 0xE7],
        &[0x00, 0x98, 0x96, 0x81],
        &[0x7F, 0xFF, 0xFF, 0xFF],
        &[0x7F; 40],
    ] {
        assert_eq!(with(refused), Err("KEY_ITERATIONS"), "{refused:?}");
    }
    for malformed in [&[][..], &[0x80], &[0x00, 0x01]] {
        assert_eq!(with(malformed), Err("KEY_FILE_MALFORMED"), "{malformed:?}");
    }
}

#[test]
fn other_algorithms_are_refused_by_name() {
    let hmac_sha256 = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9][..];
    let aes = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42][..];
    let triple_des = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 7][..];
    let aes_gcm = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46][..];
    let said = |file: &[u8]| {
        let fault = decrypt_key(file, Some(b"x")).unwrap_err();
        assert_eq!(fault.code(), "KEY_ENCRYPTION_REFUSED");
        assert!(fault.remedy().contains("openssl pkcs8"), "{fault:?}");
        fault.to_string()
    };
    let count = [0x08, 0];
    for (prf, cipher, name) in [
        (None, aes, "HMAC-SHA-1"),
        (Some(hmac_sha256), triple_des, "Triple DES"),
        (Some(hmac_sha256), aes_gcm, "2.16.840.1.101.3.4.1.46"),
    ] {
        let text = said(&written(&count, prf, cipher));
        assert!(text.contains(name), "{text}");
    }
    let older =
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
    assert!(said(older.as_bytes()).contains("Proc-Type"));
}

#[test]
fn damaged_files_are_refused_and_never_panic() {
    let der = pem::parse(ENCRYPTED_KEY).unwrap().into_contents();
    for end in 0..der.len() {
        assert!(decrypt_key(&der[..end], Some(b"x")).is_err());
    }
    for end in 0..FILE.len() {
        assert!(Pkcs12::open(&FILE[..end], PASSPHRASE).is_err());
    }
    for at in 0..FILE.len() {
        for bit in [0x01, 0x80] {
            let mut changed = FILE.to_vec();
            changed[at] ^= bit;
            assert!(Pkcs12::open(&changed, PASSPHRASE).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_file_of_openssl_gives_the_key_and_its_certificates() {
    let read = Pkcs12::open(FILE, PASSPHRASE).unwrap();
    assert_eq!(*read.key, plain());
    // The root is left out.
    assert_eq!(read.certificates.len(), 1);
    let leaf = PublicKey::of_certificate(&read.certificates[0]).unwrap();
    assert_eq!(Some(leaf.bits), Suites::standard().public_bits(&plain()));
    signer_from_der(&read.key, read.certificates, None).unwrap();
    for wrong in ["", "Correct horse", "correct horse "] {
        assert_eq!(
            code(Pkcs12::open(FILE, wrong)),
            "KEY_PASSPHRASE_WRONG",
            "{wrong}"
        );
    }
    assert_eq!(code(Pkcs12::open(KEY, PASSPHRASE)), "KEY_FILE_MALFORMED");
    let large = vec![0x30; FILE_BYTES_MAX + 1];
    assert_eq!(code(Pkcs12::open(&large, PASSPHRASE)), "KEY_FILE_MALFORMED");
}

/// Runs OpenSSL in a folder; `None`: it is not installed.
fn openssl(folder: &Path, line: &str) -> Option<bool> {
    let made = Command::new("openssl")
        .args(line.split(' '))
        .current_dir(folder)
        .output();
    match made {
        Ok(output) => Some(output.status.success()),
        Err(_) => {
            println!("skipped: no openssl");
            None
        }
    }
}

#[test]
fn every_way_of_openssl_to_write_pkcs12_is_read_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("key.pem"), KEY).unwrap();
    fs::write(dir.join("pass"), "пароль\n").unwrap();
    for line in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj /CN=Root",
        "req -new -key key.pem -subj /CN=Signer -out csr",
        "x509 -req -in csr -CA root.pem -CAkey root.key -CAcreateserial -out own.pem",
    ] {
        let Some(done) = openssl(dir, line) else {
            return;
        };
        assert!(done, "{line}");
    }
    let export =
        "pkcs12 -export -inkey key.pem -in own.pem -certfile root.pem -passout file:pass -out p12";
    for (more, expected) in [
        ("", "read"),
        (" -iter 1000", "read"),
        (
            " -keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha512",
            "read",
        ),
        (" -certpbe NONE -macalg sha384", "read"),
        (" -keypbe NONE -certpbe NONE", "read"),
        (" -iter 999", "KEY_ITERATIONS"),
        (" -nomac", "KEY_WITHOUT_MAC"),
        (" -macalg sha1", "KEY_ENCRYPTION_REFUSED"),
        (" -certpbe PBE-SHA1-3DES", "KEY_ENCRYPTION_REFUSED"),
        (" -keypbe PBE-SHA1-3DES", "KEY_ENCRYPTION_REFUSED"),
        (" -nokeys", "KEY_FILE_MALFORMED"),
    ] {
        assert_eq!(
            openssl(dir, &format!("{export}{more}")),
            Some(true),
            "{more}"
        );
        let file = fs::read(dir.join("p12")).unwrap();
        let read = Pkcs12::open(&file, "пароль");
        assert_eq!(code(read), expected, "{more}");
        if expected == "read" {
            assert_eq!(code(Pkcs12::open(&file, "parol")), "KEY_PASSPHRASE_WRONG");
        }
    }
    // A key without certificates, and one with another's.
    let alone = "pkcs12 -export -inkey key.pem -nocerts -passout file:pass -out p12";
    assert_eq!(openssl(dir, alone), Some(true));
    let file = fs::read(dir.join("p12")).unwrap();
    assert_eq!(code(Pkcs12::open(&file, "пароль")), "KEY_FILE_MALFORMED");
}

#[test]
fn every_way_of_openssl_to_encrypt_a_key_is_read_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("key.pem"), KEY).unwrap();
    fs::write(dir.join("pass"), "пароль\n").unwrap();
    let encrypt = "pkcs8 -topk8 -in key.pem -passout file:pass -out enc";
    for (more, expected) in [
        (" -v2 aes-128-cbc -v2prf hmacWithSHA512", "read"),
        (
            " -v2 aes-192-cbc -v2prf hmacWithSHA384 -iter 100000",
            "read",
        ),
        (
            " -v2 aes-256-cbc -v2prf hmacWithSHA1",
            "KEY_ENCRYPTION_REFUSED",
        ),
        (" -v2 des3", "KEY_ENCRYPTION_REFUSED"),
        (" -v1 PBE-SHA1-3DES", "KEY_ENCRYPTION_REFUSED"),
        (" -scrypt", "read"),
        (" -v2 aes-256-cbc -iter 500", "KEY_ITERATIONS"),
    ] {
        let Some(done) = openssl(dir, &format!("{encrypt}{more}")) else {
            return;
        };
        assert!(done, "{more}");
        let file = fs::read(dir.join("enc")).unwrap();
        let read = decrypt_key(&file, Some("пароль".as_bytes()));
        assert_eq!(code(read), expected, "{more}");
    }
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let other = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["other".to_owned()]).unwrap();
    let certificate = params.self_signed(&other).unwrap().der().to_vec();
    let own = Pkcs12::open(FILE, PASSPHRASE).unwrap().certificates;
    let both = [certificate.clone(), own[0].clone()];
    assert_eq!(pkcs12::path(&plain(), &both).unwrap(), own);
    assert_eq!(
        code(pkcs12::path(&plain(), &[certificate])),
        "KEY_CERTIFICATE_MISMATCH"
    );
}

#[test]
fn nothing_shows_key_or_passphrase() {
    let shown = format!("{:?}", Pkcs12::open(FILE, PASSPHRASE).unwrap());
    assert_eq!(shown, "Pkcs12 { certificates: 1, .. }");
    let fault = Pkcs12::open(FILE, "secret word").unwrap_err();
    assert!(!format!("{fault:?} {fault}").contains("secret"));
}
