//! The conductor as the listeners see it.
//!
//! Start at [`Service`]'s implementation for [`Gateway`]: it turns the conductor's answers and
//! faults into the listeners' own.

use std::error::Error as _;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{error, warn};

use super::service::{Answer, Content, Entry, Failure, InboxForm, Service, Submission, View, Wish};
use super::turned::TurnedAway;
use crate::exchange::{Changed, EntryError, Fault, Gateway, Supplement, SupplementError};
use crate::model::{PartyId, Principal};
use crate::store::Turned;

/// A supplement as an officer sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    values: Vec<Supplement>,
}

/// Why an operator holds or drops a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasoned {
    reason: String,
}

/// Longest reason, in bytes: a paragraph.
const REASON_BYTES_MAX: usize = 1000;

/// Whose messages an operator sends again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Everything {
    partner: PartyId,
    #[serde(default)]
    dead_letters: bool,
}

impl Service for Gateway {
    async fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Failure> {
        Self::receive(self, peer, body, charset)
            .await
            .map_err(failure)
    }

    async fn lodge(
        &self,
        principal: &Principal,
        submission: Submission,
    ) -> Result<Answer, Failure> {
        Self::lodge(self, principal, submission)
            .await
            .map_err(failure)
    }

    async fn accessed(&self, principal: &Principal, what: &str) -> Result<(), Failure> {
        Self::accessed(self, principal, what).await.map_err(failure)
    }

    async fn message(&self, principal: &Principal, id: &str) -> Result<Value, Failure> {
        found(self.message_view(principal, id).await)
    }

    async fn inbox(
        &self,
        principal: &Principal,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Value, Failure> {
        let page = self.inbox_view(principal, after, limit).await;
        page.map_err(failure)
    }

    async fn inbox_item(
        &self,
        principal: &Principal,
        id: &str,
        form: InboxForm,
    ) -> Result<Content, Failure> {
        Ok(Content {
            bytes: found(self.inbox_content(principal, id, form).await)?,
            media_type: match form {
                InboxForm::Canonical => "application/json",
                InboxForm::Original | InboxForm::Translated => "application/xml",
            },
        })
    }

    async fn acknowledge(&self, principal: &Principal, id: &str) -> Result<(), Failure> {
        match Self::acknowledge(self, principal, id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotFound),
            Err(Fault::Store(crate::store::Error::NotPending { .. })) => Err(Failure::Conflict),
            Err(fault) => Err(failure(fault)),
        }
    }

    async fn held(&self, principal: &Principal) -> Result<Value, Failure> {
        Ok(self.held_view(principal))
    }

    async fn held_entry(&self, principal: &Principal, id: &str) -> Result<Value, Failure> {
        found(self.held_entry_view(principal, id))
    }

    async fn supplement(
        &self,
        principal: &Principal,
        id: &str,
        body: &[u8],
    ) -> Result<Value, Failure> {
        let entry: Values = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        if entry.values.is_empty() {
            return Err(Failure::Malformed("values: at least one".to_owned()));
        }
        let resumed = Self::supplement(self, principal, id, entry.values).await;
        let resumed = resumed.map_err(|error| match error {
            SupplementError::NotHeld => Failure::NotFound,
            SupplementError::Fault(fault) => failure(fault),
            SupplementError::NotAllowed | SupplementError::Resolved => Failure::Conflict,
            SupplementError::Rejected(rejection) => {
                // Codes and paths; a rejection holds no value.
                warn!(held = id, %rejection, "a supplement helped nothing");
                Failure::Unhelped {
                    code: rejection.code,
                }
            }
        })?;
        Ok(json!({
            "receipt_id": resumed.answer.receipt_id,
            "held_again": resumed.held_again,
        }))
    }

    async fn look(&self, principal: &Principal, view: View) -> Result<Value, Failure> {
        found(Self::look(self, principal, view).await)
    }

    async fn enter(
        &self,
        principal: &Principal,
        entry: Entry,
        body: Bytes,
    ) -> Result<Value, Failure> {
        let entered = Self::enter(self, principal, entry, body).await;
        entered.map_err(unentered)
    }

    async fn receipt(&self, principal: &Principal, id: &str) -> Result<Bytes, Failure> {
        found(Self::receipt(self, principal, id).await)
    }

    async fn proof(&self, principal: &Principal, id: &str) -> Result<String, Failure> {
        found(Self::proof(self, principal, id).await)
    }

    async fn checkpoint(&self) -> Result<String, Failure> {
        Self::checkpoint(self).await.map_err(failure)
    }

