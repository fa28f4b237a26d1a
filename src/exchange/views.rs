//! What the national side may look at: messages and what became of them, inbox, held translations,
//! receipts and proofs. Read-only, as JSON or as stored bytes.
//!
//! Start at [`Gateway::message_view`]. Who may see what was decided before; here is only whether a
//! submitter asks for its own.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::gateway::Gateway;
use super::rejection::Fault;
use crate::model::{Principal, Role, Sha256};
use crate::store::{
    Acknowledged, Decided, Event, HeldEntry, InboxRecord, Made, Outgoing, OutgoingState, PAGE_MAX,
    Received, Revised, Store, StoredReceipt,
};

/// Most held entries that one answer lists; an officer works through them from the oldest.
const HELD_MAX: usize = 500;

/// A form in which an inbox item can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxForm {
    /// Canonical JSON.
    Canonical,
    /// The message as it arrived, its signature verified.
    Original,
    /// The document that the lane made of it, where it makes one.
    Translated,
}

impl Gateway {
    /// What became of a message: its facts, what was sent, what is held, the national report. `id`
    /// is the message's, its receipt's, or the id that the national system gave it (then the newest
    /// of that id). A submitter sees its own; for anybody else's there is nothing.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn message_view(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Option<Value>, Fault> {
        let Some(received) = resolve(self.store(), id)? else {
            return Ok(None);
        };
        if !may_see(principal, &received) {
            return Ok(None);
        }
        self.received_view(&received).await.map(Some)
    }

    /// The facts of a received message and all that was made of it.
    pub(super) async fn received_view(&self, received: &Received) -> Result<Value, Fault> {
        let (mut outgoing, mut held, mut inbox) = (Vec::new(), Vec::new(), Vec::new());
        let mut decisions = Vec::new();
        for made in self.store().made_from(&received.message)? {
            match made {
                Made::Decision(id) => {
                    decisions.extend(self.store().decision(&id)?.map(|d| decided_json(&d)));
                }
                Made::Outgoing(id) => {
                    outgoing.extend(self.store().outgoing(&id)?.map(outgoing_json))
                }
                Made::Held(id) => {
                    let record = self.store().held_entry(&id)?;
                    let waiting = record.filter(|record| record.resolution.is_none());
                    held.extend(waiting.map(|record| held_json(&record.entry)));
                }
                Made::Inbox(id) => inbox.push(json!(id)),
            }
        }
        let report = match &received.report {
            Some(digest) => self.json_body(digest).await?,
            None => Value::Null,
        };
        let mut view = received_json(received);
        let revised = self.store().revised(&received.message)?;
        let (waits_until, settled_by) = self.waiting(received)?;
        if let Some(object) = view.as_object_mut() {
            object.insert("outgoing".to_owned(), json!(outgoing));
            object.insert("held".to_owned(), json!(held));
            object.insert("inbox".to_owned(), json!(inbox));
            object.insert("decisions".to_owned(), json!(decisions));
            object.insert("revises".to_owned(), json!(received.revises));
            object.insert("revised".to_owned(), revised_json(revised));
            object.insert("waits_until".to_owned(), json!(waits_until));
            object.insert("settled_by".to_owned(), json!(settled_by));
            object.insert("report".to_owned(), report);
        }
        Ok(view)
    }

    /// Until when a message waits for the one that it revises, and the message with its last word.
    fn waiting(&self, received: &Received) -> Result<(Option<Timestamp>, Option<String>), Fault> {
        if !received.provisional {
            return Ok((None, None));
        }
        let waiting = self.store().awaiting(PAGE_MAX);
        let waiting = waiting.iter().find(|one| one.message == received.message);
        let settled = self.store().settled(&received.message)?;
        Ok((
            waiting.map(|waiting| waiting.until),
            settled.map(|settled| settled.by),
        ))
    }

    /// Inbox items after a cursor that nobody took yet, oldest first.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn inbox_view(&self, after: Option<u64>, limit: usize) -> Result<Value, Fault> {
        let records = self.store().inbox(after, limit)?;
        let next = records.last().map(|record| record.cursor);
        let mut items = Vec::with_capacity(records.len());
        for record in &records {
            let source = self.store().message(&record.item.source)?;
            let revised = self.store().revised(&record.item.source)?;
            let mut item = inbox_json(record, source.and_then(|source| source.message_id));
            if let Some(item) = item.as_object_mut() {
                item.insert("revised".to_owned(), revised_json(revised));
            }
            items.push(item);
        }
        Ok(json!({ "items": items, "next": next }))
    }

    /// An inbox item in one of its forms; none when there is no such item, or none in this form.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn inbox_content(&self, id: &str, form: InboxForm) -> Result<Option<Bytes>, Fault> {
        let Some(record) = self.store().inbox_item(id)? else {
            return Ok(None);
        };
        let digest = match form {
            InboxForm::Canonical => record.item.canonical,
            InboxForm::Original => record.item.original,
            InboxForm::Translated => match record.item.translated {
                Some(translation) => translation.sha256,
                None => return Ok(None),
            },
        };
        self.body(&digest).await.map(Some)
    }

    /// Takes an item from the inbox; whether there was one to take.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn acknowledge(&self, principal: &Principal, id: &str) -> Result<bool, Fault> {
        if self.store().inbox_item(id)?.is_none() {
            return Ok(false);
        }
        let event = Event::Acknowledged(Acknowledged {
            item: id.to_owned(),
            at: self.clock().wall(),
            by: principal.name.clone(),
        });
        self.store().append(Vec::new(), vec![event]).await?;
        Ok(true)
    }

    /// Held translations that wait, the oldest first.
    pub fn held_view(&self) -> Value {
        let entries = self.store().held(HELD_MAX);
        let items: Vec<Value> = entries.iter().map(|entry| held_json(entry)).collect();
        json!({ "items": items })
    }

    /// One held translation that waits, with what is missing.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn held_entry_view(&self, id: &str) -> Result<Option<Value>, Fault> {
        let record = self.store().held_entry(id)?;
        let waiting = record.filter(|record| record.resolution.is_none());
        Ok(waiting.map(|record| held_json(&record.entry)))
    }

    /// A sealed receipt by its id. A submitter sees its own.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn receipt(&self, by: &Principal, id: &str) -> Result<Option<Bytes>, Fault> {
        match self.visible(by, id)? {
            Some(stored) => self.body(&stored.sha256).await.map(Some),
            None => Ok(None),
        }
    }

    /// The inclusion proof of a receipt's leaf (C2SP tlog-proof). A submitter sees its own.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn proof(&self, by: &Principal, id: &str) -> Result<Option<String>, Fault> {
        match self.visible(by, id)? {
            Some(stored) => Ok(Some(self.store().prove(stored.leaf_index).await?.render())),
            None => Ok(None),
        }
    }

    fn visible(&self, by: &Principal, id: &str) -> Result<Option<StoredReceipt>, Fault> {
        let Some(stored) = self.store().receipt(id)? else {
            return Ok(None);
        };
        let received = self.store().message(&stored.message)?;
        Ok(received
            .filter(|received| may_see(by, received))
            .map(|_| stored))
    }

    /// The log's checkpoint over all leaves that are durable now (C2SP signed note).
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn checkpoint(&self) -> Result<String, Fault> {
        let stats = self.store().stats();
        if stats.checkpoint_size < stats.leaves {
            self.store().publish().await?;
        }
        Ok(self.store().checkpoint())
    }

    /// A body that the store must have, read off the runtime's own threads.
    async fn body(&self, digest: &Sha256) -> Result<Bytes, Fault> {
        super::conclude::stored_body(self.store(), digest).await
    }

    pub(super) async fn json_body(&self, digest: &Sha256) -> Result<Value, Fault> {
        let body = self.body(digest).await?;
        serde_json::from_slice(&body).map_err(|_| Fault::Receipt)
    }
}

