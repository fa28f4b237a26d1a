//! A gateway that knows every package, and the partner that sends it all of them.
//!
//! Start at [`World::new`]. The gateway is the real program; what it answers is opened like any
//! partner's gateway would.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use corridor::cli::authority::{Authority, Reason};
use corridor::cli::trial::world::Spec;
use corridor::clock::Clock;
use corridor::crypto::{Policy, Suites, TrustStore};
use corridor::evidence::{self, CheckpointSigner, Origin, Outcome};
use corridor::store::{Identity, Options, Store};
use corridor::translate::Packages;
use corridor::xml::{Limits, parse};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::material::{Material, REVOKED, make_rsa_root};
use super::signed::{Build, alone, swap};
use crate::support::desk::{Desk, Peer, send};
use crate::support::trial::{Trial, schemas};

/// Who receives, who signs, and another partner of the one who receives.
const US: &str = "RU";
const PARTNER: &str = "XX";
const THIRD: &str = "YY";

/// Connections that messages are posted over at the same time.
const CONNECTIONS: usize = 8;

/// A package and what is sent by it.
pub(super) struct Case {
    pub(super) package: String,
    /// The id that the message has.
    pub(super) id: String,
    /// A sample of the package: its document element.
    pub(super) plain: String,
    /// The id that evil has, which stands nowhere else.
    evil_id: String,
    /// The same message under that id, which is valid too.
    pub(super) evil: String,
    kind: Kind,
}

/// What a message is, which decides what becomes of it when it is well signed.
#[derive(Clone, Copy)]
enum Kind {
    /// It is known by the document in it, whatever stands around that.
    Envelope,
    Message,
    /// An amendment or cancellation, which the lanes here do not take.
    Revision,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    /// Why it was refused; nothing for one that was taken.
    pub(super) code: Option<String>,
    pub(super) receipt: String,
    /// The message's id, as far as it was known.
    pub(super) message: Option<String>,
    /// Whether anything of what it says was known: package, id, whose it is.
    pub(super) names_anything: bool,
}

impl Case {
    /// Whether the message as its partner sent it is verified; and taken, where it can be.
    pub(super) fn is_as_expected(&self, judged: &Judged, build: Build) -> bool {
        // With an identifier it has another content than the one without, which came before.
        let has_identifier = matches!(build, Build::EnvelopedById | Build::EnvelopingContent);
        let expected = match (self.kind, has_identifier) {
            (Kind::Message, false) | (Kind::Envelope, _) => None,
            (Kind::Message, true) => Some("MESSAGE_ID_CONFLICT"),
            (Kind::Revision, false) => Some("NO_LANE"),
            (Kind::Revision, true) => Some("SCHEMA_ATTRIBUTE_UNEXPECTED"),
        };
        judged.code.as_deref() == expected && judged.message.as_ref() == Some(&self.id)
    }
}

/// See the module.
pub(super) struct World {
    trial: Trial,
    /// Where the packages are, if they are a copy.
    _folder: TempDir,
    schemas: PathBuf,
    packages: Packages,
    trust: Arc<TrustStore>,
}

impl World {
    /// All folders; nothing runs yet. With `enveloping` all packages have their messages signed so.
    pub(super) fn new(enveloping: bool) -> Self {
        let now = Clock::machine().wall();
        let folder = tempfile::tempdir().unwrap();
        let schemas = match enveloping {
            false => schemas().to_owned(),
            true => {
                let copied = folder.path().join("schemas");
                copy(schemas(), &copied);
                copied
            }
        };
        let packages = Packages::load(&schemas).unwrap();
        let lanes = packages
            .iter()
            .filter(|package| package.directions().is_some_and(|ways| ways.decodes));
        let lanes = lanes
            .map(|package| lane(&package.id().to_string()))
            .collect();
        let spec = |name, lanes| Spec {
            name,
            lanes,
            agreements: Vec::new(),
        };
        let specs = [
            spec(US, lanes),
            spec(PARTNER, Vec::new()),
            spec(THIRD, Vec::new()),
        ];
        let trial = Trial::of(&specs, &schemas);
        let partner = trial.party(PARTNER);
        let authority = Authority::load(&partner.dir.join("ca")).unwrap();
        let list = authority
            .crl(&[REVOKED.to_vec()], Reason::Unsaid, now)
            .unwrap();
        let profile = trial.path(US, "partners/xx.toml");
        let text = fs::read_to_string(&profile).unwrap();
        let suites = "suites = [\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"";
        let more = ", \"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\", \
                    \"urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256\", \
                    \"http://www.w3.org/2000/09/xmldsig#sm2-sm3\"";
        let text = swap(&text, suites, &format!("{suites}{more}"));
        let quota = "refused_messages_per_day = 1000000\nrefused_bytes_per_day = 1099511627776\n";
        fs::write(&profile, text + quota).unwrap();
        fs::write(trial.path(US, "partners/xx.crl.pem"), list).unwrap();
        // Its second authority has an RSA key, as have some of its signers.
        let anchors = trial.path(US, "partners/xx-anchor.pem");
        let first = fs::read_to_string(&anchors).unwrap();
        fs::write(&anchors, first + &make_rsa_root(partner, now)).unwrap();
        let trust = TrustStore::from_pem(trial.party(US).anchor_pem.as_bytes(), &[], &[]);
        Self {
            trial,
            _folder: folder,
            schemas,
            packages,
            trust: Arc::new(trust.unwrap()),
        }
    }

