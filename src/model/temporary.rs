//! Vehicles imported temporarily, and what became of them.
//!
//! Start at [`TemporaryImport`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::{CustomsOffice, TransportMeans};
use super::goods_item::Vehicle;
use super::leaf::{Code, Moment, Text};
use super::party::{Party, Person};

classes! {
    /// A vehicle that came to leave again.
    TemporaryImport {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// The issuing service's own number of it (WCO `FunctionalReferenceID`).
        leaf id: Text;
        /// 9 original, 5 full replacement, 1 withdrawal (UN/EDIFACT 1225, as WCO `FunctionCode`).
        leaf function_code: Code;
        /// Whether it is in the country, left it, should have left it, or stays.
        leaf status_code: Code;
        /// Where it came in.
        one import_office: CustomsOffice;
        /// When it came in.
        leaf import_date_time: Moment;
        /// By which day it is to leave.
        leaf limit_date: Moment;
        /// Where it left.
        one export_office: CustomsOffice;
        /// When it left.
        leaf export_date_time: Moment;
        /// What it came for, as a code.
        leaf purpose_code: Code;
        /// What it came for, in words.
        leaf purpose_text: Text;
        /// What the information may be used for, as a code.
        leaf use_restriction_code: Code;
        /// What the information may be used for, in words.
        leaf use_restriction_text: Text;
        /// Its plate, country and trailer.
        one transport_means: TransportMeans;
        /// What it is.
        one vehicle: Vehicle;
        /// Who answers for it.
        one importer: Party;
        /// Who drove it in (WCO `Master`).
        one master: Person;
    }
}