/// The message with this id: its own, its receipt's, or the one that the national system gave it, then
/// the newest of that id.
pub(super) fn resolve(store: &Store, id: &str) -> Result<Option<Received>, Fault> {
    if let Some(receipt) = store.receipt(id)? {
        return Ok(store.message(&receipt.message)?);
    }
    if let Some(received) = store.message(id)? {
        return Ok(Some(received));
    }
    match store.find_national_id(id)?.first() {
        Some(message) => Ok(store.message(message)?),
        None => Ok(None),
    }
}

/// A submitter sees what it submitted, the other roles what the listener lets them ask for.
fn may_see(principal: &Principal, received: &Received) -> bool {
    let own = received.principal.as_deref() == Some(principal.name.as_str());
    own || principal.role != Role::Submitter
}

fn received_json(received: &Received) -> Value {
    json!({
        "message": received.message,
        "direction": received.direction,
        "partner": received.partner,
        "received_at": received.received_at,
        "accepted": received.accepted,
        "code": received.code,
        "package": received.package,
        "message_id": received.message_id,
        "bytes": received.bytes,
        "sha256": received.raw,
        "receipt_id": received.receipt_id,
        "counter": received.counter,
        "leaf_index": received.leaf_index,
        "registration": received.registration,
    })
}

/// What was done to a message by a later one; null for one that is in force.
pub(super) fn revised_json(revised: Option<Revised>) -> Value {
    revised.map_or(
        Value::Null,
        |revised| json!({ "revision": revised.revision, "by": revised.by, "at": revised.at }),
    )
}

