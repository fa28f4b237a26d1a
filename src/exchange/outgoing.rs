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
    Dropped, Error, Event, OutboxEntry, Outgoing, OutgoingState, PAGE_MAX, Parked, QueuedMessage,
    Released, Requeued,
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
    /// What waits of the principal's posts, in the order of the queue, and the dead letters, the newest
    /// first; for one partner or for all; at most [`PAGE_MAX`] of each, and whether there are more.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn queue_view(&self, by: &Principal, partner: Option<&PartyId>) -> Result<Value, Fault> {
        let store = self.store();
        let own = |message: &QueuedMessage| is_for(by, &message.entry);
        let waiting = store.outbox_of(partner, PAGE_MAX, own);
        let letters = store.dead_letters_of(PAGE_MAX, |letter| {
            let entry = &letter.entry;
            is_for(by, entry) && partner.is_none_or(|partner| *partner == entry.partner)
        })?;
        let more = waiting.len() == PAGE_MAX || letters.more;
        let waiting: Vec<Value> = waiting
            .iter()
            .map(|message| waiting_json(message))
            .collect();
        let letters: Vec<Value> = letters.items.into_iter().map(letter_json).collect();
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
        self.change(by, id, event).await
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
        self.change(by, id, event).await
    }

    /// Lets a message go now that waits or is held; queues a dead letter again, at the end of its case.
    /// For one of a version that was amended or cancelled it is too late, unless what tells its partner
    /// of that waits there for it.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn retry(&self, by: &Principal, id: &str) -> Result<Changed, Fault> {
        let Some(outgoing) = self.outgoing_of(by, id)? else {
            return Ok(Changed::Unknown);
        };
        let (at, name) = (self.clock().wall(), by.name.clone());
        let event = match outgoing.state {
            OutgoingState::Queued => Event::Released(Released {
                entry: id.to_owned(),
                at,
                by: name,
            }),
            OutgoingState::Rejected { .. } | OutgoingState::Dropped { .. } => {
                let entry = outgoing.entry;
                Event::Requeued(Requeued {
                    entry,
                    at,
                    by: name,
                })
            }
            OutgoingState::Delivered { .. } | OutgoingState::Recalled { .. } => {
                return Ok(Changed::TooLate);
            }
        };
        self.change(by, id, event).await
    }

    /// The same for everything of a partner, of the principal's posts, that waits for its next attempt
    /// and, when asked for, for its dead letters; at most [`PAGE_MAX`] of each. What an operator holds
    /// stays held. Gives how many.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn retry_all(
        &self,
        by: &Principal,
        partner: &PartyId,
        dead_letters: bool,
    ) -> Result<u64, Fault> {
        let failed = self.store().outbox_of(Some(partner), PAGE_MAX, |message| {
            is_for(by, &message.entry) && !message.parked && message.not_before.is_some()
        });
        let failed = failed.iter().map(|message| message.entry.id.clone());
        let mut ids: Vec<String> = failed.collect();
        if dead_letters {
            let letters = self.store().dead_letters_of(PAGE_MAX, |letter| {
                is_for(by, &letter.entry) && letter.entry.partner == *partner
            })?;
            // The oldest first, as they were queued.
            let letters = letters.items.into_iter().rev();
            ids.extend(letters.map(|letter| letter.entry.id));
        }
        let mut count = 0;
        for id in ids {
            if self.retry(by, &id).await? == Changed::Done {
                count += 1;
            }
        }
        Ok(count)
    }

    /// An outgoing message of the principal's posts.
    fn outgoing_of(&self, by: &Principal, id: &str) -> Result<Option<Outgoing>, Fault> {
        let outgoing = self.store().outgoing(id)?;
        Ok(outgoing.filter(|outgoing| is_for(by, &outgoing.entry)))
    }

    async fn change(&self, by: &Principal, id: &str, event: Event) -> Result<Changed, Fault> {
        if self.outgoing_of(by, id)?.is_none() {
            return Ok(Changed::Unknown);
        }
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

/// Whether an outgoing message is of the principal's posts.
fn is_for(by: &Principal, entry: &OutboxEntry) -> bool {
    by.posts.meet(&entry.posts)
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
