//! A development certificate authority: one root, keys in files, no revocation service.
//!
//! Start at [`Authority`]; [`Authority::party`] makes all that one gateway needs. Demo, tests and
//! `corridor pki` use it. Never for production: the root's key lies beside its certificate, without
//! a pass phrase. What is issued is read like any other certificate: nothing in the gateway knows
//! this module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams,
    SanType, SerialNumber,
};
use ring::rand::SystemRandom;
use rustls_pki_types::CertificateSigningRequestDer;
use uuid::Uuid;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use super::development_key::{pem, request_by};
use super::{Failure, files};
use crate::crypto::{
    CertificateRequest, GostCurve, KeyFault, NationalCurve, NationalKey, PublicKey, RequestFault,
    Signer, Suites, decrypt_key, encrypt_key,
};
use crate::evidence::CheckpointVerifier;

/// How long a certificate is valid.
const VALID_DAYS: u32 = 365;
/// How long the root is valid: longer than anything that it signs.
const ROOT_VALID_DAYS: u32 = 10 * 365;
/// How long a revocation list is valid.
const CRL_VALID_DAYS: u32 = 30;
/// Certificates begin this long before they are issued, for machines whose clocks disagree.
const BACKDATED: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

pub use super::development_key::DevelopmentKey;

/// What a key is of: its algorithm and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519.
    Ed25519,
    /// A suite that ring has not, on one of its curves.
    National(NationalCurve),
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA with so many bits: 2048, 3072 or 4096. Made by the `openssl` program.
    Rsa(u32),
}

impl FromStr for KeyKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ed25519" => Ok(Self::Ed25519),
            "gost256" => Ok(gost(GostCurve::Tc26A256)),
            "gost256-cpa" => Ok(gost(GostCurve::CryptoProA)),
            "gost256-cpb" => Ok(gost(GostCurve::CryptoProB)),
            "gost256-cpc" => Ok(gost(GostCurve::CryptoProC)),
            "gost512" => Ok(gost(GostCurve::Tc26A512)),
            "gost512-b" => Ok(gost(GostCurve::Tc26B512)),
            "gost512-c" => Ok(gost(GostCurve::Tc26C512)),
            "p256" => Ok(Self::P256),
            "p384" => Ok(Self::P384),
            "rsa2048" => Ok(Self::Rsa(2048)),
            "rsa3072" => Ok(Self::Rsa(3072)),
            "rsa4096" => Ok(Self::Rsa(4096)),
            "sm2" => Ok(Self::National(NationalCurve::Sm2)),
            _ => Err(
                "one of p256, p384, ed25519, rsa2048, rsa3072, rsa4096, gost256, gost256-cpa, \
                 gost256-cpb, gost256-cpc, gost512, gost512-b, gost512-c, sm2"
                    .to_owned(),
            ),
        }
    }
}

fn gost(curve: GostCurve) -> KeyKind {
    KeyKind::National(NationalCurve::Gost(curve))
}

impl KeyKind {
    /// A new key.
    ///
    /// # Errors
    /// `KEY_GENERATION`; for RSA `OPENSSL_MISSING` when that program is not there.
    pub fn generate(self) -> Result<DevelopmentKey, Failure> {
        let algorithm = match self {
            Self::Ed25519 => &rcgen::PKCS_ED25519,
            Self::National(curve) => {
                return NationalKey::generate(curve, &SystemRandom::new())
                    .map(DevelopmentKey::National)
                    .map_err(|error| Failure::ours("KEY_GENERATION", error));
            }
            Self::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Self::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            Self::Rsa(bits) => return rsa(bits),
        };
        let key = KeyPair::generate_for(algorithm).map_err(key_failure)?;
        Ok(DevelopmentKey::Common(Box::new(key)))
    }
}

