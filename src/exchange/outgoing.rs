//! What an operator does with outgoing messages: looks at them, holds one, lets go, drops, and queues
//! a dead letter again.
//!
//! Start at [`Gateway::queue_view`]. Each change is an event with the principal; none ever changes a
//! message, and a dead letter goes again as exactly the bytes that were signed.

use serde_json::{Value, json};

use super::gateway::Gateway;
use super::rejection::Fault;
use super::views::outgoing_json;
use crate::model::{PartyId, Principal};
use crate::store::{
    Dropped, Error, Event, Outgoing, OutgoingState, PAGE_MAX, Parked, QueuedMessage, Released,
    Requeued,
};

/// What became of an operator's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is no such message.
    Unknown,
    /// Its state does not allow it any more.
    TooLate,
}

impl Gateway {
    /// What waits, in the order of the queue, and the dead letters, the newest first; for one partner
    /// or for all; at most [`PAGE_MAX`] of each, and whether there are more.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn queue_view(&self, partner: Option<&PartyId>) -> Result<Value, Fault> {
        let waiting = self.store().outbox(partner, PAGE_MAX);
        let letters = self.store().dead_letters(PAGE_MAX)?;
        let more = waiting.len() == PAGE_MAX || letters.len() == PAGE_MAX;
        let waiting: Vec<Value> = waiting
            .iter()
            .map(|message| waiting_json(message))
            .collect();
        let letters = letters.into_iter();
        let letters: Vec<Value> = letters
            .filter(|letter| partner.is_none_or(|partner| *partner == letter.entry.partner))
            .map(letter_json)
            .collect();
        Ok(json!({ "waiting": waiting, "dead_letters": letters, "more": more }))
    }

    /// Stops a message that waits; what is behind it in its case waits too.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn hold(&self, by: &Principal, id: &str, reason: &str) -> Result<Changed, Fault> {
        let event = Event::Parked(Parked {
            entry: id.to_owned(),
            at: self.clock().wall(),
            by: by.name.clone(),
            reason: reason.to_owned(),
        });
        self.change(id, event).await
    }

    /// Takes a message that waits out of the queue; it becomes a dead letter.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn drop_queued(
        &self,
        by: &Principal,
        id: &str,
        reason: &str,
    ) -> Result<Changed, Fault> {
        let event = Event::Dropped(Dropped {
            entry: id.to_owned(),
            at: self.clock().wall(),
            by: by.name.clone(),
            reason: reason.to_owned(),
        });
        self.change(id, event).await
    }

    /// Lets a message go now that waits or is held; queues a dead letter again, at the end of its case.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn retry(&self, by: &Principal, id: &str) -> Result<Changed, Fault> {
        let Some(outgoing) = self.store().outgoing(id)? else {
            return Ok(Changed::Unknown);
        };
        let (at, by) = (self.clock().wall(), by.name.clone());
        let event = match outgoing.state {
            OutgoingState::Queued => Event::Released(Released {
                entry: id.to_owned(),
                at,
                by,
            }),
            OutgoingState::Rejected { .. } | OutgoingState::Dropped { .. } => {
                let entry = outgoing.entry;
                Event::Requeued(Requeued { entry, at, by })
            }
            OutgoingState::Delivered { .. } | OutgoingState::Recalled { .. } => {
                return Ok(Changed::TooLate);
            }
        };
        self.change(id, event).await
    }

    /// The same for everything of a partner that waits for its next attempt and, when asked for, for
    /// its dead letters; at most [`PAGE_MAX`] of each. What an operator holds stays held. Gives how
    /// many.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn retry_all(
        &self,
        by: &Principal,
        partner: &PartyId,
        dead_letters: bool,
    ) -> Result<u64, Fault> {
        let waiting = self.store().outbox(Some(partner), PAGE_MAX);
        let failed = waiting
            .iter()
            .filter(|message| !message.parked && message.not_before.is_some());
        let mut ids: Vec<String> = failed.map(|message| message.entry.id.clone()).collect();
        if dead_letters {
            let letters = self.store().dead_letters(PAGE_MAX)?;
            let own = letters
                .into_iter()
                .filter(|letter| letter.entry.partner == *partner);
            // The oldest first, as they were queued.
            let own: Vec<String> = own.map(|letter| letter.entry.id).collect();
            ids.extend(own.into_iter().rev());
        }
        let mut count = 0;
        for id in ids {
            if self.retry(by, &id).await? == Changed::Done {
                count += 1;
            }
        }
        Ok(count)
    }

    async fn change(&self, id: &str, event: Event) -> Result<Changed, Fault> {
        match self.store().append(Vec::new(), vec![event]).await {
            Ok(_) => Ok(Changed::Done),
            Err(Error::NotPending { .. }) => Ok(match self.store().outgoing(id)? {
                Some(_) => Changed::TooLate,
                None => Changed::Unknown,
            }),
            Err(error) => Err(error.into()),
        }
    }
}

fn waiting_json(message: &QueuedMessage) -> Value {
    let entry = &message.entry;
    json!({
        "entry": entry.id,
        "partner": entry.partner,
        "case": entry.case,
        "package": entry.package,
        "message_id": entry.message_id,
        "bytes": entry.bytes,
        "queued_at": entry.at,
        "state": if message.parked { "held" } else { "queued" },
        "reason": message.parked_for,
        "attempts": message.attempts,
        "not_before": message.not_before,
        "last_code": message.last_code,
    })
}

fn letter_json(letter: Outgoing) -> Value {
    let case = letter.entry.case.clone();
    let mut value = outgoing_json(letter);
    if let Some(object) = value.as_object_mut() {
        object.insert("case".to_owned(), case.into());
    }
    value
}
