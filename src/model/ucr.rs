//! The unique consignment reference (WCO Recommendation of 26 June 2004, ISO 15459).
//!
//! Start at [`Ucr`] for the syntax and at [`stated_ucr`] for what a declaration says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::declaration::Declaration;

/// Most characters of a UCR: `an..35` in the WCO Data Model and in every format that has one.
pub const UCR_CHARS_MAX: usize = 35;

/// Why a text is not a UCR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UcrError {
    /// It is longer than 35 characters.
    #[error("a UCR has at most {UCR_CHARS_MAX} characters")]
    TooLong,
    /// It does not begin with a digit and two capital letters, or nothing follows them.
    #[error(
        "a UCR begins with the last digit of the year, the country in two capital letters and the \
         identifier of who issued it"
    )]
    Form,
    /// A character that no UCR has.
    #[error("a UCR has capital letters, digits, and - / ( ) . between them")]
    Character,
}

impl UcrError {
    /// A stable code for partners.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "MODEL_UCR_TOO_LONG",
            Self::Form => "MODEL_UCR_FORM",
            Self::Character => "MODEL_UCR_CHARACTER",
        }
    }
}

/// A unique consignment reference: last digit of the year, country of the issuer (ISO 3166-1
/// alpha-2), then its national identifier and its own reference, which only the issuer can tell
/// apart.
///
/// ISO 15459 has capital letters and digits. National practice writes separators between the parts:
/// the hyphen and parentheses of the United Kingdom's declaration references, the stroke and the
/// full stop of national identifiers. They are taken inside the reference; nothing else is, for two
/// spellings would be two consignments. Formats whose field is free text may state references that
/// are no UCR: those stay keys of their messages and are not signed beside another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ucr(String);

impl Ucr {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Ucr {
    type Err = UcrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().nth(UCR_CHARS_MAX).is_some() {
            return Err(UcrError::TooLong);
        }
        let part = |character: char| character.is_ascii_uppercase() || character.is_ascii_digit();
        let fits = |character: char| part(character) || "-/().".contains(character);
        if !text.chars().all(fits) {
            return Err(UcrError::Character);
        }
        let mut characters = text.chars();
        let year = characters.next().is_some_and(|it| it.is_ascii_digit());
        let mut letter = || characters.next().is_some_and(|it| it.is_ascii_uppercase());
        let country = letter() && letter();
        let rest = characters.as_str();
        let bounded = rest.starts_with(part) && rest.ends_with(|it| part(it) || it == ')');
        match year && country && bounded {
            true => Ok(Self(text.to_owned())),
            false => Err(UcrError::Form),
        }
    }
}

impl TryFrom<String> for Ucr {
    type Error = UcrError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Ucr> for String {
    fn from(ucr: Ucr) -> Self {
        ucr.0
    }
}

impl fmt::Display for Ucr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every canonical path at which [`stated_ucr`] looks.
pub const UCR_PATHS: [&str; 3] = [
    "goodsShipment.ucr",
    "goodsShipment.consignment.ucr",
    "goodsShipment.items.ucr",
];

/// What a declaration says of its consignment's reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedUcr<'a> {
    /// Nothing.
    None,
    /// One text for the whole consignment, whatever its syntax.
    One(&'a str),
    /// Several, or one for some of the items only: none is that of the consignment.
    Several,
}

/// The reference of a declaration's consignment: that of the shipment or of the consignment, or that
/// of all items where each states the same.
pub fn stated_ucr(declaration: &Declaration) -> StatedUcr<'_> {
    let Some(shipment) = declaration.goods_shipment.as_deref() else {
        return StatedUcr::None;
    };
    let consignment = shipment.consignment.as_deref();
    let consignment = consignment.and_then(|consignment| consignment.ucr.as_deref());
    let heads = shipment.ucr.as_deref().into_iter().chain(consignment);
    let heads: Vec<&str> = heads.collect();
    let items = shipment
        .items
        .iter()
        .map(|item| item.ucr.as_deref().map(String::as_str));
    let items: Vec<Option<&str>> = items.collect();
    let mut all = heads.iter().copied().chain(items.iter().flatten().copied());
    let Some(first) = all.next() else {
        return StatedUcr::None;
    };
    let whole = !heads.is_empty() || items.iter().all(Option::is_some);
    match whole && all.all(|other| other == first) {
        true => StatedUcr::One(first),
        false => StatedUcr::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Consignment, GoodsShipment, GovernmentAgencyGoodsItem};

