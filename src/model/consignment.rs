//! The consignment: offices, places, means of transport, equipment and seals.
//!
//! Start at [`Consignment`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::documents::AdditionalDocument;
use super::leaf::{Code, Mass, Measure, Moment, Text};
use super::party::{Address, Contact, Party, RegisterDocument};
use super::response::{Incident, Unloading};

classes! {
    /// The goods shipment as it is carried (WCO `Consignment`).
    Consignment {
        /// Container indicator.
        leaf container_indicator: bool;
        /// Mass with packaging, without equipment.
        leaf gross_mass: Mass, [Identity];
        /// Mass without packaging.
        leaf net_mass: Mass;
        /// Volume with packaging.
        leaf gross_volume: Measure;
        /// Kind of the packages, where one is said for all.
        leaf package_kind_code: Code;
        /// Number of the manifest that the goods are listed in.
        leaf manifest_id: Text;
        /// Unique consignment reference (WCO).
        leaf ucr: Text;
        /// Arrival date time.
        leaf arrival_date_time: Moment;
        /// Railway station of departure, as a code.
        leaf departure_station_code: Code;
        /// Railway station of the place of destination, as a code.
        leaf destination_place_station_code: Code;
        /// Name of the railway station of destination.
        leaf destination_station_name: Text;
        /// Name of the place of destination.
        leaf destination_place_name: Text;
        /// Number of the train.
        leaf train_id: Text;
        /// Index of the train: station and number of its making up, station of destination.
        leaf train_index: Text;
        /// When the goods are loaded.
        leaf loading_date_time: Moment;
        /// When the means of transport leaves the country.
        leaf exit_date_time: Moment;
        /// Inland mode code.
        leaf inland_mode_code: Code;
        /// Border mode code.
        leaf border_mode_code: Code;
        /// Departure nationality, as a code.
        leaf departure_nationality: Code;
        /// Departure means quantity.
        leaf departure_means_quantity: u64;
        /// Border nationality, as a code.
        leaf border_nationality: Code;
        /// Border means quantity.
        leaf border_means_quantity: u64;
        /// Departure office.
        one departure_office: CustomsOffice;
        /// Destination office.
        one destination_office: CustomsOffice;
        /// Border office.
        one border_office: CustomsOffice;
        /// Border offices.
        many border_offices: CustomsOffice;
        /// Transit offices.
        many transit_offices: CustomsOffice;
        /// Exit offices.
        many exit_offices: CustomsOffice;
        /// Control zone id.
        leaf control_zone_id: Text;
        /// Destination register.
        one destination_register: RegisterDocument;
        /// Destination station code.
        leaf destination_station_code: Code;
        /// Destination address.
        one destination_address: Address;
        /// Goods locations.
        many goods_locations: GoodsLocation;
        /// Loading location.
        one loading_location: Location;
        /// Unloading location.
        one unloading_location: Location;
        /// Transport charges code.
        leaf transport_charges_code: Code;
        /// Departure transport means.
        many departure_transport_means: TransportMeans;
        /// Border transport means.
        many border_transport_means: TransportMeans;
        /// Arrival transport means.
        many arrival_transport_means: TransportMeans;
        /// Carriers.
        many carriers: Party;
        /// Itinerary.
        many itinerary: Itinerary;
        /// Transhipments.
        many transhipments: Transhipment;
        /// Transport equipment.
        many transport_equipment: TransportEquipment;
        /// Seals; at consignment level those of no known equipment.
        many seals: Seal;
        /// Seal quantity.
        leaf seal_quantity: u64;
        /// Seal method code.
        leaf seal_method_code: Code;
        /// Seal kind code.
        leaf seal_kind_code: Code;
        /// Seal descriptions.
        many seal_descriptions: Note;
        /// Documents.
        many documents: AdditionalDocument;
        /// Whether anything happened on the way.
        leaf incident_indicator: bool;
        /// What happened on the way.
        many incidents: Incident;
        /// What was found when the goods were unloaded.
        one unloading: Unloading;
        /// Whether the goods are released, as a code.
        leaf release_code: Code;
    }

    /// A customs office.
    CustomsOffice {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Id.
        leaf id: Text;
        /// Code space of the id: `eaeu` or `eu`.
        leaf scheme: Code;
        /// Name.
        leaf name: Text;
        /// Country, as a code.
        leaf country: Code;
        /// Arrival date time.
        leaf arrival_date_time: Moment;
    }

    /// Where the goods are to be examined (WCO `GoodsLocation`).
    GoodsLocation {
        /// Type code.
        leaf type_code: Code;
        /// Qualifier code.
        leaf qualifier_code: Code;
        /// Office id.
        leaf office_id: Text;
        /// Country, as a code.
        leaf country: Code;
        /// Name.
        leaf name: Text;
        /// Zone id.
        leaf zone_id: Text;
        /// Id.
        leaf id: Text;
        /// Additional id.
        leaf additional_id: Text;
        /// Address.
        one address: Address;
        /// Register document.
        one register_document: RegisterDocument;
        /// Document.
        one document: AdditionalDocument;
        /// Contact.
        one contact: Contact;
        /// Latitude.
        leaf latitude: Text;
        /// Longitude.
        leaf longitude: Text;
        /// UN/LOCODE of the place.
        leaf unlocode: Code;
    }

    /// A place of loading or unloading.
    Location {
        /// Id in a list of the party's own.
        leaf id: Text;
        /// UN/LOCODE of the place.
        leaf unlocode: Code;
        /// Country, as a code.
        leaf country: Code;
        /// Name.
        leaf name: Text;
    }

    /// A country on the route (WCO `Itinerary`).
    Itinerary {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Routing country, as a code.
        leaf routing_country: Code;
    }

    /// A line of free text.
    Note {
        /// Text.
        leaf text: Text;
    }

    /// A vehicle, train, ship or aircraft (WCO `TransportMeans`).
    TransportMeans {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Id.
        leaf id: Text, [Identity];
        /// Identification type code.
        leaf identification_type_code: Code;
        /// Kind code.
        leaf kind_code: Code;
        /// Type name.
        leaf type_name: Text;
        /// Mode of transport; of a declaration, the customs procedure.
        leaf mode_code: Code;
        /// Nationality, as a code.
        leaf nationality: Code;
        /// Vehicle identification number (ISO 3779).
        leaf vin: Text;
        /// Make code.
        leaf make_code: Code;
        /// Model name.
        leaf model_name: Text;
        /// Active id.
        leaf active_id: Text;
        /// Registration document id.
        leaf registration_document_id: Text;
        /// Journey id.
        leaf journey_id: Text;
        /// Office id.
        leaf office_id: Text;
        /// Number of its trailer.
        leaf trailer_id: Text, [Identity];
        /// Number of its second trailer.
        leaf second_trailer_id: Text, [Identity];
        /// Railway station that it leaves, as a code.
        leaf departure_station_code: Code;
        /// Railway station that it goes to, as a code.
        leaf destination_station_code: Code;
        /// Mass of the goods on it.
        leaf goods_mass: Mass;
        /// Whether it is loaded, as a code.
        leaf fullness_code: Code;
        /// Whether it is itself imported temporarily.
        leaf temporary_import_indicator: bool;
        /// What else is said of it.
        leaf remarks: Text;
    }

    /// A reloading onto other means of transport.
    Transhipment {
        /// Operation code.
        leaf operation_code: Code;
        /// Carrier numeric.
        leaf carrier_numeric: u64;
        /// Goods indicator.
        leaf goods_indicator: bool;
        /// Container indicator.
        leaf container_indicator: bool;
        /// Country, as a code.
        leaf country: Code;
        /// Country name.
        leaf country_name: Text;
        /// Place.
        leaf place: Text;
        /// Mode of transport; of a declaration, the customs procedure.
        leaf mode_code: Code;
        /// Nationality, as a code.
        leaf nationality: Code;
        /// Means quantity.
        leaf means_quantity: u64;
        /// Office.
        one office: CustomsOffice;
        /// Station code.
        leaf station_code: Code;
        /// Transport means.
        many transport_means: TransportMeans;
        /// Transport equipment.
        many transport_equipment: TransportEquipment;
        /// Description.
        leaf description: Text;
    }

    /// A container, or whatever else carries seals (WCO `TransportEquipment`).
    TransportEquipment {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Id.
        leaf id: Text, [Identity];
        /// Characteristic code.
        leaf characteristic_code: Code;
        /// Fullness code.
        leaf fullness_code: Code;
        /// Quantity.
        leaf quantity: u64;
        /// Seals; at consignment level those of no known equipment.
        many seals: Seal;
        /// The items in this equipment; none means all.
        many goods_references: GoodsReference;
    }

    /// A seal or other means of identification (WCO `Seal`).
    Seal {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Id.
        leaf id: Text, [Identity];
        /// Type code.
        leaf type_code: Code;
        /// Description.
        leaf description: Text;
        /// Foreign indicator.
        leaf foreign_indicator: bool;
        /// Who set it, as the issuing service names itself or the carrier.
        leaf issuer_id: Text;
        /// Intact, broken, missing, as a code.
        leaf state_code: Code;
        /// Whether it was found broken.
        leaf broken_indicator: bool;
        /// Whether it was there before a control or was put on by it, in the party's own list.
        leaf phase_code: Code;
    }

    /// A goods item that is in an equipment.
    GoodsReference {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
    }
}
