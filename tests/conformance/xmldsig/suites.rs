//! Algorithms that no partner may use, for vectors only: digests of dev-dependencies, and
//! signature values judged by openssl. Start at [`legacy`] and
//! [`holds`].

use std::fmt;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use corridor::crypto::{DigestMethod, Hasher, PublicKey, SigningKey, Suite, SuiteFault, Suites};
use sha1::digest::Digest;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const MORE_2021: &str = "http://www.w3.org/2021/04/xmldsig-more#";
const XMLENC: &str = "http://www.w3.org/2001/04/xmlenc#";

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const DSA: &str = "1.2.840.10040.4.1";
const ED448: &str = "1.3.101.113";

/// The digests of the vectors beside those of the product, and signature values by openssl.
pub(super) fn legacy() -> Suites {
    let mut suites = Suites::standard();
    let mut digest = |digest: Arc<dyn DigestMethod>| {
        assert!(suites.digest(digest.uri()).is_none());
        suites.register_digest(digest);
    };
    digest(Legacy::<sha1::Sha1>::at(format!("{DS}sha1")));
    digest(Legacy::<sha2::Sha224>::at(format!("{MORE}sha224")));
    digest(Legacy::<md5::Md5>::at(format!("{MORE}md5")));
    digest(Legacy::<ripemd::Ripemd160>::at(format!(
        "{XMLENC}ripemd160"
    )));
    digest(Legacy::<sha3::Sha3_224>::at(format!("{MORE_2007}sha3-224")));
    digest(Legacy::<sha3::Sha3_256>::at(format!("{MORE_2007}sha3-256")));
    digest(Legacy::<sha3::Sha3_384>::at(format!("{MORE_2007}sha3-384")));
    digest(Legacy::<sha3::Sha3_512>::at(format!("{MORE_2007}sha3-512")));
    let mut add = |uri: String, algorithm, scheme, digest| {
        suites.register(Arc::new(ByOpenssl {
            uri,
            algorithm,
            scheme,
            digest,
        }));
    };
    for (name, digest) in [
        ("sha1", "sha1"),
        ("sha224", "sha224"),
        ("sha256", "sha256"),
        ("sha384", "sha384"),
        ("sha512", "sha512"),
        ("md5", "md5"),
        ("ripemd160", "ripemd160"),
        ("sha3-224", "sha3-224"),
        ("sha3-256", "sha3-256"),
        ("sha3-384", "sha3-384"),
        ("sha3-512", "sha3-512"),
    ] {
        let old = if name == "sha1" { DS } else { MORE };
        add(format!("{old}rsa-{name}"), RSA, Scheme::Plain, digest);
        add(
            format!("{MORE_2007}{name}-rsa-MGF1"),
            RSA,
            Scheme::Pss,
            digest,
        );
        for namespace in [MORE, MORE_2007, MORE_2021] {
            add(format!("{namespace}ecdsa-{name}"), EC, Scheme::Pair, digest);
        }
    }
    add(format!("{DS}dsa-sha1"), DSA, Scheme::Pair, "sha1");
    let dsa = "http://www.w3.org/2009/xmldsig11#dsa-sha256";
    add(dsa.to_owned(), DSA, Scheme::Pair, "sha256");
    add(format!("{MORE_2021}eddsa-ed448"), ED448, Scheme::Whole, "");
    suites
}

/// Whether a value is a key's: by the product's suite where it has one that takes the key, else by a
/// legacy one. `None`: nobody has one.
pub(super) fn holds(
    legacy: &Suites,
    uri: &str,
    key: &PublicKey,
    message: &[u8],
    value: &[u8],
) -> Option<bool> {
    let standard = Suites::standard();
    let own = standard.signature(uri);
    match own.map(|suite| suite.verify(key, message, value)) {
        Some(Err(SuiteFault::Key | SuiteFault::WeakKey { .. })) | None => {
            let suite = legacy.signature(uri)?;
            Some(suite.verify(key, message, value).is_ok())
        }
        Some(judged) => Some(judged.is_ok()),
    }
}