pub(super) fn outgoing_json(outgoing: Outgoing) -> Value {
    let entry = outgoing.entry;
    let mut value = json!({
        "entry": entry.id,
        "partner": entry.partner,
        "package": entry.package,
        "message_id": entry.message_id,
        "bytes": entry.bytes,
        "queued_at": entry.at,
    });
    let state = match outgoing.state {
        OutgoingState::Queued => json!({ "state": "queued" }),
        OutgoingState::Delivered {
            at,
            partner_receipt,
        } => {
            json!({ "state": "delivered", "at": at, "partner_receipt": partner_receipt })
        }
        OutgoingState::Rejected {
            at,
            code,
            partner_receipt,
        } => json!({
            "state": "rejected", "at": at, "code": code, "partner_receipt": partner_receipt
        }),
        OutgoingState::Dropped { at, reason } => {
            json!({ "state": "dropped", "at": at, "reason": reason })
        }
        OutgoingState::Recalled { at, by, revised_by } => {
            json!({ "state": "recalled", "at": at, "by": by, "revised_by": revised_by })
        }
    };
    if let (Some(value), Value::Object(state)) = (value.as_object_mut(), state) {
        value.extend(state);
    }
    value
}

/// A decision without its explanation.
pub(super) fn decided_json(decided: &Decided) -> Value {
    json!({
        "id": decided.id,
        "verdict": decided.verdict,
        "agreement": decided.agreement,
        "at": decided.at,
        "supersedes": decided.supersedes,
        "message": decided.source,
    })
}

fn held_json(entry: &HeldEntry) -> Value {
    json!({
        "id": entry.id,
        "message": entry.source,
        "document": entry.document,
        "number": entry.number.map(|number| number + 1),
        "lane": entry.lane,
        "to": entry.to,
        "package": entry.package,
        "at": entry.at,
        "findings": entry.findings,
    })
}

fn inbox_json(record: &InboxRecord, message_id: Option<String>) -> Value {
    json!({
        "id": record.item.id,
        "cursor": record.cursor,
        "partner": record.item.partner,
        "package": record.item.package,
        "translated": record.item.translated.as_ref().map(|made| &made.package),
        "message_id": message_id,
        "at": record.item.at,
        "correlates": record.item.correlates,
        "replaces": record.item.replaces,
    })
}
