//! `corridor keys rotate`: a new signing key beside the present one, and the time of the change.
//!
//! Start at [`Rotate`]. It changes the gateway's file by adding a table at its end, and only to one that
//! reads well; a running gateway reads it at SIGHUP.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use crate::cli::authority::{
    KeyKind, Request, Usage, device_request, key_pem, read_key, signing_request,
};
use crate::cli::failure::chain as chain_of;
use crate::cli::{Failure, files, gateway};
use crate::config::{self, OwnSigningKey, SecretPlace};
use crate::crypto::{self, DeviceKey, DeviceKeyName, signer_from_der};
use crate::token::{self, TokenSigner, make_key};

/// Prepare a new signing key, or install its certificate and the time from which it signs.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor keys rotate --config gateway.toml --suite p384
  ... have keys/signing-next.csr certified ...
  corridor keys rotate --config gateway.toml --install signing-next.pem --from 2026-12-01T00:00:00Z
  kill -HUP the gateway

The first makes key and request beside the present key, in a device where that is in one. The second adds [signing.next] to the gateway's
file. The gateway signs with the new key from that time on, without a restart.")]
pub(super) struct Rotate {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Path and beginning of the names of the new files; `signing-next` beside the present key when left
    /// out.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The new key's label, where the present one is in a device.
    #[arg(long, default_value = "signing-next")]
    token_key: String,
    /// What the new key is of; as for `pki issue`, in a device p256 or p384.
    #[arg(long, default_value = "p256", conflicts_with = "install")]
    suite: KeyKind,
    /// The new key's certificate, PEM, followed by those up to the anchor.
    #[arg(long, requires = "from")]
    install: Option<PathBuf>,
    /// When the new key takes over (RFC 3339).
    #[arg(long, requires = "install")]
    from: Option<Timestamp>,
}

/// Runs the command.
pub(super) fn run(args: &Rotate, now: Timestamp) -> Result<(), Failure> {
    let present = gateway::load(&args.config, now)?;
    if present.signing_change.is_some() {
        let text = format!(
            "{}: [signing.next] is there already; when it is in force, put its lines into [signing] first",
            args.config.display()
        );
        return Err(Failure::input("ROTATION_UNDER_WAY", text));
    }
    let files = Files::of(args, &present);
    match (&args.install, args.from) {
        (Some(certificate), Some(from)) => {
            install(args, &files, &present, (certificate, from, now))
        }
        _ => prepare(args, &files, &present),
    }
}

/// The new files.
struct Files {
    key: PathBuf,
    request: PathBuf,
    certificates: PathBuf,
}

impl Files {
    fn of(args: &Rotate, present: &config::Gateway) -> Self {
        let dir = args.config.parent().unwrap_or_else(|| Path::new(""));
        let beside = match &present.signing.key {
            OwnSigningKey::File(_) => dir.join(&present.signing.place),
            OwnSigningKey::Device(..) => dir.join("signing"),
        };
        let stem = args.out.clone();
        let stem = stem.unwrap_or_else(|| beside.with_file_name("signing-next"));
        let with = |end: &str| {
            let mut name = stem.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        };
        Self {
            key: with(".key.pem"),
            request: with(".csr"),
            certificates: with(".pem"),
        }
    }
}

/// The passphrase of the present key, which the new one gets too, and where it is.
fn passphrase(
    args: &Rotate,
    present: &config::Gateway,
) -> Result<Option<(Zeroizing<String>, SecretPlace)>, Failure> {
    let Some(place) = &present.signing.passphrase else {
        return Ok(None);
    };
    let dir = args.config.parent().unwrap_or_else(|| Path::new(""));
    let secret = place.get(dir);
    let secret = secret.map_err(|problem| Failure::input(problem.code(), problem))?;
    Ok(Some((secret, place.clone())))
}

/// The new key's place, where the present one is in a device.
fn in_device(args: &Rotate, present: &config::Gateway) -> Option<(DeviceKey, Zeroizing<String>)> {
    match &present.signing.key {
        OwnSigningKey::Device(place, pin) => {
            let key = DeviceKeyName::Label(args.token_key.clone());
            let place = DeviceKey {
                key,
                ..place.clone()
            };
            Some((place, pin.clone()))
        }
        OwnSigningKey::File(_) => None,
    }
}

fn token_failure(error: &token::Error) -> Failure {
    Failure::input(error.code(), chain_of(error))
}

