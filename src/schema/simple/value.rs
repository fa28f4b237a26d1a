//! Values of simple types, where equality or order matters. Start at [`Value`].

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Scope;
use super::builtin::{Builtin, Family};
use super::decimal::Decimal;
use super::lexical::float;
use super::moment::{Duration, Moment};

/// A value in the value space of a primitive type. Equal ones are one value (Part 2 section
/// 4.2.1).
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Boolean(bool),
    Bytes(Vec<u8>),
    Decimal(Decimal),
    Duration(Duration),
    Float(f64),
    List(Vec<Self>),
    Moment(Builtin, Moment),
    /// Namespace and local name.
    QName(Box<str>, Box<str>),
    Text(Box<str>),
}

impl Value {
    /// The value of a text that is in the lexical space of the type. `QName` and `NOTATION` have
    /// none here: they need the namespaces in scope.
    pub(crate) fn parse(kind: Builtin, text: &str) -> Option<Self> {
        Some(match kind.family() {
            Family::Binary => Self::Bytes(bytes_of(kind, text)?),
            Family::Boolean => Self::Boolean(matches!(text, "true" | "1")),
            Family::Decimal => Self::Decimal(Decimal::parse(text)?),
            Family::Duration => Self::Duration(Duration::parse(text)?),
            Family::Float if kind == Builtin::Double => Self::Float(float(text)?),
            // Values of `float` have 24 bits of precision.
            Family::Float => {
                let single = float(text)?.to_string().parse::<f32>().ok()?;
                Self::Float(f64::from(single))
            }
            Family::Moment => Self::Moment(kind, Moment::parse(kind, text)?),
            Family::QName => return None,
            Family::Text => Self::Text(text.into()),
        })
    }

    /// The same, with what prefixes stand for.
    pub(crate) fn parse_in(kind: Builtin, text: &str, scope: &dyn Scope) -> Option<Self> {
        if kind.family() != Family::QName {
            return Self::parse(kind, text);
        }
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let namespace = scope.namespace(prefix)?;
        Some(Self::QName(namespace.into(), local.into()))
    }

    /// The order of ordered types; `None` where it is open or there is none.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Duration(a), Self::Duration(b)) => a.partial_cmp(b),
            (Self::Moment(_, a), Self::Moment(_, b)) => a.partial_cmp(b),
            _ => None,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Moment(kind, a), Self::Moment(other, b)) => kind == other && a == b,
            (Self::QName(space, a), Self::QName(other, b)) => space == other && a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Boolean(value) => value.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Decimal(number) => number.hash(state),
            Self::Duration(duration) => duration.hash(state),
            // Both zeros are one value, and so is all that is no number.
            Self::Float(number) if *number == 0.0 => 0u64.hash(state),
            Self::Float(number) if number.is_nan() => f64::NAN.to_bits().hash(state),
            Self::Float(number) => number.to_bits().hash(state),
            Self::List(items) => items.hash(state),
            Self::Moment(kind, moment) => (kind, moment).hash(state),
            Self::QName(namespace, local) => (namespace, local).hash(state),
            Self::Text(text) => text.hash(state),
        }
    }
}

/// The octets of a `hexBinary` or `base64Binary`.
pub(super) fn bytes_of(kind: Builtin, text: &str) -> Option<Vec<u8>> {
    if kind == Builtin::HexBinary {
        return hex::decode(text).ok();
    }
    // Part 2 section 3.2.16 lets single spaces stand between characters, once collapsed.
    let engine = &base64::engine::general_purpose::STANDARD;
    if text.contains(' ') {
        base64::Engine::decode(engine, text.replace(' ', "")).ok()
    } else {
        base64::Engine::decode(engine, text).ok()
    }
}
