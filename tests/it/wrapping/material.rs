//! Keys and certificates: the partner's own, and those that an attacker may have or make. Start at
//! [`Material::new`].

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use std::path::{Path, PathBuf};

use corridor::cli::authority::{Authority, KeyKind, Request, Usage};
use corridor::cli::trial::world::Party;
use corridor::crypto::{Layout, PublicKey as Key, reseal};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
    SignatureAlgorithm, SigningKey as _, date_time_ymd,
};

use super::signed::Hand;
use super::weak;
use crate::support::der::{sequence, tlv};

/// A day, in seconds.
const DAY: u64 = 86_400;

/// The serial number of the certificate that is on the partner's revocation list.
pub(super) const REVOKED: [u8; 2] = [0x52, 0x45];

/// Somebody who signs and is not believed, and the code that says why.
pub(super) struct Stranger {
    pub(super) name: &'static str,
    pub(super) hand: Hand,
    pub(super) code: &'static str,
}

/// Somebody of the partner's who is believed, as the twin of a stranger.
pub(super) struct Ally {
    pub(super) name: &'static str,
    pub(super) hand: Hand,
}

/// A certificate of the partner's own authority over a key that the signature is not by.
pub(super) struct Substitute {
    pub(super) name: &'static str,
    /// What stands in X509Data, DER.
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) code: &'static str,
}

/// What an attacker has, beside messages that the partner signed.
pub(super) struct Material {
    /// The partner.
    pub(super) partner: Hand,
    pub(super) strangers: Vec<Stranger>,
    pub(super) substitutes: Vec<Substitute>,
    pub(super) allies: Vec<Ally>,
}

/// Where a partner's second authority lies, which has an RSA key.
pub(super) fn rsa_root(partner: &Party) -> PathBuf {
    partner.dir.join("ca/rsa-root.pem")
}

/// Makes that authority; gives its certificate, PEM.
pub(super) fn make_rsa_root(partner: &Party, now: Timestamp) -> String {
    let root = weak::root(&authority_params("RSA root", now));
    std::fs::write(rsa_root(partner), &root).unwrap();
    root
}

impl Material {
    /// `us` receives, `partner` signs, `third` is another partner.
    pub(super) fn new(us: &Party, partner: &Party, third: &Party, now: Timestamp) -> Self {
        let own = |party: &Party| hand(&party.signing.key_pem, &party.signing.certificate_pem);
        let root = std::fs::read_to_string(rsa_root(partner)).unwrap();
        let signer = params(&format!("{} signing", partner.id), now);
        let middle = authority_params("A middle authority", now);
        let (weak, allies) = weak::hands(&root, &signer, &middle);
        let mut strangers = strangers(us, partner, third, now);
        strangers.extend(weak);
        Self {
            partner: own(partner),
            strangers,
            substitutes: substitutes(partner, now),
            allies,
        }
    }
}

fn hand(key_pem: &[u8], certificate_pem: &[u8]) -> Hand {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Hand::new(&text(key_pem), &text(certificate_pem))
}

/// The partner's own authority, as its folder has it.
fn authority(party: &Party) -> Issuer<'static, KeyPair> {
    let read = |name: &str| std::fs::read_to_string(party.dir.join("ca").join(name)).unwrap();
    let key = KeyPair::from_pem(&read("ca.key.pem")).unwrap();
    Issuer::from_ca_cert_pem(&read("ca.pem"), key).unwrap()
}

/// Parameters of a certificate that would be taken.
fn params(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    (params.not_before, params.not_after) = span(now, -1, 30);
    params
}

/// From and until, in days from now.
fn span(now: Timestamp, from: i64, until: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let at = |days: i64| {
        let day = i64::try_from(DAY).unwrap();
        let seconds = u64::try_from(now.as_second() + days * day).unwrap();
        date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
    };
    (at(from), at(until))
}

fn authority_params(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = params(name, now);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Signs with a new key of P-256 under an authority; `chain` goes along.
fn under(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>, chain: &str) -> Hand {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap().pem();
    Hand::new(&key.serialize_pem(), &format!("{certificate}{chain}"))
}

/// An authority of an attacker's own under this name.
fn invented(name: &str, now: Timestamp) -> CertifiedIssuer<'static, KeyPair> {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::self_signed(authority_params(name, now), key).unwrap()
}

