//! The catalogue of canonical paths, derived from the types.
//!
//! Start at [`Catalogue::get`]. A path such as `goodsShipment.items.commodity.description` is
//! resolved once to a [`PathId`]. What stands at a path in one declaration is asked of an
//! `Occurrence`.

use std::ops::Range;
use std::sync::OnceLock;

use foldhash::HashMap;

use super::Declaration;
use super::class::{Class, Described, FieldKind, Mark};
use super::leaf::LeafKind;

/// Most lists that one path runs through (`carriers.masters.communications` has three).
pub const LISTS_MAX: usize = 4;

/// Bits of the index in one list: the indices of all lists are one number.
pub(super) const INDEX_BITS: u32 = 16;

/// A path of the catalogue, resolved. Cheap to copy and compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PathId(u16);

impl PathId {
    /// The declaration itself.
    pub const ROOT: Self = Self(0);

    pub(super) fn number(self) -> u16 {
        self.0
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A value.
    Leaf(LeafKind),
    /// A list of objects.
    Many,
    /// An object, or nothing.
    One,
}

/// A path of the catalogue.
#[derive(Debug)]
pub struct PathInfo {
    /// The path as it is written.
    pub text: String,
    /// What it leads to.
    pub kind: PathKind,
    /// Name of the class, for objects and lists.
    pub class: Option<&'static str>,
    /// Where the last name begins in the text.
    name_at: usize,
    children: Vec<(String, PathId)>,
}

impl PathInfo {
    /// The last name of the path.
    pub(super) fn name(&self) -> &str {
        self.text.get(self.name_at..).unwrap_or_default()
    }
}

/// How a path is connected with others: what is asked for every value, in few bytes.
#[derive(Debug, Clone, Copy)]
struct Link {
    parent: PathId,
    /// The last of the paths below this one, itself when there is none: paths are numbered from the
    /// root down, each with all that is below it before the next.
    last: PathId,
    /// How many lists the path runs through, itself included.
    lists: u8,
    mark: Option<Mark>,
    /// How many steps lead to it from the root, and where they begin among those of all paths.
    depth: u8,
    steps: u32,
}

/// All canonical paths.
#[derive(Debug)]
pub struct Catalogue {
    paths: Vec<PathInfo>,
    links: Vec<Link>,
    /// The numbers of the fields that lead to each path, one path after the other.
    steps: Vec<u16>,
    by_text: HashMap<String, PathId>,
}

impl Catalogue {
    /// The catalogue; built on first use.
    pub fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(Self::build)
    }

    fn build() -> Self {
        let root = PathInfo {
            text: String::new(),
            kind: PathKind::One,
            class: Some(Declaration::CLASS.name),
            name_at: 0,
            children: Vec::new(),
        };
        let link = Link {
            parent: PathId::ROOT,
            last: PathId::ROOT,
            lists: 0,
            mark: None,
            depth: 0,
            steps: 0,
        };
        let mut catalogue = Self {
            paths: vec![root],
            links: vec![link],
            steps: Vec::new(),
            by_text: HashMap::default(),
        };
        catalogue.add_class(PathId::ROOT, Declaration::CLASS);
        catalogue
    }

    fn add_class(&mut self, parent: PathId, class: &'static Class) {
        for (number, field) in class.fields.iter().enumerate() {
            let (kind, nested) = match field.kind {
                FieldKind::Leaf(kind) => (PathKind::Leaf(kind), None),
                FieldKind::One(class) => (PathKind::One, Some(class)),
                FieldKind::Many(class) => (PathKind::Many, Some(class)),
            };
            let name = camel_case(field.name);
            let id = self.add_path(parent, name, kind, number, field.mark, nested);
            if let Some(class) = nested {
                self.add_class(id, class);
            }
        }
        let last = PathId(u16::try_from(self.paths.len() - 1).unwrap_or(u16::MAX));
        if let Some(parent) = self.links.get_mut(parent.index()) {
            parent.last = last;
        }
    }

    fn add_path(
        &mut self,
        parent: PathId,
        name: String,
        kind: PathKind,
        field: usize,
        mark: Option<Mark>,
        class: Option<&'static Class>,
    ) -> PathId {
        // The test below holds the number of paths under 16 bits.
        let id = PathId(u16::try_from(self.paths.len()).unwrap_or(u16::MAX));
        let many = kind == PathKind::Many;
        let above = self.info(parent);
        let text = if parent == PathId::ROOT {
            name.clone()
        } else {
            format!("{}.{name}", above.text)
        };
        let outer = self.link(parent);
        let link = Link {
            parent,
            last: id,
            lists: outer.lists + u8::from(many),
            mark: mark.or(outer.mark),
            depth: outer.depth + 1,
            // Far below: there are some thousand paths of a few names each.
            steps: u32::try_from(self.steps.len()).unwrap_or(u32::MAX),
        };
        let field = u16::try_from(field).unwrap_or(u16::MAX);
        let info = PathInfo {
            name_at: text.len() - name.len(),
            text: text.clone(),
            kind,
            class: class.map(|class| class.name),
            children: Vec::new(),
        };
        self.paths.push(info);
        self.links.push(link);
        self.steps.extend_from_within(self.steps_between(parent));
        self.steps.push(field);
        self.by_text.insert(text, id);
        if let Some(above) = self.paths.get_mut(parent.index()) {
            above.children.push((name, id));
        }
        id
    }

