//! Cases as the national side sees them: one timeline of messages, verdicts, translations, receipts
//! and decisions.
//!
//! Start at [`View`]. Read-only.

use serde_json::{Value, json};

use super::cases::{self, CASES_MAX, Case, Member};
use super::entries::concerns;
use super::gateway::Gateway;
use super::recognising::decision_json;
use super::rejection::Fault;
use crate::model::{CaseKey, Principal};
use crate::store::PAGE_MAX;

/// Most decisions of one answer: a consignment has a few, each of some 30 KB.
const DECISIONS_MAX: usize = 50;

/// What may be asked about cases.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// What needs an officer, the oldest first.
    Alerts,
    /// The case that a message belongs to.
    Case(String),
    /// The cases in which a key is stated, the one with the newest message first.
    Cases(CaseKey),
    /// One decision with its explanation.
    Decision(String),
    /// The facts that a decision was made from: with them it can be made again offline.
    DecisionFacts(String),
    /// Decisions about a key with their explanations, the newest first.
    Recognitions(CaseKey),
}

impl Gateway {
    /// What is known of cases; none when there is nothing.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn look(&self, by: &Principal, view: View) -> Result<Option<Value>, Fault> {
        match view {
            View::Case(id) => self.case_view(&id).await,
            View::Cases(key) => self.cases_view(key).await.map(Some),
            View::Alerts => self.alerts_view(by).map(Some),
            View::Decision(id) => match self.store().decision(&id)? {
                Some(decided) => decision_json(self.store(), &decided).await.map(Some),
                None => Ok(None),
            },
            View::DecisionFacts(id) => match self.store().decision(&id)? {
                Some(decided) => self.json_body(&decided.facts).await.map(Some),
                None => Ok(None),
            },
            View::Recognitions(key) => self.recognitions_view(&key).await.map(Some),
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

    async fn recognitions_view(&self, key: &CaseKey) -> Result<Value, Fault> {
        let mut listed = Vec::new();
        for decided in self.store().decisions(key, DECISIONS_MAX)? {
            listed.push(decision_json(self.store(), &decided).await?);
        }
        Ok(json!({ "decisions": listed }))
    }

    /// Alerts of the posts that the officer acts for; those that name no post are everybody's.
    fn alerts_view(&self, by: &Principal) -> Result<Value, Fault> {
        let alerts = self.store().alerts(PAGE_MAX)?.into_iter();
        let own = alerts.filter(|alert| concerns(alert, by));
        let listed: Vec<Value> = own.map(|alert| json!(alert)).collect();
        Ok(json!({ "alerts": listed }))
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
