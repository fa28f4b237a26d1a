//! Values that can be told apart whatever their type. Start at [`key_of`].

use super::{Builtin, Family, Scope, SimpleType, Value, Variety, check, normalize};
use crate::schema::component::Types;

/// A value with its primitive type: values of different primitive types are never equal (Part 2
/// section 4.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Atomic(Builtin, Value),
    List(Vec<Self>),
}

/// The key of a text that the type takes.
pub(crate) fn key_of(
    simple: &SimpleType,
    types: &Types,
    raw: &str,
    scope: &dyn Scope,
) -> Option<Key> {
    let text = normalize(simple.white_space, raw);
    match &simple.variety {
        Variety::Atomic(builtin) => {
            let value = Value::parse_in(*builtin, &text, scope)?;
            Some(Key::Atomic(primitive(*builtin), value))
        }
        Variety::List(item) => {
            let item = types.simple(*item);
            let parts = text.split(' ').filter(|part| !part.is_empty());
            let keys: Option<Vec<_>> = parts.map(|part| key_of(item, types, part, scope)).collect();
            keys.map(Key::List)
        }
        Variety::Union(members) => {
            let mut members = members.iter().map(|member| types.simple(*member));
            let member = members.find(|member| check(member, types, raw, scope).is_ok())?;
            key_of(member, types, raw, scope)
        }
    }
}

/// The primitive type that a built-in type is derived from. Values of `anySimpleType` are taken
/// for strings.
fn primitive(builtin: Builtin) -> Builtin {
    match builtin.family() {
        Family::Decimal => Builtin::Decimal,
        Family::Text if builtin != Builtin::AnyUri => Builtin::String,
        Family::Binary
        | Family::Boolean
        | Family::Duration
        | Family::Float
        | Family::Moment
        | Family::QName
        | Family::Text => builtin,
    }
}
