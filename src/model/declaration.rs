//! The declaration itself, its guarantees, signatures and control results.
//!
//! Start at [`Declaration`]. The classes know no message format and no path syntax.

use super::Mrn;
use super::class::classes;
use super::consignment::Itinerary;
use super::control::ControlResult;
use super::documents::AdditionalDocument;
use super::import::ImportResult;
use super::leaf::{Amount, Code, Mass, Moment, Text};
use super::participants::ParticipantList;
use super::party::{Address, IdentityDocument, Party, Person, RegisterDocument};
use super::response::{InformationReply, Response, Screening};
use super::service_response::ServiceResponse;
use super::shipment::GoodsShipment;
use super::temporary::TemporaryImport;

classes! {
    /// A customs declaration, or what is lodged in place of one before arrival (WCO `Declaration`).
    Declaration {
        /// Registration number given by customs (WCO `Declaration.ID`).
        leaf id: Text;
        /// Movement reference number.
        leaf mrn: Mrn;
        /// The declarant's own reference; in NCTS the local reference number (LRN).
        leaf functional_reference_id: Text;
        /// Identifier of the message or electronic document.
        leaf document_id: Text;
        /// Identifier of the message that this one answers or replaces.
        leaf referenced_document_id: Text;
        /// Document code.
        leaf document_code: Code;
        /// Language code.
        leaf language_code: Code;
        /// Function code.
        leaf function_code: Code;
        /// Why an earlier declaration is amended or cancelled.
        leaf change_reason: Text;
        /// Type code.
        leaf type_code: Code;
        /// Additional type code.
        leaf additional_type_code: Code;
        /// Mode of transport; of a declaration, the customs procedure.
        leaf mode_code: Code;
        /// Kind of movement under the transit procedure.
        leaf transit_direction_code: Code;
        /// Transit feature code.
        leaf transit_feature_code: Code;
        /// Feature code.
        leaf feature_code: Code;
        /// Document usage code.
        leaf document_usage_code: Code;
        /// Electronic indicator, as a code.
        leaf electronic_indicator: Code;
        /// Issue date time.
        leaf issue_date_time: Moment;
        /// Acceptance date time.
        leaf acceptance_date_time: Moment;
        /// Presentation date time.
        leaf presentation_date_time: Moment;
        /// Limit date.
        leaf limit_date: Moment;
        /// Sender.
        leaf sender: Text;
        /// Recipient.
        leaf recipient: Text;
        /// Recipient country, as a code.
        leaf recipient_country: Code;
        /// Source country, as a code.
        leaf source_country: Code;
        /// Execution place.
        leaf execution_place: Text;
        /// Security code.
        leaf security_code: Code;
        /// Reduced dataset indicator.
        leaf reduced_dataset_indicator: bool;
        /// Binding itinerary indicator.
        leaf binding_itinerary_indicator: bool;
        /// Simplified procedure indicator.
        leaf simplified_procedure_indicator: bool;
        /// Circumstance code.
        leaf circumstance_code: Code;
        /// Communication language, as a code.
        leaf communication_language: Code;
        /// Movement code.
        leaf movement_code: Code;
        /// Railway station code.
        leaf railway_station_code: Code;
        /// Railway stamp date.
        leaf railway_stamp_date: Moment;
        /// Goods item quantity.
        leaf goods_item_quantity: u64;
        /// Total package quantity.
        leaf total_package_quantity: u64;
        /// Page quantity.
        leaf page_quantity: u64;
        /// Total gross mass.
        leaf total_gross_mass: Mass;
        /// Specification quantity.
        leaf specification_quantity: u64;
        /// Specification page quantity.
        leaf specification_page_quantity: u64;
        /// Tir carnet.
        one tir_carnet: TirCarnet;
        /// Declarant.
        one declarant: Party;
        /// Agent.
        one agent: Party;
        /// Holder.
        one holder: Party;
        /// Who stands surety for the holder (WCO `Surety`).
        one surety: Party;
        /// Who presents the goods where their transit ends.
        one destination_trader: Party;
        /// Signatory.
        one signatory: Signatory;
        /// Representative.
        one representative: Representative;
        /// Authorisations.
        many authorisations: Authorisation;
        /// Obligation guarantees.
        many obligation_guarantees: ObligationGuarantee;
        /// Goods shipment.
        one goods_shipment: GoodsShipment;
        /// Control results.
        many control_results: ControlResult;
        /// Import result.
        one import_result: ImportResult;
        /// What customs answers about it.
        one response: Response;
        /// When a request of customs was replied to.
        leaf reply_date_time: Moment;
        /// What is replied to requests for information.
        many information_replies: InformationReply;
        /// Screenings that customs asked for.
        many screenings: Screening;
        /// Vehicles imported temporarily.
        many temporary_imports: TemporaryImport;
        /// Participants of a corridor.
        one participant_list: ParticipantList;
        /// What a service answers to a message other than a transit declaration, in WCO words.
        one service_response: ServiceResponse;
    }

    /// A TIR carnet (TIR Convention 1975).
    TirCarnet {
        /// Series id.
        leaf series_id: Text;
        /// Id.
        leaf id: Text;
        /// Holder id.
        leaf holder_id: Text;
        /// Page.
        leaf page: u64;
    }

    /// An authorisation that the declaration relies on (WCO `AuthorisationHolder`).
    Authorisation {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Type code.
        leaf type_code: Code;
        /// Id.
        leaf id: Text;
    }

    /// Proof that a customs representative may act.
    Representative {
        /// Register document.
        one register_document: RegisterDocument;
        /// Contract.
        one contract: AdditionalDocument;
    }

    /// Who filled in and signed the declaration.
    Signatory {
        /// Person.
        one person: Person;
        /// Signing date time.
        leaf signing_date_time: Moment;
        /// Qualification id.
        leaf qualification_id: Text;
        /// Identity document.
        one identity_document: IdentityDocument;
        /// Power of attorney.
        one power_of_attorney: AdditionalDocument;
    }

    /// Security for duties and taxes (WCO `ObligationGuarantee`).
    ObligationGuarantee {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Type code.
        leaf type_code: Code;
        /// Id.
        leaf id: Text;
        /// Other id.
        leaf other_id: Text;
        /// Name.
        leaf name: Text;
        /// Issue date.
        leaf issue_date: Moment;
        /// Access code.
        leaf access_code: Text, [Personal];
        /// Amount.
        leaf amount: Amount, [Value];
        /// Method code.
        leaf method_code: Code;
        /// Certificate office id.
        leaf certificate_office_id: Text;
        /// Certificate date.
        leaf certificate_date: Moment;
        /// Certificate id.
        leaf certificate_id: Text;
        /// National code.
        leaf national_code: Code;
        /// Bank id.
        leaf bank_id: Text;
        /// Excluded countries.
        many excluded_countries: Itinerary;
        /// Document.
        one document: AdditionalDocument;
        /// Register document.
        one register_document: RegisterDocument;
        /// Address.
        one address: Address;
    }
}
