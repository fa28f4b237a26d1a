//! Reading package folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{Catalogue, KeyKind, LeafKind, PackageId, PathId, PathKind};
use crate::schema::{Resolver, Schema};

use super::super::codelist::CodeLists;
use super::super::compile::{Setting, compile};
use super::super::plan::Plan;
use super::revision::RevisionRules;
use super::{Directions, Extract, Extracts, ForEach, Package, Signing, Status};
use crate::datafile::{Faults, LoadFault, Placed, Table, parse};

/// Largest file of a package, in bytes. The largest published schema file (FCS aggregate types) has
/// 1.1 MB.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most packages below one folder.
const PACKAGES_MAX: usize = 10_000;

/// Loads every `<party>/<message>/<version>/package.toml` below a folder.
pub(super) fn load(root: &Path, out: &mut Vec<LoadFault>) -> Vec<Package> {
    let mut lists = CodeLists::default();
    lists.read_folder(&root.join("codelists"), root, out);
    let mut packages = Vec::new();
    for party in folders(root) {
        for message in folders(&party) {
            for version in folders(&message) {
                if !version.join("package.toml").is_file() {
                    continue;
                }
                if packages.len() >= PACKAGES_MAX {
                    let faults = Faults::of(&shown(&version, root), "");
                    faults.whole(format!("there are more than {PACKAGES_MAX} packages"));
                    out.extend(faults.into_inner());
                    return packages;
                }
                packages.extend(load_package(root, &version, &lists, out));
            }
        }
    }
    if packages.is_empty() && out.is_empty() {
        let faults = Faults::of(&root.display().to_string(), "");
        faults.whole("there is no package below this folder");
        out.extend(faults.into_inner());
    }
    packages
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

fn shown(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.display().to_string().replace('\\', "/")
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("has more than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn load_package(
    root: &Path,
    folder: &Path,
    shared: &CodeLists,
    out: &mut Vec<LoadFault>,
) -> Option<Package> {
    let file = folder.join("package.toml");
    let text = read(&file).unwrap_or_default();
    let faults = Faults::of(&shown(&file, root), &text);
    let mut lists = shared.clone();
    lists.read_folder(&folder.join("codelists"), root, out);
    let document = parse(&text, &faults);
    let package = Loader {
        root,
        folder,
        table: Table::new(&document, &faults),
        lists,
    }
    .load(out);
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
    "schema",
    "origin",
    "licence",
    "status",
    "direction",
    "namespaces",
    "files",
    "identity",
    "route",
    "key",
    "correlation",
    "revision",
    "signing",
    "embedded",
    "document",
    "note",
];

impl Loader<'_> {
    fn load(&self, out: &mut Vec<LoadFault>) -> Option<Package> {
        let table = self.table;
        table.only(KEYS);
        let id = self.id()?;
        let prefixes = self.prefixes();
        let schema = self.schema()?;
        let root = table.required("root");
        let (namespace, local) = self.root_name(root, &prefixes)?;
        let Some(element) = schema.element(&namespace, &local) else {
            table.faults.at(
                root.at,
                format!("the schema has no element `{}`", root.text),
            );
            return None;
        };
        let directions = self.directions();
        let extracts = self.extracts(element, &prefixes);
        let revision = table.table("revision");
        let revision = revision.map(|table| RevisionRules::read(table, &id.family(), &extracts));
        let setting = Setting {
            root: element,
            prefixes: &prefixes,
            lists: &self.lists,
            encodes: directions.encodes,
        };
        let (plan, mapping) = self.mapping(setting, out);
        let inferred = plan.as_ref().map(inferred).unwrap_or_default();
        Some(Package {
            id,
            title: table.required("title").text.to_owned(),
            origin: table.text("origin").map_or("", |t| t.text).to_owned(),
            licence: table.text("licence").map_or("", |t| t.text).to_owned(),
            status: self.status(),
            folder: self.folder.to_owned(),
            root: (namespace, local),
            signing: self.signing(&prefixes),
            extracts,
            revision,
            plan,
            directions,
            inferred,
            mapping,
            schema,
        })
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

    fn schema(&self) -> Option<Schema> {
        let entries: Vec<&str> = self.table.texts("schema").iter().map(|t| t.text).collect();
        if entries.is_empty() {
            self.table
                .faults
                .at(self.table.at, "`schema` names no file");
            return None;
        }
        self.check_files();
        let resolver = Folder { path: self.folder };
        let schema = Schema::compile(&entries, &resolver);
        schema
            .map_err(|error| self.table.faults.whole(format!("schema: {error}")))
            .ok()
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
                    let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
                    if hex::encode(digest) != wanted.text {
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
        table.only(&["cover", "id_attributes", "note"]);
        if let Some(cover) = table.text("cover")
            && cover.text != "document-element"
        {
            table.faults.at(cover.at, "`cover` is `document-element`");
        }
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
        Signing { id_attributes }
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
        for embedded in table.tables("embedded") {
            embedded.only(&["at", "note"]);
            extracts.embedded.extend(resolve(embedded.required("at")));
        }
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
            let kind = correlation.required("key");
            let keys = &mut extracts.keys.iter();
            extracts.correlation = keys
                .map(|(kind, _)| *kind)
                .find(|known| known.as_str() == kind.text);
            if extracts.correlation.is_none() {
                table.faults.at(kind.at, "there is no [[key]] of that kind");
            }
        }
        extracts
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

fn inferred(plan: &Plan) -> Vec<String> {
    let rows = plan.rows.iter().filter(|row| row.inferred);
    let places = rows.filter_map(|row| row.places.first());
    places
        .map(|place| plan.place(*place).path.clone())
        .collect()
}

/// Schema files within one package's folder.
struct Folder<'a> {
    path: &'a Path,
}

impl Resolver for Folder<'_> {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let name = join(base, location)?;
        let bytes = std::fs::read(self.path.join(&name)).ok()?;
        Some((name, bytes))
    }
}

/// A location relative to the file that names it, within the package's folder.
fn join(base: &str, location: &str) -> Option<String> {
    if location.contains(':') || location.starts_with('/') || location.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for step in location.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            step => parts.push(step),
        }
    }
    Some(parts.join("/"))
}
