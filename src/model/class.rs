//! How the classes of the model describe themselves, and how their fields are reached by number.
//!
//! Start at the macro `classes`: it makes the structs, their descriptions and their field access
//! from one declaration, so that the catalogue of paths can never disagree with the types.

use super::catalogue::INDEX_BITS;
use super::leaf::{Leaf, LeafKind, LeafRef, LeafType};
use super::present::Present;

/// Why a field is handled with more care than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Identity of goods, transport, seals or mass: losing it is serious.
    Identity,
    /// Personal data: passes only when the lane says so.
    Personal,
    /// Commercial value: passes only when the lane says so.
    Value,
}

/// What stands in a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldKind {
    /// A value.
    Leaf(LeafKind),
    /// A list of objects.
    Many(&'static Class),
    /// An object, or nothing.
    One(&'static Class),
}

/// A field of a class.
#[derive(Debug)]
pub(crate) struct Field {
    /// The Rust name; the path has it in camel case.
    pub(crate) name: &'static str,
    /// What stands in it.
    pub(crate) kind: FieldKind,
    /// Whether it is handled with more care.
    pub(crate) mark: Option<Mark>,
}

/// A class of the model.
#[derive(Debug)]
pub(crate) struct Class {
    /// Its name, as in the WCO Data Model where that has it.
    pub(crate) name: &'static str,
    /// Its fields, in the order of declaration.
    pub(crate) fields: &'static [Field],
}

/// A type with a static description.
pub(crate) trait Described {
    const CLASS: &'static Class;
    /// How many paths of the catalogue stand below an object of it.
    const PATHS: u16;
}

/// A way down from an object: the fields to go through, and the entries of the lists among them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'s> {
    steps: &'s [u16],
    /// The entries as one number, that of the next list in its highest bits.
    entries: u64,
}

impl<'s> Way<'s> {
    pub(crate) fn new(steps: &'s [u16], entries: u64) -> Self {
        Self { steps, entries }
    }

    /// The number of the next field, and the way on from it.
    pub(crate) fn next(self) -> Option<(u16, Self)> {
        let (first, steps) = self.steps.split_first()?;
        Some((*first, Self { steps, ..self }))
    }

    /// The entry of the list that was come to, and the way on from it.
    pub(crate) fn entry(self) -> (usize, Self) {
        let number = self.entries >> (u64::BITS - INDEX_BITS);
        let entries = self.entries << INDEX_BITS;
        (
            usize::try_from(number).unwrap_or(usize::MAX),
            Self { entries, ..self },
        )
    }
}

/// An object of the model whose fields are reached by their number in [`Class::fields`].
pub(crate) trait Object {
    /// The object at the end of a way; nothing when it, or one on the way, is absent.
    fn below(&self, way: Way<'_>) -> Option<&dyn Object>;
    /// The same, with objects and entries of lists made that are not there; nothing when the way leads
    /// through a value.
    fn below_mut(&mut self, way: Way<'_>) -> Option<&mut dyn Object>;
    fn field(&self, number: u16) -> FieldRef<'_>;
    fn field_mut(&mut self, number: u16) -> FieldMut<'_>;
    /// Marks what the object holds, by the numbers of the paths; `path` is that of the object.
    fn mark(&self, path: u16, present: &mut Present);
}

pub(crate) enum FieldRef<'a> {
    Leaf(Option<LeafRef<'a>>),
    Many(&'a dyn List),
    /// An object, or no field of the class.
    Other,
}

pub(crate) enum FieldMut<'a> {
    Leaf(&'a mut dyn LeafSlot),
    Many(&'a mut dyn List),
    /// An object, or no field of the class.
    Other,
}

pub(crate) trait LeafSlot {
    fn get(&self) -> Option<LeafRef<'_>>;
    fn put(&mut self, leaf: Leaf) -> Result<(), Leaf>;
}

pub(crate) trait List {
    fn count(&self) -> usize;
    /// Keeps the entries that are marked, and those beyond the marks.
    fn retain(&mut self, keep: &[bool]);
}

pub(crate) fn leaf_ref<T: LeafType>(field: &Option<T>) -> FieldRef<'_> {
    FieldRef::Leaf(field.as_ref().map(T::view))
}

pub(crate) fn mark_leaf<T>(field: &Option<T>, path: u16, present: &mut Present) {
    if field.is_some() {
        present.mark(path);
    }
}

pub(crate) fn mark_one<T: Object>(field: &Option<Box<T>>, path: u16, present: &mut Present) {
    if let Some(object) = field {
        present.mark(path);
        object.mark(path, present);
    }
}

pub(crate) fn mark_many<T: Object>(field: &[T], path: u16, present: &mut Present) {
    for object in field {
        present.mark(path);
        object.mark(path, present);
    }
}

impl<T: LeafType> LeafSlot for Option<T> {
    fn get(&self) -> Option<LeafRef<'_>> {
        self.as_ref().map(T::view)
    }

    fn put(&mut self, leaf: Leaf) -> Result<(), Leaf> {
        *self = Some(T::from_leaf(leaf)?);
        Ok(())
    }
}

pub(crate) fn one_below<'f, T: Object>(
    field: &'f Option<Box<T>>,
    way: Way<'_>,
) -> Option<&'f dyn Object> {
    field.as_deref()?.below(way)
}

