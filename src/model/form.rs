//! Numbers with a form of their own, and whether a value is one.
//!
//! Start at [`Form`]. A number with a wrong check digit was mistyped somewhere; that is said, and the
//! number stays what it is.

use super::container::{ContainerError, ContainerNumber};
use super::look_alike::fold_look_alikes;
use super::mrn::{Mrn, MrnError};
use super::postal_item::{PostalItemError, PostalItemId};
use super::ucr::{Ucr, UcrError};

/// A form of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The number of a freight container (ISO 6346). Blanks, hyphens and Cyrillic letters of the same
    /// shape do not count.
    Container,
    /// A movement reference number.
    Mrn,
    /// The identifier of a postal item (UPU S10).
    PostalItem,
    /// A unique consignment reference (WCO).
    Ucr,
}

/// Why a value is not of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// No container number.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// No movement reference number.
    #[error(transparent)]
    Mrn(#[from] MrnError),
    /// No identifier of a postal item.
    #[error(transparent)]
    PostalItem(#[from] PostalItemError),
    /// No unique consignment reference.
    #[error(transparent)]
    Ucr(#[from] UcrError),
}

impl FormError {
    /// A stable code for partners.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Container(error) => error.code(),
            Self::Mrn(error) => error.code(),
            Self::PostalItem(error) => error.code(),
            Self::Ucr(error) => error.code(),
        }
    }

    /// Whether it has the form, and only the check digit is another one.
    pub fn is_check_digit(&self) -> bool {
        matches!(
            self,
            Self::Container(ContainerError::CheckDigit { .. })
                | Self::Mrn(MrnError::CheckDigit { .. })
                | Self::PostalItem(PostalItemError::CheckDigit { .. })
        )
    }
}

/// Kinds of documents that are known by a movement reference number (EU CL214).
const MRN_KINDS: [&str; 1] = ["NMRN"];

/// Kinds of documents that go with postal items: EU CL754, and UN/EDIFACT 1001.
const POSTAL_KINDS: [&str; 2] = ["N750", "750"];

impl Form {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Container, Self::Mrn, Self::PostalItem, Self::Ucr];

    /// The word of mappings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Mrn => "mrn",
            Self::PostalItem => "postal-item",
            Self::Ucr => "ucr",
        }
    }

    /// The form of the numbers of documents of a kind.
    pub fn of_document(kind: &str) -> Option<Self> {
        if MRN_KINDS.contains(&kind) {
            return Some(Self::Mrn);
        }
        POSTAL_KINDS.contains(&kind).then_some(Self::PostalItem)
    }

    /// Checks a value.
    ///
    /// # Errors
    /// Why it is not of this form.
    pub fn check(self, text: &str) -> Result<(), FormError> {
        match self {
            Self::Container => {
                let folded = fold_look_alikes(text);
                folded.parse::<ContainerNumber>()?;
            }
            Self::Mrn => {
                text.parse::<Mrn>()?;
            }
            Self::PostalItem => {
                text.parse::<PostalItemId>()?;
            }
            Self::Ucr => {
                text.parse::<Ucr>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_form_or_say_why_not() {
        for (form, good, digit, other) in [
            (Form::Container, "CSQU3054383", "CSQU3054384", "ТРЕЙЛЕР 1"),
            (Form::Container, "сsqu 305438-3", "СSQU 305438-4", ""),
            (
                Form::Mrn,
                "26ITQU71A000012343",
                "26ITQU71A000012344",
                "26IT",
            ),
            (Form::PostalItem, "RR473124829GB", "RR473124828GB", "RR1"),
        ] {
            assert_eq!(form.check(good), Ok(()), "{good}");
            assert!(form.check(digit).unwrap_err().is_check_digit(), "{digit}");
            assert!(!form.check(other).unwrap_err().is_check_digit(), "{other}");
        }
        assert_eq!(Form::Ucr.check("6CN91230900MA18X7-2026-000417"), Ok(()));
        assert_eq!(Form::Ucr.check("417").unwrap_err().code(), "MODEL_UCR_FORM");
        assert_eq!(Form::of_document("N750"), Some(Form::PostalItem));
        assert_eq!(Form::of_document("NMRN"), Some(Form::Mrn));
        assert_eq!(Form::of_document("N730"), None);
    }
}
