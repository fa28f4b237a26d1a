//! The catalogue of canonical paths, derived from the types, and access to a declaration by a
//! compiled path.
//!
//! Start at [`Catalogue::get`]. A path such as `goodsShipment.items.commodity.description` is
//! resolved once to a [`PathId`]; with the indices of the lists that it runs through it is an
//! [`Occurrence`], the address of one value in one declaration.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use super::class::{Class, Described, FieldKind, FieldMut, FieldRef, Mark, Object};
use super::leaf::{Leaf, LeafKind, LeafRef};
use super::{Declaration, ModelError};

/// Most lists that one path runs through (`carriers.masters.communications` has three).
pub const LISTS_MAX: usize = 4;

/// Most objects in one list. NCTS allows 9,999 previous documents and 1,999 houses of 999 items;
/// an index must fit in 16 bits.
pub const LIST_LENGTH_MAX: usize = 65_535;

/// A path of the catalogue, resolved. Cheap to copy and compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PathId(u16);

impl PathId {
    /// The declaration itself.
    pub const ROOT: Self = Self(0);

    fn index(self) -> usize {
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
    /// Whether the value (or, through its parents, this value) is handled with more care.
    pub mark: Option<Mark>,
    /// Name of the class, for objects and lists.
    pub class: Option<&'static str>,
    /// The path without its last name.
    pub parent: PathId,
    /// How many lists the path runs through, itself included.
    pub lists: usize,
    children: Vec<(String, PathId)>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    field: usize,
    many: bool,
}

/// All canonical paths.
#[derive(Debug)]
pub struct Catalogue {
    paths: Vec<PathInfo>,
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
            mark: None,
            class: Some(Declaration::CLASS.name),
            parent: PathId::ROOT,
            lists: 0,
            children: Vec::new(),
            steps: Vec::new(),
        };
        let mut catalogue = Self {
            paths: vec![root],
            by_text: HashMap::new(),
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
        let mut steps = above.steps.clone();
        steps.push(Step { field, many });
        let info = PathInfo {
            text: text.clone(),
            kind,
            mark: mark.or(above.mark),
            class: class.map(|class| class.name),
            parent,
            lists: above.lists + usize::from(many),
            children: Vec::new(),
            steps,
        };
        self.paths.push(info);
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

    /// All paths, in order of declaration, without the root.
    pub fn iter(&self) -> impl Iterator<Item = (PathId, &PathInfo)> {
        let ids = (0..=u16::MAX).map(PathId);
        ids.zip(&self.paths).skip(1)
    }

    /// Whether `path` is `above` or stands below it.
    pub fn is_within(&self, path: PathId, above: PathId) -> bool {
        let mut at = path;
        loop {
            if at == above {
                return true;
            }
            if at == PathId::ROOT {
                return false;
            }
            at = self.info(at).parent;
        }
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

/// The address of one value or object in one declaration: a path and the index in each list that
/// it runs through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Occurrence {
    /// The path.
    pub path: PathId,
    index: [u16; LISTS_MAX],
}

impl Occurrence {
    /// The declaration itself.
    pub const ROOT: Self = Self {
        path: PathId::ROOT,
        index: [0; LISTS_MAX],
    };

    /// The same lists' entries, another path. Lists that `path` does not share with this
    /// occurrence are at their first entry.
    pub fn with(self, path: PathId) -> Self {
        let mut moved = Self {
            path,
            index: self.index,
        };
        let catalogue = Catalogue::get();
        if !catalogue.is_within(path, self.path) {
            let mut shared = path;
            while !catalogue.is_within(self.path, shared) {
                shared = catalogue.info(shared).parent;
            }
            let lists = catalogue.info(shared).lists;
            for slot in moved.index.iter_mut().skip(lists) {
                *slot = 0;
            }
        }
        moved
    }

    /// A path with every list at its first entry.
    pub fn first(path: PathId) -> Self {
        Self::ROOT.with(path)
    }

    /// The entry `number` (from 0) of the list that the occurrence's path is, or ends below.
    #[must_use]
    pub fn entry(mut self, list_depth: usize, number: usize) -> Self {
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        let depth = list_depth.saturating_sub(1);
        for (at, slot) in self.index.iter_mut().enumerate() {
            if at == depth {
                *slot = number;
            } else if at > depth {
                *slot = 0;
            }
        }
        self
    }

    /// The index (from 0) in the list number `list_depth` (from 1) of the path.
    pub fn index_at(self, list_depth: usize) -> usize {
        let slot = self.index.get(list_depth.saturating_sub(1)).copied();
        slot.map_or(0, usize::from)
    }

    /// The enclosing occurrence.
    pub fn parent(self) -> Self {
        self.with(Catalogue::get().info(self.path).parent)
    }

    /// The path with indices from 1: `goodsShipment.items[2].commodity.description`.
    pub fn text(self) -> String {
        let catalogue = Catalogue::get();
        let mut names = Vec::new();
        let mut at = self.path;
        while at != PathId::ROOT {
            names.push(at);
            at = catalogue.info(at).parent;
        }
        let mut text = String::new();
        for path in names.into_iter().rev() {
            let info = catalogue.info(path);
            let name = info.text.rsplit('.').next().unwrap_or("");
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(name);
            if info.kind == PathKind::Many {
                let _ = write!(text, "[{}]", self.index_at(info.lists) + 1);
            }
        }
        text
    }
}

impl Declaration {
    /// The value at an occurrence; nothing when it, or an object on the way, is absent.
    pub fn leaf(&self, at: Occurrence) -> Option<LeafRef<'_>> {
        let mut object: &dyn Object = self;
        let mut lists = 0;
        for step in &Catalogue::get().info(at.path).steps {
            match object.field(step.field) {
                FieldRef::Leaf(leaf) => return leaf,
                FieldRef::One(one) => object = one?,
                FieldRef::Many(list) => {
                    lists += 1;
                    object = list.at(at.index_at(lists))?;
                }
                FieldRef::Unknown => return None,
            }
        }
        None
    }

    /// Whether a value stands there, an object is there, or a list has that entry.
    pub fn exists(&self, at: Occurrence) -> bool {
        match Catalogue::get().info(at.path).kind {
            PathKind::Leaf(_) => self.leaf(at).is_some(),
            PathKind::One | PathKind::Many => self.object(at).is_some(),
        }
    }

    fn object(&self, at: Occurrence) -> Option<&dyn Object> {
        let mut object: &dyn Object = self;
        let mut lists = 0;
        for step in &Catalogue::get().info(at.path).steps {
            match object.field(step.field) {
                FieldRef::One(one) => object = one?,
                FieldRef::Many(list) => {
                    lists += 1;
                    object = list.at(at.index_at(lists))?;
                }
                FieldRef::Leaf(_) | FieldRef::Unknown => return None,
            }
        }
        Some(object)
    }

    /// Length of the list at `at`, whose last index is not looked at.
    pub fn count(&self, at: Occurrence) -> usize {
        let Some((last, above)) = Catalogue::get().info(at.path).steps.split_last() else {
            return 0;
        };
        let mut object: &dyn Object = self;
        let mut lists = 0;
        for step in above {
            object = match object.field(step.field) {
                FieldRef::One(Some(one)) => one,
                FieldRef::Many(list) => {
                    lists += 1;
                    match list.at(at.index_at(lists)) {
                        Some(object) => object,
                        None => return 0,
                    }
                }
                FieldRef::One(None) | FieldRef::Leaf(_) | FieldRef::Unknown => return 0,
            };
        }
        match object.field(last.field) {
            FieldRef::Many(list) => list.count(),
            FieldRef::Leaf(_) | FieldRef::One(_) | FieldRef::Unknown => 0,
        }
    }

    /// Puts a value at an occurrence; objects and list entries on the way are made.
    ///
    /// # Errors
    /// [`ModelError::Kind`] when the field holds another kind of value,
    /// [`ModelError::ListLength`] when a list would become too long.
    pub fn set(&mut self, at: Occurrence, leaf: Leaf) -> Result<(), ModelError> {
        let FieldMut::Leaf(slot) = self.make(at)? else {
            return Err(ModelError::Kind { path: at.text() });
        };
        slot.put(leaf)
            .map_err(|_| ModelError::Kind { path: at.text() })
    }

    /// Makes the object at an occurrence, and the objects and list entries on the way.
    ///
    /// # Errors
    /// [`ModelError::ListLength`] when a list would become too long.
    pub fn touch(&mut self, at: Occurrence) -> Result<(), ModelError> {
        let index = at.index_at(Catalogue::get().info(at.path).lists);
        match self.make(at)? {
            FieldMut::One(slot) => {
                slot.make();
            }
            FieldMut::Many(list) => {
                list.make(index);
            }
            FieldMut::Leaf(_) | FieldMut::Unknown => {}
        }
        Ok(())
    }

    /// Takes an object, or an entry out of its list; what comes after it moves up.
    pub fn remove(&mut self, at: Occurrence) {
        let index = at.index_at(Catalogue::get().info(at.path).lists);
        if !self.exists(at) {
            return;
        }
        match self.make(at) {
            Ok(FieldMut::One(slot)) => slot.clear(),
            Ok(FieldMut::Many(list)) => list.remove(index),
            Ok(FieldMut::Leaf(_) | FieldMut::Unknown) | Err(_) => {}
        }
    }

    fn make(&mut self, at: Occurrence) -> Result<FieldMut<'_>, ModelError> {
        let unknown = || ModelError::Kind { path: at.text() };
        let (last, above) = Catalogue::get()
            .info(at.path)
            .steps
            .split_last()
            .ok_or_else(unknown)?;
        let mut object: &mut dyn Object = self;
        let mut lists = 0;
        for step in above {
            object = match object.field_mut(step.field) {
                FieldMut::One(slot) => slot.make(),
                FieldMut::Many(list) => {
                    lists += 1;
                    let index = at.index_at(lists);
                    if index >= LIST_LENGTH_MAX {
                        return Err(ModelError::ListLength { path: at.text() });
                    }
                    list.make(index)
                }
                FieldMut::Leaf(_) | FieldMut::Unknown => return Err(unknown()),
            };
        }
        if last.many && at.index_at(lists + 1) >= LIST_LENGTH_MAX {
            return Err(ModelError::ListLength { path: at.text() });
        }
        Ok(object.field_mut(last.field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_resolves_and_fits() {
        let catalogue = Catalogue::get();
        let mut paths = 0;
        for (id, info) in catalogue.iter() {
            assert_eq!(catalogue.find(&info.text), Some(id));
            assert!(info.lists <= LISTS_MAX, "{}", info.text);
            paths += 1;
        }
        assert!(paths > 500 && paths < usize::from(u16::MAX), "{paths}");
        assert_eq!(catalogue.find("goodsShipment.item"), None);
    }

    #[test]
    fn values_are_set_and_read_by_occurrence() {
        let catalogue = Catalogue::get();
        let items = catalogue.find("goodsShipment.items").unwrap();
        let path = catalogue.find_from(items, "documents.id").unwrap();
        let at = Occurrence::first(path).entry(1, 2).entry(2, 1);
        let mut declaration = Declaration::default();
        assert_eq!(declaration.leaf(at), None);
        declaration.set(at, Leaf::Text("A-1".to_owned())).unwrap();
        assert_eq!(declaration.leaf(at), Some(LeafRef::Text("A-1")));
        assert_eq!(declaration.count(Occurrence::first(items)), 3);
        assert_eq!(at.text(), "goodsShipment.items[3].documents[2].id");
        assert_eq!(at.parent().parent().text(), "goodsShipment.items[3]");
        assert!(declaration.set(at, Leaf::Count(1)).is_err());
        declaration.remove(at.parent());
        assert_eq!(declaration.leaf(at), None);
    }

    #[test]
    fn canonical_json_is_the_types_own() {
        let mut declaration = Declaration::default();
        let path = Catalogue::get()
            .find("goodsShipment.exportCountry")
            .unwrap();
        let code = super::super::Code::Plain("GE".to_owned());
        declaration
            .set(Occurrence::first(path), Leaf::Code(code))
            .unwrap();
        let json = serde_json::to_value(&declaration).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "goodsShipment": { "exportCountry": "GE" } })
        );
        let back: Declaration = serde_json::from_value(json).unwrap();
        assert_eq!(back, declaration);
    }
}
