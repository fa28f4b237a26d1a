//! `corridor sign`: a signature over a whole document, enveloped or enveloping.
//!
//! Start at [`Args`].

use std::path::{Path, PathBuf};

use clap::Parser;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::authority::key_file_failure;
use super::{Failure, files};
use crate::config::SecretPlace;
use crate::crypto::{
    Pkcs12, SignatureProfile, Signer, decrypt_key, sign, signer_from_der, signer_from_pkcs8,
};
use crate::xml::{Limits, Method};

/// Sign a document: one XML signature over the whole of it.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor sign message.xml --key keys/signing.key.pem --cert keys/signing.pem -o signed.xml
  corridor sign message.xml --pkcs12 signing.p12 --passphrase-file signing.pass -o signed.xml")]
pub(super) struct Args {
    /// The document; - is standard input.
    file: PathBuf,
    /// The key: PKCS#8, PEM or DER.
    #[arg(long, required_unless_present = "pkcs12")]
    key: Option<PathBuf>,
    /// Its certificate, PEM, followed by the certificates up to the anchor.
    #[arg(long, required_unless_present = "pkcs12")]
    cert: Option<PathBuf>,
    /// Key and certificates in one file, PKCS#12.
    #[arg(long, conflicts_with_all = ["key", "cert"], requires = "passphrase_file")]
    pkcs12: Option<PathBuf>,
    /// The passphrase of key or PKCS#12: the first line of this file.
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// SignatureMethod URI; the usual one of the key when left out.
    #[arg(long)]
    suite: Option<String>,
    /// Canonicalise inclusively (C14N 1.0) instead of exclusively.
    #[arg(long)]
    inclusive: bool,
    /// Put the document into the signature instead of the signature into the document.
    #[arg(long)]
    enveloping: bool,
    /// State the time and the certificate of signing (XAdES baseline B).
    #[arg(long)]
    xades: bool,
    /// The time to state with --xades; now when left out.
    #[arg(long, requires = "xades")]
    at: Option<Timestamp>,
    /// Where to; standard output when left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let document = files::read(&args.file)?;
    let signer = signer(args)?;
    let mut profile = SignatureProfile {
        enveloping: args.enveloping,
        signing_time: args.xades.then(|| args.at.unwrap_or(now)),
        ..SignatureProfile::for_suite(signer.suite())
    };
    if args.inclusive {
        profile.canonicalization = Method::Inclusive10;
    }
    let signed = sign(
        &document,
        &*signer,
        &profile,
        &Limits::default(),
        &SystemRandom::new(),
    )
    .map_err(|error| Failure::input(error.code(), super::failure::chain(&error)))?;
    files::write(args.out.as_deref(), &signed)
}

/// The signer that the arguments name.
fn signer(args: &Args) -> Result<Box<dyn Signer>, Failure> {
    let suite = args.suite.as_deref();
    let passphrase = match &args.passphrase_file {
        Some(path) => {
            let place = SecretPlace::File(path.display().to_string());
            let secret = place.get(Path::new(""));
            Some(secret.map_err(|problem| Failure::input(problem.code(), problem))?)
        }
        None => None,
    };
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let signer = match (&args.pkcs12, &args.key, &args.cert) {
        (Some(path), _, _) => {
            let opened = Pkcs12::open(&files::read(path)?, passphrase.unwrap_or_default());
            let opened = opened.map_err(|fault| key_file_failure(path, &fault))?;
            signer_from_der(&opened.key, opened.certificates, suite)
        }
        (None, Some(path), Some(certificates)) => {
            let key = Zeroizing::new(files::read(path)?);
            let decrypted = decrypt_key(&key, passphrase.map(str::as_bytes));
            let decrypted = decrypted.map_err(|fault| key_file_failure(path, &fault))?;
            let key = decrypted.unwrap_or(key);
            signer_from_pkcs8(&key, &files::read(certificates)?, suite)
        }
        _ => {
            return Err(Failure::input(
                "KEY_UNREADABLE",
                "--key and --cert, or --pkcs12",
            ));
        }
    };
    signer.map_err(|error| Failure::input(error.code(), error))
}
