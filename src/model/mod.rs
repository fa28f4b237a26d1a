//! The canonical model in the words of the WCO Data Model, and the identifiers all rooms speak.
//!
//! Start at [`PartyId`] and [`PackageId`]. This room knows no XML, no keys and no storage.

mod identifiers;
mod principal;

pub use identifiers::{CaseKey, IdentifierError, PARTY_ID_BYTES_MAX, PackageId, PartyId, Sha256};
pub use principal::{Posts, Principal, Role, UnknownRole};