    async fn turned_away(&self, sums: Vec<TurnedAway>) {
        let at = self.clock().wall();
        let turned = sums.into_iter().map(|sum| Turned {
            partner: sum.partner,
            at,
            code: sum.code.to_owned(),
            count: sum.count,
            last: sum.last,
        });
        if let Err(fault) = self.turned(turned.collect()).await {
            // A store that has stopped takes nothing any more; readiness says so.
            error!(error = %Chain(&fault), "sums of turned-away messages");
        }
    }

    fn unready(&self) -> Option<String> {
        Self::unready(self)
    }

    fn showed(&self, partner: &PartyId, unix_seconds: i64) {
        Self::showed(self, partner, unix_seconds);
    }

    fn warnings(&self) -> Vec<String> {
        let now = self.clock().wall();
        let ending = self.ending().into_iter();
        ending
            .map(|end| {
                let (party, usage, days) = (&end.party, &end.usage, end.days_left(now));
                format!(
                    "certificate {usage} of {party} ends {} ({days} days)",
                    end.not_after
                )
            })
            .collect()
    }

    async fn status(&self) -> Result<Value, Failure> {
        let overview = self.overview().map_err(failure)?;
        serde_json::to_value(overview).map_err(|_| Failure::Fault)
    }

    async fn partner_receipt(&self, partner: &str) -> Result<Value, Failure> {
        let partner: PartyId = partner.parse().map_err(|_| Failure::NotFound)?;
        let checked = self.last_receipt(&partner).await.map_err(failure)?;
        serde_json::to_value(checked).map_err(|_| Failure::Fault)
    }

    async fn queue(&self, principal: &Principal, partner: Option<&str>) -> Result<Value, Failure> {
        let partner = partner.map(str::parse).transpose();
        let partner: Option<PartyId> = partner.map_err(|_| Failure::NotFound)?;
        self.queue_view(principal, partner.as_ref())
            .map_err(failure)
    }

    async fn change_queue(&self, by: &Principal, wish: Wish) -> Result<Value, Failure> {
        let changed = match &wish {
            Wish::Drop { id, body } => self.drop_queued(by, id, &reason(body)?).await,
            Wish::Hold { id, body } => self.hold(by, id, &reason(body)?).await,
            Wish::Retry { id } => self.retry(by, id).await,
            Wish::RetryAll { body } => {
                let all: Everything =
                    serde_json::from_slice(body).map_err(|error| malformed(&error))?;
                let count = self.retry_all(by, &all.partner, all.dead_letters).await;
                return Ok(json!({ "retried": count.map_err(failure)? }));
            }
        };
        match changed.map_err(failure)? {
            Changed::Done => Ok(json!({ "done": true })),
            Changed::TooLate => Err(Failure::Conflict),
            Changed::Unknown => Err(Failure::NotFound),
        }
    }

    fn observe(&self) {
        Self::observe(self);
    }
}

/// Where JSON is not what it should be; no value of it.
fn malformed(error: &serde_json::Error) -> Failure {
    let (line, column) = (error.line(), error.column());
    Failure::Malformed(format!("line {line}, column {column}"))
}

fn reason(body: &[u8]) -> Result<String, Failure> {
    let given: Reasoned = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let reason = given.reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        let text = format!("reason: 1 to {REASON_BYTES_MAX} bytes");
        return Err(Failure::Malformed(text));
    }
    Ok(reason.to_owned())
}

fn found<T>(outcome: Result<Option<T>, Fault>) -> Result<T, Failure> {
    outcome.map_err(failure)?.ok_or(Failure::NotFound)
}

fn unentered(error: EntryError) -> Failure {
    match error {
        EntryError::Fault(fault) => failure(fault),
        EntryError::Malformed(text) => Failure::Malformed(text),
        EntryError::NotAllowed => Failure::Forbidden,
        EntryError::NotFound => Failure::NotFound,
        EntryError::Refused(text) => Failure::Refused(text),
    }
}

fn failure(fault: Fault) -> Failure {
    match fault {
        Fault::Busy => Failure::Busy,
        Fault::NoRoom => Failure::NoRoom,
        Fault::Quota => Failure::Quota,
        Fault::Numbers
        | Fault::Store(_)
        | Fault::Receipt
        | Fault::Schema(_)
        | Fault::Seal(_)
        | Fault::Sign(_)
        | Fault::Worker => {
            error!(error = %Chain(&fault), "the gateway failed");
            Failure::Fault
        }
    }
}

/// An error with all that caused it, on one line.
struct Chain<'a>(&'a Fault);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
