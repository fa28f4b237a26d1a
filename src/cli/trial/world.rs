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
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::cli::authority::{Authority, KeyKind, Reason};
use crate::cli::{Failure, files, folders};
use crate::config::CertificateFacts;
use crate::evidence::sha256;
use crate::exchange::{Lane, Output, Suffices};
use crate::model::{PartyId, Sha256};
use crate::recognition::Agreement;

/// What a party of a trial is.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its code.
    pub name: &'static str,
    /// Its lanes: file name and text.
    pub lanes: Vec<(String, String)>,
    /// Its agreements on control results: file name and text.
    pub agreements: Vec<(String, String)>,
}

impl Spec {
    /// A party with what is its own of the lanes and agreements in `schemas`: lanes on which it
    /// sends, those that end in its inbox, and agreements that it has part in.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(name: &'static str, schemas: &Path) -> Result<Self, Failure> {
        let mut spec = Self {
            name,
            lanes: Vec::new(),
            agreements: Vec::new(),
        };
        for path in folders::toml_files(&schemas.join("lanes"))? {
            let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
            let lane = Lane::parse(&text, &path.display().to_string())
                .map_err(|error| Failure::input("LANE", error))?;
            let own = match (&lane.output, lane.origin) {
                (Output::Package(_), Suffices::Attested) => &lane.from,
                // What a partner signed arrives, translated or not.
                (Output::Package(_), Suffices::Signed) | (Output::Canonical, _) => &lane.to,
            };
            if own.as_str() == name {
                spec.lanes.push((format!("{}.toml", lane.id), text));
            }
        }
        for path in folders::toml_files(&schemas.join("agreements"))? {
            let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
            let agreement = Agreement::parse(&path.display().to_string(), &text);
            let agreement = agreement.map_err(|faults| {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Failure::input("AGREEMENT_FAULT", lines.join("\n"))
            })?;
            if agreement.parties.iter().any(|party| party.as_str() == name) {
                spec.agreements
                    .push((format!("{}.toml", agreement.id), text));
            }
        }
        Ok(spec)
    }
}

/// The `SignatureMethod` that the demo's keys sign with.
const SUITE: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

/// A party with everything that its service would keep secret.
pub struct Party {
    /// Its code.
    pub id: PartyId,
    /// Its folder: configuration, keys, profiles, lanes, store.
    pub dir: PathBuf,
    /// Where partners connect to its gateway.
    pub partner_address: SocketAddr,
    /// Where its own people and systems connect.
    pub national_address: SocketAddr,
    /// The anchor of all its certificates, PEM.
    pub anchor_pem: String,
    /// Its list of revoked certificates, PEM.
    pub crl_pem: String,
    /// What it signs and seals with.
    pub signing: Pair,
    /// What its gateway shows on connections.
    pub tls: Pair,
    /// By what partners know its connections.
    pub tls_spki_sha256: Sha256,
    tokens: Vec<(&'static str, String)>,
}

/// A key and its certificate, both PEM.
pub struct Pair {
    /// PKCS#8.
    pub key_pem: Vec<u8>,
    /// X.509, leaf first.
    pub certificate_pem: Vec<u8>,
}

impl Party {
    /// The configuration file of its gateway.
    pub fn config(&self) -> PathBuf {
        self.dir.join("gateway.toml")
    }

