//! The act that an office draws up of a control: what no message between services has, and acts do.
//!
//! Start at [`InspectionAct`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::consignment::Note;
use super::documents::AdditionalDocument;
use super::leaf::{Code, Mass, Moment, Text};

classes! {
    /// The act of a customs control.
    InspectionAct {
        /// Its number.
        leaf id: Text;
        /// Its number as an electronic document.
        leaf electronic_id: Text;
        /// The office that registered it.
        leaf office_id: Text;
        /// The day of its registration.
        leaf registration_date: Moment;
        /// The day on which it was drawn up.
        leaf issue_date: Moment;
        /// What kind of control it is about, in the party's own list.
        leaf type_code: Code;
        /// Which part of the goods was controlled, in the party's own list.
        leaf scope_code: Code;
        /// Whether goods or a means of transport were controlled, in the party's own list.
        leaf subject_code: Code;
        /// Into or out of the country, in the party's own list.
        leaf direction_code: Code;
        /// Whether it has the short form.
        leaf short_form_indicator: bool;
        /// Whether the control was finished.
        leaf completed_indicator: bool;
        /// Number of packages of the consignment.
        leaf package_quantity: u64;
        /// Mass with packaging, as documents say it.
        leaf declared_gross_mass: Mass;
        /// Whether the declarant was present, in the party's own list.
        leaf declarant_presence_code: Code;
        /// Why the declarant was absent.
        leaf absence_text: Text;
        /// Whether means of identification were found broken, in the party's own list.
        leaf seal_breach_code: Code;
        /// How many means of identification there were before.
        leaf seal_quantity: u64;
        /// How many were put on.
        leaf new_seal_quantity: u64;
        /// Which were put on, in words.
        leaf new_seal_text: Text;
        /// Whether signs of an offence were found.
        leaf violation_indicator: bool;
        /// What they are.
        leaf violation_text: Text;
        /// How many photographs belong to it.
        leaf photo_quantity: u64;
        /// What belongs to it besides, in words.
        leaf enclosure_text: Text;
        /// The office whose zone the place of control is in.
        leaf place_office_id: Text;
        /// What kind of place it is, in the party's own list.
        leaf place_type_code: Code;
        /// The place, in words.
        leaf place_text: Text;
        /// Whether something was taken away, in the party's own list.
        leaf seizure_code: Code;
        /// How the means of transport came, in the party's own list.
        leaf arrival_mode_code: Code;
        /// Whether technical means were used.
        leaf tools_indicator: bool;
        /// The means that were used.
        many tools: ControlTool;
        /// The order that the control was done by.
        one instruction: AdditionalDocument;
        /// What it says, by paragraphs.
        many paragraphs: Note;
        /// Who signed it.
        many officers: ControlOfficer, [Personal];
    }

    /// A technical means of control.
    ControlTool {
        /// What it is, in the party's own list.
        leaf type_code: Code;
        /// What it is called.
        leaf name: Text;
        /// Its number.
        leaf id: Text;
        /// What else is said of it.
        leaf remarks: Text;
    }

    /// An officer who signed an act.
    ControlOfficer {
        /// Number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// Family name.
        leaf family_name: Text;
        /// Given name.
        leaf given_name: Text;
        /// Middle name.
        leaf middle_name: Text;
        /// Position.
        leaf position: Text;
        /// Number of the personal stamp.
        leaf stamp_id: Text;
        /// The officer's office.
        leaf office_id: Text;
        /// Role in the control, in the party's own list.
        leaf role_code: Code;
        /// Which unit sent the officer, in the party's own list.
        leaf unit_code: Code;
        /// Whether the officer signed.
        leaf signature_indicator: bool;
        /// What gives the power to act.
        leaf legal_act: Text;
    }
}
