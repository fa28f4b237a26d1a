//! Message packages, mappings to and from the canonical model, code crosswalks, losses.
//!
//! Start at [`Packages::load`]; then [`Package::decode`] and [`encode`]. The mapping language is
//! described in `docs/packages.md`. A mapping is compiled once against the schema of its package;
//! translating a message looks nothing up by name.
//!
//! This room knows no signatures: it is given views that somebody else has verified or attested.
//! It reads folders at load and nothing else, has no clock and no randomness: what a translation
//! needs besides the message stands in [`EncodeContext`].

mod awake;
mod codelist;
mod compile;
mod decode;
mod demand;
mod encode;
mod lane;
mod matrix;
mod package;
mod plan;
mod report;
mod transliterate;
mod value;
mod walk;
mod withheld;

#[cfg(test)]
mod tests;

pub use codelist::{CodeLists, Doubt, Edition, Entry, OPTIONAL_LISTS, RowsFile, Span, Unlisted};
pub use decode::{DecodeContext, Decoded, SourceEntry, SourceNode, Unmapped};
pub use encode::{
    EncodeContext, Encoded, FINDINGS_MAX, FirstOfSeries, LRN_CHARS_MAX, MESSAGE_ID_CHARS_MAX,
    Numbered, Serials, day, encode,
};
pub use lane::{Action, LaneRules, RuleFault, TABLE_ROWS_MAX, TableRow, ValueRule, Zones};
pub use matrix::{Cell, Line, Matrix};
pub use package::{
    Directions, NoPackage, Package, Packages, Posts, Side, Signing, StatedRevision, Status,
};
pub(crate) use package::{OFFICIAL_FILE, SET_FILE, SETS, digest};
pub use report::{Finding, Loss, LossReason, Pointer, Severity, Supplement, Supplied, SuppliedBy};