    /// The bearer token of its user with this role.
    pub fn token(&self, role: &str) -> &str {
        let found = self.tokens.iter().find(|(name, _)| *name == role);
        found.map_or("", |(_, token)| token)
    }
}

/// All parties of a trial.
pub struct World {
    /// In the order of their specifications.
    pub parties: Vec<Party>,
}

impl World {
    /// Writes everything below `dir`, which must be empty or not exist.
    pub fn build(
        dir: &Path,
        schemas: &Path,
        specs: &[Spec],
        now: Timestamp,
        random: &dyn SecureRandom,
    ) -> Result<Self, Failure> {
        let mut parties = Vec::with_capacity(specs.len());
        for spec in specs {
            let party = Party::make(dir, spec.name, now, random)?;
            for (folder, texts) in [("lanes", &spec.lanes), ("agreements", &spec.agreements)] {
                for (name, text) in texts {
                    put(&party.dir.join(folder).join(name), text)?;
                }
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
    pub fn party(&self, name: &str) -> Result<&Party, Failure> {
        let found = self.parties.iter().find(|party| party.id.as_str() == name);
        found.ok_or_else(|| Failure::ours("TRIAL_PARTY", format!("no party {name} in this trial")))
    }

    fn write(&self, party: &Party, schemas: &Path) -> Result<(), Failure> {
        let schemas_dir =
            fs::canonicalize(schemas).map_err(|error| Failure::unreadable(schemas, &error))?;
        put(&party.config(), &gateway_toml(party, &schemas_dir))?;
        for partner in self.parties.iter().filter(|other| other.id != party.id) {
            let stem = partner.id.as_str().to_lowercase();
            let anchors = format!("{stem}-anchor.pem");
            let crls = format!("{stem}.crl.pem");
            let dir = party.dir.join("partners");
            put(&dir.join(&anchors), &partner.anchor_pem)?;
            put(&dir.join(&crls), &partner.crl_pem)?;
            put(
                &dir.join(format!("{stem}.toml")),
                &partner_toml(partner, &anchors, &crls),
            )?;
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
    ) -> Result<Self, Failure> {
        let dir = dir.join(name.to_lowercase());
        for folder in ["ca", "keys", "lanes", "agreements", "partners"] {
            let folder = dir.join(folder);
            fs::create_dir_all(&folder).map_err(|error| Failure::unwritable(&folder, &error))?;
        }
        let keys = dir.join("keys");
        let authority = Authority::new(&format!("{name} trial root"), KeyKind::P256, now)?;
        authority.save(&dir.join("ca"))?;
        let made = authority.party(&keys, name, &log_origin(name), KeyKind::P256, now)?;
        let tls = Pair::read(&made.tls)?;
        let mut tokens = Vec::new();
        for role in ["submitter", "officer", "auditor", "operator"] {
            let token = token(random)?;
            files::create(&keys.join(format!("{role}.token")), token.as_bytes(), true)?;
            tokens.push((role, token));
        }
        put(&keys.join("ca.pem"), authority.certificate_pem())?;
        Ok(Self {
            id: name
                .parse()
                .map_err(|error| Failure::ours("TRIAL_PARTY", error))?,
            dir,
            partner_address: free_address(random)?,
            national_address: free_address(random)?,
            anchor_pem: authority.certificate_pem().to_owned(),
            crl_pem: authority.crl(&[], Reason::Unsaid, now)?,
            signing: Pair::read(&made.signing)?,
            tls_spki_sha256: spki(&tls)?,
            tls,
            tokens,
        })
    }
}

impl Pair {
    fn read((key, certificate): &(PathBuf, PathBuf)) -> Result<Self, Failure> {
        Ok(Self {
            key_pem: files::read(key)?,
            certificate_pem: files::read(certificate)?,
        })
    }
}

fn spki(pair: &Pair) -> Result<Sha256, Failure> {
    let certificate = CertificateDer::from_pem_slice(&pair.certificate_pem)
        .map_err(|error| Failure::ours("CERTIFICATE_UNREADABLE", error))?;
    let facts = CertificateFacts::read(&certificate)
        .ok_or_else(|| Failure::ours("CERTIFICATE_UNREADABLE", "a certificate just made"))?;
    Ok(facts.spki_sha256)
}

/// The name of a trial party's log.
fn log_origin(name: &str) -> String {
    format!("trial.invalid/corridor/{}", name.to_lowercase())
}

/// A bearer token of 32 random bytes.
fn token(random: &dyn SecureRandom) -> Result<String, Failure> {
    let mut bytes = [0; 32];
    random
        .fill(&mut bytes)
        .map_err(|_| Failure::ours("RANDOM", "the system gave no random bytes"))?;
    Ok(hex::encode(bytes))
}

/// Ports that Linux does not give to outgoing connections (its `ip_local_port_range` begins at
/// 32768): what is free now is very likely still free when the gateway binds it.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How many ports are tried until one is free.
const PORT_TRIES: usize = 100;

/// An address on loopback that is free now. The gateway binds it a moment later.
fn free_address(random: &dyn SecureRandom) -> Result<SocketAddr, Failure> {
    let mut last = None;
    for _ in 0..PORT_TRIES {
        let mut bytes = [0; 2];
        random
            .fill(&mut bytes)
            .map_err(|_| Failure::ours("RANDOM", "the system gave no random bytes"))?;
        let span = PORTS.end - PORTS.start;
        let port = PORTS.start + u16::from_be_bytes(bytes) % span;
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                return listener
                    .local_addr()
                    .map_err(|error| Failure::ours("TRIAL_PORT", error));
            }
            Err(error) => last = Some(error),
        }
    }
    let said = last.map_or_else(String::new, |error| error.to_string());
    Err(Failure::ours("TRIAL_PORT", said))
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
agreements = "agreements"
partners = "partners"

[signing]
key = "keys/signing.key.pem"
certificates = "keys/signing.pem"
suite = "{SUITE}"

[log]
origin = "{origin}"
key = "keys/log.key.pem"

# A trial is over before it fills a disk.
[disk]
free_bytes_min = 16777216

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
        origin = log_origin(party.id.as_str()),
        partner = party.partner_address,
        national = party.national_address,
    );
    for (role, token) in &party.tokens {
        let digest = sha256(token.as_bytes());
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[[principal]]\nname = \"{name}-{role}\"\nrole = \"{role}\"\nposts = [\"*\"]\n\
             token_sha256 = \"{digest}\"\n"
        );
    }
    text
}

fn partner_toml(partner: &Party, anchors: &str, crls: &str) -> String {
    format!(
        r#"party = "{id}"
url = "https://{address}"

[tls]
pins = ["{pin}"]

[signing]
anchors = "{anchors}"
crls = ["{crls}"]
revocation = "if-present"
suites = ["{SUITE}"]

# Trials post many messages at once by hand, each over a connection of its own.
[limits]
connections_max = 256
in_flight_max = 64
"#,
        id = partner.id,
        address = partner.partner_address,
        pin = partner.tls_spki_sha256,
    )
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::unwritable(path, &error))
}
