//! The outcome of a customs control, as one service tells it to another.
//!
//! Start at [`ControlResult`]. The classes know no message format and no path syntax.

use super::act::InspectionAct;
use super::class::classes;
use super::consignment::{CustomsOffice, Note, Seal, TransportEquipment, TransportMeans};
use super::documents::AdditionalDocument;
use super::leaf::{Code, Mass, Measure, Moment, Text};
use super::mrn::Mrn;
use super::party::Person;

classes! {
    /// What a service found when it controlled a consignment, or that it takes this back.
    ControlResult {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Its number among the documents that one message holds, when it holds several.
        leaf part_numeric: u64;
        /// The issuing service's own number of the control (WCO `FunctionalReferenceID`).
        leaf id: Text;
        /// 9 original, 5 full replacement, 1 withdrawal (UN/EDIFACT 1225, as WCO `FunctionCode`).
        leaf function_code: Code;
        /// The control that a replacement or a withdrawal is about; without one, that of the same id.
        leaf replaced_id: Text;
        /// Unique consignment reference (WCO).
        leaf ucr: Text;
        /// Master reference number of the declaration.
        leaf mrn: Mrn;
        /// Registration number of the declaration, where it has no MRN.
        leaf registration_id: Text;
        /// When the result was issued.
        leaf issue_date_time: Moment;
        /// A withdrawal or replacement: from when the earlier result may not be relied on.
        leaf effective_from: Moment;
        /// A withdrawal or replacement: since when the issuing service has known the reason.
        leaf known_since: Moment;
        /// Mode of transport, as a code.
        leaf mode_code: Code;
        /// The office that did the control.
        one office: CustomsOffice;
        /// Where it did it.
        leaf place: Text;
        /// The post of exit of the issuing side.
        one exit_office: CustomsOffice;
        /// The post of entry of the receiving side.
        one entry_office: CustomsOffice;
        /// When the control began.
        leaf start_date_time: Moment;
        /// When the control ended.
        leaf end_date_time: Moment;
        /// The outcome of the whole, as a code.
        leaf code: Code;
        /// Remarks on the outcome.
        leaf text: Text;
        /// When the result was decided, where the source says no more.
        leaf decision_date_time: Moment;
        /// What was decided about the goods, as a code.
        leaf decision_code: Code;
        /// Why, as a code.
        leaf reason_code: Code;
        /// Why, in words.
        leaf reason_text: Text;
        /// What made the service control.
        many triggers: ControlTrigger;
        /// Number of the officer in the issuing service's register.
        leaf officer_id: Text, [Personal];
        /// The officer who answers for the result.
        one officer: Person, [Personal];
        /// What the information may be used for, as a code.
        leaf use_restriction_code: Code;
        /// What the information may be used for, in words.
        leaf use_restriction_text: Text;
        /// Containers, with the seals on them when the control ended.
        many transport_equipment: TransportEquipment;
        /// Seals of no known container when the control ended.
        many seals: Seal;
        /// Vehicles, wagons, vessels.
        many transport_means: TransportMeans;
        /// Weighings.
        many weighings: Weighing;
        /// Goods lines as they were found.
        many items: ControlledGoods;
        /// Vehicles as they were found.
        many vehicles: ControlledVehicle;
        /// The single controls.
        many controls: Control;
        /// Documents of the control, such as its act.
        many documents: AdditionalDocument;
        /// The act that was drawn up of it.
        one act: InspectionAct;
    }

    /// What made a service control, such as a risk profile.
    ControlTrigger {
        /// As a code.
        leaf code: Code;
    }

    /// One control of one type.
    Control {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Type of control: documents, weighing, scanning, examination.
        leaf type_code: Code;
        /// How deep it went, as a code.
        leaf depth_code: Code;
        /// When it began.
        leaf start_date_time: Moment;
        /// When it ended.
        leaf end_date_time: Moment;
        /// Its outcome, as a code.
        leaf code: Code;
        /// Its outcome, in words.
        leaf text: Text;
        /// The device that was used: its number.
        leaf device_id: Text;
        /// The device that was used: its kind or name.
        leaf device_name: Text;
        /// Where: the place, in words.
        leaf place: Text;
        /// Where: the number of the place.
        leaf place_id: Text;
        /// Who controlled.
        leaf controlled_by: Text, [Personal];
        /// Further remarks.
        many remarks: ControlRemark;
        /// Images that were taken.
        many images: InspectionImage;
        /// Containers that were controlled.
        many equipment: ControlledEquipment;
        /// Goods lines that were controlled.
        many items: ControlledGoods;
        /// The transport document of what was controlled: its type.
        leaf transport_document_type_code: Code;
        /// The transport document of what was controlled: its number.
        leaf transport_document_id: Text;
        /// House consignments that were controlled.
        many houses: ControlledHouse;
    }

    /// A remark of a control in code and words.
    ControlRemark {
        /// Type of the remark, as a code.
        leaf type_code: Code;
        /// The remark, as a code.
        leaf code: Code;
        /// The remark, in words.
        leaf text: Text;
    }

    /// A house consignment that was controlled.
    ControlledHouse {
        /// Its number in the master consignment.
        leaf sequence_numeric: u64;
        /// Its transport document: the type.
        leaf transport_document_type_code: Code;
        /// Its transport document: the number.
        leaf transport_document_id: Text;
        /// Goods lines that were controlled.
        many items: ControlledGoods;
        /// Containers that were controlled.
        many equipment: ControlledEquipment;
        /// Vehicles that were controlled.
        many transport_means: TransportMeans;
    }

    /// A container that was controlled.
    ControlledEquipment {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Container number (ISO 6346).
        leaf id: Text, [Identity];
    }

    /// A goods line as it was found.
    ControlledGoods {
        /// Its number in the declaration.
        leaf sequence_numeric: u64;
        /// Commodity code (HS, with national digits where given).
        leaf classification_id: Code;
        /// Description.
        leaf description: Text;
        /// Gross mass that was found.
        leaf gross_mass: Mass;
        /// Net mass that was found.
        leaf net_mass: Mass;
        /// Gross mass that was declared.
        leaf declared_gross_mass: Mass;
        /// Quantity that was found.
        leaf quantity: Measure;
        /// Packages that were found.
        leaf package_quantity: u64;
        /// Packages that were declared.
        leaf declared_package_quantity: u64;
        /// What differs from the declaration, as a code.
        leaf discrepancy_code: Code;
        /// What differs from the declaration, in words.
        leaf discrepancy_text: Text;
        /// Its number in the declaration.
        leaf declared_item_numeric: u64;
        /// Whether it is damaged.
        leaf damage_indicator: bool;
        /// The damage.
        leaf damage_text: Text;
        /// In what it differs, in the digits of the party's own list.
        leaf violation_codes: Text;
        /// Whether samples were taken, in the party's own list.
        leaf sampling_code: Code;
    }

    /// A vehicle as it was found, as transport or as goods.
    ControlledVehicle {
        /// What kind of vehicle it is: `tractor`, `truck`, `trailer`, `bus`, `car` or `motorcycle`.
        leaf kind_code: Code;
        /// Make, in words.
        leaf make_name: Text;
        /// Model, in words.
        leaf model_name: Text;
        /// Vehicle identification number (ISO 3779).
        leaf vin: Text;
        /// Number plate.
        leaf registration_id: Text;
        /// Year of manufacture.
        leaf production_year: Text;
        /// Model of the engine.
        leaf engine_model: Text;
        /// Number of the engine.
        leaf engine_id: Text;
        /// Number of the chassis or frame.
        leaf chassis_id: Text;
        /// Number of the body.
        leaf body_id: Text;
        /// Axles.
        leaf axle_quantity: u64;
        /// Photographs of it.
        leaf photo_quantity: u64;
        /// Whether it arrived as goods or as transport, in the party's own list.
        leaf arrival_mode_code: Code;
        /// Damages that are seen, in words.
        many damages: Note;
        /// What else was found of it.
        many features: VehicleFeature;
    }

    /// What a vehicle was found to have or to be like.
    VehicleFeature {
        /// What is said, as the message names it.
        leaf code: Code;
        /// Which kind of it, in the party's own list.
        leaf kind_code: Code;
        /// What was found: a number, a code of the party's own list, or words.
        leaf text: Text;
    }

    /// A weighing.
    Weighing {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// How it was weighed, as a code.
        leaf method_code: Code;
        /// The mass that was found.
        leaf mass: Mass, [Identity];
        /// Whether the mass is that of the goods or of the loaded vehicle, as a code.
        leaf subject_code: Code;
        /// Plate or container number of what was weighed.
        leaf transport_id: Text, [Identity];
        /// The scales.
        leaf device_id: Text;
        /// When.
        leaf date_time: Moment;
        /// Mass without packaging.
        leaf net_mass: Mass;
        /// How it was weighed, by the list of the union.
        leaf union_method_code: Code;
        /// How many packages were weighed.
        leaf package_quantity: u64;
    }

    /// An image taken at a control, by reference.
    InspectionImage {
        /// Its number in the issuing service.
        leaf id: Text;
        /// Scan, photograph, weighing slip, as a code.
        leaf kind_code: Code;
        /// File name.
        leaf file_name: Text;
        /// Where the image can be fetched.
        leaf uri: Text;
        /// Media type of the image.
        leaf mime: Text;
        /// Size of the image in bytes.
        leaf size: u64;
        /// SHA-256 of the image, hexadecimal.
        leaf sha256: Text;
        /// The device that took it.
        leaf device_id: Text;
        /// When it was taken.
        leaf captured_date_time: Moment;
        /// Plate or container number of what it shows.
        leaf transport_id: Text, [Identity];
        /// What it shows, in words.
        leaf description: Text;
        /// What kind of attachment it is, by the list of the union.
        leaf attachment_code: Code;
        /// Format of the file, by its short name.
        leaf format_code: Code;
    }
}