    /// What is known of a path.
    #[expect(
        clippy::indexing_slicing,
        reason = "a PathId is made only by this catalogue, of which there is one"
    )]
    pub fn info(&self, path: PathId) -> &PathInfo {
        &self.paths[path.index()]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a PathId is made only by this catalogue, of which there is one"
    )]
    fn link(&self, path: PathId) -> Link {
        self.links[path.index()]
    }

    /// The path without its last name.
    pub fn parent(&self, path: PathId) -> PathId {
        self.link(path).parent
    }

    /// How many lists the path runs through, itself included.
    pub fn lists(&self, path: PathId) -> usize {
        usize::from(self.link(path).lists)
    }

    /// Whether the value (or, through its parents, this value) is handled with more care.
    pub fn mark(&self, path: PathId) -> Option<Mark> {
        self.link(path).mark
    }

    fn steps_between(&self, path: PathId) -> Range<usize> {
        let link = self.link(path);
        let from = usize::try_from(link.steps).unwrap_or(usize::MAX);
        from..from.saturating_add(usize::from(link.depth))
    }

    /// The numbers of the fields that lead to a path from the root.
    pub(super) fn steps(&self, path: PathId) -> &[u16] {
        self.steps.get(self.steps_between(path)).unwrap_or_default()
    }

    /// Resolves a path from the declaration's root.
    pub fn find(&self, text: &str) -> Option<PathId> {
        self.by_text.get(text).copied()
    }

    /// Resolves a path from another one; `.` is that path itself, a leading `/` starts at the root.
    pub fn find_from(&self, scope: PathId, text: &str) -> Option<PathId> {
        if let Some(absolute) = text.strip_prefix('/') {
            return self.find(absolute);
        }
        if text == "." {
            return Some(scope);
        }
        let mut path = scope;
        for name in text.split('.') {
            path = self.child(path, name)?;
        }
        Some(path)
    }

    fn child(&self, path: PathId, name: &str) -> Option<PathId> {
        let children = &self.info(path).children;
        children.iter().find(|(n, _)| n == name).map(|(_, id)| *id)
    }

    /// The names that may follow a path.
    pub fn names_below(&self, path: PathId) -> impl Iterator<Item = (&str, PathId)> {
        let children = &self.info(path).children;
        children.iter().map(|(name, id)| (name.as_str(), *id))
    }

    /// How many paths there are, the root among them.
    pub(super) fn paths(&self) -> usize {
        self.paths.len()
    }

    /// All paths, in order of declaration, without the root.
    pub fn iter(&self) -> impl Iterator<Item = (PathId, &PathInfo)> {
        let ids = (0..=u16::MAX).map(PathId);
        ids.zip(&self.paths).skip(1)
    }

    /// The path that stands below `to` as `path` stands below `from`, which is of the same class: what is
    /// below a class is numbered alike wherever the class stands.
    pub(crate) fn below(&self, path: PathId, from: PathId, to: PathId) -> Option<PathId> {
        let alike = self.info(from).class == self.info(to).class;
        if !alike || !self.is_within(path, from) {
            return None;
        }
        Some(PathId(to.0 + (path.0 - from.0)))
    }

    /// Whether `path` is `above` or stands below it.
    pub fn is_within(&self, path: PathId, above: PathId) -> bool {
        above <= path && path <= self.link(above).last
    }
}

fn camel_case(snake: &str) -> String {
    let mut camel = String::with_capacity(snake.len());
    let mut raise = false;
    for c in snake.chars() {
        if c == '_' {
            raise = true;
        } else if raise {
            camel.push(c.to_ascii_uppercase());
            raise = false;
        } else {
            camel.push(c);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list in the manual has every field by its name.
    #[test]
    fn every_field_is_in_the_manual() {
        let manual = include_str!("../../docs/packages.md");
        let (_, list) = manual.split_once("## 6.").unwrap();
        let words: std::collections::HashSet<&str> =
            list.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for (_, info) in Catalogue::get().iter() {
            let name = info.text.rsplit('.').next().unwrap();
            assert!(words.contains(name), "{}", info.text);
        }
    }

    #[test]
    fn every_path_resolves_and_fits() {
        let catalogue = Catalogue::get();
        let mut paths = 0;
        for (id, info) in catalogue.iter() {
            assert_eq!(catalogue.find(&info.text), Some(id));
            assert!(catalogue.lists(id) <= LISTS_MAX, "{}", info.text);
            assert!(
                catalogue.is_within(id, catalogue.parent(id))
                    && catalogue.is_within(id, PathId::ROOT)
            );
            assert!(
                !catalogue.is_within(catalogue.parent(id), id),
                "{}",
                info.text
            );
            for (other, _) in catalogue
                .iter()
                .filter(|(other, _)| catalogue.parent(*other) == catalogue.parent(id))
            {
                assert_eq!(catalogue.is_within(other, id), other == id, "{}", info.text);
            }
            paths += 1;
        }
        let find = |text: &str| catalogue.find(text).unwrap();
        let (items, whole) = (
            find("goodsShipment.items.documents"),
            find("goodsShipment.documents"),
        );
        let below = catalogue.below(find("goodsShipment.items.documents.officeId"), items, whole);
        assert_eq!(below, catalogue.find("goodsShipment.documents.officeId"));
        assert_eq!(
            catalogue.below(items, items, find("goodsShipment.items.packagings")),
            None
        );
        assert_eq!(catalogue.below(whole, items, whole), None);
        assert!(paths > 500 && paths < usize::from(u16::MAX), "{paths}");
        assert_eq!(catalogue.find("goodsShipment.item"), None);
    }
}
