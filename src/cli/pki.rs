//! `corridor pki`: a development certificate authority on the command line.
//!
//! Start at [`Args`]. The work is done in `authority.rs`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use super::authority::{
    Authority, KeyKind, Reason, Request, Usage, create_log_key, read_key, read_serial,
};
use super::{Failure, files};

/// A development PKI: never for production.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Crl(Crl),
    Init(Init),
    Issue(Issue),
}

/// Write the authority's revocation list.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor pki crl --dir pki/ru --revoke keys/signing.pem --out pki/ru/ca.crl.pem")]
struct Crl {
    /// The authority's folder.
    #[arg(long)]
    dir: PathBuf,
    /// A certificate (PEM) to revoke; repeat for several. A list replaces the one before, so name
    /// every certificate that stays revoked.
    #[arg(long)]
    revoke: Vec<PathBuf>,
    /// Their keys may have been in other hands since then (RFC 3339): what was signed before counts.
    #[arg(long, conflicts_with = "superseded")]
    lost_since: Option<Timestamp>,
    /// Others took their place, and their keys were not lost.
    #[arg(long)]
    superseded: bool,
    /// Where to; standard output when left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

/// Make a root certificate and its key.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor pki init --dir pki/ru --name \"RU development root\"

Writes ca.pem and ca.key.pem. Give each party its own.")]
struct Init {
    /// The folder to fill.
    #[arg(long)]
    dir: PathBuf,
    /// Common name of the root.
    #[arg(long)]
    name: String,
    /// p256, p384, ed25519, rsa2048, rsa3072, rsa4096; GOST R 34.10-2012: gost256 (TC26 A),
    /// gost256-cpa, gost256-cpb, gost256-cpc (CryptoPro), gost512 (A), gost512-b, gost512-c; or sm2.
    #[arg(long, default_value = "p256")]
    suite: KeyKind,
}

/// Make a key with its certificate.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor pki issue --dir pki/ru --use signing --name \"RU signing\" --out keys/signing
  corridor pki issue --dir pki/ru --use tls --name \"RU gateway\" --san gateway.ru.example --out keys/tls
  corridor pki issue --dir pki/ru --use signing --name \"RU signing\" --csr keys/signing.csr.pem --out keys/signing
  corridor pki issue --use log --name customs.example/corridor/ru --out keys/log

Writes OUT.key.pem (readable by its owner alone) and OUT.pem; for a log OUT.key.pem and OUT.vkey.")]
struct Issue {
    /// The authority's folder; a log key needs none.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// What the key is for.
    #[arg(long = "use")]
    usage: KeyUse,
    /// Common name; for a log its origin.
    #[arg(long)]
    name: String,
    /// p256, p384, ed25519, rsa2048, rsa3072, rsa4096; GOST R 34.10-2012: gost256 (TC26 A),
    /// gost256-cpa, gost256-cpb, gost256-cpc (CryptoPro), gost512 (A), gost512-b, gost512-c; or sm2. A log's key is always ed25519.
    #[arg(long, default_value = "p256")]
    suite: KeyKind,
    /// Certify this key (PKCS#8, PEM) in place of a new one; OUT.key.pem is a copy.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Certify the key of this request (PKCS#10, PEM): only OUT.pem is written. Name and use are those
    /// given here.
    #[arg(long, conflicts_with = "key")]
    csr: Option<PathBuf>,
    /// A further DNS name, IP address or URI, beside 127.0.0.1 and localhost; repeat for several.
    #[arg(long)]
    san: Vec<String>,
    /// Path and beginning of the names of the files.
    #[arg(long, short)]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KeyUse {
    /// Checkpoints of the receipt log: Ed25519, without a certificate.
    Log,
    /// Signing messages and sealing receipts.
    Signing,
    /// A gateway, server and client.
    Tls,
    /// A client only, such as a national system.
    TlsClient,
    /// A server only.
    TlsServer,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    match &args.command {
        Command::Crl(args) => crl(args, now),
        Command::Init(args) => {
            Authority::new(&args.name, args.suite, now)?.save(&args.dir)?;
            files::say(format!(
                "{}: root for development; the key beside it is not protected",
                args.dir.join("ca.pem").display()
            ));
            Ok(())
        }
        Command::Issue(args) => issue(args, now),
    }
}

fn crl(args: &Crl, now: Timestamp) -> Result<(), Failure> {
    let authority = Authority::load(&args.dir)?;
    let revoked = args
        .revoke
        .iter()
        .map(|path| read_serial(path))
        .collect::<Result<Vec<_>, _>>()?;
    let reason = match (args.lost_since, args.superseded) {
        (Some(since), _) => Reason::Lost(since),
        (None, true) => Reason::Superseded,
        (None, false) => Reason::Unsaid,
    };
    let list = authority.crl(&revoked, reason, now)?;
    files::write(args.out.as_deref(), list.as_bytes())
}

fn issue(args: &Issue, now: Timestamp) -> Result<(), Failure> {
    let usage = match args.usage {
        KeyUse::Log => {
            let mut key = args.out.clone().into_os_string();
            key.push(".key.pem");
            let key = PathBuf::from(key);
            let vkey = create_log_key(&key, &args.name, None)?;
            files::say(format!("{}\n{}", key.display(), vkey.display()));
            return Ok(());
        }
        KeyUse::Signing => Usage::Signing,
        KeyUse::Tls => Usage::Tls,
        KeyUse::TlsClient => Usage::TlsClient,
        KeyUse::TlsServer => Usage::TlsServer,
    };
    let dir = args.dir.as_deref().ok_or_else(|| {
        Failure::input(
            "AUTHORITY_MISSING",
            "--dir names the authority that certifies",
        )
    })?;
    let authority = Authority::load(dir)?;
    let request = Request {
        name: &args.name,
        usage,
        alternative_names: &args.san,
    };
    if let Some(asked) = &args.csr {
        let certificate = authority.issue_for(&request, &files::read(asked)?, now)?;
        let mut path = args.out.clone().into_os_string();
        path.push(".pem");
        let path = PathBuf::from(path);
        files::create(&path, certificate.as_bytes(), false)?;
        files::say(path.display());
        return Ok(());
    }
    let key = match &args.key {
        Some(path) => read_key(path, None)?,
        None => args.suite.generate()?,
    };
    let (key, certificate) = authority.issue(&request, &key, now)?.save(&args.out)?;
    files::say(format!("{}\n{}", key.display(), certificate.display()));
    Ok(())
}