impl ControlResult {
    /// Every container that the result names, each place of the model that may name one.
    pub fn containers(&self) -> impl Iterator<Item = &str> {
        let own = self.transport_equipment.iter().map(|one| one.id.as_deref());
        let controlled = self.controls.iter().flat_map(|control| {
            let houses = control.houses.iter().flat_map(|house| &house.equipment);
            let equipment = control.equipment.iter().chain(houses);
            equipment.map(|one| one.id.as_deref())
        });
        own.chain(controlled).flatten()
    }

    /// Every vehicle that the result names, as its plate, wagon or vessel number.
    pub fn vehicles(&self) -> impl Iterator<Item = &str> {
        let controls = self.controls.iter();
        let houses = controls.flat_map(|control| &control.houses);
        let controlled = houses.flat_map(|house| &house.transport_means);
        let all = self.transport_means.iter().chain(controlled);
        all.filter_map(|means| means.id.as_deref())
    }

    /// Every seal that was on the consignment when the control ended.
    pub fn all_seals(&self) -> impl Iterator<Item = &Seal> {
        let equipment = self.transport_equipment.iter();
        let on_containers = equipment.flat_map(|equipment| &equipment.seals);
        self.seals.iter().chain(on_containers)
    }

    /// Every image of every control.
    pub fn images(&self) -> impl Iterator<Item = &InspectionImage> {
        self.controls.iter().flat_map(|control| &control.images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_seals_and_images_are_found_wherever_the_model_has_them() {
        let text = r#"{
            "transportEquipment": [{ "id": "TKRU4073186", "seals": [{ "id": "CN0045871" }] }],
            "seals": [{ "id": "CN0045872" }],
            "transportMeans": [{ "id": "A417MP125" }],
            "controls": [
                { "images": [{ "id": "1" }] },
                { "images": [{ "id": "2" }], "equipment": [{ "id": "MNGU3002170" }],
                  "houses": [{ "equipment": [{ "id": "TCLU4265490" }],
                               "transportMeans": [{ "id": "B525OP178" }] }] }
            ]
        }"#;
        let result: ControlResult = serde_json::from_str(text).unwrap();
        let containers: Vec<&str> = result.containers().collect();
        assert_eq!(containers, ["TKRU4073186", "MNGU3002170", "TCLU4265490"]);
        let vehicles: Vec<&str> = result.vehicles().collect();
        assert_eq!(vehicles, ["A417MP125", "B525OP178"]);
        let seals: Vec<_> = result
            .all_seals()
            .filter_map(|seal| seal.id.as_deref())
            .collect();
        assert_eq!(seals, ["CN0045872", "CN0045871"]);
        assert_eq!(result.images().count(), 2);
        assert_eq!(ControlResult::default().containers().count(), 0);
    }
}
