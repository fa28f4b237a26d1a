//! Reading package folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{Catalogue, KeyKind, LeafKind, PackageId, PathId, PathKind};

use super::super::codelist::CodeLists;
use super::super::compile::{Setting, compile};
use super::super::encode::Noted;
use super::super::plan::Plan;
use super::packages::ToldApart;
use super::revision::RevisionRules;
use super::source::{Held, SchemaSource, Set, Sets, Shared, digest, official};
use super::{Directions, Extract, Extracts, ForEach, Package, Side, Signing, Status};
use crate::datafile::{Faults, LoadFault, Placed, Table, parse};

/// Largest file of a package, in bytes. The largest published schema file (FCS aggregate types) has
/// 1.1 MB.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most packages below one folder.
const PACKAGES_MAX: usize = 10_000;

/// Loads every `<party>/<message>/<version>/package.toml` below a folder that is wanted.
pub(super) fn load(
    root: &Path,
    wanted: &dyn Fn(&PackageId) -> bool,
    out: &mut Vec<LoadFault>,
) -> Vec<Package> {
    let mut shared = Shared::default();
    shared.lists.read_folder(&root.join("codelists"), root, out);
    let mut packages = Vec::new();
    for party in folders(root) {
        for message in folders(&party) {
            for version in folders(&message) {
                // A folder that no package can have is a fault of what is in it.
                let id = shown(&version, root).parse();
                let is_wanted = id.as_ref().map_or(true, wanted);
                if !is_wanted || !version.join("package.toml").is_file() {
                    continue;
                }
                if packages.len() >= PACKAGES_MAX {
                    let faults = Faults::of(&shown(&version, root), "");
                    faults.whole(format!("there are more than {PACKAGES_MAX} packages"));
                    out.extend(faults.into_inner());
                    return packages;
                }
                packages.extend(load_package(root, &version, &mut shared, out));
            }
        }
    }
    packages
}

/// That a folder has no package.
pub(super) fn nothing_below(root: &Path) -> Vec<LoadFault> {
    let faults = Faults::of(&root.display().to_string(), "");
    faults.whole("there is no package below this folder");
    faults.into_inner()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

pub(super) fn shown(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.display().to_string().replace('\\', "/")
}

pub(in super::super) fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("has more than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn load_package(
    root: &Path,
    folder: &Path,
    shared: &mut Shared,
    out: &mut Vec<LoadFault>,
) -> Option<Package> {
    let file = folder.join("package.toml");
    let text = read(&file).unwrap_or_default();
    let faults = Faults::of(&shown(&file, root), &text);
    let mut lists = shared.lists.clone();
    lists.read_folder(&folder.join("codelists"), root, out);
    let document = parse(&text, &faults);
    let package = Loader {
        root,
        folder,
        table: Table::new(&document, &faults),
        lists,
    }
    .load(&mut shared.sets, out);
    out.extend(faults.into_inner());
    package
}

struct Loader<'a> {
    root: &'a Path,
    folder: &'a Path,
    table: Table<'a>,
    lists: CodeLists,
}

const KEYS: &[&str] = &[
    "party",
    "message",
    "version",
    "title",
    "root",
    "told_apart",
    "schema",
    "set",
    "origin",
    "licence",
    "status",
    "direction",
    "namespaces",
    "files",
    "identity",
    "route",
    "key",
    "post",
    "correlation",
    "revision",
    "signing",
    "embedded",
    "document",
    "note",
];

/// Keys that can be read without the schema.
const PLAIN_KEYS: &[&str] = &[
    "party",
    "message",
    "version",
    "title",
    "root",
    "schema",
    "set",
    "origin",
    "licence",
    "status",
    "direction",
    "namespaces",
    "note",
];

