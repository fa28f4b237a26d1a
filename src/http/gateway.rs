//! The conductor behind the listeners: [`Service`] for the gateway itself.
//!
//! Start at [`Front`]. Reads come from the store's read-only views; whatever changes something goes
//! through the gateway. Reads of bodies run on threads that may block.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::error;

use super::service::{Content, Failure, Service};
use crate::exchange::{Answer, Fault, Gateway, Supplement, SupplementError};
use crate::model::{PartyId, Principal, Role, Sha256};
use crate::store::{self, Acknowledged, Event, Made, OutgoingState, Received, Store};
use crate::telemetry;

/// Held messages shown at once; more would not be worked through by one officer in a day.
const HELD_MAX: usize = 1000;

/// Values of one supplement: every field of the largest target message.
const VALUES_MAX: usize = 10_000;

/// A gateway as its listeners see it. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    gateway: Gateway,
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front")
            .field("party", self.gateway.party())
            .finish()
    }
}

/// The body of a supplement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Supplied {
    values: Vec<Supply>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Supply {
    path: String,
    value: String,
}

impl Front {
    /// Stands before `gateway`.
    pub fn new(gateway: Gateway) -> Self {
        Self { gateway }
    }

    fn store(&self) -> &Store {
        self.gateway.store()
    }

    /// A body that the store's records name.
    async fn body(&self, sha256: Sha256) -> Result<Bytes, Failure> {
        let store = self.store().clone();
        let read = tokio::task::spawn_blocking(move || store.body(&sha256)).await;
        let found = read.map_err(|_| Failure::Fault)?.map_err(broken)?;
        found.ok_or(Failure::Fault)
    }

    fn made(&self, message: &str) -> Result<Vec<Value>, Failure> {
        let made = self.store().made_from(message).map_err(broken)?;
        made.into_iter().map(|one| self.made_one(one)).collect()
    }

    fn made_one(&self, made: Made) -> Result<Value, Failure> {
        Ok(match made {
            Made::Inbox(id) => json!({ "inbox": id }),
            Made::Held(id) => {
                let record = self.store().held_entry(&id).map_err(broken)?;
                let resolution = record.and_then(|record| record.resolution);
                json!({ "held": id, "resolution": resolution })
            }
            Made::Outgoing(id) => {
                let outgoing = self.store().outgoing(&id).map_err(broken)?;
                let Some(outgoing) = outgoing else {
                    return Ok(json!({ "outgoing": id }));
                };
                let entry = outgoing.entry;
                json!({
                    "outgoing": id,
                    "to": entry.partner,
                    "package": entry.package,
                    "message_id": entry.message_id,
                    "delivery": delivery(&outgoing.state),
                })
            }
        })
    }
}

/// Where an outgoing message stands.
fn delivery(state: &OutgoingState) -> Value {
    match state {
        OutgoingState::Delivered {
            at,
            partner_receipt,
        } => {
            json!({ "state": "delivered", "at": at, "partner_receipt_sha256": partner_receipt })
        }
        OutgoingState::Dropped { at, reason } => {
            json!({ "state": "dropped", "at": at, "reason": reason })
        }
        OutgoingState::Queued => json!({ "state": "queued" }),
        OutgoingState::Rejected {
            at,
            code,
            partner_receipt,
        } => json!({
            "state": "rejected",
            "at": at,
            "code": code,
            "partner_receipt_sha256": partner_receipt,
        }),
    }
}

/// Whether a principal may see a message: submitters see what they submitted.
fn visible(principal: &Principal, received: &Received) -> bool {
    principal.role != Role::Submitter || received.principal.as_ref() == Some(&principal.name)
}

impl Service for Front {
    async fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Failure> {
        let taken = self.gateway.receive(peer, body, charset).await;
        taken.map_err(failed)
    }

