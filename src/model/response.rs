//! What customs answers about a declaration, and what befell the goods until they were unloaded.
//!
//! Start at [`Response`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::{CustomsOffice, GoodsLocation, Transhipment, TransportEquipment};
use super::control::{Control, ControlRemark, InspectionImage};
use super::documents::AdditionalDocument;
use super::leaf::{Code, Moment, Text};
use super::party::Address;

classes! {
    /// What customs answers about a declaration: that it is released, controlled, refused, discharged
    /// (WCO `Response`).
    Response {
        /// What kind of answer, as a code: of a rejection, what is rejected.
        leaf type_code: Code;
        /// When what is answered was submitted.
        leaf submission_date_time: Moment;
        /// When it was decided or notified.
        leaf decision_date_time: Moment;
        /// When what is announced is to be done.
        leaf scheduled_date_time: Moment;
        /// When the goods were released (WCO `Status.ReleaseDateTime`).
        leaf release_date_time: Moment;
        /// When the transit operation was written off.
        leaf discharge_date_time: Moment;
        /// What was decided about the goods, as a code.
        leaf decision_code: Code;
        /// Why, as a code.
        leaf reason_code: Code;
        /// Why, in words.
        leaf reason_text: Text;
        /// The office that registered what is told, where that is neither departure nor destination.
        one office: CustomsOffice;
        /// Controls that the office will do, or did before it released.
        many controls: Control;
        /// Documents that it asks for.
        many documents: AdditionalDocument;
        /// What is wrong with the message.
        many errors: ResponseError;
    }

    /// One fault of a message that customs refuses (WCO `Error`).
    ResponseError {
        /// Path of the element, in the words of the refused format (WCO `Pointer`).
        leaf pointer: Text;
        /// Kind of the fault (WCO `ValidationCode`).
        leaf validation_code: Code;
        /// The rule or condition that is broken, by its name.
        leaf reason: Text;
        /// What stood there.
        leaf value: Text, [Personal];
    }

    /// What a declarant replies to a request for information.
    InformationReply {
        /// Number of the request.
        leaf request_id: Text;
        /// The transport document that it is about: its type.
        leaf transport_document_type_code: Code;
        /// The transport document that it is about: its number.
        leaf transport_document_id: Text;
        /// What is replied.
        many remarks: ControlRemark;
        /// Files that are sent with it, by reference.
        many images: InspectionImage;
    }

    /// A security screening that a declarant had done before departure.
    Screening {
        /// Its outcome, as a code.
        leaf code: Code;
        /// The transport document of what was screened: its type.
        leaf transport_document_type_code: Code;
        /// The transport document of what was screened: its number.
        leaf transport_document_id: Text;
        /// How it was screened.
        many methods: ScreeningMethod;
        /// Further remarks.
        many remarks: ControlRemark;
        /// Who screened: the name.
        leaf person_name: Text, [Personal];
        /// Who screened: the number under which he is known.
        leaf person_id: Text, [Personal];
        /// Who screened: what kind of person, as a code.
        leaf person_type_code: Code;
        /// Where.
        one address: Address;
        /// Images that were taken.
        many images: InspectionImage;
    }

    /// A method of screening.
    ScreeningMethod {
        /// As a code.
        leaf code: Code;
    }

    /// What happened to the goods on their way.
    Incident {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// What happened, as a code.
        leaf code: Code;
        /// What happened, in words.
        leaf text: Text;
        /// When an authority certified it.
        leaf endorsement_date: Moment;
        /// The authority.
        leaf endorsement_authority: Text;
        /// Where it certified it.
        leaf endorsement_place: Text;
        /// In which country, as a code.
        leaf endorsement_country: Code;
        /// Where it happened.
        one location: GoodsLocation;
        /// Containers and seals since then.
        many transport_equipment: TransportEquipment;
        /// What carries the goods since then.
        one transhipment: Transhipment;
    }

    /// What was found when the goods were unloaded.
    Unloading {
        /// Whether what was found is what was declared.
        leaf conform_indicator: bool;
        /// Whether everything is unloaded.
        leaf completion_indicator: bool;
        /// When it was unloaded.
        leaf date_time: Moment;
        /// Whether the seals were whole.
        leaf seal_indicator: bool;
        /// Remarks on the unloading.
        leaf text: Text;
        /// Anything else to report.
        leaf other_text: Text;
        /// How often the permission to go on unloading was given.
        leaf continuation_numeric: u64;
    }
}
