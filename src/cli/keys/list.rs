//! `corridor keys list`. Start at [`List`].

use std::fmt;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::cli::own_signer::own_signer;
use crate::cli::{Failure, files, gateway};
use crate::config::{CertificateFacts, Gateway, OwnSigningKey, SigningIdentity, TlsIdentity};
use crate::crypto::{KeyKind, PublicKey, device_operation};

/// List keys with their places, fingerprints and the end of their certificates.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor keys list --config gateway.toml

The fingerprint of a TLS key is what partners pin: SHA-256 of the SubjectPublicKeyInfo.
The log's line ends in its verifier key: give it to everybody who is to check your log.
During a change of the signing key both are listed, until the earlier one is taken out of the file.")]
pub(super) struct List {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One key, as listed.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Key {
    #[serde(rename = "use")]
    usage: &'static str,
    /// `in-force`, `next` or `before`.
    state: &'static str,
    /// When the next key takes the place of the one before, during a change.
    changes_at: Option<Timestamp>,
    kind: String,
    /// The SignatureMethod URI of a signing key.
    suite: Option<String>,
    /// The file as the configuration names it, or token and key.
    place: String,
    subject: Option<String>,
    serial: Option<String>,
    spki_sha256: Option<String>,
    not_after: Option<Timestamp>,
    days_left: Option<i32>,
    verifier_key: Option<String>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<13}", self.usage)?;
        for fingerprint in self.spki_sha256.iter().chain(&self.verifier_key) {
            write!(f, " {fingerprint}")?;
        }
        if let (Some(end), Some(days)) = (self.not_after, self.days_left) {
            write!(f, "  until {end} ({days} days)")?;
        }
        write!(f, "\n              {}, {}", self.kind, self.place)?;
        if let (Some(subject), Some(serial)) = (&self.subject, &self.serial) {
            write!(f, "\n              {subject}, serial {serial}")?;
        }
        match (self.state, self.changes_at) {
            ("next", Some(at)) => write!(f, "\n              next: signs from {at} on"),
            ("before", Some(at)) => write!(f, "\n              before: signed until {at}"),
            (_, Some(at)) => write!(f, "\n              in force; the change of keys: {at}"),
            (_, None) => Ok(()),
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &List, now: Timestamp) -> Result<(), Failure> {
    let gateway = gateway::load(&args.config, now)?;
    let keys = keys(&gateway, now)?;
    if args.json {
        return files::say_json(&keys);
    }
    for key in keys {
        files::say(key);
    }
    Ok(())
}

/// The gateway's own keys.
pub(in crate::cli) fn keys(gateway: &Gateway, now: Timestamp) -> Result<Vec<Key>, Failure> {
    let (identity, _) = gateway::identity(gateway)?;
    let change = gateway.signing_change.as_ref();
    let changes_at = change.map(|change| change.from);
    let mut keys = vec![Key {
        changes_at,
        ..signing("in-force", &gateway.signing, now)
    }];
    if let Some(change) = change {
        let state = if change.waits { "next" } else { "before" };
        keys.push(Key {
            changes_at,
            ..signing(state, &change.other, now)
        });
    }
    keys.extend([
        tls("tls-partner", &gateway.partner_listener.tls, now),
        tls("tls-national", &gateway.national_listener.tls, now),
        Key {
            usage: "log",
            state: "in-force",
            changes_at: None,
            kind: "Ed25519".to_owned(),
            suite: None,
            place: gateway.log.place.clone(),
            subject: None,
            serial: None,
            spki_sha256: None,
            not_after: None,
            days_left: None,
            verifier_key: Some(identity.log.to_string()),
        },
    ]);
    Ok(keys)
}

fn signing(state: &'static str, key: &SigningIdentity, now: Timestamp) -> Key {
    let leaf = key.certificates.first().map(Vec::as_slice);
    let listed = certified(
        "signing",
        leaf.unwrap_or_default(),
        (&key.leaf, &key.place),
        now,
    );
    let usual = || match &key.key {
        OwnSigningKey::File(_) => own_signer(key).ok().map(|signer| signer.suite().to_owned()),
        // A list is no reason to log in to a device.
        OwnSigningKey::Device(..) => {
            let public = PublicKey::of_certificate(leaf.unwrap_or_default())?;
            let (uri, _) = device_operation(public.kind, None)?;
            Some(uri.to_owned())
        }
    };
    let suite = key.suite.clone().or_else(usual);
    Key {
        state,
        suite,
        ..listed
    }
}

fn tls(usage: &'static str, key: &TlsIdentity, now: Timestamp) -> Key {
    let leaf = key.certificates.first().map(|der| &**der);
    certified(
        usage,
        leaf.unwrap_or_default(),
        (&key.leaf, &key.place),
        now,
    )
}

fn certified(
    usage: &'static str,
    der: &[u8],
    (facts, place): (&CertificateFacts, &str),
    now: Timestamp,
) -> Key {
    let certificate = X509Certificate::from_der(der).ok();
    let certificate = certificate.map(|(_, certificate)| certificate);
    Key {
        usage,
        state: "in-force",
        changes_at: None,
        kind: PublicKey::of_certificate(der).map_or_else(|| "unknown".to_owned(), |key| kind(&key)),
        suite: None,
        place: place.to_owned(),
        subject: certificate.as_ref().map(|it| it.subject().to_string()),
        serial: certificate.as_ref().map(|it| it.raw_serial_as_string()),
        spki_sha256: Some(facts.spki_sha256.to_string()),
        not_after: Some(facts.not_after),
        days_left: Some(facts.days_left(now)),
        verifier_key: None,
    }
}

/// What kind of key it is, for people.
fn kind(key: &PublicKey) -> String {
    match key.kind {
        KeyKind::Ed25519 => "Ed25519".to_owned(),
        KeyKind::P256 => "ECDSA P-256".to_owned(),
        KeyKind::P384 => "ECDSA P-384".to_owned(),
        KeyKind::Rsa { bits } => format!("RSA {bits}"),
        KeyKind::Other => format!("algorithm {}", key.algorithm),
    }
}
