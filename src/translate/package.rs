//! Message packages: what stands in `schemas/<party>/<message>/<version>/`, loaded and checked.
//!
//! Start at [`Packages::load`]. A package is identity, schema, signing rules, paths of what the
//! gateway must know about a message, and, where there is one, the mapping. Packages know no lanes
//! and no keys.

mod load;
mod packages;
mod paths;
mod revision;
mod source;

use std::path::{Path, PathBuf};

use foldhash::HashSet;

use crate::model::{CaseKey, Catalogue, KeyKind, Leaf, Occurrence, PackageId};
use crate::schema::{Fault, Schema};
use crate::xml::{Node, NodeId, QName};

use super::decode::{self, DecodeContext, Decoded};
use super::plan::Plan;
use super::value::day_of;
pub(super) use load::read as read_text;
use packages::ToldApart;
pub use packages::{NoPackage, Packages};
pub(super) use paths::{Extract, Extracts, ForEach};
use revision::RevisionRules;
pub use revision::StatedRevision;
use source::Held;
pub(crate) use source::{OFFICIAL_FILE, SET_FILE, SETS, digest};

/// What a signature of this message must cover, what it states, and how its Ids are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signing {
    /// Whether the signature stands around the document element, instead of within it.
    pub enveloping: bool,
    /// Whether we state time of signing and certificate in it (XAdES baseline B).
    pub xades: bool,
    /// Namespace and local name of attributes that are Ids.
    pub id_attributes: Vec<(String, String)>,
}

/// One message of one party in one version.
#[derive(Debug)]
pub struct Package {
    pub(super) id: PackageId,
    pub(super) title: String,
    pub(super) origin: String,
    pub(super) licence: String,
    pub(super) status: Status,
    pub(super) folder: PathBuf,
    pub(super) root: (String, String),
    told_apart: Option<ToldApart>,
    schema: Held,
    pub(super) signing: Signing,
    pub(super) extracts: Extracts,
    pub(super) revision: Option<RevisionRules>,
    pub(super) plan: Option<Plan>,
    pub(super) directions: Directions,
    pub(super) inferred: Vec<String>,
    pub(super) mapping: Option<Vec<u8>>,
}

/// On what ground a package's schema stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Its names, cardinalities and figures are published.
    #[default]
    Published,
    /// It was concluded from examples: the publisher's own schema was never seen.
    Inferred,
    /// It was proposed by us; no party has agreed to it yet.
    Draft,
}

impl Status {
    /// The word of `package.toml` and of listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Inferred => "inferred",
            Self::Draft => "draft",
        }
    }
}

/// From which side a message comes to a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The own national side hands it in.
    Submitted,
    /// A partner sends it.
    Received,
}

impl Side {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Submitted, Self::Received];

    /// The word of `package.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Received => "received",
        }
    }
}

/// The offices of a message, and where the first of them stands.
#[derive(Debug, Clone)]
pub struct Posts<'d> {
    /// Their codes, each once.
    pub codes: Vec<String>,
    /// The element of the first.
    pub at: Node<'d>,
}

/// Which ways a mapping is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directions {
    /// Messages of this package are read.
    pub decodes: bool,
    /// Messages of this package are written.
    pub encodes: bool,
}

impl Package {
    /// Party, message and version.
    pub fn id(&self) -> &PackageId {
        &self.id
    }

