//! `corridor keys csr`: a request to certify an own key. Start at [`Csr`].

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::cli::authority::{DevelopmentKey, Request, Usage, device_request, signing_request};
use crate::cli::own_signer::own_signer;
use crate::cli::{Failure, files, gateway};
use crate::config::{Gateway, OwnSigningKey, SigningIdentity, TlsIdentity};
use crate::crypto::PublicKey;

/// Write a request (PKCS#10) to certify one of the gateway's keys anew.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor keys csr --config gateway.toml --use signing --out signing.csr
  corridor keys csr --config gateway.toml --use tls-partner --san gateway.ru.example

The key stays where it is: a file, a PKCS#12 file, or a token. For a new signing key see `keys rotate`.")]
pub(super) struct Csr {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Which key.
    #[arg(long = "use")]
    usage: KeyUse,
    /// Common name; that of the present certificate when left out.
    #[arg(long)]
    name: Option<String>,
    /// A further DNS name, IP address or URI for TLS; repeat for several.
    #[arg(long)]
    san: Vec<String>,
    /// Where to; standard output when left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KeyUse {
    /// The signing key in force.
    Signing,
    /// The other signing key, during a change.
    SigningOther,
    /// The partner listener's key.
    TlsPartner,
    /// The national listener's key.
    TlsNational,
}

/// Runs the command.
pub(super) fn run(args: &Csr, now: Timestamp) -> Result<(), Failure> {
    let gateway = gateway::load(&args.config, now)?;
    let (leaf, usage) = chosen(args.usage, &gateway)?;
    let name = args
        .name
        .clone()
        .or_else(|| common_name(leaf.certificate()));
    let mut names = args.san.clone();
    names.push(format!("urn:corridor:gateway:{}", gateway.party));
    let request = Request {
        name: name.as_deref().unwrap_or(gateway.party.as_str()),
        usage,
        alternative_names: &names,
    };
    let pem = leaf.request(&request)?;
    files::write(args.out.as_deref(), pem.as_bytes())
}

/// A key with the certificate that it has.
enum Certified<'a> {
    Signing(&'a SigningIdentity),
    Tls(&'a TlsIdentity),
}

fn chosen(usage: KeyUse, gateway: &Gateway) -> Result<(Certified<'_>, Usage), Failure> {
    Ok(match usage {
        KeyUse::Signing => (Certified::Signing(&gateway.signing), Usage::Signing),
        KeyUse::SigningOther => {
            let change = gateway.signing_change.as_ref();
            let change = change.ok_or_else(|| {
                Failure::input("ROTATION_NONE", "the configuration has no [signing.next]")
            })?;
            (Certified::Signing(&change.other), Usage::Signing)
        }
        KeyUse::TlsPartner => (Certified::Tls(&gateway.partner_listener.tls), Usage::Tls),
        KeyUse::TlsNational => (
            Certified::Tls(&gateway.national_listener.tls),
            Usage::TlsServer,
        ),
    })
}

impl Certified<'_> {
    fn certificate(&self) -> &[u8] {
        match self {
            Self::Signing(identity) => identity.certificates.first().map(Vec::as_slice),
            Self::Tls(identity) => identity.certificates.first().map(|der| &**der),
        }
        .unwrap_or_default()
    }

    fn request(&self, request: &Request<'_>) -> Result<String, Failure> {
        let (pkcs8, place) = match self {
            Self::Tls(identity) => (identity.key.secret_der(), &identity.place),
            Self::Signing(identity) => match &identity.key {
                OwnSigningKey::File(pkcs8) => (pkcs8.as_slice(), &identity.place),
                OwnSigningKey::Device(..) => {
                    // By the usual suite of its kind, which requests are signed with.
                    let usual = SigningIdentity {
                        suite: None,
                        ..(*identity).clone()
                    };
                    let key = PublicKey::of_certificate(self.certificate());
                    let key = key
                        .ok_or_else(|| Failure::input("CERTIFICATE_UNREADABLE", &identity.place))?;
                    return device_request(request, &key, &*own_signer(&usual)?);
                }
            },
        };
        let key = DevelopmentKey::from_der(pkcs8);
        let unreadable = || Failure::input("KEY_UNREADABLE", format!("{place}: no PKCS#8 key"));
        signing_request(request, &key.ok_or_else(unreadable)?)
    }
}

fn common_name(leaf: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    Some(name.as_str().ok()?.to_owned())
}
