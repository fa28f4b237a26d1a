//! Keys and certificates that are too weak to be believed, by which everything is signed as it should
//! be: only their weakness refuses it. Start at [`root`] and [`hands`].
//!
//! ring neither signs by such keys nor by such digests: RSA is computed here (RFC 8017 section 8.2.1).

use corridor::crypto::{Error, Layout, Signer, reseal};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use md5::Md5;
use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData, SignatureAlgorithm};
use ring::rand::SecureRandom;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::material::{Ally, Stranger};
use super::signed::Hand;
use crate::support::der::{all, first, sequence, tlv};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// pkcs-1 (RFC 8017 appendix A.2), without the last number of each algorithm.
const PKCS_1: [u8; 8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1];
/// md5WithRSAEncryption.
const WITH_MD5: u8 = 4;
/// sha1WithRSAEncryption.
const WITH_SHA1: u8 = 5;
/// sha256WithRSAEncryption.
const WITH_SHA256: u8 = 11;
const NULL: [u8; 2] = [5, 0];
// Digests by their OIDs (RFC 8017 appendix B.1).
const MD5: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 5];
const SHA1: &[u8] = &[0x2B, 0x0E, 3, 2, 0x1A];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// An RSA key as its PKCS#8 has it.
struct Rsa {
    /// RSAPublicKey, DER.
    public: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Rsa {
    fn read(pem: &str) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        let (_, _, info, _) = first(key.secret_pkcs8_der());
        let (_, _, private, _) = first(all(info)[2]);
        // RSAPrivateKey: version, modulus, public exponent, private exponent.
        let numbers = all(private);
        let (modulus, public) = (numbers[1], numbers[2]);
        Self {
            public: sequence(&[&tlv(2, modulus), &tlv(2, public)]),
            modulus: magnitude(modulus).to_vec(),
            exponent: magnitude(numbers[3]).to_vec(),
        }
    }

    /// PKCS#1 v1.5 over a digest.
    fn sign(&self, algorithm: &[u8], digest: &[u8]) -> Vec<u8> {
        let info = sequence(&[&tlv(6, algorithm), &NULL]);
        let info = sequence(&[&info, &tlv(4, digest)]);
        let length = self.modulus.len();
        let padding = vec![0xFF; length - info.len() - 3];
        let encoded = [&[0, 1], padding.as_slice(), &[0], &info].concat();
        let modulus = Odd::new(number(&self.modulus)).unwrap();
        let parameters = FixedMontyParams::new_vartime(modulus);
        let encoded = FixedMontyForm::new(&number(&encoded), &parameters);
        let value = encoded
            .pow(&number(&self.exponent))
            .retrieve()
            .to_be_bytes();
        let value: &[u8] = value.as_ref();
        value[value.len() - length..].to_vec()
    }

    fn over<D: Digest>(&self, algorithm: &[u8], message: &[u8]) -> Vec<u8> {
        self.sign(algorithm, &D::digest(message))
    }
}

/// The content of an INTEGER without the zero in front.
fn magnitude(content: &[u8]) -> &[u8] {
    content.strip_prefix(&[0]).unwrap_or(content)
}

fn number(big_endian: &[u8]) -> U2048 {
    let mut whole = [0; 256];
    whole[256 - big_endian.len()..].copy_from_slice(big_endian);
    U2048::from_be_slice(&whole)
}

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// Signs with an RSA key that ring does not take.
struct WeakSigner {
    key: Rsa,
    certificates: Vec<Vec<u8>>,
}

impl Signer for WeakSigner {
    fn suite(&self) -> &str {
        RSA_SHA256
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign(&self, message: &[u8], _random: &dyn SecureRandom) -> Result<Vec<u8>, Error> {
        Ok(self.key.over::<Sha256>(SHA256, message))
    }
}

fn file(name: &str) -> &'static str {
    match name {
        "rsa-1024" => include_str!("../../keys/rsa-1024.pem"),
        "rsa-2048" => include_str!("../../keys/rsa-2048.pem"),
        "rsa-2048-exponent-3" => include_str!("../../keys/rsa-2048-exponent-3.pem"),
        _ => panic!("no key {name}"),
    }
}

