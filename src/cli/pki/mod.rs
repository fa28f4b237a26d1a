//! A development PKI: one authority a party, certificates for signing, TLS and the log.
//!
//! Start at [`Authority::create`]. It is for demos, tests and trials and never for production: the
//! authority's key lies unencrypted beside its certificate. `certs/README.md` has the recipes.

use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SanType, SerialNumber,
};

use crate::crypto;
use crate::model::Sha256;

/// Days that a development certificate is valid.
const VALID_DAYS: i64 = 365;
/// Days that a development revocation list is current.
const CRL_DAYS: i64 = 30;

/// Why the development PKI could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// A file of the PKI cannot be read or written.
    #[error("{}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A certificate or key could not be made or read.
    #[error("certificate or key")]
    Certificate(#[from] rcgen::Error),
    /// A certificate that was just made could not be read back.
    #[error("certificate")]
    Crypto(#[from] crypto::Error),
    /// The date is outside the calendar.
    #[error("date")]
    Date(#[from] jiff::Error),
}

/// What a certificate is for. TLS keys never sign messages, and signing keys never do TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Use {
    /// Signs messages and seals receipts.
    Signing,
    /// A gateway's TLS, as server and as client.
    Tls,
}

/// Which kind of key is made. RSA keys are made by OpenSSL: `certs/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum KeyKind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
}

impl KeyKind {
    fn generate(self) -> Result<KeyPair, rcgen::Error> {
        KeyPair::generate_for(match self {
            Self::Ed25519 => &rcgen::PKCS_ED25519,
            Self::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Self::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
        })
    }
}

/// A party's development authority.
#[derive(Debug)]
pub struct Authority {
    name: String,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Issued {
    /// PKCS#8, PEM.
    pub key_pem: String,
    /// The leaf, PEM.
    pub certificate_pem: String,
    /// SHA-256 of its SubjectPublicKeyInfo, for pins.
    pub spki_sha256: Sha256,
    /// Its serial number.
    pub serial: Vec<u8>,
}

impl Authority {
    /// Makes a self-signed authority.
    ///
    /// # Errors
    /// [`PkiError::Certificate`].
    pub fn create(name: &str, now: Timestamp) -> Result<Self, PkiError> {
        let key = KeyKind::P256.generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(&format!("{name} development authority"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        valid(&mut params, now, VALID_DAYS * 10)?;
        let certificate_pem = params.self_signed(&key)?.pem();
        Ok(Self {
            name: name.to_owned(),
            certificate_pem,
            issuer: Issuer::new(params, key),
        })
    }

    /// Reads an authority that [`Authority::save`] wrote.
    ///
    /// # Errors
    /// [`PkiError`] when a file is missing or unreadable.
    pub fn open(dir: &Path, name: &str) -> Result<Self, PkiError> {
        let certificate_pem = read(&dir.join("ca.pem"))?;
        let key = KeyPair::from_pem(&read(&dir.join("ca.key.pem"))?)?;
        Ok(Self {
            name: name.to_owned(),
            issuer: Issuer::from_ca_cert_pem(&certificate_pem, key)?,
            certificate_pem,
        })
    }

    /// Writes `ca.pem` and `ca.key.pem`; the key is readable by its owner alone.
    ///
    /// # Errors
    /// [`PkiError::File`], also when an authority already stands there.
    pub fn save(&self, dir: &Path) -> Result<(), PkiError> {
        write_secret(&dir.join("ca.key.pem"), &self.issuer.key().serialize_pem())?;
        write(&dir.join("ca.pem"), &self.certificate_pem)
    }

    /// The authority's certificate: what a partner puts into its profile as an anchor.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Issues a certificate. TLS certificates are good for 127.0.0.1, ::1 and localhost.
    ///
    /// # Errors
    /// [`PkiError::Certificate`].
    pub fn issue(
        &self,
        name: &str,
        purpose: Use,
        kind: KeyKind,
        now: Timestamp,
    ) -> Result<Issued, PkiError> {
        let key = kind.generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        if purpose == Use::Tls {
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ];
            params.subject_alt_names = vec![
                SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
                SanType::IpAddress(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)),
                SanType::DnsName("localhost".try_into()?),
                SanType::URI(format!("urn:corridor:gateway:{}", self.name).as_str().try_into()?),
            ];
        }
        valid(&mut params, now, VALID_DAYS)?;
        let digest = crypto::sha256(&key.public_key_raw().iter().copied().collect::<Vec<_>>());
        let serial: Vec<u8> = digest.iter().take(16).map(|byte| byte & 0x7f).collect();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            key_pem: key.serialize_pem(),
            certificate_pem: certificate.pem(),
            spki_sha256: Sha256(crypto::spki_sha256(certificate.der())?),
            serial,
        })
    }

    /// A revocation list of these serial numbers, PEM.
    ///
    /// # Errors
    /// [`PkiError::Certificate`].
    pub fn revocation_list(
        &self,
        serials: &[Vec<u8>],
        now: Timestamp,
    ) -> Result<String, PkiError> {
        let revoked = |serial: &Vec<u8>| -> Result<RevokedCertParams, PkiError> {
            Ok(RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial),
                revocation_time: rcgen_date(now, 0)?,
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
        };
        let number = u64::try_from(now.as_second()).unwrap_or_default();
        let params = CertificateRevocationListParams {
            this_update: rcgen_date(now, -1)?,
            next_update: rcgen_date(now, CRL_DAYS)?,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect::<Result<_, _>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.pem()?)
    }
}

/// An Ed25519 key for a log's checkpoints, PKCS#8 in PEM.
///
/// # Errors
/// [`PkiError::Certificate`].
pub fn log_key() -> Result<String, PkiError> {
    Ok(KeyKind::Ed25519.generate()?.serialize_pem())
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::OrganizationName, "Green Corridor development");
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn valid(params: &mut CertificateParams, now: Timestamp, days: i64) -> Result<(), PkiError> {
    params.not_before = rcgen_date(now, -1)?;
    params.not_after = rcgen_date(now, days)?;
    Ok(())
}

/// Midnight UTC of the day `days` after `now`.
fn rcgen_date(now: Timestamp, days: i64) -> Result<time::OffsetDateTime, PkiError> {
    let day: civil::Date = now.to_zoned(TimeZone::UTC).date().checked_add(days.days())?;
    let month = u8::try_from(day.month()).unwrap_or(1);
    let number = u8::try_from(day.day()).unwrap_or(1);
    Ok(rcgen::date_time_ymd(i32::from(day.year()), month, number))
}

fn read(file: &Path) -> Result<String, PkiError> {
    fs::read_to_string(file).map_err(|source| PkiError::File {
        file: file.to_owned(),
        source,
    })
}

/// Writes a public file.
///
/// # Errors
/// [`PkiError::File`].
pub fn write(file: &Path, text: &str) -> Result<(), PkiError> {
    fs::write(file, text).map_err(|source| PkiError::File {
        file: file.to_owned(),
        source,
    })
}

/// Writes a secret that only its owner may read, and never over another one.
///
/// # Errors
/// [`PkiError::File`].
pub fn write_secret(file: &Path, text: &str) -> Result<(), PkiError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut out| out.write_all(text.as_bytes()));
    written.map_err(|source| PkiError::File {
        file: file.to_owned(),
        source,
    })
}