struct Legacy<D> {
    uri: String,
    kind: std::marker::PhantomData<fn() -> D>,
}

impl<D: Digest + 'static> Legacy<D> {
    fn at(uri: String) -> Arc<Self> {
        let kind = std::marker::PhantomData;
        Arc::new(Self { uri, kind })
    }
}

impl<D> fmt::Debug for Legacy<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

impl<D: Digest + 'static> DigestMethod for Legacy<D> {
    fn uri(&self) -> &str {
        &self.uri
    }

    fn length(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn start(&self) -> Box<dyn Hasher> {
        Box::new(Running(D::new()))
    }
}

struct Running<D>(D);

impl<D: Digest> Hasher for Running<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

/// How a value is encoded, and how openssl is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scheme {
    /// Two integers side by side, which openssl wants in DER.
    Pair,
    Plain,
    Pss,
    /// Over the message itself, not its digest.
    Whole,
}

#[derive(Debug)]
struct ByOpenssl {
    uri: String,
    /// OID of the keys.
    algorithm: &'static str,
    scheme: Scheme,
    digest: &'static str,
}

impl Suite for ByOpenssl {
    fn uri(&self) -> &str {
        &self.uri
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        if key.algorithm != self.algorithm {
            return Err(SuiteFault::Key);
        }
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let (key, message) = (file("key", &key.spki), file("message", message));
        let value = match self.scheme {
            Scheme::Pair => file("value", &der_of_pair(signature)),
            Scheme::Plain | Scheme::Pss | Scheme::Whole => file("value", signature),
        };
        let mut openssl = Command::new("openssl");
        if self.scheme == Scheme::Whole {
            openssl.args(["pkeyutl", "-verify", "-pubin", "-rawin", "-keyform", "DER"]);
            openssl.arg("-inkey").arg(key).arg("-in").arg(message);
            openssl.arg("-sigfile").arg(value);
        } else {
            let digest = format!("-{}", self.digest);
            openssl.args(["dgst", &digest, "-keyform", "DER", "-verify"]);
            openssl.arg(key);
            if self.scheme == Scheme::Pss {
                openssl.args(["-sigopt", "rsa_padding_mode:pss"]);
                openssl.args(["-sigopt", "rsa_pss_saltlen:digest"]);
            }
            openssl.arg("-signature").arg(value).arg(message);
        }
        let verified = openssl.output().unwrap().status.success();
        verified.then_some(()).ok_or(SuiteFault::Mismatch)
    }

    fn signing_key(&self, _: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        Err(SuiteFault::Key)
    }
}

/// `SEQUENCE { INTEGER r, INTEGER s }`.
fn der_of_pair(value: &[u8]) -> Vec<u8> {
    let (r, s) = value.split_at(value.len() / 2);
    let content = [integer(r), integer(s)].concat();
    [sequence(0x30, content.len()), content].concat()
}

pub(super) fn integer(big_endian: &[u8]) -> Vec<u8> {
    let start = big_endian.iter().position(|byte| *byte != 0);
    let mut digits = start.map_or_else(|| vec![0], |at| big_endian[at..].to_vec());
    if digits[0] & 0x80 != 0 {
        digits.insert(0, 0);
    }
    [sequence(2, digits.len()), digits].concat()
}

/// The head of a DER value.
pub(super) fn sequence(tag: u8, length: usize) -> Vec<u8> {
    let [.., high, low] = u32::try_from(length).unwrap().to_be_bytes();
    match length {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    }
}

/// HMAC (RFC 2104) over a digest of the registry.
pub(super) fn hmac(digest: &dyn DigestMethod, block: usize, key: &[u8], message: &[u8]) -> Vec<u8> {
    let hash = |parts: [&[u8]; 2]| {
        let mut hasher = digest.start();
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finish()
    };
    assert!(key.len() <= block);
    let pad = |with: u8| -> Vec<u8> {
        let padded = key.iter().copied().chain(std::iter::repeat(0));
        padded.take(block).map(|byte| byte ^ with).collect()
    };
    let inner = hash([&pad(0x36), message]);
    hash([&pad(0x5c), &inner])
}
