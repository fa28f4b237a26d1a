//! The canonical model in the words of the WCO Data Model, and the identifiers all rooms speak.
//!
//! Start at [`Declaration`] for the model, at [`PartyId`] and [`PackageId`] for identifiers. The
//! classes are declared once, by a macro that also makes their [`Catalogue`] of paths. This room
//! knows no XML, no keys and no storage.

mod act;
mod case;
mod catalogue;
mod class;
mod consignment;
mod container;
mod control;
mod declaration;
mod documents;
mod error;
mod form;
mod goods_item;
mod identifiers;
mod import;
mod iso_6346;
mod leaf;
mod look_alike;
mod mrn;
mod occurrence;
mod participants;
mod party;
mod postal_item;
mod present;
mod principal;
mod response;
mod revision;
mod service_response;
mod shipment;
mod temporary;
mod ucr;

pub use act::*;
pub use case::{CaseKey, KeyKind, UnknownKeyKind};
pub use catalogue::{Catalogue, LISTS_MAX, PathId, PathInfo, PathKind};
pub use class::Mark;
pub use consignment::*;
pub use container::{CONTAINER_CHARS, ContainerError, ContainerNumber};
pub use control::*;
pub use declaration::*;
pub use documents::*;
pub use error::ModelError;
pub use form::{Form, FormError};
pub use goods_item::*;
pub use identifiers::{IdentifierError, PARTY_ID_BYTES_MAX, PackageId, PartyId, Sha256};
pub use import::ImportResult;
pub(crate) use leaf::decimal_text;
pub use leaf::{
    Amount, Code, Leaf, LeafKind, LeafRef, ListedCode, Mass, MassUnit, Measure, Moment,
    MomentError, Text, ValueBasis,
};
pub use look_alike::{fold_look_alikes, look_alike};
pub use mrn::{MRN_CHARS, Mrn, MrnError};
pub(crate) use occurrence::{First, Owner};
pub use occurrence::{LIST_LENGTH_MAX, Occurrence};
pub use participants::*;
pub use party::*;
pub use postal_item::{POSTAL_ITEM_CHARS, PostalItemError, PostalItemId};
pub(crate) use present::Present;
pub use principal::{Posts, Principal, Role, UnknownRole};
pub use response::*;
pub use revision::{Revision, UnknownRevision};
pub use service_response::*;
pub use shipment::*;
pub use temporary::*;
pub use ucr::{StatedUcr, UCR_CHARS_MAX, UCR_PATHS, Ucr, UcrError, stated_ucr};