/// `ring` makes no RSA keys, and a development authority is no reason to bring a library that does.
fn rsa(bits: u32) -> Result<DevelopmentKey, Failure> {
    let made = Command::new("openssl")
        .args([
            "genpkey",
            "-algorithm",
            "RSA",
            "-outform",
            "PEM",
            "-pkeyopt",
        ])
        .arg(format!("rsa_keygen_bits:{bits}"))
        .output()
        .map_err(|_absent| {
            Failure::input(
                "OPENSSL_MISSING",
                "RSA keys are made by the openssl program, which is not installed; \
                 name an existing key with --key",
            )
        })?;
    let pem = String::from_utf8_lossy(&made.stdout);
    let key = KeyPair::from_pem(&pem).map_err(key_failure)?;
    Ok(DevelopmentKey::Common(Box::new(key)))
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Usage {
    /// Signing messages and sealing receipts.
    Signing,
    /// A gateway on both ends of its connections.
    Tls,
    /// A client: a national system.
    TlsClient,
    /// A server only.
    TlsServer,
}

/// What to certify.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Common name.
    pub name: &'a str,
    /// What for.
    pub usage: Usage,
    /// Further DNS names, IP addresses and URIs (with `:`) for TLS, beside 127.0.0.1 and localhost.
    pub alternative_names: &'a [String],
}

/// A key with its certificate.
pub struct Issued {
    /// PKCS#8, PEM.
    pub key_pem: String,
    /// X.509, PEM. The root is not part of the chain: everybody has it as anchor.
    pub certificate_pem: String,
    /// X.509, DER.
    pub certificate_der: Vec<u8>,
}

/// Where the files of one gateway were written by [`Authority::party`].
#[derive(Debug, Clone)]
pub struct PartyFiles {
    /// Key and certificate that sign.
    pub signing: (PathBuf, PathBuf),
    /// Key and certificate for TLS, server and client.
    pub tls: (PathBuf, PathBuf),
    /// The log's key.
    pub log_key: PathBuf,
    /// The log's verifier key: name, id and public key in one line.
    pub log_vkey: PathBuf,
}

/// A root with its key.
pub struct Authority {
    params: CertificateParams,
    key: DevelopmentKey,
    certificate_pem: String,
}

impl Authority {
    /// A new root.
    ///
    /// # Errors
    /// `KEY_GENERATION` and `CERTIFICATE`.
    pub fn new(name: &str, kind: KeyKind, now: Timestamp) -> Result<Self, Failure> {
        let key = kind.generate()?;
        let mut params = root_params(name);
        set_validity(&mut params, now, ROOT_VALID_DAYS);
        params.serial_number = Some(serial());
        let certificate = key.self_signed(&params)?;
        Ok(Self {
            params,
            certificate_pem: pem("CERTIFICATE", &certificate),
            key,
        })
    }

    /// Writes `ca.pem` and `ca.key.pem` into a folder.
    ///
    /// # Errors
    /// `FILE_EXISTS` when one is there already; `FILE_UNWRITABLE`.
    pub fn save(&self, dir: &Path) -> Result<(), Failure> {
        files::create(
            &dir.join("ca.key.pem"),
            self.key.serialize_pem().as_bytes(),
            true,
        )?;
        files::create(&dir.join("ca.pem"), self.certificate_pem.as_bytes(), false)
    }

