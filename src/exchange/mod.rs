//! The conductor: the only room that knows the whole path of a message, and the lanes that say who
//! talks to whom about what.
//!
//! Start at [`Gateway`]. `source` climbs the ladder of proof, `documents` names what a message
//! holds, `parts` takes a document over a lane, `signing` signs what goes out, `notes` says what was lost on the way,
//! `terms` is what a lane demands and registers by, `register` gives the number,
//! `prepare` puts these together, `draft` says what
//! it means for the store, and `conclude` makes the verdict durable and answers. `entries` are what
//! officers state by themselves, `cases` what belongs together, `posts` whose business it is.
//!
//! What leaves the core is a [`Rejection`] (the sender's fault, answered with a signed receipt) or a [`Fault`] (ours).

mod amending;
mod attested;
mod cancelling;
mod case_views;
mod cases;
mod conclude;
mod core;
mod correlate;
mod documents;
mod draft;
mod entries;
mod gateway;
mod inflight;
mod lane;
mod lane_lines;
mod learn;
mod made;
mod notes;
mod outgoing;
mod partner;
mod parts;
mod posts;
mod prepare;
mod receipts;
mod recognising;
mod register;
mod rejection;
mod returns;
mod sent;
mod serials;
mod signing;
mod source;
mod standing;
mod stated;
mod supplement;
mod terms;
mod ucr;
mod views;
mod waiting;
mod watch;
mod work;

pub use crate::translate::Supplement;
pub use attested::Attested;
pub use case_views::View;
pub use cases::{CASE_MESSAGES_MAX, CASES_MAX};
pub use core::Settings;
pub use entries::{Entry, EntryError};
pub use gateway::{Answer, AnswerStatus, Gateway, Submission};
pub use lane::{Lane, LaneError, Lanes, Output, Suffices, Wanted};
pub use learn::{Learn, Learning, NobodyAsked};
pub use outgoing::Changed;
pub use partner::Partner;
pub use receipts::LastReceipt;
pub use rejection::{Fault, Place, Rejection, Stage};
pub use supplement::{Resumed, SupplementError};
pub use terms::{LanePost, Register, Requirement};
pub use ucr::UcrPlace;
pub use views::InboxForm;
pub use watch::{Deadline, Overview, PartnerQueue, Watch};

#[cfg(test)]
mod tests;