    /// What the message is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Where its schema comes from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Under which licence its schema is here.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// On what ground its schema stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The folder that it was read from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The document element.
    pub fn root(&self) -> QName<'_> {
        QName {
            namespace: &self.root.0,
            local: &self.root.1,
        }
    }

    /// The schema.
    ///
    /// # Errors
    /// Why it does not compile. That can happen only to a package of a set of published files, which
    /// is compiled when it is used first: `corridor packages check` finds it before.
    pub fn schema(&self) -> Result<&Schema, &str> {
        self.schema.get()
    }

    /// Whether the schema compiles; what is compiled for this answer alone is not kept.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check_schema(&self) -> Result<(), String> {
        self.schema.check()
    }

    /// The signing rules.
    pub fn signing(&self) -> &Signing {
        &self.signing
    }

    /// Whether there is a mapping, and for which ways.
    pub fn directions(&self) -> Option<Directions> {
        self.plan.as_ref().map(|_| self.directions)
    }

    /// Whether the mapping has a row for a canonical path, as in `goodsShipment.items.ucr`.
    pub fn maps(&self, path: &str) -> bool {
        let path = Catalogue::get().find(path);
        let rows = self.plan.iter().flat_map(|plan| &plan.rows);
        let mut paths = rows.flat_map(|row| &row.paths);
        path.is_some_and(|path| paths.any(|mapped| *mapped == path))
    }

    /// Whether the mapping has a row for a canonical path, or for anything below it.
    pub fn maps_within(&self, path: &str) -> bool {
        let catalogue = Catalogue::get();
        let path = catalogue.find(path);
        let rows = self.plan.iter().flat_map(|plan| &plan.rows);
        let mut paths = rows.flat_map(|row| &row.paths);
        path.is_some_and(|path| paths.any(|mapped| catalogue.is_within(*mapped, path)))
    }

    /// The bytes of `map.toml`, whose digest names the mapping in receipts.
    pub fn mapping(&self) -> Option<&[u8]> {
        self.mapping.as_deref()
    }

    /// Places whose constant is our inference, not stated by the publisher.
    pub fn inferred(&self) -> &[String] {
        &self.inferred
    }

    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Checks a view against the schema.
    ///
    /// # Errors
    /// As [`Package::schema`].
    pub fn validate(&self, view: Node<'_>, faults_max: usize) -> Result<Vec<Fault>, &str> {
        Ok(self.schema.get()?.validate(view, faults_max))
    }

    /// Whether messages of it can be exchanged: it says where their id stands. Others, such as those
    /// of an import, validate only.
    pub fn is_exchanged(&self) -> bool {
        self.extracts.id.is_some() || self.extracts.id_inside
    }

    /// Whether it is an envelope without an id of its own: it has that of the document in it.
    pub fn is_known_by_its_document(&self) -> bool {
        self.extracts.id_inside
    }

    /// The message's own id.
    pub fn message_id(&self, view: Node<'_>) -> Option<String> {
        self.extracts.id.as_ref()?.first(view)
    }

    /// What the message does: adds, amends, cancels.
    pub fn function(&self, view: Node<'_>) -> Option<String> {
        self.extracts.function.as_ref()?.first(view)
    }

    /// What the message says that it does to an earlier one; none for an original.
    pub fn revision(&self, view: Node<'_>) -> Option<StatedRevision> {
        let rules = self.revision.as_ref()?;
        rules.stated(view, &self.extracts, &self.keys(view))
    }

    /// Whether messages of this package say themselves what they do to an earlier one.
    pub fn states_revisions(&self) -> bool {
        self.revision.is_some()
    }

    /// Whether a message of this package may revise one of that.
    pub fn revises(&self, earlier: &PackageId) -> bool {
        let mut rules = self.revision.iter();
        rules.any(|rules| rules.of.contains(&earlier.family()))
    }

    /// The customs procedure that the message states, in the words of its own format.
    pub fn procedure(&self, view: Node<'_>) -> Option<String> {
        self.extracts.procedure.as_ref()?.first(view)
    }

    /// The sender that the message states.
    pub fn sender(&self, view: Node<'_>) -> Option<String> {
        self.extracts.sender.as_ref()?.first(view)
    }

    /// The recipient that the message states.
    pub fn recipient(&self, view: Node<'_>) -> Option<String> {
        self.extracts.recipient.as_ref()?.first(view)
    }

    /// The id of the message that this one answers.
    pub fn reference(&self, view: Node<'_>) -> Option<String> {
        self.extracts.reference.as_ref()?.first(view)
    }

    /// When the message says it was made.
    pub fn issued(&self, view: Node<'_>) -> Option<String> {
        self.extracts.issued.as_ref()?.first(view)
    }

    /// The countries of the route, ISO 3166-1 alpha-2, in order of the package's paths, each once:
    /// where it is named last, so that the route ends where the last path says.
    pub fn route(&self, view: Node<'_>) -> Vec<String> {
        let mut countries: Vec<String> = Vec::new();
        for extract in &self.extracts.route {
            for country in extract.all(view) {
                countries.retain(|known| *known != country);
                countries.push(country);
            }
        }
        countries
    }

    /// The case keys that the message states, each once.
    pub fn keys(&self, view: Node<'_>) -> Vec<CaseKey> {
        let mut keys = Vec::new();
        for (kind, extract) in &self.extracts.keys {
            for value in extract.all(view) {
                let key = CaseKey { kind: *kind, value };
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// The offices whose business a message is that comes from this side: what stands at the first of the
    /// package's paths for it that leads to a value. None when no path does.
    pub fn posts<'d>(&self, view: Node<'d>, side: Side) -> Option<Posts<'d>> {
        let paths = self.extracts.posts.iter();
        let mut paths = paths.filter(|(only, _)| only.is_none_or(|only| only == side));
        paths.find_map(|(_, extract)| {
            let mut codes: Vec<String> = Vec::new();
            for code in extract.all(view) {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
            let at = extract.nodes(view).into_iter().next()?;
            (!codes.is_empty()).then_some(Posts { codes, at })
        })
    }

    /// The kinds of keys by which an answer finds its original, the surest first.
    pub fn correlation(&self) -> &[KeyKind] {
        &self.extracts.correlation
    }

    /// The roots of the documents that an envelope holds.
    pub fn embedded<'d>(&self, view: Node<'d>) -> Vec<Node<'d>> {
        let mut roots = Vec::new();
        for extract in &self.extracts.embedded {
            // Beside its documents an envelope has elements of its own, in its own namespace.
            let whole = extract.steps.is_empty();
            for holder in extract.nodes(view) {
                let own = holder.name().namespace;
                let apart = |inner: &Node<'_>| !whole || inner.name().namespace != own;
                roots.extend(holder.elements().filter(apart));
            }
        }
        roots
    }

    /// Whether the package is an envelope of other documents.
    pub fn is_envelope(&self) -> bool {
        !self.extracts.embedded.is_empty()
    }

    /// Decodes a view to the canonical model; nothing when the package has no mapping or is not
    /// read.
    pub fn decode<'d>(&self, view: Node<'d>, context: &DecodeContext) -> Option<Decoded<'d>> {
        let plan = self.plan.as_ref().filter(|_| self.directions.decodes)?;
        let (apart, context) = (HashSet::default(), self.dated(view, context));
        Some(decode::decode(
            plan,
            self.id.clone(),
            view,
            &context,
            &apart,
        ))
    }

    /// The day for which codes are looked up is that of the message, where it says when it was made.
    fn dated(&self, view: Node<'_>, context: &DecodeContext) -> DecodeContext {
        let stated = self.issued(view).and_then(|text| day_of(&text));
        DecodeContext {
            zone: context.zone.clone(),
            on: stated.or(context.on),
        }
    }

    /// How many documents a message is, when it is split by a repeated element; nothing for a
    /// message that is one.
    pub fn documents(&self, view: Node<'_>) -> Option<usize> {
        let split = self.extracts.document.as_ref()?;
        Some(split.extract.nodes(view).len())
    }

    /// The local name of the element that documents are split by.
    pub fn document_name(&self) -> Option<&str> {
        let split = self.extracts.document.as_ref()?;
        split.extract.steps.last().map(|(_, local)| local.as_str())
    }

    /// Decodes one document of a message that is split: what stands outside the repeated elements,
    /// and in the one of this number, from 0. Of several documents each is given its number.
    pub fn decode_document<'d>(
        &self,
        view: Node<'d>,
        number: usize,
        context: &DecodeContext,
    ) -> Option<Decoded<'d>> {
        let plan = self.plan.as_ref().filter(|_| self.directions.decodes)?;
        let split = self.extracts.document.as_ref()?;
        let nodes = split.extract.nodes(view);
        nodes.get(number)?;
        let others = nodes.iter().enumerate().filter(|(at, _)| *at != number);
        let apart: HashSet<NodeId> = others.map(|(_, node)| node.id()).collect();
        let context = self.dated(view, context);
        let mut decoded = decode::decode(plan, self.id.clone(), view, &context, &apart);
        if let Some(path) = split.number.filter(|_| nodes.len() > 1) {
            let count = u64::try_from(number + 1).unwrap_or(u64::MAX);
            // The path is of a whole number: that was checked when the package was loaded.
            let at = Occurrence::first(path);
            let _ = decoded.declaration.set(at, Leaf::Count(count));
        }
        Some(decoded)
    }
}
