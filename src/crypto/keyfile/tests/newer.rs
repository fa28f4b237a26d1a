//! What newer programs write: scrypt (RFC 7914) and PBMAC1 (RFC 9579).

use std::num::NonZeroU32;

use ring::{hmac, pbkdf2};

use super::*;

/// Its MAC is PBMAC1, with HMAC-SHA-256 throughout; OpenSSL 4.0 opens it.
const PBMAC1_FILE: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/keys/p256-pbmac1.p12"
));

const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
const PBMAC1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 14];
const SCRYPT: &[u8] = &[0x2B, 0x06, 1, 4, 1, 0xDA, 0x47, 4, 11];
const HMAC_SHA1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 7];
const HMAC_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];
/// What the MAC of [`PBMAC1_FILE`] bears in the place of a salt, and nobody reads.
const UNUSED: &[u8] = b"NOT USED";

fn oid(oid: &[u8]) -> Vec<u8> {
    der::tlv(der::OID, oid)
}

fn number(number: u64) -> Vec<u8> {
    der::integer(&number.to_be_bytes())
}

/// scrypt with these costs, as an AlgorithmIdentifier, and `more` behind them.
fn scrypt_by((n, r, p): (u64, u64, u64), more: &[u8]) -> Vec<u8> {
    let salt = der::tlv(der::OCTET_STRING, b"SodiumChloride");
    let parameters = der::sequence(&[&salt, &number(n), &number(r), &number(p), more]);
    der::sequence(&[&oid(SCRYPT), &parameters])
}

/// An encrypted key, whose key comes of scrypt so.
fn scrypted(costs: (u64, u64, u64), more: &[u8]) -> Vec<u8> {
    let aes = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
    let pbes2 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
    let scheme = der::sequence(&[&oid(&aes), &der::tlv(der::OCTET_STRING, &[0; 16])]);
    let parameters = der::sequence(&[&scrypt_by(costs, more), &scheme]);
    let algorithm = der::sequence(&[&oid(&pbes2), &parameters]);
    der::sequence(&[&algorithm, &der::tlv(der::OCTET_STRING, &[0; 32])])
}

#[test]
fn costs_of_scrypt_are_bounded_before_any_work() {
    let with = |costs| opened(&scrypted(costs, &[]), PASSPHRASE);
    // The least is hashed, and what comes out is no key.
    assert_eq!(with((1 << 14, 8, 1)), Err("KEY_PASSPHRASE_WRONG"));
    for refused in [
        (1 << 13, 8, 1),
        (1 << 18, 8, 1),
        (1 << 62, 8, 1),
        (u64::MAX, 8, 1),
        (1 << 14, 8, 0),
        (1 << 14, 8, 65),
        (1 << 14, 0, 1),
        (1 << 14, u64::MAX, 1),
        (1 << 17, 8, u64::MAX),
        ((1 << 14) + 1, 8, 1),
        (1, 1 << 17, 1),
        (0, 8, 1),
    ] {
        assert_eq!(with(refused), Err("KEY_ITERATIONS"), "{refused:?}");
    }
    let file = scrypted((1 << 20, 8, 1), &[]);
    let fault = decrypt_key(&file, Some(b"x")).unwrap_err();
    assert!(fault.to_string().contains("N = 1048576, r = 8, p = 1"));
    // The length of the key is the cipher's, where it is said.
    let costs = (1 << 14, 8, 1);
    let with = |more: &[u8]| opened(&scrypted(costs, more), PASSPHRASE);
    assert_eq!(with(&number(32)), Err("KEY_PASSPHRASE_WRONG"));
    for more in [number(16), number(0), [number(32), number(1)].concat()] {
        assert_eq!(with(&more), Err("KEY_FILE_MALFORMED"));
    }
}

#[test]
fn a_key_that_openssl_encrypted_by_scrypt_is_decrypted_by_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("key.pem"), KEY).unwrap();
    fs::write(dir.join("pass"), PASSPHRASE).unwrap();
    let encrypt = "pkcs8 -topk8 -in key.pem -passout file:pass -out enc -scrypt";
    for (more, expected) in [
        ("", Ok(plain())),
        (" -scrypt_N 16384 -scrypt_r 8 -scrypt_p 3", Ok(plain())),
        (" -v2 aes-128-cbc", Ok(plain())),
        (
            " -scrypt_N 8192 -scrypt_r 8 -scrypt_p 1",
            Err("KEY_ITERATIONS"),
        ),
    ] {
        let Some(done) = openssl(dir, &format!("{encrypt}{more}")) else {
            return;
        };
        assert!(done, "{more}");
        let file = fs::read(dir.join("enc")).unwrap();
        assert_eq!(opened(&file, PASSPHRASE), expected, "{more}");
        if expected.is_ok() {
            assert_eq!(opened(&file, "correct"), Err("KEY_PASSPHRASE_WRONG"));
        }
    }
}

/// PBKDF2 with HMAC-SHA-256, as an AlgorithmIdentifier.
fn pbkdf2_by(iterations: u32, key_bytes: Option<u64>) -> Vec<u8> {
    let parameters = der::sequence(&[
        &der::tlv(der::OCTET_STRING, b"saltsalt"),
        &number(u64::from(iterations)),
        &key_bytes.map(number).unwrap_or_default(),
        &der::sequence(&[&oid(HMAC_SHA256), &der::tlv(der::NULL, &[])]),
    ]);
    der::sequence(&[&oid(PBKDF2), &parameters])
}

