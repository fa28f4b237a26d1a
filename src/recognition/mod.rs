//! Whether a partner's control result may be relied on for a consignment, and why.
//!
//! Start at [`decide`]: facts, an agreement and a time give a [`RecognitionResult`], and nothing else
//! does. It is pure: the same three give the same bytes, here and in an auditor's hands, years later.
//! Facts that became known after the time are not known at it. Each rule answers PASS, FAIL or
//! UNKNOWN; UNKNOWN never becomes PASS, and where nothing can be recognised ordinary control stays.
//! `docs/recognition.md` has the rules, the verdicts and the files.
//!
//! This room does not know messages, signatures or storage: whoever calls it made the facts.

mod agreement;
mod case;
mod code;
mod decide;
mod facts;
mod judgement;
mod missing;
mod result;
mod rule;
mod rules;
mod text;

#[cfg(test)]
mod tests;

pub use agreement::{
    AGREEMENT_BYTES_MAX, AGREEMENTS_MAX, Agreement, Agreements, Belongs, Control, Demand, Fault,
    HsSet, Interval, ParticipantList, PostPair, Reference, Suspension,
};
pub use code::Code;
pub use decide::{ENGINE, decide};
pub use facts::*;
pub use missing::Missing;
pub use result::{
    AgreementReference, FactReference, Finding, Observed, RecognitionResult, State, Verdict,
};
pub use rule::Rule;
pub use text::Text3;

use crate::model::Sha256;

/// SHA-256 (FIPS 180-4).
fn sha256(bytes: &[u8]) -> Sha256 {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    Sha256(out)
}
