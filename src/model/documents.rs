//! Documents that a declaration presents or refers to.
//!
//! Start at [`AdditionalDocument`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::leaf::{Code, Measure, Moment, Text};

classes! {
    /// A document presented or referred to (WCO `AdditionalDocument`).
    AdditionalDocument {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Type code.
        leaf type_code: Code;
        /// Category code.
        leaf category_code: Box<Code>;
        /// Name.
        leaf name: Text;
        /// Id.
        leaf id: Text;
        /// Issue date.
        leaf issue_date: Moment;
        /// Valid from.
        leaf valid_from: Box<Moment>;
        /// Expiry date.
        leaf expiry_date: Box<Moment>;
        /// Office id.
        leaf office_id: Box<Text>;
        /// Zone id.
        leaf zone_id: Box<Text>;
        /// Country, as a code.
        leaf country: Box<Code>;
        /// Issuer id.
        leaf issuer_id: Box<Text>;
        /// Issuer name.
        leaf issuer_name: Box<Text>;
        /// Line id.
        leaf line_id: Box<Text>;
        /// Item numeric.
        leaf item_numeric: Box<u64>;
        /// Electronic id.
        leaf electronic_id: Box<Text>;
        /// Archive id.
        leaf archive_id: Box<Text>;
        /// Electronic kind, as a code.
        leaf electronic_kind: Box<Code>;
        /// Presentation code.
        leaf presentation_code: Box<Code>;
        /// Presentation date.
        leaf presentation_date: Box<Moment>;
        /// Complement.
        leaf complement: Box<Text>;
    }

    /// A document of the customs procedure before (WCO `PreviousDocument`).
    PreviousDocument {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Line id.
        leaf line_id: Box<Text>;
        /// Type code.
        leaf type_code: Code;
        /// Name.
        leaf name: Box<Text>;
        /// Id.
        leaf id: Text;
        /// Ordinal id.
        leaf ordinal_id: Box<Text>;
        /// Office id.
        leaf office_id: Box<Text>;
        /// Issue date.
        leaf issue_date: Box<Moment>;
        /// Country, as a code.
        leaf country: Code;
        /// Item numeric.
        leaf item_numeric: u64;
        /// Procedure code.
        leaf procedure_code: Box<Code>;
        /// Tir series id.
        leaf tir_series_id: Box<Text>;
        /// Tir id.
        leaf tir_id: Box<Text>;
        /// Package type code.
        leaf package_type_code: Box<Code>;
        /// Package quantity.
        leaf package_quantity: u64;
        /// Quantity.
        leaf quantity: Box<Measure>;
        /// Complement.
        leaf complement: Box<Text>;
    }
}