pub(crate) fn many_below<'f, T: Object>(field: &'f [T], way: Way<'_>) -> Option<&'f dyn Object> {
    let (entry, way) = way.entry();
    field.get(entry)?.below(way)
}

pub(crate) fn one_below_mut<'f, T: Object + Default>(
    field: &'f mut Option<Box<T>>,
    way: Way<'_>,
) -> Option<&'f mut dyn Object> {
    field.get_or_insert_with(Box::default).below_mut(way)
}

pub(crate) fn many_below_mut<'f, T: Object + Default>(
    field: &'f mut Vec<T>,
    way: Way<'_>,
) -> Option<&'f mut dyn Object> {
    let (entry, way) = way.entry();
    entry_of(field, entry).below_mut(way)
}

/// Up to how many objects a list has no room to spare.
const EXACT_MAX: usize = 6;

/// The object at `index`; the list grows up to it.
#[expect(
    clippy::indexing_slicing,
    reason = "the list was grown to hold the index in the line before"
)]
fn entry_of<T: Default>(list: &mut Vec<T>, index: usize) -> &mut T {
    if list.len() <= index {
        // Most lists have one to three objects, some of them large: room for a fourth is wasted.
        if index < EXACT_MAX {
            list.reserve_exact(index + 1 - list.len());
        }
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}

impl<T> List for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn retain(&mut self, keep: &[bool]) {
        let mut marks = keep.iter();
        Self::retain(self, |_| marks.next().copied().unwrap_or(true));
    }
}

/// A field that serialises to nothing when it holds nothing.
pub(crate) trait Empty {
    fn is_empty(&self) -> bool;
}