    /// Reads what [`Authority::save`] wrote.
    ///
    /// # Errors
    /// `FILE_UNREADABLE`, `KEY_UNREADABLE`, `CERTIFICATE_UNREADABLE`.
    pub fn load(dir: &Path) -> Result<Self, Failure> {
        let key = read_key(&dir.join("ca.key.pem"), None)?;
        let path = dir.join("ca.pem");
        let certificate_pem = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let unreadable = || Failure::input("CERTIFICATE_UNREADABLE", path.display());
        let der = certificate_der(certificate_pem.as_bytes()).ok_or_else(unreadable)?;
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| unreadable())?;
        let name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .ok_or_else(unreadable)?;
        Ok(Self {
            params: root_params(name),
            certificate_pem: certificate_pem.clone(),
            key,
        })
    }

    /// The root's certificate: what others take as trust anchor.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Certifies a key.
    ///
    /// # Errors
    /// `CERTIFICATE` when a name cannot stand in a certificate.
    pub fn issue(
        &self,
        request: &Request<'_>,
        key: &DevelopmentKey,
        now: Timestamp,
    ) -> Result<Issued, Failure> {
        let params = certificate_params(request, now)?;
        let certificate_der = self.key.certify(&self.params, &params, key)?;
        Ok(Issued {
            key_pem: key.serialize_pem(),
            certificate_pem: pem("CERTIFICATE", &certificate_der),
            certificate_der,
        })
    }

    /// Certifies the key of a request (PKCS#10, PEM), which must show that its sender has the key.
    /// Names and purposes are those of `request`: what the request asks for is not looked at.
    ///
    /// # Errors
    /// `REQUEST_REFUSED`; `CERTIFICATE` when a name cannot stand in a certificate.
    pub fn issue_for(
        &self,
        request: &Request<'_>,
        asked: &[u8],
        now: Timestamp,
    ) -> Result<String, Failure> {
        use rustls_pki_types::pem::PemObject as _;
        let refused = |error: &dyn std::fmt::Display| Failure::input("REQUEST_REFUSED", error);
        let asked = CertificateSigningRequestDer::from_pem_slice(asked)
            .map_err(|_| refused(&RequestFault::Malformed))?;
        let asked = CertificateRequest::verify(&asked, &Suites::standard())
            .map_err(|error| refused(&error))?;
        let params = certificate_params(request, now)?;
        let certificate = self.key.certify_public(&self.params, &params, &asked.key)?;
        Ok(pem("CERTIFICATE", &certificate))
    }

    /// All that a gateway needs, in one folder: `signing`, `tls` and `log` keys and certificates.
    /// `kind` is the signing key's; the TLS key is P-256 and the log's Ed25519.
    ///
    /// # Errors
    /// As [`Authority::issue`]; `FILE_EXISTS`, `FILE_UNWRITABLE`.
    pub fn party(
        &self,
        dir: &Path,
        party: &str,
        log_origin: &str,
        kind: KeyKind,
        now: Timestamp,
    ) -> Result<PartyFiles, Failure> {
        let san = [format!("urn:corridor:gateway:{party}")];
        let pair = |stem: &str, usage, kind: KeyKind| {
            let request = Request {
                name: &format!("{party} {stem}"),
                usage,
                alternative_names: &san,
            };
            self.issue(&request, &kind.generate()?, now)?
                .save(&dir.join(stem))
        };
        let signing = pair("signing", Usage::Signing, kind)?;
        let tls = pair("tls", Usage::Tls, KeyKind::P256)?;
        let log_key = dir.join("log.key.pem");
        let log_vkey = create_log_key(&log_key, log_origin, None)?;
        Ok(PartyFiles {
            signing,
            tls,
            log_key,
            log_vkey,
        })
    }

    /// A revocation list (PEM) of the certificates with these serial numbers, all for one reason.
    ///
    /// # Errors
    /// `CERTIFICATE`.
    pub fn crl(
        &self,
        revoked: &[Vec<u8>],
        reason: Reason,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let time = |at| rcgen::date_time_ymd(1970, 1, 1) + since_epoch(at);
        let at = time(now);
        let params = CertificateRevocationListParams {
            this_update: at - BACKDATED,
            next_update: at + DAY * CRL_VALID_DAYS,
            crl_number: SerialNumber::from(since_epoch(now).as_secs()),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|serial| RevokedCertParams {
                    serial_number: SerialNumber::from_slice(serial),
                    revocation_time: at,
                    reason_code: reason.code(),
                    invalidity_date: reason.invalid_since().map(time),
                })
                .collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let list = self.key.list(&self.params, &params)?;
        Ok(pem("X509 CRL", &list))
    }
}

