//! From messages and entries of a case to a decision about it.
//!
//! `gather` makes the facts, `words` turns codes of formats into the engine's words, `deciding`
//! makes decisions durable, `presentations` takes what an officer observes. The engine itself is
//! the room `recognition`; nothing here judges.

mod deciding;
mod gather;
mod presentations;
mod words;

pub(super) use deciding::{Deciding, arriving, decision_json};
pub(super) use presentations::present;
