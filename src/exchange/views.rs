//! What the national side may look at: messages and what became of them, inbox, held translations,
//! receipts and proofs. Read-only, as JSON or as stored bytes.
//!
//! Start at [`Gateway::message_view`]. Which role may ask for what was decided before; here a
//! submitter gets its own and others what is of their posts. For what is another's there is nothing,
//! as if it had never been.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::gateway::Gateway;
use super::posts::{is_of_all, may_see};
use super::rejection::Fault;
use crate::model::{Principal, Sha256};
use crate::store::{
    Acknowledged, Decided, Event, HeldEntry, HeldRecord, InboxRecord, Made, Outgoing,
    OutgoingState, PAGE_MAX, Received, Revised, Store, StoredReceipt,
};

/// Most held entries that one answer lists; an officer works through them from the oldest.
const HELD_MAX: usize = 500;

/// Inbox items that are read at once where some of them are other posts'.
const INBOX_READ: usize = 200;

/// Most inbox items that are looked through for one page; the next page goes on behind them.
const INBOX_LOOK_MAX: usize = 5 * PAGE_MAX;

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
    /// of that id that the principal may see).
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn message_view(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<Option<Value>, Fault> {
        match resolve(self.store(), principal, id)? {
            Some(received) => self.received_view(&received).await.map(Some),
            None => Ok(None),
        }
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

    /// Inbox items of the principal's posts after a cursor that nobody took yet, oldest first. `next`
    /// is the cursor after which the next page begins; none when nothing is left.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn inbox_view(
        &self,
        by: &Principal,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Value, Fault> {
        let (store, by) = (self.store().clone(), by.clone());
        // It is read from disk, and so not on the runtime's threads.
        let page = tokio::task::spawn_blocking(move || inbox_page(&store, &by, after, limit));
        page.await.map_err(|_| Fault::Worker)?
    }

    /// An inbox item of the principal's posts.
    fn inbox_record(&self, by: &Principal, id: &str) -> Result<Option<InboxRecord>, Fault> {
        let record = self.store().inbox_item(id)?;
        Ok(record.filter(|record| by.posts.meet(&record.item.posts)))
    }

    /// An inbox item in one of its forms; none when there is no such item, or none in this form.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn inbox_content(
        &self,
        by: &Principal,
        id: &str,
        form: InboxForm,
    ) -> Result<Option<Bytes>, Fault> {
        let Some(record) = self.inbox_record(by, id)? else {
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
        if self.inbox_record(principal, id)?.is_none() {
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

    /// Held translations of the principal's posts that wait, the oldest first.
    pub fn held_view(&self, by: &Principal) -> Value {
        let own = |entry: &HeldEntry| by.posts.meet(&entry.posts);
        let entries = self.store().held_of(HELD_MAX, own);
        let items: Vec<Value> = entries.iter().map(|entry| held_json(entry)).collect();
        json!({ "items": items, "more": items.len() == HELD_MAX })
    }

    /// One held translation that waits, with what is missing.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn held_entry_view(&self, by: &Principal, id: &str) -> Result<Option<Value>, Fault> {
        let record = self.held_of(by, id)?;
        let waiting = record.filter(|record| record.resolution.is_none());
        Ok(waiting.map(|record| held_json(&record.entry)))
    }

    /// A held translation of the principal's posts, waiting or resolved.
    pub(super) fn held_of(&self, by: &Principal, id: &str) -> Result<Option<HeldRecord>, Fault> {
        let record = self.store().held_entry(id)?;
        Ok(record.filter(|record| by.posts.meet(&record.entry.posts)))
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

/// The message with this id that the principal may see: its own id, its receipt's, or the one that the
/// national system gave it, then the newest of that id.
pub(super) fn resolve(store: &Store, by: &Principal, id: &str) -> Result<Option<Received>, Fault> {
    let visible = |received: Option<Received>| received.filter(|found| may_see(by, found));
    if let Some(receipt) = store.receipt(id)? {
        return Ok(visible(store.message(&receipt.message)?));
    }
    if let Some(received) = store.message(id)? {
        return Ok(visible(Some(received)));
    }
    for message in store.find_national_id(id)? {
        if let Some(received) = visible(store.message(&message)?) {
            return Ok(Some(received));
        }
    }
    Ok(None)
}

/// A page of the inbox. A page that is not full, but has something behind it, says where to go on.
fn inbox_page(
    store: &Store,
    by: &Principal,
    after: Option<u64>,
    limit: usize,
) -> Result<Value, Fault> {
    let (mut items, mut last) = (Vec::new(), None);
    let (mut cursor, mut looked) = (after, 0);
    while items.len() < limit && looked < INBOX_LOOK_MAX {
        let asked = match is_of_all(by) {
            true => limit - items.len(),
            false => INBOX_READ,
        };
        let records = store.inbox(cursor, asked)?;
        let is_end = records.len() < asked.min(PAGE_MAX);
        for record in &records {
            cursor = Some(record.cursor);
            looked += 1;
            if by.posts.meet(&record.item.posts) {
                let source = store.message(&record.item.source)?;
                let revised = store.revised(&record.item.source)?;
                let message_id = source.and_then(|source| source.message_id);
                items.push(inbox_json(record, message_id, revised));
                last = cursor;
            }
            if items.len() == limit {
                break;
            }
        }
        if is_end && items.len() < limit {
            return Ok(json!({ "items": items, "next": last }));
        }
    }
    Ok(json!({ "items": items, "next": cursor }))
}

fn received_json(received: &Received) -> Value {
    json!({
        "message": received.message,
        "direction": received.direction,
        "partner": received.partner,
        "received_at": received.received_at,
        "judged_at": received.judged_at(),
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
        "posts": received.posts,
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
        "posts": entry.posts,
    })
}

fn inbox_json(record: &InboxRecord, message_id: Option<String>, revised: Option<Revised>) -> Value {
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
        "revised": revised_json(revised),
        "posts": record.item.posts,
    })
}
