//! Goods items: what they are, how they are packed.
//!
//! Start at [`GovernmentAgencyGoodsItem`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::Seal;
use super::documents::{AdditionalDocument, PreviousDocument};
use super::leaf::{Amount, Code, Mass, Measure, Text};
use super::party::Party;
use super::shipment::{AdditionalInformation, SupplyChainActor};

classes! {
    /// A goods item (WCO `GovernmentAgencyGoodsItem`).
    GovernmentAgencyGoodsItem {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64, [Identity];
        /// The house consignment that it is in: its place in the list of them, from 1.
        leaf house_numeric: u64;
        /// Type code.
        leaf type_code: Code;
        /// Feature code.
        leaf feature_code: Box<Code>;
        /// Commodity.
        one commodity: Commodity;
        /// Mass with packaging, without equipment.
        leaf gross_mass: Mass, [Identity];
        /// Mass without packaging.
        leaf net_mass: Mass;
        /// Net mass unpacked.
        leaf net_mass_unpacked: Box<Mass>;
        /// Quantity.
        leaf quantity: Box<Measure>;
        /// Quantities.
        many quantities: Quantity;
        /// Invoice amount.
        leaf invoice_amount: Box<Amount>, [Value];
        /// Customs value.
        leaf customs_value: Box<Amount>, [Value];
        /// Statistical value.
        leaf statistical_value: Box<Amount>, [Value];
        /// Export country, as a code.
        leaf export_country: Code;
        /// Destination country, as a code.
        leaf destination_country: Code;
        /// Origin country, as a code.
        leaf origin_country: Code;
        /// Origin country name.
        leaf origin_country_name: Box<Text>;
        /// Unique consignment reference (WCO).
        leaf ucr: Box<Text>;
        /// Consignor.
        one consignor: Party;
        /// Consignee.
        one consignee: Party;
        /// Packaging availability code.
        leaf packaging_availability_code: Box<Code>;
        /// Package quantity.
        leaf package_quantity: u64;
        /// Package part quantity.
        leaf package_part_quantity: u64;
        /// Package kind name.
        leaf package_kind_name: Box<Text>;
        /// Packagings.
        many packagings: Packaging;
        /// Containers.
        many containers: GoodsContainer;
        /// Documents.
        many documents: AdditionalDocument;
        /// Previous documents.
        many previous_documents: PreviousDocument;
        /// Additional information.
        many additional_information: AdditionalInformation;
        /// Supply chain actors.
        many supply_chain_actors: SupplyChainActor;
        /// Procedure code.
        leaf procedure_code: Code;
        /// Previous procedure code.
        leaf previous_procedure_code: Box<Code>;
        /// Procedure feature code.
        leaf procedure_feature_code: Box<Code>;
        /// Prohibition free code.
        leaf prohibition_free_code: Box<Code>;
        /// Component code.
        leaf component_code: Box<Code>;
        /// Transport charges code.
        leaf transport_charges_code: Box<Code>;
        /// Additional sheet quantity.
        leaf additional_sheet_quantity: u64;
        /// Language, as a code.
        leaf language: Box<Code>;
        /// Vehicles.
        many vehicles: Vehicle;
        /// Whether they are released, as a code.
        leaf release_code: Box<Code>;
    }

    /// How many containers of a kind an item takes.
    GoodsContainer {
        /// Characteristic code.
        leaf characteristic_code: Code;
        /// Quantity.
        leaf quantity: u64;
    }

    /// A further quantity of an item, with the name of its unit.
    Quantity {
        /// Measure.
        leaf measure: Measure;
        /// Unit name.
        leaf unit_name: Text;
    }

    /// What the goods are (WCO `Commodity`).
    Commodity {
        /// Description.
        leaf description: Text, [Identity];
        /// Customs Union and Statistics code of a chemical (ECICS).
        leaf cus_code: Code;
        /// Classification.
        one classification: Classification;
        /// Dangerous goods.
        many dangerous_goods: DangerousGoods;
        /// Quantity unit name.
        leaf quantity_unit_name: Text;
        /// Name under which the goods are sold.
        leaf trade_name: Text;
    }

    /// The classification of goods, leading zeros kept (WCO `Classification`).
    Classification {
        /// Id, as a code.
        leaf id: Code, [Identity];
        /// Type code.
        leaf type_code: Code;
        /// Additional id, as a code.
        leaf additional_id: Code;
    }

    /// A dangerous substance (WCO `DangerousGoods`).
    DangerousGoods {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// UN number of the dangerous substance.
        leaf undg_id: Code;
    }

    /// Packages of one kind (WCO `Packaging`).
    Packaging {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Type code.
        leaf type_code: Code;
        /// Quantity.
        leaf quantity: u64;
        /// Marks.
        leaf marks: Box<Text>;
        /// Information kind code.
        leaf information_kind_code: Box<Code>;
        /// Description.
        leaf description: Box<Text>;
        /// Packages inside of these.
        many inner_packagings: InnerPackaging;
        /// Seals on them.
        many seals: Seal;
    }

    /// Packages inside of others.
    InnerPackaging {
        /// Type code.
        leaf type_code: Code;
        /// Quantity.
        leaf quantity: u64;
        /// Marks.
        leaf marks: Text;
    }

    /// A vehicle that is itself the goods.
    Vehicle {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Model.
        leaf model: Text;
        /// Make.
        leaf make: Text;
        /// Make code.
        leaf make_code: Code;
        /// Year.
        leaf year: Text;
        /// Vehicle identification number (ISO 3779).
        leaf vin: Text;
        /// Body id.
        leaf body_id: Text;
        /// Engine id.
        leaf engine_id: Text;
        /// Chassis id.
        leaf chassis_id: Text;
    }
}