    pub(super) fn material(&self) -> Material {
        let party = |name| self.trial.party(name);
        let now = Clock::machine().wall();
        Material::new(party(US), party(PARTNER), party(THIRD), now)
    }

    pub(super) async fn serve(&mut self) {
        self.trial.serve(&[US]).await;
    }

    /// A valid sample of every package that messages are exchanged by.
    pub(super) fn cases(&self) -> Vec<Case> {
        let exchanged = self
            .packages
            .iter()
            .filter(|package| package.is_exchanged());
        let cases = exchanged.map(|package| {
            let id = package.id().to_string();
            let file = first_sample(&self.schemas.join(&id).join("samples"));
            let document = parse(&fs::read(file).unwrap(), None, &Limits::default()).unwrap();
            let (mut plain, root) = (alone(&document), document.root());
            let called = |text: &str, from: &str, to: &str| {
                text.replace(&format!(">{from}<"), &format!(">{to}<"))
            };
            let message = match package.message_id(root) {
                Some(message) => message,
                // It is known by the document in it, which may be the sample of that one's package.
                None => {
                    let inner = package.embedded(root)[0];
                    let inner = self.packages.of(inner).unwrap().message_id(inner).unwrap();
                    let message = raised(&inner, 5);
                    plain = called(&plain, &inner, &message);
                    message
                }
            };
            let evil_id = raised(&message, 1);
            let evil = called(&plain, &message, &evil_id);
            let changed = parse(evil.as_bytes(), None, &Limits::default()).unwrap();
            assert_eq!(package.validate(changed.root(), 1).unwrap(), [], "{id}");
            assert_ne!(evil, plain, "{id}");
            Case {
                kind: match id.as_str() {
                    "wco/metadata/2" => Kind::Envelope,
                    "eu/cc013c/51.8.6"
                    | "eu/cc013c/60.4.16"
                    | "eu/cc014c/51.8.6"
                    | "eu/cc014c/60.4.16"
                    | "fcs/req-pi-delete/5.23.0" => Kind::Revision,
                    _ => Kind::Message,
                },
                package: id,
                id: message,
                plain,
                evil_id,
                evil,
            }
        });
        cases.collect()
    }

    /// Posts messages over several connections; what became of each, in their order.
    pub(super) async fn post(&self, bodies: Vec<Vec<u8>>) -> Vec<Judged> {
        let peer = Peer::new(self.trial.party(PARTNER), self.trial.party(US));
        let bodies: Arc<Vec<Bytes>> = Arc::new(bodies.into_iter().map(Bytes::from).collect());
        let mut posts = JoinSet::new();
        for first in 0..CONNECTIONS {
            let (peer, bodies, trust) =
                (peer.clone(), Arc::clone(&bodies), Arc::clone(&self.trust));
            posts.spawn(async move {
                let mut https = peer.connect().await.unwrap();
                let mut judged = Vec::new();
                for at in (first..bodies.len()).step_by(CONNECTIONS) {
                    let answer = send(&mut https, &bodies[at]).await.unwrap();
                    judged.push((at, open(&answer.body, &trust)));
                }
                judged
            });
        }
        let mut judged: Vec<_> = posts.join_all().await.into_iter().flatten().collect();
        judged.sort_by_key(|(at, _)| *at);
        judged.into_iter().map(|(_, judged)| judged).collect()
    }

    pub(super) async fn post_one(&self, body: Vec<u8>) -> Judged {
        self.post(vec![body]).await.remove(0)
    }