fn root_key() -> KeyPair {
    KeyPair::from_pkcs8_pem_and_sign_algo(file("rsa-2048"), &rcgen::PKCS_RSA_SHA256).unwrap()
}

/// A second authority of the partner's, with an RSA key: its certificate, PEM.
pub(super) fn root(params: &CertificateParams) -> String {
    params.self_signed(&root_key()).unwrap().pem()
}

/// Who signs by weak keys and below weak certificates, and the same with strong ones. `root` is the
/// partner's second authority; signers are laid out by `params`, authorities by `authority`.
pub(super) fn hands(
    root: &str,
    params: &CertificateParams,
    authority: &CertificateParams,
) -> (Vec<Stranger>, Vec<Ally>) {
    let issuer = Issuer::from_ca_cert_pem(root, root_key()).unwrap();
    let root_rsa = Rsa::read(file("rsa-2048"));
    let keyed = |name| {
        let key = Rsa::read(file(name));
        let certificate = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        let certificates = vec![certificate];
        Hand::of(Box::new(WeakSigner { key, certificates }))
    };
    // The certificate signed anew with an older digest.
    let resealed = |certificate: &[u8], with: u8| {
        let oid = [PKCS_1.as_slice(), &[with]].concat();
        let algorithm = sequence(&[&tlv(6, &oid), &NULL]);
        let sign = |signed: &[u8]| {
            Some(match with {
                WITH_MD5 => root_rsa.over::<Md5>(MD5, signed),
                WITH_SHA1 => root_rsa.over::<Sha1>(SHA1, signed),
                _ => root_rsa.over::<Sha256>(SHA256, signed),
            })
        };
        reseal(
            certificate,
            Layout::Certificate,
            Some(&algorithm),
            None,
            sign,
        )
        .unwrap()
    };
    let certified = |with| {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        hand(&key, &[resealed(certificate.der(), with)])
    };
    // An authority between, whose own certificate is signed so.
    let below = |with| {
        let middle_key = KeyPair::generate().unwrap();
        let middle = authority.signed_by(&middle_key, &issuer).unwrap();
        let middle_issuer = Issuer::from_ca_cert_pem(&middle.pem(), middle_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &middle_issuer).unwrap();
        hand(
            &key,
            &[certificate.der().to_vec(), resealed(middle.der(), with)],
        )
    };
    let stranger = |name, hand, code| Stranger { name, hand, code };
    let (weak, refused) = ("CERT_WEAK_KEY", "CERT_ALGORITHM_REFUSED");
    let strangers = vec![
        stranger("an RSA key of 1024 bits", keyed("rsa-1024"), weak),
        stranger(
            "an RSA key with the exponent 3",
            keyed("rsa-2048-exponent-3"),
            weak,
        ),
        stranger("a certificate by MD5", certified(WITH_MD5), refused),
        stranger("a certificate by SHA-1", certified(WITH_SHA1), refused),
        stranger("an authority certified by SHA-1", below(WITH_SHA1), refused),
    ];
    let ally = |name, hand| Ally { name, hand };
    let allies = vec![
        ally("an RSA key of 2048 bits", keyed("rsa-2048")),
        ally("a certificate by SHA-256", certified(WITH_SHA256)),
        ally("an authority certified by SHA-256", below(WITH_SHA256)),
    ];
    (strangers, allies)
}

fn hand(key: &KeyPair, certificates: &[Vec<u8>]) -> Hand {
    let pem = |der: &Vec<u8>| pem::encode(&pem::Pem::new("CERTIFICATE", der.clone()));
    let certificates: String = certificates.iter().map(pem).collect();
    Hand::new(&key.serialize_pem(), &certificates)
}
