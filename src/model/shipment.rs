//! The goods shipment: its parties, terms and values.
//!
//! Start at [`GoodsShipment`]. The classes know no message format and no path syntax.

use rust_decimal::Decimal;

use super::class::classes;
use super::consignment::{Consignment, CustomsOffice, TransportMeans};
use super::documents::{AdditionalDocument, PreviousDocument};
use super::goods_item::GovernmentAgencyGoodsItem;
use super::leaf::{Amount, Code, Mass, Text};
use super::party::Party;

classes! {
    /// Goods sent by one consignor to one consignee (WCO `GoodsShipment`).
    GoodsShipment {
        /// Unique consignment reference (WCO).
        leaf ucr: Text;
        /// Export country, as a code.
        leaf export_country: Code;
        /// Export country name.
        leaf export_country_name: Text;
        /// Destination country, as a code.
        leaf destination_country: Code;
        /// Destination country name.
        leaf destination_country_name: Text;
        /// Origin country, as a code.
        leaf origin_country: Code;
        /// Origin country name.
        leaf origin_country_name: Text;
        /// Trade country, as a code.
        leaf trade_country: Code;
        /// Consignor.
        one consignor: Party;
        /// Consignee.
        one consignee: Party;
        /// Who is to be told of the arrival (WCO `NotifyParty`).
        one notify_party: Party;
        /// Financial party.
        one financial_party: Party;
        /// Procedure under which the goods move (WCO `GovernmentProcedure`), in the party's own list.
        leaf government_procedure_code: Code;
        /// Customs value.
        leaf customs_value: Amount, [Value];
        /// Invoice amount.
        leaf invoice_amount: Amount, [Value];
        /// Total amount.
        leaf total_amount: Amount, [Value];
        /// Contract currency, as a code.
        leaf contract_currency: Code;
        /// Currency rate.
        leaf currency_rate: Decimal, [Value];
        /// Currency quantity.
        leaf currency_quantity: u64;
        /// Transaction nature code.
        leaf transaction_nature_code: Code;
        /// Transaction feature code.
        leaf transaction_feature_code: Code;
        /// Trade terms.
        one trade_terms: TradeTerms;
        /// Supply chain actors.
        many supply_chain_actors: SupplyChainActor;
        /// Documents.
        many documents: AdditionalDocument;
        /// Previous documents.
        many previous_documents: PreviousDocument;
        /// Additional information.
        many additional_information: AdditionalInformation;
        /// Consignment.
        one consignment: Consignment;
        /// The house consignments that the goods are divided into, where the source divides them.
        many houses: HouseConsignment;
        /// The goods items, of all houses.
        many items: GovernmentAgencyGoodsItem;
    }

    /// A part of the consignment with parties of its own (WCO `Consignment` below the master level;
    /// NCTS `HouseConsignment`). Which items are in it the items say.
    HouseConsignment {
        /// Unique consignment reference (WCO).
        leaf ucr: Text;
        /// Export country, as a code.
        leaf export_country: Code;
        /// Destination country, as a code.
        leaf destination_country: Code;
        /// Mass with packaging of all its items.
        leaf gross_mass: Mass;
        /// Goods items in it, as the source counts them.
        leaf goods_item_quantity: u64;
        /// Packages in it, as the source counts them.
        leaf package_quantity: u64;
        /// Invoice amount.
        leaf invoice_amount: Amount, [Value];
        /// How the carriage is paid for, as a code.
        leaf transport_charges_code: Code;
        /// Where it goes, when that is not where the whole consignment goes.
        one destination_office: CustomsOffice;
        /// Customs control zone of destination, likewise.
        leaf control_zone_id: Text;
        /// Station of destination, likewise, as a code.
        leaf destination_station_code: Code;
        /// Consignor.
        one consignor: Party;
        /// Consignee.
        one consignee: Party;
        /// Supply chain actors.
        many supply_chain_actors: SupplyChainActor;
        /// Means of transport at departure.
        many departure_transport_means: TransportMeans;
        /// Documents.
        many documents: AdditionalDocument;
        /// Previous documents.
        many previous_documents: PreviousDocument;
        /// Additional information.
        many additional_information: AdditionalInformation;
    }

    /// Terms of delivery (WCO `TradeTerms`).
    TradeTerms {
        /// Code, as a code.
        leaf code: Code;
        /// Place.
        leaf place: Text;
        /// Transfer place.
        leaf transfer_place: Text;
    }

    /// Another actor of the supply chain (WCO `AEOMutualRecognitionParty`).
    SupplyChainActor {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Role code.
        leaf role_code: Code;
        /// Id.
        leaf id: Text;
    }

    /// A statement in code and words (WCO `AdditionalInformation`).
    AdditionalInformation {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Code, as a code.
        leaf code: Code;
        /// Text.
        leaf text: Text;
    }
}
