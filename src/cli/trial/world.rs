//! Several parties on one machine: folders, keys, profiles, lanes and users of each.
//!
//! Start at [`World::build`]. What it writes is what an operator would write by hand; the gateways
//! read nothing else.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ring::rand::SecureRandom;

use super::TrialError;
use crate::cli::pki::{self, Authority, Issued, KeyKind, Use};
use crate::crypto;
use crate::model::{PartyId, Sha256};

/// What a party of a trial is.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Spec {
    /// Its code.
    pub(in crate::cli) name: &'static str,
    /// Its lanes: file name and text.
    pub(in crate::cli) lanes: Vec<(String, String)>,
}

/// The `SignatureMethod` that the demo's keys sign with.
const SUITE: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

/// A party with everything that its service would keep secret.
#[derive(Debug)]
pub(in crate::cli) struct Party {
    pub(in crate::cli) id: PartyId,
    pub(in crate::cli) dir: PathBuf,
    pub(in crate::cli) partner_address: SocketAddr,
    pub(in crate::cli) national_address: SocketAddr,
    pub(in crate::cli) authority: Authority,
    pub(in crate::cli) signing: Issued,
    pub(in crate::cli) tls: Issued,
    tokens: Vec<(&'static str, String)>,
}

impl Party {
    /// The configuration file of its gateway.
    pub(in crate::cli) fn config(&self) -> PathBuf {
        self.dir.join("gateway.toml")
    }

    /// The bearer token of its user with this role.
    pub(in crate::cli) fn token(&self, role: &str) -> &str {
        let found = self.tokens.iter().find(|(name, _)| *name == role);
        found.map_or("", |(_, token)| token)
    }
}

/// All parties of a trial.
#[derive(Debug)]
pub(in crate::cli) struct World {
    pub(in crate::cli) parties: Vec<Party>,
}

impl World {
    /// Writes everything below `dir`, which must be empty or not exist.
    pub(in crate::cli) fn build(
        dir: &Path,
        schemas: &Path,
        specs: &[Spec],
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<Self, TrialError> {
        let mut parties = Vec::with_capacity(specs.len());
        for spec in specs {
            let party = Party::make(dir, spec.name, now, random)?;
            for (name, text) in &spec.lanes {
                put(&party.dir.join("lanes").join(name), text)?;
            }
            parties.push(party);
        }
        let world = Self { parties };
        for party in &world.parties {
            world.write(party, schemas)?;
        }
        Ok(world)
    }

    /// The party of this name.
    pub(in crate::cli) fn party(&self, name: &str) -> Result<&Party, TrialError> {
        let found = self.parties.iter().find(|party| party.id.as_str() == name);
        found.ok_or_else(|| TrialError::Party(name.to_owned()))
    }

    fn write(&self, party: &Party, schemas: &Path) -> Result<(), TrialError> {
        let schemas_dir = fs::canonicalize(schemas).map_err(|source| file(schemas, source))?;
        put(&party.config(), &gateway_toml(party, &schemas_dir))?;
        for partner in self.parties.iter().filter(|other| other.id != party.id) {
            let stem = partner.id.as_str().to_lowercase();
            let anchors = format!("{stem}-anchor.pem");
            let dir = party.dir.join("partners");
            put(&dir.join(&anchors), partner.authority.certificate_pem())?;
            put(&dir.join(format!("{stem}.toml")), &partner_toml(partner, &anchors))?;
        }
        Ok(())
    }
}

impl Party {
    fn make(
        dir: &Path,
        name: &str,
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<Self, TrialError> {
        let dir = dir.join(name.to_lowercase());
        for folder in ["keys", "lanes", "partners"] {
            let folder = dir.join(folder);
            fs::create_dir_all(&folder).map_err(|source| file(&folder, source))?;
        }
        let keys = dir.join("keys");
        let authority = Authority::create(name, now)?;
        authority.save(&keys)?;
        let signing = authority.issue(&format!("{name} seal"), Use::Signing, KeyKind::P256, now)?;
        let tls = authority.issue(&format!("{name} gateway"), Use::Tls, KeyKind::P256, now)?;
        pki::write_secret(&keys.join("signing.key.pem"), &signing.key_pem)?;
        put(&keys.join("signing.pem"), &signing.certificate_pem)?;
        pki::write_secret(&keys.join("tls.key.pem"), &tls.key_pem)?;
        put(&keys.join("tls.pem"), &tls.certificate_pem)?;
        pki::write_secret(&keys.join("log.key.pem"), &pki::log_key()?)?;
        let mut tokens = Vec::new();
        for role in ["submitter", "officer", "auditor", "operator"] {
            let token = token(random)?;
            pki::write_secret(&keys.join(format!("{role}.token")), &token)?;
            tokens.push((role, token));
        }
        Ok(Self {
            id: name.parse().map_err(|_| TrialError::Party(name.to_owned()))?,
            dir,
            partner_address: free_address()?,
            national_address: free_address()?,
            authority,
            signing,
            tls,
            tokens,
        })
    }
}

/// A bearer token of 32 random bytes.
fn token(random: &dyn SecureRandom) -> Result<String, TrialError> {
    let mut bytes = [0; 32];
    random.fill(&mut bytes).map_err(|_| TrialError::Random)?;
    Ok(hex::encode(bytes))
}

/// An address on loopback that is free now. The gateway binds it a moment later.
fn free_address() -> Result<SocketAddr, TrialError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(TrialError::Port)?;
    listener.local_addr().map_err(TrialError::Port)
}

fn gateway_toml(party: &Party, schemas: &Path) -> String {
    let schemas = toml::Value::String(schemas.display().to_string());
    let name = party.id.as_str().to_lowercase();
    let mut text = format!(
        r#"party = "{id}"

[folders]
store = "store"
schemas = {schemas}
lanes = "lanes"
partners = "partners"

[signing]
key = "keys/signing.key.pem"
certificates = "keys/signing.pem"
suite = "{SUITE}"

[log]
origin = "trial.invalid/corridor/{name}"
key = "keys/log.key.pem"

[partner_listener]
address = "{partner}"
key = "keys/tls.key.pem"
certificates = "keys/tls.pem"

[national_listener]
address = "{national}"
key = "keys/tls.key.pem"
certificates = "keys/tls.pem"
"#,
        id = party.id,
        partner = party.partner_address,
        national = party.national_address,
    );
    for (role, token) in &party.tokens {
        let digest = Sha256(crypto::sha256(token.as_bytes()));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[[principal]]\nname = \"{name}-{role}\"\nrole = \"{role}\"\nposts = [\"*\"]\n\
             token_sha256 = \"{digest}\"\n"
        );
    }
    text
}

fn partner_toml(partner: &Party, anchors: &str) -> String {
    format!(
        r#"party = "{id}"
url = "https://{address}"

[tls]
pins = ["{pin}"]

[signing]
anchors = "{anchors}"
revocation = "if-present"
suites = ["{SUITE}"]
"#,
        id = partner.id,
        address = partner.partner_address,
        pin = partner.tls.spki_sha256,
    )
}

fn put(path: &Path, text: &str) -> Result<(), TrialError> {
    fs::write(path, text).map_err(|source| file(path, source))
}

pub(in crate::cli) fn file(path: &Path, source: std::io::Error) -> TrialError {
    TrialError::File {
        file: path.to_owned(),
        source,
    }
}