/// [`FILE`] with a MAC by PBMAC1, which is right for a key of PBKDF2 of this length; its parameters
/// may say something else.
fn remaced(iterations: u32, key_bytes: usize, derivation: &[u8], scheme: &[u8]) -> Vec<u8> {
    let mut pfx = Reader::new(Reader::only(FILE, der::SEQUENCE).unwrap());
    let (_, version, _) = pfx.next().unwrap();
    let (_, content, inside) = pfx.next().unwrap();
    let mut inside = Reader::new(inside);
    inside.take(der::OID).unwrap();
    let safe = Reader::only(inside.take(0xA0).unwrap(), der::OCTET_STRING).unwrap();
    let mut key = vec![0; key_bytes];
    let times = NonZeroU32::new(iterations).unwrap();
    let prf = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(prf, times, b"saltsalt", PASSPHRASE.as_bytes(), &mut key);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), safe);
    let scheme = der::sequence(&[&oid(scheme), &der::tlv(der::NULL, &[])]);
    let parameters = der::sequence(&[derivation, &scheme]);
    let algorithm = der::sequence(&[&oid(PBMAC1), &parameters]);
    let info = der::sequence(&[&algorithm, &der::tlv(der::OCTET_STRING, tag.as_ref())]);
    let mac = der::sequence(&[&info, &der::tlv(der::OCTET_STRING, UNUSED)]);
    der::sequence(&[version, content, &mac])
}

#[test]
fn pbmac1_protects_a_file_by_bounded_costs_and_a_stated_length() {
    let with = |file: Vec<u8>| code(Pkcs12::open(&file, PASSPHRASE));
    let (n, sha256) = (2_048, HMAC_SHA256);
    let stated = |bytes: u64| pbkdf2_by(n, Some(bytes));
    assert_eq!(with(remaced(n, 32, &stated(32), sha256)), "read");
    assert_eq!(with(remaced(n, 20, &stated(20), sha256)), "read");
    for (file, expected) in [
        (remaced(n, 19, &stated(19), sha256), "KEY_FILE_MALFORMED"),
        (remaced(n, 129, &stated(129), sha256), "KEY_FILE_MALFORMED"),
        (
            remaced(n, 32, &pbkdf2_by(n, None), sha256),
            "KEY_FILE_MALFORMED",
        ),
        (
            remaced(999, 32, &pbkdf2_by(999, Some(32)), sha256),
            "KEY_ITERATIONS",
        ),
        (
            remaced(n, 32, &pbkdf2_by(10_000_001, Some(32)), sha256),
            "KEY_ITERATIONS",
        ),
        (
            remaced(n, 32, &pbkdf2_by(2_049, Some(32)), sha256),
            "KEY_PASSPHRASE_WRONG",
        ),
        (
            remaced(n, 32, &stated(32), HMAC_SHA1),
            "KEY_ENCRYPTION_REFUSED",
        ),
        (
            remaced(n, 32, &scrypt_by((1 << 14, 8, 1), &number(32)), sha256),
            "KEY_FILE_MALFORMED",
        ),
    ] {
        assert_eq!(with(file), expected);
    }
}

#[test]
fn a_file_with_pbmac1_is_opened_by_its_passphrase_alone_and_unchanged() {
    let read = Pkcs12::open(PBMAC1_FILE, PASSPHRASE).unwrap();
    assert_eq!(*read.key, plain());
    for wrong in ["", "Correct horse", "correct horse "] {
        let read = Pkcs12::open(PBMAC1_FILE, wrong);
        assert_eq!(code(read), "KEY_PASSPHRASE_WRONG", "{wrong}");
    }
    let mut windows = PBMAC1_FILE.windows(UNUSED.len());
    let unused = windows.position(|window| window == UNUSED).unwrap();
    for at in 0..PBMAC1_FILE.len() {
        let mut changed = PBMAC1_FILE.to_vec();
        changed[at] ^= 1;
        let is_unused = (unused..unused + UNUSED.len()).contains(&at);
        let read = Pkcs12::open(&changed, PASSPHRASE);
        assert_eq!(read.is_ok(), is_unused, "byte {at}");
    }
    for end in 0..PBMAC1_FILE.len() {
        assert!(Pkcs12::open(&PBMAC1_FILE[..end], PASSPHRASE).is_err());
    }
}

/// OpenSSL writes it since 3.4.
#[test]
fn what_openssl_protects_by_pbmac1_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("key.pem"), KEY).unwrap();
    fs::write(dir.join("pass"), "пароль\n").unwrap();
    let certify = "req -x509 -key key.pem -subj /CN=Signer -out own.pem";
    if openssl(dir, certify).is_none() {
        return;
    }
    let export =
        "pkcs12 -export -inkey key.pem -in own.pem -passout file:pass -pbmac1_pbkdf2 -out p12";
    for more in ["", " -macalg sha512 -pbmac1_pbkdf2_md sha512"] {
        if openssl(dir, &format!("{export}{more}")) != Some(true) {
            println!("skipped: this openssl writes no PBMAC1");
            return;
        }
        let file = fs::read(dir.join("p12")).unwrap();
        assert_eq!(code(Pkcs12::open(&file, "пароль")), "read", "{more}");
        let wrong = Pkcs12::open(&file, "parol");
        assert_eq!(code(wrong), "KEY_PASSPHRASE_WRONG", "{more}");
    }
}
