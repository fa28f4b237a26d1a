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
        leaf category_code: Code;
        /// Name.
        leaf name: Text;
        /// Id.
        leaf id: Text;
        /// Issue date.
        leaf issue_date: Moment;
        /// Valid from.
        leaf valid_from: Moment;
        /// Expiry date.
        leaf expiry_date: Moment;
        /// Office id.
        leaf office_id: Text;
        /// Zone id.
        leaf zone_id: Text;
        /// Country, as a code.
        leaf country: Code;
        /// Issuer id.
        leaf issuer_id: Text;
        /// Issuer name.
        leaf issuer_name: Text;
        /// Line id.
        leaf line_id: Text;
        /// Item numeric.
        leaf item_numeric: u64;
        /// Electronic id.
        leaf electronic_id: Text;
        /// Archive id.
        leaf archive_id: Text;
        /// Electronic kind, as a code.
        leaf electronic_kind: Code;
        /// Presentation code.
        leaf presentation_code: Code;
        /// Presentation date.
        leaf presentation_date: Moment;
        /// Complement.
        leaf complement: Text;
    }

    /// A document of the customs procedure before (WCO `PreviousDocument`).
    PreviousDocument {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Line id.
        leaf line_id: Text;
        /// Type code.
        leaf type_code: Code;
        /// Name.
        leaf name: Text;
        /// Id.
        leaf id: Text;
        /// Ordinal id.
        leaf ordinal_id: Text;
        /// Office id.
        leaf office_id: Text;
        /// Issue date.
        leaf issue_date: Moment;
        /// Country, as a code.
        leaf country: Code;
        /// Item numeric.
        leaf item_numeric: u64;
        /// Procedure code.
        leaf procedure_code: Code;
        /// Tir series id.
        leaf tir_series_id: Text;
        /// Tir id.
        leaf tir_id: Text;
        /// Package type code.
        leaf package_type_code: Code;
        /// Package quantity.
        leaf package_quantity: u64;
        /// Quantity.
        leaf quantity: Measure;
        /// Complement.
        leaf complement: Text;
    }
}