impl Issued {
    /// Writes `<stem>.key.pem`, readable by its owner alone, and `<stem>.pem`.
    ///
    /// # Errors
    /// `FILE_EXISTS`, `FILE_UNWRITABLE`.
    pub fn save(&self, stem: &Path) -> Result<(PathBuf, PathBuf), Failure> {
        let (key, certificate) = (with(stem, "key.pem"), with(stem, "pem"));
        files::create(&key, self.key_pem.as_bytes(), true)?;
        files::create(&certificate, self.certificate_pem.as_bytes(), false)?;
        Ok((key, certificate))
    }
}

/// Why certificates are revoked (RFC 5280 section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The keys may have been in other hands since then.
    Lost(Timestamp),
    /// Other certificates took their place.
    Superseded,
    /// Nothing is said.
    Unsaid,
}

impl Reason {
    fn code(self) -> Option<RevocationReason> {
        match self {
            Self::Lost(_) => Some(RevocationReason::KeyCompromise),
            Self::Superseded => Some(RevocationReason::Superseded),
            Self::Unsaid => None,
        }
    }

    fn invalid_since(self) -> Option<Timestamp> {
        match self {
            Self::Lost(since) => Some(since),
            Self::Superseded | Self::Unsaid => None,
        }
    }
}

/// A request (PKCS#10, PEM) to certify `key`.
///
/// # Errors
/// `CERTIFICATE` when a name cannot stand in a request.
pub fn signing_request(request: &Request<'_>, key: &DevelopmentKey) -> Result<String, Failure> {
    let request = key.request(&leaf_params(request)?)?;
    Ok(pem("CERTIFICATE REQUEST", &request))
}

/// The same for a key in a device.
///
/// # Errors
/// `CERTIFICATE` when a name cannot stand in a request, or the device does not sign.
pub(super) fn device_request(
    request: &Request<'_>,
    key: &PublicKey,
    signer: &dyn Signer,
) -> Result<String, Failure> {
    request_by(&leaf_params(request)?, key, signer)
}

/// Makes the Ed25519 key of a log at `key_path`, and its verifier key beside it: `log.key.pem` and
/// `log.vkey`.
///
/// # Errors
/// `LOG_KEY` when `origin` cannot name a log; `FILE_EXISTS`, `FILE_UNWRITABLE`.
pub fn create_log_key(
    key_path: &Path,
    origin: &str,
    passphrase: Option<&str>,
) -> Result<PathBuf, Failure> {
    let key = KeyKind::Ed25519.generate()?;
    let public = key.public_key_raw().try_into().unwrap_or([0; 32]);
    let verifier = CheckpointVerifier::new(origin, public)
        .map_err(|error| Failure::input(error.code(), error))?;
    let name = key_path.to_string_lossy();
    let stem = name
        .strip_suffix(".key.pem")
        .or_else(|| name.strip_suffix(".pem"))
        .unwrap_or(&name);
    let vkey_path = with(Path::new(stem), "vkey");
    files::create(key_path, key_pem(&key, passphrase)?.as_bytes(), true)?;
    files::create(&vkey_path, format!("{verifier}\n").as_bytes(), false)?;
    Ok(vkey_path)
}

/// A private key as PKCS#8, PEM, encrypted if there is a passphrase for it.
///
/// # Errors
/// `KEY_GENERATION`: no randomness.
pub(super) fn key_pem(
    key: &DevelopmentKey,
    passphrase: Option<&str>,
) -> Result<Zeroizing<String>, Failure> {
    let Some(passphrase) = passphrase else {
        return Ok(Zeroizing::new(key.serialize_pem()));
    };
    encrypt_key(&key.to_der(), passphrase.as_bytes(), &SystemRandom::new())
        .map(Zeroizing::new)
        .map_err(|fault| Failure::ours(fault.code(), fault))
}

