//! Cases as the national side sees them: one timeline of messages, verdicts, translations, receipts
//! and decisions.
//!
//! Start at [`View`]. Read-only.

use serde_json::{Value, json};

use super::cases::{self, CASES_MAX, Case, Member};
use super::gateway::Gateway;
use super::rejection::Fault;
use crate::model::{CaseKey, Principal};

/// What may be asked about cases.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// The case that a message belongs to.
    Case(String),
    /// The cases in which a key is stated, the one with the newest message first.
    Cases(CaseKey),
}

impl Gateway {
    /// What is known of cases; none when there is nothing.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn look(&self, _by: &Principal, view: View) -> Result<Option<Value>, Fault> {
        match view {
            View::Case(id) => self.case_view(&id).await,
            View::Cases(key) => self.cases_view(key).await.map(Some),
        }
    }

    async fn cases_view(&self, key: CaseKey) -> Result<Value, Fault> {
        let store = self.store().clone();
        // It is read from disk, and so not on the runtime's threads.
        let found = tokio::task::spawn_blocking(move || cases::find(&store, &key));
        let found = found.await.map_err(|_| Fault::Worker)??;
        let mut listed = Vec::with_capacity(found.len());
        for case in &found {
            listed.push(self.case_json(case).await?);
        }
        Ok(json!({ "cases": listed, "cut": found.len() == CASES_MAX }))
    }

    async fn case_view(&self, id: &str) -> Result<Option<Value>, Fault> {
        let (store, id) = (self.store().clone(), id.to_owned());
        let found = tokio::task::spawn_blocking(move || Case::of(&store, &id));
        match found.await.map_err(|_| Fault::Worker)?? {
            Some(case) => self.case_json(&case).await.map(Some),
            None => Ok(None),
        }
    }

    async fn case_json(&self, case: &Case) -> Result<Value, Fault> {
        let mut timeline = Vec::with_capacity(case.members.len());
        for Member { received, .. } in &case.members {
            let mut entry = self.received_view(received).await?;
            if let Some(object) = entry.as_object_mut() {
                object.insert("entry".to_owned(), json!(received.entry));
                object.insert("keys".to_owned(), json!(received.keys));
                object.insert("principal".to_owned(), json!(received.principal));
            }
            timeline.push(entry);
        }
        Ok(json!({
            "id": case.id,
            "keys": case.keys,
            "contradictory": case.contradicts_itself(),
            "cut": case.cut,
            "timeline": timeline,
        }))
    }
}
