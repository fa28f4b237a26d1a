//! `corridor init`: makes the keys that are missing, the store and the log. `serve` never does.
//!
//! Start at [`Args`]. It can be run again until it succeeds: keys that exist are left alone, and a
//! store is made only when everything else is in place.

use std::path::{Path, PathBuf};

use clap::Parser;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::authority::{
    DevelopmentKey, KeyKind, Request, Usage, create_log_key, key_pem, read_key, signing_request,
};
use super::gateway::{identity, load, store_failure};
use super::{Failure, files};
use crate::config::SecretPlace;
use crate::crypto::{GostCurve, NationalCurve};
use crate::store::{StdDisk, Store};

/// Make a gateway's keys, store and log.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor init --config gateway.toml

Keys that the file names and that are missing are made, with a request (PKCS#10) beside each;
have them certified, put the certificates in place and run it again. The store must not exist yet.")]
pub(super) struct Args {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let file = File::read(&args.config)?;
    file.make_log_key()?;
    let waiting = [
        file.make_certified("signing", Usage::Signing)?,
        file.make_certified("partner_listener", Usage::Tls)?,
        file.make_certified("national_listener", Usage::TlsServer)?,
    ];
    let waiting: Vec<String> = waiting.into_iter().flatten().collect();
    if !waiting.is_empty() {
        return Err(Failure::input("CERTIFICATE_MISSING", waiting.join("\n")));
    }
    let gateway = load(&args.config, now)?;
    let (identity, signer) = identity(&gateway)?;
    Store::create(&gateway.store_dir, &identity, &signer, &StdDisk)
        .map_err(|error| store_failure(&error))?;
    files::say(format!(
        "store  {}\nlog    {}",
        gateway.store_dir.display(),
        identity.log
    ));
    Ok(())
}

/// The gateway's file, read only as far as keys need: the rest may not be loadable before they exist.
struct File {
    table: toml::Table,
    dir: PathBuf,
    path: PathBuf,
}

impl File {
    fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = files::read(path)?;
        let bad = |text: &str| Failure::input("CONFIG", format!("{}: {text}", path.display()));
        let text = str::from_utf8(&bytes).map_err(|_| bad("not UTF-8"))?;
        Ok(Self {
            table: text
                .parse()
                .map_err(|error: toml::de::Error| bad(error.message()))?,
            dir: path.parent().unwrap_or_else(|| Path::new("")).to_owned(),
            path: path.to_owned(),
        })
    }

    fn text(&self, table: &str, key: &str) -> Option<&str> {
        self.table.get(table)?.get(key)?.as_str()
    }

    fn required(&self, table: &str, key: &str) -> Result<&str, Failure> {
        self.text(table, key).ok_or_else(|| {
            let path = self.path.display();
            Failure::input("CONFIG", format!("{path}: {table}.{key} is missing"))
        })
    }

    fn make_log_key(&self) -> Result<(), Failure> {
        let key = self.dir.join(self.required("log", "key")?);
        if key.exists() {
            return Ok(());
        }
        let origin = self.required("log", "origin")?;
        let passphrase = self.passphrase("log")?;
        let vkey = create_log_key(&key, origin, passphrase.as_ref().map(|text| text.as_str()))?;
        files::say(format!(
            "made   {}\nmade   {}",
            key.display(),
            vkey.display()
        ));
        Ok(())
    }

    /// The passphrase of a table's key, if it names one.
    fn passphrase(&self, table: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        let place = self.table.get(table).and_then(|it| it.get("passphrase"));
        let Some(place) = place else { return Ok(None) };
        let failure = |code, text: &dyn std::fmt::Display| {
            let path = self.path.display();
            Failure::input(code, format!("{path}: {table}.passphrase: {text}"))
        };
        let place: SecretPlace = place
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| failure("CONFIG_SYNTAX", &error.message()))?;
        let secret = place.get(&self.dir);
        secret
            .map(Some)
            .map_err(|problem| failure(problem.code(), &problem))
    }

    fn save_key(&self, table: &str, path: &Path, key: &DevelopmentKey) -> Result<(), Failure> {
        let passphrase = self.passphrase(table)?;
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        files::create(path, key_pem(key, passphrase)?.as_bytes(), true)?;
        files::say(format!("made   {}", path.display()));
        Ok(())
    }

    /// Makes key and request when they are missing. Gives back what the operator has to do when the
    /// certificate is.
    fn make_certified(&self, table: &str, usage: Usage) -> Result<Option<String>, Failure> {
        // What is in such a file or in a device was made elsewhere.
        let section = self.table.get(table);
        if ["pkcs12", "token"]
            .iter()
            .any(|key| section.is_some_and(|it| it.get(key).is_some()))
        {
            return Ok(None);
        }
        let key_path = self.dir.join(self.required(table, "key")?);
        let certificates = self.dir.join(self.required(table, "certificates")?);
        if !key_path.exists() {
            let key = self.kind(table).generate()?;
            self.save_key(table, &key_path, &key)?;
        }
        if certificates.exists() {
            return Ok(None);
        }
        let request_path = key_path.with_extension("csr");
        if !request_path.exists() {
            let party = self
                .table
                .get("party")
                .and_then(toml::Value::as_str)
                .unwrap_or_default();
            let request = Request {
                name: &format!("{party} {table}"),
                usage,
                alternative_names: &[format!("urn:corridor:gateway:{party}")],
            };
            let passphrase = self.passphrase(table)?;
            let key = read_key(&key_path, passphrase.as_ref().map(|text| text.as_str()))?;
            let pem = signing_request(&request, &key)?;
            files::create(&request_path, pem.as_bytes(), false)?;
        }
        Ok(Some(format!(
            "{}: {table}.certificates: have {} certified and put the chain at {}",
            self.path.display(),
            request_path.display(),
            certificates.display()
        )))
    }

    /// The kind of key that the suite of the configuration asks for.
    fn kind(&self, table: &str) -> KeyKind {
        match self.text(table, "suite") {
            Some(suite) if suite.contains("rsa") => KeyKind::Rsa(3072),
            Some(suite) if suite.contains("ecdsa-sha384") => KeyKind::P384,
            Some(suite) if suite.contains("eddsa") => KeyKind::Ed25519,
            Some(suite) if suite.contains("gostr34112012-256") => {
                KeyKind::National(NationalCurve::Gost(GostCurve::Tc26A256))
            }
            Some(suite) if suite.contains("gostr34112012-512") => {
                KeyKind::National(NationalCurve::Gost(GostCurve::Tc26A512))
            }
            Some(suite) if suite.contains("sm2-sm3") => KeyKind::National(NationalCurve::Sm2),
            _ => KeyKind::P256,
        }
    }
}
