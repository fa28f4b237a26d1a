//! From messages and entries of a case to a decision about it.
//!
//! `gather` makes the facts, `words` turns codes of formats into the engine's words, `deciding`
//! makes decisions durable, `presentations` takes what an officer observes, `leading` finds the case
//! that it is about, `standing` judges signatures for two times, `renewing` decides anew when what is
//! trusted of a partner changes. The engine itself is the room `recognition`; no rule is here.

mod deciding;
mod gather;
mod leading;
mod presentations;
mod renewing;
mod standing;
mod words;

pub(super) use deciding::{Deciding, arriving, decision_json};
pub(super) use presentations::present;
