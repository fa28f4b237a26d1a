//! Which message an answer answers.
//!
//! Start at [`original`]. Keys are what the answer states, and anybody may state any key: so only
//! what went to the party that answers, or came from the one that is answered, counts.

use super::conclude::Arrived;
use super::rejection::Fault;
use crate::evidence::Direction;
use crate::model::CaseKey;
use crate::store::{KeyMatch, PAGE_MAX, Store};

/// The message that an answer answers.
pub(super) struct Original {
    /// The id that the national system knows it by.
    pub(super) national_id: Option<String>,
    /// [`crate::store::Received::message`].
    pub(super) message: String,
}

/// The newest message that states one of the keys of what arrived: for a partner's answer, one that
/// we sent to that partner; for our own, one that we received from a partner. Of the messages with
/// a key the newest [`PAGE_MAX`] are looked through.
pub(super) async fn original(
    store: &Store,
    arrived: &Arrived,
    keys: Vec<CaseKey>,
) -> Result<Option<Original>, Fault> {
    if keys.is_empty() {
        return Ok(None);
    }
    let (store, from, direction) = (store.clone(), arrived.from.clone(), arrived.direction);
    // It is read from disk, and so not on the runtime's threads.
    let found = tokio::task::spawn_blocking(move || {
        let answered = |found: &KeyMatch| match direction {
            Direction::National => found.entry.is_none() && found.partner != from,
            Direction::In | Direction::Out => found.entry.is_some() && found.partner == from,
        };
        for key in &keys {
            let matches = store.find_key(key, PAGE_MAX)?;
            let Some(newest) = matches.into_iter().find(answered) else {
                continue;
            };
            let received = store.message(&newest.message)?.ok_or(Fault::Receipt)?;
            return Ok(Some(Original {
                national_id: received.national_id,
                message: received.message,
            }));
        }
        Ok(None)
    });
    found.await.map_err(|_| Fault::Worker)?
}