fn prepare(args: &Rotate, files: &Files, present: &config::Gateway) -> Result<(), Failure> {
    let request = Request {
        name: &format!("{} signing", present.party),
        usage: Usage::Signing,
        alternative_names: &[],
    };
    let (key, request) = match in_device(args, present) {
        Some((place, pin)) => {
            let kind = match args.suite {
                KeyKind::P256 => crypto::KeyKind::P256,
                KeyKind::P384 => crypto::KeyKind::P384,
                KeyKind::Ed25519 | KeyKind::National(_) | KeyKind::Rsa(_) => crypto::KeyKind::Other,
            };
            let random = SystemRandom::new();
            let public = make_key(&place, pin.clone(), kind);
            let public = public.map_err(|error| token_failure(&error))?;
            let signer = TokenSigner::uncertified(place.clone(), pin, public.clone(), &random);
            let signer = signer.map_err(|error| token_failure(&error))?;
            let request = device_request(&request, &public, &signer)?;
            (place.to_string(), request)
        }
        None => {
            let key = args.suite.generate()?;
            let request = signing_request(&request, &key)?;
            let passphrase = passphrase(args, present)?;
            let passphrase = passphrase.as_ref().map(|(text, _)| text.as_str());
            files::create(&files.key, key_pem(&key, passphrase)?.as_bytes(), true)?;
            (files.key.display().to_string(), request)
        }
    };
    files::create(&files.request, request.as_bytes(), false)?;
    files::say(format!(
        "{key}\n{}\nhave the request certified, then: corridor keys rotate --config {} --install CERT --from TIME",
        files.request.display(),
        args.config.display()
    ));
    Ok(())
}

fn install(
    args: &Rotate,
    files: &Files,
    present: &config::Gateway,
    (certificate, from, now): (&Path, Timestamp, Timestamp),
) -> Result<(), Failure> {
    let chain = files::read(certificate)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let unreadable = |_| Failure::input("CERTIFICATE_UNREADABLE", certificate.display());
    let certificates = certificates.map_err(unreadable)?.into_iter();
    let certificates = certificates.map(|der| der.to_vec()).collect();
    let passphrase = passphrase(args, present)?;
    let device = in_device(args, present);
    match device.clone() {
        Some((place, pin)) => {
            let random = SystemRandom::new();
            TokenSigner::open(place, pin, certificates, None, &random)
                .map_err(|error| token_failure(&error))?;
        }
        None => {
            let text = passphrase.as_ref().map(|(text, _)| text.as_str());
            let key = read_key(&files.key, text)?.to_der();
            signer_from_der(&key, certificates, None)
                .map_err(|error| Failure::input(error.code(), chain_of(&error)))?;
        }
    }
    let made = certificate != files.certificates;
    if made {
        files::create(&files.certificates, &chain, false)?;
    }
    let secret = passphrase.map(|(_, place)| place);
    let device = device.map(|(place, _)| place);
    let table = table(args, files, from, (secret, device));
    add(&args.config, &table, now).inspect_err(|_| {
        if made {
            // So that the same can be tried again.
            let _ = fs::remove_file(&files.certificates);
        }
    })?;
    files::say(format!(
        "{}: [signing.next] signs from {from} on; reload the gateway (kill -HUP)",
        args.config.display()
    ));
    Ok(())
}

/// The lines of the new table.
fn table(
    args: &Rotate,
    files: &Files,
    from: Timestamp,
    (secret, device): (Option<SecretPlace>, Option<DeviceKey>),
) -> String {
    let dir = args.config.parent().unwrap_or_else(|| Path::new(""));
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    // As the rest of the file names its files.
    let path = |path: &Path| {
        let within = path.strip_prefix(dir).map(Path::to_owned);
        let whole = within.or_else(|_| std::path::absolute(path));
        quoted(
            &whole
                .unwrap_or_else(|_| path.to_owned())
                .display()
                .to_string(),
        )
    };
    let secret = secret.map(|place| {
        let (kind, name) = match &place {
            SecretPlace::File(name) => ("file", name),
            SecretPlace::Credential(name) => ("credential", name),
            SecretPlace::Env(name) => ("env", name),
        };
        format!("{{ {kind} = {} }}", quoted(name))
    });
    let certificates = path(&files.certificates);
    let key = match (device, secret) {
        (Some(place), secret) => format!(
            "token = {{ module = {}, token = {}, key = {}, pin = {} }}",
            path(&place.module),
            quoted(&place.token),
            quoted(&args.token_key),
            secret.unwrap_or_default()
        ),
        (None, Some(secret)) => format!("key = {}\npassphrase = {secret}", path(&files.key)),
        (None, None) => format!("key = {}", path(&files.key)),
    };
    format!("\n[signing.next]\nfrom = \"{from}\"\n{key}\ncertificates = {certificates}\n")
}

/// Adds lines to the gateway's file, whole or not at all: a copy that reads well takes its place.
fn add(config: &Path, lines: &str, now: Timestamp) -> Result<(), Failure> {
    let copy = config.with_extension("toml.new");
    let unwritable = |error: std::io::Error| Failure::unwritable(&copy, &error);
    fs::copy(config, &copy).map_err(unwritable)?;
    let written = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().append(true).open(&copy)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    written().map_err(unwritable)?;
    if let Err(failure) = gateway::load(&copy, now) {
        let _ = fs::remove_file(&copy);
        return Err(failure);
    }
    fs::rename(&copy, config).map_err(unwritable)
}