    /// Of what was refused, the store has bytes, code and receipt, and nothing else; nobody can see any
    /// of it, and what evil is called stands in no event.
    pub(super) async fn knows_nothing_of(&mut self, receipts: &[String], cases: &[Case]) {
        let mut desk = Desk::open(self.trial.party(US), "officer").await;
        assert_eq!(desk.inbox().await, Vec::<serde_json::Value>::new());
        let held = desk.get("/v1/held").await;
        assert_eq!(held["items"].as_array().unwrap().len(), 0);
        drop(desk);
        self.trial.stop(US);
        let events = self.events();
        for case in cases {
            assert!(
                !contains(&events, &case.evil_id),
                "{}: {}",
                case.package,
                case.evil_id
            );
        }
        let store = self.store();
        for id in receipts {
            let receipt = store.receipt(id).unwrap().unwrap();
            let received = store.message(&receipt.message).unwrap().unwrap();
            assert!(
                !received.accepted && received.code.is_some(),
                "{received:?}"
            );
            assert_eq!(
                (&received.package, &received.message_id),
                (&None, &None),
                "{received:?}"
            );
            assert_eq!(
                (&received.report, &received.case),
                (&None, &None),
                "{received:?}"
            );
            assert!(
                received.keys.is_empty() && received.claims.is_empty(),
                "{received:?}"
            );
            assert!(
                received.posts.is_empty() && received.revises.is_none(),
                "{received:?}"
            );
            assert!(
                store.made_from(&received.message).unwrap().is_empty(),
                "{received:?}"
            );
            assert!(store.body(&received.raw).unwrap().is_some(), "{received:?}");
        }
        assert!(store.outbox(None, 1).is_empty() && store.awaiting(1).is_empty());
        drop(store);
        self.trial.serve(&[US]).await;
    }

    /// What was looked for before is there, once the partner says it.
    pub(super) fn knows_all(&mut self, cases: &[Case]) {
        self.trial.stop(US);
        let events = self.events();
        for case in cases {
            for id in [&case.id, &case.evil_id] {
                assert!(contains(&events, id), "{}: {id}", case.package);
            }
        }
        self.trial.sound(US);
    }

    /// All events of the journal, as they stand on disk: in JSON.
    fn events(&self) -> Vec<u8> {
        let folder = fs::read_dir(self.trial.path(US, "store/events")).unwrap();
        let segments = folder.map(|entry| fs::read(entry.unwrap().path()).unwrap());
        segments.collect::<Vec<_>>().concat()
    }

    fn store(&self) -> Store {
        let key = fs::read(self.trial.path(US, "keys/log.key.pem")).unwrap();
        let key = PrivatePkcs8KeyDer::from_pem_slice(&key).unwrap();
        let (origin, key) = ("trial.invalid/corridor/ru", key.secret_pkcs8_der());
        let signer = CheckpointSigner::from_pkcs8(origin, key).unwrap();
        let identity = Identity {
            gateway: self.trial.party(US).id.clone(),
            log: signer.verifier().clone(),
        };
        let dir = self.trial.path(US, "store");
        Store::open(&dir, &identity, Arc::new(signer), &Options::default()).unwrap()
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// A copy of the packages in which messages are signed enveloping.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.ends_with("package.toml") {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                target,
                text.replace("cover = \"document-element\"", "cover = \"object\""),
            )
            .unwrap();
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// A lane that takes a package's messages from the partner into the national inbox.
fn lane(package: &str) -> (String, String) {
    let id: String = package
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { '-' })
        .collect();
    let text = format!(
        "id = \"{id}\"\nfrom = \"{PARTNER}\"\nto = \"{US}\"\npackage_in = \"{package}\"\n\
         package_out = \"canonical\"\norigin = \"signed\"\n[rules]\nzone = \"UTC\"\nsource_zone = \"UTC\"\n"
    );
    (format!("{id}.toml"), text)
}

fn first_sample(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let valid = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".xml") && !name.ends_with("-rejected.xml")
    });
    valid.min().unwrap()
}

/// The id with another last digit.
fn raised(id: &str, by: u8) -> String {
    let at = id.rfind(|it: char| it.is_ascii_digit()).unwrap();
    let digit = id.as_bytes()[at] - b'0';
    format!("{}{}{}", &id[..at], (digit + by) % 10, &id[at + 1..])
}

/// What a receipt says, which must be the gateway's own.
fn open(sealed: &[u8], trust: &TrustStore) -> Judged {
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(str::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let opened = evidence::open(sealed, &policy, Clock::machine().wall());
    let (receipt, _) =
        opened.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(sealed)));
    let facts = &receipt.message;
    Judged {
        names_anything: facts.package.is_some()
            || facts.id.is_some()
            || receipt.origin != Origin::Unverified,
        code: match receipt.outcome {
            Outcome::Refused(refusal) => Some(refusal.code),
            Outcome::Accepted { .. } => None,
        },
        receipt: receipt.id,
        message: receipt.message.id,
    }
}