    async fn submit(
        &self,
        principal: &Principal,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Failure> {
        let taken = self.gateway.submit(principal, body, charset).await;
        taken.map_err(failed)
    }

    async fn accessed(&self, principal: &Principal, what: &str) -> Result<(), Failure> {
        let recorded = self.gateway.accessed(principal, what).await;
        recorded.map_err(failed)
    }

    async fn message(&self, principal: &Principal, id: &str) -> Result<Value, Failure> {
        let found = self.store().message(id).map_err(broken)?;
        let received = found.filter(|received| visible(principal, received));
        let received = received.ok_or(Failure::NotFound)?;
        Ok(json!({
            "id": received.message,
            "partner": received.partner,
            "direction": received.direction,
            "received_at": received.received_at,
            "sha256": received.raw,
            "bytes": received.bytes,
            "package": received.package,
            "message_id": received.message_id,
            "national_id": received.national_id,
            "accepted": received.accepted,
            "code": received.code,
            "receipt_id": received.receipt_id,
            "made": self.made(&received.message)?,
        }))
    }

    async fn inbox(&self, after: Option<u64>, limit: usize) -> Result<Value, Failure> {
        let records = self.store().inbox(after, limit).map_err(broken)?;
        let next = records.last().map(|record| record.cursor).or(after);
        let items: Vec<Value> = records
            .into_iter()
            .map(|record| {
                let item = record.item;
                json!({
                    "cursor": record.cursor,
                    "id": item.id,
                    "message": item.source,
                    "partner": item.partner,
                    "package": item.package,
                    "at": item.at,
                    "correlates": item.correlates,
                })
            })
            .collect();
        Ok(json!({ "items": items, "after": next }))
    }

    async fn inbox_item(&self, id: &str, original: bool) -> Result<Content, Failure> {
        let found = self.store().inbox_item(id).map_err(broken)?;
        let item = found.ok_or(Failure::NotFound)?.item;
        let (digest, media_type) = if original {
            (item.original, "application/xml")
        } else {
            (item.canonical, "application/json")
        };
        Ok(Content {
            bytes: self.body(digest).await?,
            media_type,
        })
    }

    async fn acknowledge(&self, principal: &Principal, id: &str) -> Result<(), Failure> {
        let found = self.store().inbox_item(id).map_err(broken)?;
        let record = found.ok_or(Failure::NotFound)?;
        if record.acknowledged_by.is_some() {
            return Err(Failure::Conflict);
        }
        let event = Event::Acknowledged(Acknowledged {
            item: id.to_owned(),
            at: self.gateway.clock().wall(),
            by: principal.name.clone(),
        });
        let appended = self.store().append(Vec::new(), vec![event]).await;
        appended.map(drop).map_err(broken)
    }

    async fn held(&self) -> Result<Value, Failure> {
        let waiting = self.store().held(HELD_MAX);
        let items: Vec<Value> = waiting
            .iter()
            .map(|entry| {
                json!({
                    "id": entry.id,
                    "message": entry.source,
                    "document": entry.document,
                    "lane": entry.lane,
                    "to": entry.to,
                    "package": entry.package,
                    "at": entry.at,
                })
            })
            .collect();
        Ok(json!({ "items": items }))
    }

    async fn held_entry(&self, id: &str) -> Result<Value, Failure> {
        let found = self.store().held_entry(id).map_err(broken)?;
        let record = found.ok_or(Failure::NotFound)?;
        serde_json::to_value(record).map_err(|_| Failure::Fault)
    }

    async fn supplement(
        &self,
        principal: &Principal,
        id: &str,
        body: &[u8],
    ) -> Result<Value, Failure> {
        let supplied: Supplied = serde_json::from_slice(body).map_err(|_| Failure::Malformed)?;
        if supplied.values.is_empty() || supplied.values.len() > VALUES_MAX {
            return Err(Failure::Malformed);
        }
        let values = supplied.values.into_iter().map(|supply| Supplement {
            path: supply.path,
            value: supply.value,
        });
        let entry = Bytes::copy_from_slice(body);
        let resumed = self
            .gateway
            .supplement(principal, id, entry, values.collect())
            .await;
        match resumed {
            Ok(resumed) => Ok(json!({
                "receipt_id": resumed.answer.receipt_id,
                "held_again": resumed.held_again,
            })),
            Err(SupplementError::NotHeld) => Err(Failure::NotFound),
            Err(SupplementError::NotAllowed | SupplementError::Rejected(_)) => {
                Err(Failure::Conflict)
            }
            Err(SupplementError::Fault(fault)) => Err(failed(fault)),
        }
    }

    async fn receipt(&self, id: &str) -> Result<Bytes, Failure> {
        let found = self.store().receipt(id).map_err(broken)?;
        self.body(found.ok_or(Failure::NotFound)?.sha256).await
    }

    async fn proof(&self, id: &str) -> Result<String, Failure> {
        let found = self.store().receipt(id).map_err(broken)?;
        let index = found.ok_or(Failure::NotFound)?.leaf_index;
        let proof = self.store().prove(index).await.map_err(broken)?;
        Ok(proof.render())
    }

    async fn checkpoint(&self) -> Result<String, Failure> {
        Ok(self.store().checkpoint())
    }

    fn unready(&self) -> Option<String> {
        if let Some(failure) = self.store().failure() {
            return Some(failure.code().to_owned());
        }
        let last = self.store().last_received_at()?;
        let behind: Duration = self.gateway.clock().behind(last)?;
        Some(format!("CLOCK_BEHIND by {} s", behind.as_secs()))
    }

    fn observe(&self) {
        let stats = self.store().stats();
        telemetry::held(stats.held_depth);
        telemetry::log_size(stats.leaves);
        telemetry::ready(self.unready().is_none());
    }
}

/// The store's failure: logged here, said outside only as ours.
fn broken(failure: store::Error) -> Failure {
    if matches!(failure, store::Error::NotPending { .. }) {
        return Failure::Conflict;
    }
    error!(code = failure.code(), %failure, "the store did not answer");
    Failure::Fault
}

/// The conductor's failure.
fn failed(fault: Fault) -> Failure {
    if matches!(fault, Fault::Busy) {
        return Failure::Busy;
    }
    if matches!(fault, Fault::Quota) {
        return Failure::Quota;
    }
    error!(%fault, "the gateway failed");
    Failure::Fault
}