impl Loader<'_> {
    fn load(&self, sets: &mut Sets, out: &mut Vec<LoadFault>) -> Option<Package> {
        let table = self.table;
        table.only(KEYS);
        let id = self.id()?;
        let prefixes = self.prefixes();
        let (source, published) = self.schema_source(sets, out)?;
        let root = table.required("root");
        let (namespace, local) = self.root_name(root, &prefixes)?;
        let directions = self.directions();
        let schema = self.held(source)?;
        let mut package = Package {
            id,
            title: table.required("title").text.to_owned(),
            origin: table.text("origin").map_or("", |t| t.text).to_owned(),
            licence: table.text("licence").map_or("", |t| t.text).to_owned(),
            status: self.status(),
            folder: self.folder.to_owned(),
            root: (namespace.clone(), local.clone()),
            told_apart: None,
            signing: self.signing(&prefixes),
            revision: None,
            extracts: Extracts::default(),
            plan: None,
            directions,
            inferred: Vec::new(),
            mapping: None,
            schema,
        };
        if let Some((origin, licence)) = published {
            (package.origin, package.licence) = (origin, licence);
        }
        let Held::Ready(schema) = &package.schema else {
            return Some(package);
        };
        let Some(element) = schema.element(&namespace, &local) else {
            table.faults.at(
                root.at,
                format!("the schema has no element `{}`", root.text),
            );
            return None;
        };
        package.extracts = self.extracts(element, &prefixes);
        package.told_apart = table.table("told_apart").and_then(|table| {
            ToldApart::read(table, element, |prefix| prefixes.get(prefix).cloned())
        });
        let own = package.id.family();
        let revision = table.table("revision");
        package.revision =
            revision.map(|table| RevisionRules::read(table, &own, &package.extracts));
        let setting = Setting {
            root: element,
            prefixes: &prefixes,
            lists: &self.lists,
            encodes: directions.encodes,
        };
        (package.plan, package.mapping) = self.mapping(setting, out);
        if let Some(plan) = &mut package.plan {
            plan.noted = Noted::of(plan, &package.extracts);
        }
        package.inferred = package.plan.as_ref().map(inferred).unwrap_or_default();
        Some(package)
    }

    /// The schema, compiled unless that can wait.
    fn held(&self, source: SchemaSource) -> Option<Held> {
        if self.is_resolved_later() {
            return Some(Held::later(source));
        }
        match source.compile() {
            Ok(schema) => Some(Held::Ready(Box::new(schema))),
            Err(message) => {
                self.table.faults.whole(message);
                None
            }
        }
    }

    /// Whether nothing of the package needs its schema before a message comes: it is one of a set,
    /// and says of the message no more than its root.
    fn is_resolved_later(&self) -> bool {
        let plain = |key: &Placed<'_>| PLAIN_KEYS.contains(&key.text);
        self.table.has("set")
            && self.table.keys().iter().all(plain)
            && !self.folder.join("map.toml").is_file()
    }

    fn id(&self) -> Option<PackageId> {
        let parts = ["party", "message", "version"].map(|key| self.table.required(key));
        let [party, message, version] = parts.map(|part| part.text);
        let folder = shown(self.folder, self.root);
        if folder != format!("{party}/{message}/{version}") {
            let text = format!("says {party}/{message}/{version}, but is in {folder}");
            self.table.faults.whole(text);
        }
        let id = PackageId::new(party, message, version);
        id.map_err(|error| self.table.faults.whole(error.to_string()))
            .ok()
    }

    fn prefixes(&self) -> BTreeMap<String, String> {
        let Some(table) = self.table.table("namespaces") else {
            return BTreeMap::new();
        };
        let keys = table.keys().into_iter();
        keys.map(|key| {
            (
                key.text.to_owned(),
                table.required(key.text).text.to_owned(),
            )
        })
        .collect()
    }

    /// Where the schema stands and, when that is a set, its origin and licence. A published schema
    /// that was put in the place of the package's own comes first.
    fn schema_source(
        &self,
        sets: &mut Sets,
        out: &mut Vec<LoadFault>,
    ) -> Option<(SchemaSource, Option<(String, String)>)> {
        let table = self.table;
        let texts = table.texts("schema").into_iter();
        let own: Vec<String> = texts.map(|it| it.text.to_owned()).collect();
        let named = table.text("set").map(|set| set.text.to_owned());
        let official = official(self.root, self.folder, out);
        let in_set = official.or_else(|| Some((named?, own.clone())));
        let Some((version, entries)) = in_set else {
            if own.is_empty() {
                table.faults.at(table.at, "`schema` names no file");
                return None;
            }
            self.check_files();
            return Some((SchemaSource::folder(self.folder, own), None));
        };
        if entries.is_empty() {
            table.faults.at(table.at, "`schema` names no file");
            return None;
        }
        let party = table.required("party").text;
        let set = Set::find(sets, self.root, party, &version, out)?;
        let published = (set.origin.clone(), set.licence.clone());
        Some((SchemaSource::set(set, entries), Some(published)))
    }

    fn check_files(&self) {
        let Some(files) = self.table.table("files") else {
            return;
        };
        for file in files.keys() {
            let wanted = files.required(file.text);
            match std::fs::read(self.folder.join(file.text)) {
                Err(error) => files.faults.at(file.at, format!("cannot be read: {error}")),
                Ok(bytes) => {
                    if digest(&bytes) != wanted.text {
                        files.faults.at(wanted.at, "the file has another SHA-256");
                    }
                }
            }
        }
    }

    fn root_name(
        &self,
        root: Placed<'_>,
        prefixes: &BTreeMap<String, String>,
    ) -> Option<(String, String)> {
        let (prefix, local) = root.text.split_once(':').unwrap_or(("", root.text));
        match prefixes.get(prefix) {
            Some(uri) => Some((uri.clone(), local.to_owned())),
            None if prefix.is_empty() => Some((String::new(), local.to_owned())),
            None => {
                let message = format!("prefix `{prefix}` is not in [namespaces]");
                self.table.faults.at(root.at, message);
                None
            }
        }
    }

    fn directions(&self) -> Directions {
        let direction = self.table.text("direction");
        let (decodes, encodes) = match direction.map(|d| d.text) {
            None | Some("both") => (true, true),
            Some("decode") => (true, false),
            Some("encode") => (false, true),
            Some(_) => {
                let at = direction.map_or(0, |d| d.at);
                let message = "`direction` is `both`, `decode` or `encode`";
                self.table.faults.at(at, message);
                (true, true)
            }
        };
        Directions { decodes, encodes }
    }

    fn status(&self) -> Status {
        let Some(word) = self.table.text("status") else {
            return Status::default();
        };
        let all = [Status::Published, Status::Inferred, Status::Draft];
        let known = all.into_iter().find(|status| status.as_str() == word.text);
        known.unwrap_or_else(|| {
            let message = "`status` is `published`, `inferred` or `draft`";
            self.table.faults.at(word.at, message);
            Status::default()
        })
    }

    fn signing(&self, prefixes: &BTreeMap<String, String>) -> Signing {
        let Some(table) = self.table.table("signing") else {
            return Signing::default();
        };
        table.only(&["cover", "id_attributes", "note", "xades"]);
        let enveloping = table.text("cover").is_some_and(|cover| match cover.text {
            "document-element" => false,
            "object" => true,
            _ => {
                let message = "`cover` is `document-element` or `object`";
                table.faults.at(cover.at, message);
                false
            }
        });
        let mut id_attributes = Vec::new();
        for name in table.texts("id_attributes") {
            let (prefix, local) = name.text.split_once(':').unwrap_or(("", name.text));
            let uri = match prefix {
                "" => Some(String::new()),
                prefix => prefixes.get(prefix).cloned(),
            };
            match uri {
                Some(uri) => id_attributes.push((uri, local.to_owned())),
                None => table
                    .faults
                    .at(name.at, "the prefix is not in [namespaces]"),
            }
        }
        Signing {
            enveloping,
            xades: table.flag("xades"),
            id_attributes,
        }
    }

    fn extracts(
        &self,
        root: crate::schema::Element<'_>,
        prefixes: &BTreeMap<String, String>,
    ) -> Extracts {
        let table = self.table;
        let resolve = |path: Placed<'_>| {
            let extract = Extract::resolve(root, path.text, |prefix| prefixes.get(prefix).cloned());
            extract
                .map_err(|message| table.faults.at(path.at, message))
                .ok()
        };
        let mut extracts = Extracts::default();
        if let Some(identity) = table.table("identity") {
            identity.only(&[
                "id",
                "function",
                "procedure",
                "sender",
                "recipient",
                "reference",
                "issued",
                "note",
            ]);
            extracts.id = identity.text("id").and_then(resolve);
            extracts.function = identity.text("function").and_then(resolve);
            extracts.procedure = identity.text("procedure").and_then(resolve);
            extracts.sender = identity.text("sender").and_then(resolve);
            extracts.recipient = identity.text("recipient").and_then(resolve);
            extracts.reference = identity.text("reference").and_then(resolve);
            extracts.issued = identity.text("issued").and_then(resolve);
        }
        for route in table.tables("route") {
            extracts.route.extend(self.treated(route, resolve));
        }
        for key in table.tables("key") {
            let kind = key.required("kind");
            let extract = self.treated(key, resolve);
            match kind.text.parse::<KeyKind>() {
                Ok(kind) => extracts.keys.extend(extract.map(|extract| (kind, extract))),
                Err(unknown) => key.faults.at(kind.at, unknown.to_string()),
            }
        }
        for post in table.tables("post") {
            extracts.posts.extend(self.post(post, resolve));
        }
        self.embedded(&mut extracts, resolve);
        extracts.document = table.table("document").and_then(|document| {
            document.only(&["for_each", "number", "note"]);
            let for_each = document.required("for_each");
            let extract = resolve(for_each)?;
            if extract.attribute.is_some() || extract.steps.is_empty() {
                let text = "`for_each` names an element below the document element";
                table.faults.at(for_each.at, text);
            }
            let number = document.text("number").and_then(|path| self.count_at(path));
            Some(ForEach { extract, number })
        });
        if let Some(correlation) = table.table("correlation") {
            correlation.only(&["key", "note"]);
            if !correlation.has("key") {
                correlation.required("key");
            }
            for kind in correlation.texts("key") {
                let mut known = extracts.keys.iter().map(|(kind, _)| *kind);
                match known.find(|known| known.as_str() == kind.text) {
                    Some(kind) => extracts.correlation.push(kind),
                    None => table.faults.at(kind.at, "there is no [[key]] of that kind"),
                }
            }
        }
        extracts
    }

    fn embedded(&self, extracts: &mut Extracts, resolve: impl Fn(Placed<'_>) -> Option<Extract>) {
        for embedded in self.table.tables("embedded") {
            embedded.only(&["at", "identifies", "note"]);
            extracts.embedded.extend(resolve(embedded.required("at")));
            extracts.id_inside |= embedded.flag("identifies");
            if extracts.id_inside && extracts.id.is_some() {
                let text = "an envelope has an id of its own, or that of its document";
                self.table.faults.at(embedded.at, text);
            }
        }
    }

    /// A canonical path of a whole number.
    fn count_at(&self, path: Placed<'_>) -> Option<PathId> {
        let found = Catalogue::get().find(path.text);
        let count =
            |id: &PathId| Catalogue::get().info(*id).kind == PathKind::Leaf(LeafKind::Count);
        let found = found.filter(count);
        if found.is_none() {
            let text = "`number` is the canonical path of a whole number";
            self.table.faults.at(path.at, text);
        }
        found
    }

    fn treated(
        &self,
        table: Table<'_>,
        resolve: impl Fn(Placed<'_>) -> Option<Extract>,
    ) -> Option<Extract> {
        table.only(&["kind", "at", "code", "take", "note"]);
        self.extract(table, resolve)
    }

    /// A path to the post of a message, and from which side the message must come.
    fn post(
        &self,
        table: Table<'_>,
        resolve: impl Fn(Placed<'_>) -> Option<Extract>,
    ) -> Option<(Option<Side>, Extract)> {
        table.only(&["at", "code", "take", "when", "note"]);
        let side = table.text("when").and_then(|word| side(table, word));
        Some((side, self.extract(table, resolve)?))
    }

    fn extract(
        &self,
        table: Table<'_>,
        resolve: impl Fn(Placed<'_>) -> Option<Extract>,
    ) -> Option<Extract> {
        let mut extract = resolve(table.required("at"))?;
        extract.take = table.span("take");
        extract.column = table.text("code").and_then(|name| {
            let column = self.lists.column(name.text);
            column
                .map_err(|message| table.faults.at(name.at, message))
                .ok()
        });
        Some(extract)
    }

    fn mapping(
        &self,
        setting: Setting<'_>,
        out: &mut Vec<LoadFault>,
    ) -> (Option<Plan>, Option<Vec<u8>>) {
        let file = self.folder.join("map.toml");
        if !file.is_file() {
            return (None, None);
        }
        let text = match read(&file) {
            Ok(text) => text,
            Err(message) => {
                let faults = Faults::of(&shown(&file, self.root), "");
                faults.whole(message);
                out.extend(faults.into_inner());
                return (None, None);
            }
        };
        let faults = Faults::of(&shown(&file, self.root), &text);
        let document = parse(&text, &faults);
        let plan = compile(Table::new(&document, &faults), setting);
        drop(document);
        out.extend(faults.into_inner());
        (Some(plan), Some(text.into_bytes()))
    }
}

/// From which side a message must come for a path to count.
fn side(table: Table<'_>, word: Placed<'_>) -> Option<Side> {
    let side = Side::ALL
        .into_iter()
        .find(|side| side.as_str() == word.text);
    if side.is_none() {
        let text = "`when` is `submitted` or `received`, or left out";
        table.faults.at(word.at, text);
    }
    side
}

fn inferred(plan: &Plan) -> Vec<String> {
    let rows = plan.rows.iter().filter(|row| row.inferred);
    let places = rows.filter_map(|row| row.places.first());
    places
        .map(|place| plan.place(*place).label.path.clone())
        .collect()
}
