//! What became of a consignment where it was imported, as told back to the service that controlled it.
//!
//! Start at [`ImportResult`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::{CustomsOffice, Seal, TransportEquipment, TransportMeans};
use super::control::{Control, ControlledGoods, Weighing};
use super::leaf::{Code, Moment, Text};
use super::mrn::Mrn;

classes! {
    /// Arrival, actual control, differences and release of a consignment.
    ImportResult {
        /// The issuing service's own number of the result (WCO `FunctionalReferenceID`).
        leaf id: Text;
        /// 9 original, 5 full replacement, 1 withdrawal (UN/EDIFACT 1225, as WCO `FunctionCode`).
        leaf function_code: Code;
        /// The result that a replacement or a withdrawal is about.
        leaf replaced_id: Text;
        /// Unique consignment reference (WCO).
        leaf ucr: Text;
        /// Master reference number of the partner's declaration.
        leaf mrn: Mrn;
        /// The partner's control result that was at hand, by its number.
        leaf control_id: Text;
        /// Registration number of the import declaration.
        leaf registration_id: Text;
        /// The post of arrival.
        one office: CustomsOffice;
        /// When the consignment arrived.
        leaf arrival_date_time: Moment;
        /// Whether the partner's result was relied on, as a verdict.
        leaf recognition_code: Code;
        /// The decision that says so.
        leaf recognition_id: Text;
        /// The office that released the goods or refused to.
        one release_office: CustomsOffice;
        /// When it did.
        leaf release_date_time: Moment;
        /// What it decided, as a code.
        leaf decision_code: Code;
        /// Why, in words.
        leaf reason_text: Text;
        /// What the information may be used for, as a code.
        leaf use_restriction_code: Code;
        /// What the information may be used for, in words.
        leaf use_restriction_text: Text;
        /// Containers, with the seals as they were found.
        many transport_equipment: TransportEquipment;
        /// Seals of no known container, as they were found.
        many seals: Seal;
        /// Vehicles, wagons, vessels that arrived.
        many transport_means: TransportMeans;
        /// Weighings at arrival.
        many weighings: Weighing;
        /// Goods lines as they were found, with what differs.
        many items: ControlledGoods;
        /// Controls that were done.
        many controls: Control;
    }
}
