//! What a customs service answers to a message: registered, accepted, refused, with its reasons.
//!
//! Start at [`ServiceResponse`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::CustomsOffice;
use super::declaration::TirCarnet;
use super::leaf::{Code, Moment, Text};

classes! {
    /// The answer to a message (WCO `Response`).
    ServiceResponse {
        /// The answering service's own number of it (WCO `FunctionalReferenceID`).
        leaf id: Text;
        /// What kind of answer it is (UN/EDIFACT 1225, as WCO `FunctionCode`).
        leaf function_code: Code;
        /// The reference of the message that is answered (WCO `Declaration.FunctionalReferenceID`).
        leaf declaration_reference_id: Text;
        /// Registration number of what is answered (WCO `Declaration.ID`).
        leaf declaration_id: Text;
        /// The answering service's own identifier of what is answered.
        leaf system_id: Text;
        /// Version of what is answered (WCO `VersionID`).
        leaf version_id: Text;
        /// The day that stands in its registration number.
        leaf registration_date: Moment;
        /// When it was registered.
        leaf registration_date_time: Moment;
        /// The country that registered it.
        leaf registration_country: Code;
        /// When it was accepted.
        leaf acceptance_date_time: Moment;
        /// When it was refused.
        leaf rejection_date_time: Moment;
        /// When it was cancelled.
        leaf cancellation_date_time: Moment;
        /// The message about the conveyance that it belongs to.
        leaf conveyance_document_id: Text;
        /// Number of a notice that wagons imported temporarily were handed over.
        leaf transfer_notice_id: Text;
        /// The office that it is for.
        one office: CustomsOffice;
        /// The carnet that it is about.
        one tir_carnet: TirCarnet;
        /// In which state what is answered now is.
        many statuses: ResponseStatus;
        /// Results of its processing, faults among them.
        many errors: ServiceError;
        /// What else is said or asked for.
        many statements: ResponseStatement;
        /// Changes that were made to it.
        many amendments: ResponseAmendment;
        /// What is said of single containers and consignments.
        many subjects: ResponseSubject;
    }

    /// A state and since when it lasts (WCO `Status`).
    ResponseStatus {
        /// The state, as a code (UN/EDIFACT 4405, as WCO `NameCode`).
        leaf code: Code;
        /// The state in words.
        leaf text: Text;
        /// Since when.
        leaf effective_date_time: Moment;
        /// When the goods were released.
        leaf release_date_time: Moment;
        /// What it is about.
        many pointers: ResponsePointer;
    }

    /// A result of processing (WCO `Error`).
    ServiceError {
        /// The result, as a code (WCO `ValidationCode`).
        leaf code: Code;
        /// The result in words.
        leaf text: Text;
        /// How grave it is.
        leaf category_code: Code;
        /// The document that it is about.
        leaf reference_id: Text;
        /// The place that it is about.
        many pointers: ResponsePointer;
    }

    /// A statement (WCO `AdditionalInformation` of a response).
    ResponseStatement {
        /// The statement, as a code.
        leaf code: Code;
        /// The statement in words.
        leaf text: Text;
        /// What kind of statement it is.
        leaf type_code: Code;
        /// By when something is to be done.
        leaf limit_date_time: Moment;
        /// The place that it is about.
        many pointers: ResponsePointer;
    }

    /// A change (WCO `Amendment`).
    ResponseAmendment {
        /// Why, as a code.
        leaf reason_code: Code;
        /// The place that was changed.
        many pointers: ResponsePointer;
    }

    /// A place in the message that is answered (WCO `Pointer`).
    ResponsePointer {
        /// The number of the element among its like.
        leaf sequence_numeric: u64;
        /// The class, by its WCO number.
        leaf section_code: Code;
        /// The element, by its WCO number.
        leaf tag_id: Text;
    }

    /// What is said of one container or consignment.
    ResponseSubject {
        /// `equipment` or `consignment`.
        leaf kind_code: Code;
        /// Number of the container, or of the contract of carriage.
        leaf id: Text, [Identity];
        /// The statement, as a code.
        leaf code: Code;
        /// The statement in words.
        leaf text: Text;
    }
}