impl<T> Empty for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T> Empty for Vec<T> {
    fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

macro_rules! field_type {
    (leaf $ty:ty) => { Option<$ty> };
    (one $ty:ty) => { Option<Box<$ty>> };
    (many $ty:ty) => { Vec<$ty> };
}

macro_rules! field_kind {
    (leaf $ty:ty) => {
        $crate::model::class::FieldKind::Leaf(<$ty as $crate::model::leaf::LeafType>::KIND)
    };
    (one $ty:ty) => {
        $crate::model::class::FieldKind::One(<$ty as $crate::model::class::Described>::CLASS)
    };
    (many $ty:ty) => {
        $crate::model::class::FieldKind::Many(<$ty as $crate::model::class::Described>::CLASS)
    };
}

macro_rules! field_ref {
    (leaf $field:expr) => {
        $crate::model::class::leaf_ref($field)
    };
    (one $field:expr) => {
        $crate::model::class::FieldRef::Other
    };
    (many $field:expr) => {
        $crate::model::class::FieldRef::Many($field)
    };
}

/// How many paths a field makes: its own, and those below it.
macro_rules! field_paths {
    (leaf $ty:ty) => {
        1
    };
    ($kind:ident $ty:ty) => {
        1 + <$ty as $crate::model::class::Described>::PATHS
    };
}

macro_rules! field_present {
    (leaf $($argument:expr),*) => {
        $crate::model::class::mark_leaf($($argument),*)
    };
    (one $($argument:expr),*) => {
        $crate::model::class::mark_one($($argument),*)
    };
    (many $($argument:expr),*) => {
        $crate::model::class::mark_many($($argument),*)
    };
}

/// On a way down, what is below a field, by the functions for objects and lists; nothing is below a value.
macro_rules! field_below {
    (leaf $one:ident $many:ident $field:expr, $way:expr) => {
        None
    };
    (one $one:ident $many:ident $field:expr, $way:expr) => {
        $crate::model::class::$one($field, $way)
    };
    (many $one:ident $many:ident $field:expr, $way:expr) => {
        $crate::model::class::$many($field, $way)
    };
}

macro_rules! field_mut {
    (leaf $field:expr) => {
        $crate::model::class::FieldMut::Leaf($field)
    };
    (one $field:expr) => {
        $crate::model::class::FieldMut::Other
    };
    (many $field:expr) => {
        $crate::model::class::FieldMut::Many($field)
    };
}

macro_rules! field_mark {
    () => {
        None
    };
    ($mark:ident) => {
        Some($crate::model::class::Mark::$mark)
    };
}

/// Declares classes: `leaf name: Type`, `one name: Class`, `many name: Class`, each optionally with
/// a [`Mark`] in square brackets.
macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident {
        $($(#[$field_doc:meta])* $kind:ident $field:ident: $ty:ty $(, [$mark:ident])?;)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $class {
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "crate::model::class::Empty::is_empty")]
                pub $field: $crate::model::class::field_type!($kind $ty),
            )*
        }

        impl $crate::model::class::Described for $class {
            const CLASS: &'static $crate::model::class::Class = &$crate::model::class::Class {
                name: stringify!($class),
                fields: &[$($crate::model::class::Field {
                    name: stringify!($field),
                    kind: $crate::model::class::field_kind!($kind $ty),
                    mark: $crate::model::class::field_mark!($($mark)?),
                }),*],
            };
            const PATHS: u16 = 0 $(+ $crate::model::class::field_paths!($kind $ty))*;
        }

        impl $crate::model::class::Object for $class {
            fn below(
                &self,
                way: $crate::model::class::Way<'_>,
            ) -> Option<&dyn $crate::model::class::Object> {
                let Some((number, _way)) = way.next() else {
                    return Some(self);
                };
                let mut at = 0_u16;
                $(
                    if number == at {
                        return $crate::model::class::field_below!(
                            $kind one_below many_below &self.$field, _way
                        );
                    }
                    at += 1;
                )*
                let _ = at;
                None
            }

            fn below_mut(
                &mut self,
                way: $crate::model::class::Way<'_>,
            ) -> Option<&mut dyn $crate::model::class::Object> {
                let Some((number, _way)) = way.next() else {
                    return Some(self);
                };
                let mut at = 0_u16;
                $(
                    if number == at {
                        return $crate::model::class::field_below!(
                            $kind one_below_mut many_below_mut &mut self.$field, _way
                        );
                    }
                    at += 1;
                )*
                let _ = at;
                None
            }

            fn field(&self, number: u16) -> $crate::model::class::FieldRef<'_> {
                let mut at = 0_u16;
                $(
                    if number == at {
                        return $crate::model::class::field_ref!($kind &self.$field);
                    }
                    at += 1;
                )*
                let _ = at;
                $crate::model::class::FieldRef::Other
            }

            fn field_mut(&mut self, number: u16) -> $crate::model::class::FieldMut<'_> {
                let mut at = 0_u16;
                $(
                    if number == at {
                        return $crate::model::class::field_mut!($kind &mut self.$field);
                    }
                    at += 1;
                )*
                let _ = at;
                $crate::model::class::FieldMut::Other
            }

            fn mark(&self, path: u16, present: &mut $crate::model::present::Present) {
                let mut at = path + 1;
                $(
                    $crate::model::class::field_present!($kind &self.$field, at, present);
                    at += $crate::model::class::field_paths!($kind $ty);
                )*
                let _ = at;
            }
        }
    )*};
}

pub(crate) use {
    classes, field_below, field_kind, field_mark, field_mut, field_paths, field_present, field_ref,
    field_type,
};