fn strangers(us: &Party, partner: &Party, third: &Party, now: Timestamp) -> Vec<Stranger> {
    let stranger = |name, hand, code| Stranger { name, hand, code };
    let own = authority(partner);
    let good = || params(&format!("{} signing", partner.id), now);
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = good();
        change(&mut params);
        under(&params, &own, "")
    };
    let (nobody, namesake) = (
        invented("Nobody's root", now),
        invented(&format!("{} trial root", partner.id), now),
    );
    let alone = KeyPair::generate().unwrap();
    let self_signed = good().self_signed(&alone).unwrap().pem();
    let root = std::fs::read(partner.dir.join("ca/ca.pem")).unwrap();
    let root_key = std::fs::read(partner.dir.join("ca/ca.key.pem")).unwrap();
    let signing = |party: &Party| hand(&party.signing.key_pem, &party.signing.certificate_pem);
    // An authority by the partner's signer, and one below its root, which allows none.
    let signer_key = KeyPair::from_pem(&pem(&partner.signing.key_pem)).unwrap();
    let signer = Issuer::from_ca_cert_pem(&pem(&partner.signing.certificate_pem), signer_key);
    let signer = signer.unwrap();
    let middle = CertifiedIssuer::signed_by(
        authority_params("A middle authority", now),
        KeyPair::generate().unwrap(),
        &own,
    );
    let middle = middle.unwrap();
    use ExtendedKeyUsagePurpose::{ClientAuth, CodeSigning, OcspSigning, ServerAuth, TimeStamping};
    let purposes = |list: &[ExtendedKeyUsagePurpose]| {
        with(&|params| params.extended_key_usages = list.to_vec())
    };
    let critical = with(&|params| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions = vec![extension];
    });
    vec![
        stranger(
            "a stranger's certificate",
            under(&good(), &nobody, &nobody.pem()),
            "CERT_UNKNOWN_ISSUER",
        ),
        stranger(
            "an authority of the same name",
            under(&good(), &namesake, ""),
            "CERT_SIGNATURE",
        ),
        stranger(
            "a certificate of its own signature",
            Hand::new(&alone.serialize_pem(), &self_signed),
            "CERT_UNKNOWN_ISSUER",
        ),
        stranger(
            "another partner's key",
            signing(third),
            "CERT_UNKNOWN_ISSUER",
        ),
        stranger("our own key", signing(us), "CERT_UNKNOWN_ISSUER"),
        stranger(
            "the partner's TLS key",
            hand(&partner.tls.key_pem, &partner.tls.certificate_pem),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger(
            "the key of the partner's authority",
            hand(&root_key, &root),
            "CERT_IS_AUTHORITY",
        ),
        stranger(
            "an authority below the partner's",
            with(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            "CERT_IS_AUTHORITY",
        ),
        stranger(
            "a certificate by the partner's signer",
            under(&good(), &signer, &pem(&partner.signing.certificate_pem)),
            "CERT_NOT_AN_ISSUER",
        ),
        stranger(
            "a path that is too long",
            under(&good(), &middle, &middle.pem()),
            "CERT_CONSTRAINT",
        ),
        stranger(
            "a chain that is not whole",
            under(&good(), &middle, ""),
            "CERT_UNKNOWN_ISSUER",
        ),
        stranger(
            "a key for encryption",
            with(&|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
            "CERT_KEY_USAGE",
        ),
        stranger(
            "a key for certificates",
            with(&|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]),
            "CERT_KEY_USAGE",
        ),
        stranger(
            "a client's key",
            purposes(&[ClientAuth]),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger(
            "a server's key",
            purposes(&[ServerAuth]),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger(
            "a key for code",
            purposes(&[CodeSigning]),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger(
            "a key for time stamps",
            purposes(&[TimeStamping]),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger(
            "a key for OCSP",
            purposes(&[OcspSigning]),
            "CERT_EXTENDED_KEY_USAGE",
        ),
        stranger("an unknown critical extension", critical, "CERT_CONSTRAINT"),
        stranger(
            "an expired certificate",
            with(&|params| (params.not_before, params.not_after) = span(now, -30, -1)),
            "CERT_EXPIRED",
        ),
        stranger(
            "a certificate before its time",
            with(&|params| (params.not_before, params.not_after) = span(now, 1, 30)),
            "CERT_NOT_YET_VALID",
        ),
        stranger(
            "a revoked certificate",
            with(&|params| params.serial_number = Some(SerialNumber::from_slice(&REVOKED))),
            "CERT_REVOKED",
        ),
    ]
}

fn pem(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A public key that nobody holds: RSA with a modulus of 1024 bits.
struct Rsa1024(Vec<u8>);

impl Rsa1024 {
    /// RSAPublicKey: SEQUENCE { INTEGER modulus, INTEGER 65537 }.
    fn new() -> Self {
        let mut der = vec![0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
        der.extend([0xC5; 128]);
        der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
        Self(der)
    }
}

impl PublicKeyData for Rsa1024 {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// A public key that has no point: of these coordinates, which are not on P-256.
struct OffCurve(Vec<u8>);

impl OffCurve {
    /// The point of a certificate's key with another y, uncompressed (SEC 1 section 2.3.3).
    fn near(certificate: &[u8]) -> Self {
        let mut point = Key::of_certificate(certificate).unwrap().bits;
        *point.last_mut().unwrap() ^= 1;
        Self(point)
    }
}

impl PublicKeyData for OffCurve {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// A SubjectPublicKeyInfo with the very key of a certificate, whose curve is written out instead of
/// named: P-256 as specifiedCurve (X9.62, RFC 3279 section 2.3.5). With another base point such a key is
/// anybody's (CVE-2020-0601).
fn with_explicit_curve(certificate: &[u8]) -> Vec<u8> {
    const EC_PUBLIC_KEY: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
    const PRIME_FIELD: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 1, 1];
    // FIPS 186-5 and SP 800-186 section 3.2.1.3.
    let hex = |digits| hex::decode(digits).unwrap();
    let prime = hex("00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    let a = hex("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc");
    let b = hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
    let base = hex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
         4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    );
    let order = hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let curve = sequence(&[
        &tlv(2, &[1]),
        &sequence(&[&tlv(6, &PRIME_FIELD), &tlv(2, &prime)]),
        &sequence(&[&tlv(4, &a), &tlv(4, &b)]),
        &tlv(4, &base),
        &tlv(2, &order),
        &tlv(2, &[1]),
    ]);
    let point = Key::of_certificate(certificate).unwrap().bits;
    let algorithm = sequence(&[&tlv(6, &EC_PUBLIC_KEY), &curve]);
    sequence(&[&algorithm, &tlv(3, &[&[0], point.as_slice()].concat())])
}

/// OIDs of ECDSA with SHA-256 and with SHA-224 (RFC 5758 section 3.2), without the last number.
const ECDSA_WITH: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03];

/// Certificates of the partner's authority that do not go with the partner's signature.
fn substitutes(partner: &Party, now: Timestamp) -> Vec<Substitute> {
    let own = authority(partner);
    let good = params(&format!("{} signing", partner.id), now);
    let over = |key: &dyn PublicKey| key.certificate(&good, &own);
    let substitute = |name, certificate, code| Substitute {
        name,
        certificates: vec![certificate],
        code,
    };
    let national = |kind: &str| {
        let authority = Authority::load(&partner.dir.join("ca")).unwrap();
        let request = Request {
            name: "national",
            usage: Usage::Signing,
            alternative_names: &[],
        };
        let key = kind.parse::<KeyKind>().unwrap().generate().unwrap();
        authority
            .issue(&request, &key, now)
            .unwrap()
            .certificate_der
    };
    let rsa = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/rsa-2048.pem"),
    );
    let rsa = KeyPair::from_pkcs8_pem_and_sign_algo(&rsa.unwrap(), &rcgen::PKCS_RSA_SHA256);
    let another = over(&KeyPair::generate().unwrap());
    let mut broken = another.clone();
    *broken.last_mut().unwrap() ^= 1;
    let generate = |algorithm| KeyPair::generate_for(algorithm).unwrap();
    let mismatch = "SIG_KEY_MISMATCH";
    let mut all = vec![
        substitute(
            "another certificate of the partner's",
            another.clone(),
            "SIG_VALUE_MISMATCH",
        ),
        substitute(
            "a certificate whose signature is broken",
            broken,
            "CERT_SIGNATURE",
        ),
        substitute(
            "a certificate by an algorithm that is not taken",
            sha224(another),
            "CERT_ALGORITHM_REFUSED",
        ),
        substitute("a key of RSA", over(&rsa.unwrap()), mismatch),
        substitute(
            "a key of RSA with 1024 bits",
            over(&Rsa1024::new()),
            "CERT_WEAK_KEY",
        ),
        // The method names the digest, and the key its curve: a value of P-256 is too short for it.
        substitute(
            "a key of P-384",
            over(&generate(&rcgen::PKCS_ECDSA_P384_SHA384)),
            "SIG_VALUE_LENGTH",
        ),
        substitute(
            "a key of Ed25519",
            over(&generate(&rcgen::PKCS_ED25519)),
            mismatch,
        ),
        substitute("a key of GOST", national("gost256"), mismatch),
        substitute("a key of SM2", national("sm2"), mismatch),
        substitute(
            "no certificate in X509Certificate",
            vec![0, 0, 0],
            "CERT_MALFORMED",
        ),
    ];
    let signer = rustls_der(&partner.signing.certificate_pem);
    let explicit = with_explicit_curve(&signer);
    let sign = |signed: &[u8]| own.key().sign(signed).ok();
    let explicit = reseal(&signer, Layout::Certificate, None, Some(&explicit), sign);
    all.extend([
        substitute(
            "the partner's key on a curve that is written out",
            explicit.unwrap(),
            mismatch,
        ),
        substitute(
            "a point that is not on the curve",
            over(&OffCurve::near(&signer)),
            "SIG_VALUE_MISMATCH",
        ),
    ]);
    let own = signer;
    all.push(Substitute {
        name: "nine certificates",
        certificates: vec![own; 9],
        code: "SIG_LIMIT",
    });
    all
}

fn rustls_der(pem: &[u8]) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

/// The certificate as if it were signed with ECDSA and SHA-224.
fn sha224(mut certificate: Vec<u8>) -> Vec<u8> {
    let length = ECDSA_WITH.len();
    for at in 0..certificate.len() - length {
        if certificate[at..at + length] == ECDSA_WITH {
            certificate[at + length] = 1;
        }
    }
    certificate
}

/// Whatever a certificate can be made over.
trait PublicKey {
    fn certificate(&self, params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Vec<u8>;
}

impl<K: PublicKeyData> PublicKey for K {
    fn certificate(&self, params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Vec<u8> {
        params.signed_by(self, issuer).unwrap().der().to_vec()
    }
}
