//! Who takes part in a corridor.
//!
//! Start at [`ParticipantList`]. The classes know no message format and no path syntax.

use super::class::classes;
use super::declaration::Authorisation;
use super::leaf::{Code, Moment, Text};
use super::party::Party;

classes! {
    /// The participants of one country, all of them.
    ParticipantList {
        /// Its number.
        leaf id: Text;
        /// The list that it replaces.
        leaf replaced_id: Text;
        /// Since when it holds.
        leaf effective_from: Moment;
        /// Whose participants they are.
        leaf country: Code;
        /// The participants.
        many participants: Participant;
    }

    /// A party that takes part, or does no more.
    Participant {
        /// Its number in the list that it stands in.
        leaf sequence_numeric: u64;
        /// As what it takes part.
        leaf role_code: Code;
        /// Whether it is admitted.
        leaf status_code: Code;
        /// Since when.
        leaf effective_from: Moment;
        /// Until when.
        leaf effective_until: Moment;
        /// Why it is not, in words.
        leaf reason_text: Text;
        /// Its name in Latin letters.
        leaf latin_name: Text;
        /// Who it is.
        one party: Party;
        /// What it is authorised for.
        many authorisations: Authorisation;
    }
}
