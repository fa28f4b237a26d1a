//! `corridor sign`: a signature over a whole document, enveloped or enveloping.
//!
//! Start at [`Args`].

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::{Failure, files};
use crate::crypto::{SignatureProfile, sign, signer_from_pkcs8};
use crate::xml::{Limits, Method};

/// Sign a document: one XML signature over the whole of it.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor sign message.xml --key keys/signing.key.pem --cert keys/signing.pem -o signed.xml")]
pub(super) struct Args {
    /// The document; - is standard input.
    file: PathBuf,
    /// The key: PKCS#8, PEM or DER.
    #[arg(long)]
    key: PathBuf,
    /// Its certificate, PEM, followed by the certificates up to the anchor.
    #[arg(long)]
    cert: PathBuf,
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
    let key = Zeroizing::new(files::read(&args.key)?);
    let certificates = files::read(&args.cert)?;
    let signer = signer_from_pkcs8(&key, &certificates, args.suite.as_deref())
        .map_err(|error| Failure::input(error.code(), error))?;
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