    #[test]
    fn references_as_they_are_issued_are_read() {
        for text in [
            "6CN91230900MA18X7-2026-000417",
            "6GB123456789000-INV(417)",
            "6KZ123456789012/417.1",
            "6RU7",
            "6RU77101406790000000000000000000041",
        ] {
            let ucr: Ucr = text.parse().unwrap();
            assert_eq!((ucr.as_str(), ucr.to_string().as_str()), (text, text));
            let json = serde_json::to_string(&ucr).unwrap();
            assert_eq!(serde_json::from_str::<Ucr>(&json).unwrap(), ucr);
        }
        assert_eq!("6RU77101406790000000000000000000041".len(), 35);
    }

    #[test]
    fn what_is_no_reference_is_refused_with_its_reason() {
        for (text, error) in [
            ("6RU771014067900000000000000000000417", UcrError::TooLong),
            ("", UcrError::Form),
            ("6", UcrError::Form),
            ("6CN", UcrError::Form),
            ("CN691230900", UcrError::Form),
            ("66N91230900", UcrError::Form),
            ("6C191230900", UcrError::Form),
            ("6CN-91230900", UcrError::Form),
            ("6CN91230900-", UcrError::Form),
            ("UCR231231", UcrError::Form),
            ("6cn91230900", UcrError::Character),
            ("6CN 91230900", UcrError::Character),
            ("6CN91230900\n", UcrError::Character),
            ("6СN91230900", UcrError::Character),
        ] {
            assert_eq!(text.parse::<Ucr>(), Err(error), "{text}");
            assert!(serde_json::from_str::<Ucr>(&format!("{text:?}")).is_err());
        }
    }

    fn declaration(head: Option<&str>, at: Option<&str>, items: &[Option<&str>]) -> Declaration {
        let text = |text: Option<&str>| text.map(ToOwned::to_owned);
        let item = |ucr: &Option<&str>| GovernmentAgencyGoodsItem {
            ucr: text(*ucr).map(Box::new),
            ..GovernmentAgencyGoodsItem::default()
        };
        let consignment = Consignment {
            ucr: text(at),
            ..Consignment::default()
        };
        Declaration {
            goods_shipment: Some(Box::new(GoodsShipment {
                ucr: text(head),
                consignment: Some(Box::new(consignment)),
                items: items.iter().map(item).collect(),
                ..GoodsShipment::default()
            })),
            ..Declaration::default()
        }
    }

    #[test]
    fn a_consignment_has_the_one_reference_that_all_agree_on() {
        let (a, b) = (Some("A"), Some("B"));
        for (head, consignment, items, expected) in [
            (None, None, &[][..], StatedUcr::None),
            (None, None, &[None, None], StatedUcr::None),
            (a, None, &[None], StatedUcr::One("A")),
            (None, a, &[], StatedUcr::One("A")),
            (a, a, &[a, None], StatedUcr::One("A")),
            (None, None, &[a, a], StatedUcr::One("A")),
            (None, None, &[a, None], StatedUcr::Several),
            (None, None, &[a, b], StatedUcr::Several),
            (a, b, &[], StatedUcr::Several),
            (a, None, &[b], StatedUcr::Several),
        ] {
            let declaration = declaration(head, consignment, items);
            assert_eq!(stated_ucr(&declaration), expected);
        }
        assert_eq!(stated_ucr(&Declaration::default()), StatedUcr::None);
        for path in UCR_PATHS {
            assert!(
                crate::model::Catalogue::get().find(path).is_some(),
                "{path}"
            );
        }
    }
}
