//! Parties, persons, addresses and how to reach them.
//!
//! Start at [`Party`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::leaf::{Code, Moment, Text};

classes! {
    /// A party to the declaration or the carriage: consignor, consignee, declarant, carrier, agent.
    Party {
        /// Id.
        leaf id: Text;
        /// Tir holder id.
        leaf tir_holder_id: Text;
        /// Name.
        leaf name: Text;
        /// Short name.
        leaf short_name: Text;
        /// Language, as a code.
        leaf language: Code;
        /// Country, as a code.
        leaf country: Code;
        /// Country whose numbers `registrationId`, `taxId` and `taxReasonId` are.
        leaf id_scheme: Code;
        /// Tax id.
        leaf tax_id: Text;
        /// Registration id.
        leaf registration_id: Text;
        /// Tax reason id.
        leaf tax_reason_id: Text;
        /// Category code.
        leaf category_code: Text;
        /// Kazakhstan: code of administrative territories.
        leaf kato: Text;
        /// Kazakhstan: registration number of the taxpayer.
        leaf rnn: Text;
        /// Unique customs id.
        leaf unique_customs_id: Text;
        /// Unique customs country, as a code.
        leaf unique_customs_country: Code;
        /// Person id.
        leaf person_id: Text, [Personal];
        /// Entity type code.
        leaf entity_type_code: Code;
        /// Entity type list id.
        leaf entity_type_list_id: Text;
        /// Entity type name.
        leaf entity_type_name: Text;
        /// Role code.
        leaf role_code: Code;
        /// Status code.
        leaf status_code: Code;
        /// Additional code.
        leaf additional_code: Code;
        /// Exchange post office, as a code.
        leaf exchange_post_office: Code;
        /// Identity document.
        one identity_document: IdentityDocument;
        /// Addresses.
        many addresses: Address;
        /// Communications.
        many communications: Communication;
        /// Contact.
        one contact: Contact;
        /// Branch.
        one branch: Branch;
        /// Register document.
        one register_document: RegisterDocument;
        /// Drivers, or others who have charge of the means of transport (WCO `Master`).
        many masters: Person;
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
    }

    /// A branch of a party that acts in its place.
    Branch {
        /// Name.
        leaf name: Text;
        /// Short name.
        leaf short_name: Text;
        /// Country, as a code.
        leaf country: Code;
        /// Country whose numbers `registrationId`, `taxId` and `taxReasonId` are.
        leaf id_scheme: Code;
        /// Tax id.
        leaf tax_id: Text;
        /// Registration id.
        leaf registration_id: Text;
        /// Tax reason id.
        leaf tax_reason_id: Text;
        /// Unique customs id.
        leaf unique_customs_id: Text;
        /// Entity type code.
        leaf entity_type_code: Code;
        /// Entity type name.
        leaf entity_type_name: Text;
        /// Addresses.
        many addresses: Address;
        /// Communications.
        many communications: Communication;
    }

    /// A natural person: a driver (WCO `Master`), a signatory, a contact.
    Person {
        /// Family name.
        leaf family_name: Text, [Personal];
        /// Given name.
        leaf given_name: Text, [Personal];
        /// Middle name.
        leaf middle_name: Text, [Personal];
        /// Name.
        leaf name: Text, [Personal];
        /// Position.
        leaf position: Text;
        /// Role code.
        leaf role_code: Code;
        /// Communications.
        many communications: Communication;
        /// Identity document.
        one identity_document: IdentityDocument;
    }

    /// A postal address.
    Address {
        /// Type code.
        leaf type_code: Code;
        /// Country, as a code.
        leaf country: Code;
        /// Country name.
        leaf country_name: Text;
        /// Territory code.
        leaf territory_code: Code;
        /// Region.
        leaf region: Text;
        /// District.
        leaf district: Text;
        /// City.
        leaf city: Text;
        /// Settlement.
        leaf settlement: Text;
        /// Street.
        leaf street: Text;
        /// Building.
        leaf building: Text;
        /// Room.
        leaf room: Text;
        /// Postcode.
        leaf postcode: Text;
        /// Post office box.
        leaf post_office_box: Text;
        /// The address in one line, as the source wrote it.
        leaf line: Text;
    }

    /// A way to reach a party (WCO `Communication`).
    Communication {
        /// Type code.
        leaf type_code: Code, [Personal];
        /// Type name.
        leaf type_name: Text, [Personal];
        /// Id.
        leaf id: Text, [Personal];
    }

    /// A person to be asked, with telephone and e-mail.
    Contact {
        /// Name.
        leaf name: Text, [Personal];
        /// Phone.
        leaf phone: Text, [Personal];
        /// Email.
        leaf email: Text, [Personal];
    }

    /// A document that proves who a person is.
    IdentityDocument {
        /// Country, as a code.
        leaf country: Code, [Personal];
        /// Type code.
        leaf type_code: Code, [Personal];
        /// Type name.
        leaf type_name: Text, [Personal];
        /// Series id.
        leaf series_id: Text, [Personal];
        /// Id.
        leaf id: Text, [Personal];
        /// Issue date.
        leaf issue_date: Moment, [Personal];
        /// Expiry date.
        leaf expiry_date: Moment, [Personal];
        /// Issuer id.
        leaf issuer_id: Text, [Personal];
        /// Issuer name.
        leaf issuer_name: Text, [Personal];
    }

    /// An entry in a register kept by customs, such as that of authorised economic operators.
    RegisterDocument {
        /// Type code.
        leaf type_code: Code;
        /// Country, as a code.
        leaf country: Code;
        /// Id.
        leaf id: Text;
        /// Reregistration code.
        leaf reregistration_code: Code;
        /// Registry kind code.
        leaf registry_kind_code: Code;
        /// Owner code.
        leaf owner_code: Code;
        /// Issue date.
        leaf issue_date: Moment;
    }
}
