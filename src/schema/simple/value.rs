//! Values of simple types, where equality or order matters. Start at [`Value`].

use std::cmp::Ordering;

use super::builtin::{Builtin, Family};
use super::decimal::Decimal;
use super::lexical::float;
use super::moment::{Duration, Moment};

/// A value in the value space of a primitive type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Boolean(bool),
    Bytes(Vec<u8>),
    Decimal(Decimal),
    Duration(Duration),
    Float(f64),
    List(Vec<Self>),
    Moment(Builtin, Moment),
    Text(Box<str>),
}

impl Value {
    /// The value of a text that is in the lexical space of the type. `QName` has none here: it
    /// would need the namespaces in scope.
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

    /// Whether they are one value (Part 2 section 4.2.1).
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Duration(a), Self::Duration(b)) => a.partial_cmp(b) == Some(Ordering::Equal),
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            _ => self == other,
        }
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