/// A private key in a PEM file (PKCS#8), encrypted if there is a passphrase for it.
///
/// # Errors
/// `FILE_UNREADABLE`, `KEY_UNREADABLE`; what is wrong with an encrypted one.
pub fn read_key(path: &Path, passphrase: Option<&str>) -> Result<DevelopmentKey, Failure> {
    let pem = Zeroizing::new(files::read(path)?);
    let decrypted = decrypt_key(&pem, passphrase.map(str::as_bytes));
    let decrypted = decrypted.map_err(|fault| key_file_failure(path, &fault))?;
    let key = match decrypted {
        Some(der) => DevelopmentKey::from_der(&der),
        None => str::from_utf8(&pem).ok().and_then(DevelopmentKey::from_pem),
    };
    key.ok_or_else(|| {
        Failure::input(
            "KEY_UNREADABLE",
            format!("{}: no PKCS#8 key in PEM", path.display()),
        )
    })
}

/// A file with a key that is not taken.
pub(super) fn key_file_failure(path: &Path, fault: &KeyFault) -> Failure {
    let text = format!("{}: {fault}; {}", path.display(), fault.remedy());
    Failure::input(fault.code(), text)
}

/// Serial number of the first certificate in a PEM file.
///
/// # Errors
/// `FILE_UNREADABLE`, `CERTIFICATE_UNREADABLE`.
pub fn read_serial(path: &Path) -> Result<Vec<u8>, Failure> {
    let pem = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
    certificate_der(&pem)
        .and_then(|der| {
            let (_, certificate) = X509Certificate::from_der(&der).ok()?;
            Some(certificate.raw_serial().to_vec())
        })
        .ok_or_else(|| Failure::input("CERTIFICATE_UNREADABLE", path.display()))
}

fn certificate_der(pem: &[u8]) -> Option<Vec<u8>> {
    use rustls_pki_types::pem::PemObject as _;
    let der = rustls_pki_types::CertificateDer::from_pem_slice(pem).ok()?;
    Some(der.to_vec())
}

fn root_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params(request: &Request<'_>) -> Result<CertificateParams, Failure> {
    let mut params = named(request.name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match request.usage {
        Usage::Signing => return Ok(params),
        Usage::Tls => vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ],
        Usage::TlsClient => vec![ExtendedKeyUsagePurpose::ClientAuth],
        Usage::TlsServer => vec![ExtendedKeyUsagePurpose::ServerAuth],
    };
    let local = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    for name in local.iter().chain(request.alternative_names) {
        let san = if let Ok(address) = name.parse() {
            SanType::IpAddress(address)
        } else if name.contains(':') {
            SanType::URI(name.as_str().try_into().map_err(certificate_failure)?)
        } else {
            SanType::DnsName(name.as_str().try_into().map_err(certificate_failure)?)
        };
        params.subject_alt_names.push(san);
    }
    Ok(params)
}

fn certificate_params(request: &Request<'_>, now: Timestamp) -> Result<CertificateParams, Failure> {
    let mut params = leaf_params(request)?;
    set_validity(&mut params, now, VALID_DAYS);
    params.serial_number = Some(serial());
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn set_validity(params: &mut CertificateParams, now: Timestamp, days: u32) {
    // The time type is of a crate that we do not name: its epoch plus whole seconds.
    let at = rcgen::date_time_ymd(1970, 1, 1) + since_epoch(now);
    params.not_before = at - BACKDATED;
    params.not_after = at + DAY * days;
}

fn since_epoch(now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default())
}

fn serial() -> SerialNumber {
    // RFC 5280 section 4.1.2.2: positive and at most 20 octets.
    let mut bytes = Uuid::new_v4().into_bytes();
    bytes[0] &= 0x7F;
    SerialNumber::from_slice(&bytes)
}

fn with(stem: &Path, extension: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn key_failure(error: rcgen::Error) -> Failure {
    Failure::ours("KEY_GENERATION", error)
}

pub(super) fn certificate_failure(error: rcgen::Error) -> Failure {
    Failure::input("CERTIFICATE", error)
}
