//! Cases as the national side sees them: one timeline of messages, verdicts, translations, receipts
//! and decisions.
//!
//! Start at [`View`]. Read-only.

use serde_json::{Value, json};

use super::cases::{self, Case, Member};
use super::entries::concerns;
use super::gateway::Gateway;
use super::posts::{is_of_all, may_see, may_see_message};
use super::recognising::decision_json;
use super::rejection::Fault;
use crate::model::{CaseKey, Principal};
use crate::store::{Decided, PAGE_MAX};

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
            View::Case(id) => self.case_view(by, &id).await,
            View::Cases(key) => self.cases_view(by, key).await.map(Some),
            View::Alerts => self.alerts_view(by).await.map(Some),
            View::Decision(id) => match self.decision_of(by, &id)? {
                Some(decided) => decision_json(self.store(), &decided).await.map(Some),
                None => Ok(None),
            },
            View::DecisionFacts(id) => match self.decision_of(by, &id)? {
                Some(decided) => self.json_body(&decided.facts).await.map(Some),
                None => Ok(None),
            },
            View::Recognitions(key) => self.recognitions_view(by, &key).await.map(Some),
        }
    }

    /// A decision that a message led to which the principal may see.
    fn decision_of(&self, by: &Principal, id: &str) -> Result<Option<Decided>, Fault> {
        match self.store().decision(id)? {
            Some(decided) if self.decided_for(by, &decided)? => Ok(Some(decided)),
            Some(_) | None => Ok(None),
        }
    }

    fn decided_for(&self, by: &Principal, decided: &Decided) -> Result<bool, Fault> {
        Ok(is_of_all(by) || may_see_message(self.store(), by, &decided.source)?)
    }

    async fn cases_view(&self, by: &Principal, key: CaseKey) -> Result<Value, Fault> {
        let (store, by) = (self.store().clone(), by.clone());
        // It is read from disk, and so not on the runtime's threads.
        let found = tokio::task::spawn_blocking(move || {
            cases::find_of(&store, &key, |received| may_see(&by, received))
        });
        let found = found.await.map_err(|_| Fault::Worker)??;
        let mut listed = Vec::with_capacity(found.cases.len());
        for case in &found.cases {
            listed.push(self.case_json(case).await?);
        }
        Ok(json!({ "cases": listed, "cut": found.cut }))
    }

    async fn recognitions_view(&self, by: &Principal, key: &CaseKey) -> Result<Value, Fault> {
        let (gateway, by, key) = (self.clone(), by.clone(), key.clone());
        let found = tokio::task::spawn_blocking(move || gateway.decisions_of(&by, &key));
        let mut listed = Vec::new();
        for decided in found.await.map_err(|_| Fault::Worker)?? {
            listed.push(decision_json(self.store(), &decided).await?);
        }
        Ok(json!({ "decisions": listed }))
    }

    fn decisions_of(&self, by: &Principal, key: &CaseKey) -> Result<Vec<Decided>, Fault> {
        if is_of_all(by) {
            return Ok(self.store().decisions(key, DECISIONS_MAX)?);
        }
        let mut own = Vec::new();
        for decided in self.store().decisions(key, PAGE_MAX)? {
            if own.len() < DECISIONS_MAX && self.decided_for(by, &decided)? {
                own.push(decided);
            }
        }
        Ok(own)
    }

    /// Alerts of the posts that the principal acts for.
    async fn alerts_view(&self, by: &Principal) -> Result<Value, Fault> {
        let (store, by) = (self.store().clone(), by.clone());
        let found = tokio::task::spawn_blocking(move || {
            store.alerts_of(PAGE_MAX, |alert| concerns(alert, &by))
        });
        let found = found.await.map_err(|_| Fault::Worker)??;
        Ok(json!({ "alerts": found.items, "more": found.more }))
    }

    /// The case of a message that the principal may see, as far as it may see it.
    async fn case_view(&self, by: &Principal, id: &str) -> Result<Option<Value>, Fault> {
        let (store, by, id) = (self.store().clone(), by.clone(), id.to_owned());
        let found = tokio::task::spawn_blocking(move || {
            if !may_see_message(&store, &by, &id)? {
                return Ok(None);
            }
            let case = Case::of(&store, &id)?;
            Ok(case.and_then(|case| case.only(|received| may_see(&by, received))))
        });
        let found: Result<Option<Case>, Fault> = found.await.map_err(|_| Fault::Worker)?;
        match found? {
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
            "contradictory": case.contradictory,
            "cut": case.cut,
            "timeline": timeline,
        }))
    }
}
