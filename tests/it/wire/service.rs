//! A stand-in for the conductor: remembers what it was asked, answers by what the body says.

use std::sync::Mutex;

use bytes::Bytes;
use corridor::http::{
    Answer, AnswerStatus, Content, Entry, Failure, InboxForm, Service, Submission, TurnedAway, View,
};
use corridor::model::{PartyId, Principal};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// The receipt that it always gives.
pub(super) const RECEIPT: &str = "<Receipt/>";

/// See the module.
pub(super) struct Stand {
    /// `peer: body` and `principal: what`, in order.
    pub(super) asked: Mutex<Vec<String>>,
    /// Bodies `<wait/>` take a permit before they are answered.
    pub(super) gate: Semaphore,
    /// Counts bodies `<wait/>` that have arrived.
    pub(super) waiting: Semaphore,
    /// Whether accesses can be recorded.
    pub(super) broken: Mutex<bool>,
}

impl Default for Stand {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
            gate: Semaphore::new(0),
            waiting: Semaphore::new(0),
            broken: Mutex::new(false),
        }
    }
}

impl Stand {
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, who: &str, what: &str) {
        self.asked.lock().unwrap().push(format!("{who}: {what}"));
    }

    async fn answer(&self, body: &Bytes) -> Result<Answer, Failure> {
        let status = match body.as_ref() {
            b"<refuse/>" => AnswerStatus::Refused,
            b"<conflict/>" => AnswerStatus::Conflict,
            b"<quota/>" => return Err(Failure::Quota),
            b"<busy/>" => return Err(Failure::Busy),
            b"<fault/>" => return Err(Failure::Fault),
            b"<wait/>" => {
                self.waiting.add_permits(1);
                self.gate.acquire().await.unwrap().forget();
                AnswerStatus::Accepted
            }
            _ => AnswerStatus::Accepted,
        };
        Ok(Answer {
            status,
            receipt: Bytes::from_static(RECEIPT.as_bytes()),
            receipt_id: "r-1".to_owned(),
        })
    }
}

impl Service for Stand {
    async fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Failure> {
        let text = String::from_utf8_lossy(&body);
        self.note(
            peer.as_str(),
            &format!("{text} {}", charset.unwrap_or_default()),
        );
        self.answer(&body).await
    }

    async fn lodge(
        &self,
        principal: &Principal,
        submission: Submission,
    ) -> Result<Answer, Failure> {
        let text = String::from_utf8_lossy(&submission.body);
        let beside = submission.ucr.map(String::from).or(submission.replaces);
        let beside = beside.map_or_else(String::new, |beside| format!(" {beside}"));
        self.note(&principal.name, &format!("{text}{beside}"));
        self.answer(&submission.body).await
    }

    async fn accessed(&self, principal: &Principal, what: &str) -> Result<(), Failure> {
        if *self.broken.lock().unwrap() {
            return Err(Failure::Fault);
        }
        self.note(&principal.name, what);
        Ok(())
    }

    async fn message(&self, _principal: &Principal, id: &str) -> Result<Value, Failure> {
        match id {
            "known" => Ok(json!({ "id": id })),
            _ => Err(Failure::NotFound),
        }
    }

    async fn inbox(
        &self,
        _principal: &Principal,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Value, Failure> {
        Ok(json!({ "after": after, "limit": limit }))
    }

    async fn inbox_item(
        &self,
        _principal: &Principal,
        id: &str,
        form: InboxForm,
    ) -> Result<Content, Failure> {
        let (text, media_type) = match form {
            InboxForm::Canonical => (json!({ "id": id }).to_string(), "application/json"),
            InboxForm::Original => (format!("<original id='{id}'/>"), "application/xml"),
            InboxForm::Translated => return Err(Failure::NotFound),
        };
        Ok(Content {
            bytes: Bytes::from(text),
            media_type,
        })
    }

    async fn acknowledge(&self, _principal: &Principal, id: &str) -> Result<(), Failure> {
        match id {
            "twice" => Err(Failure::Conflict),
            _ => Ok(()),
        }
    }

    async fn held(&self, _principal: &Principal) -> Result<Value, Failure> {
        Ok(json!({ "items": [] }))
    }

    async fn held_entry(&self, _principal: &Principal, _id: &str) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn supplement(
        &self,
        _principal: &Principal,
        _id: &str,
        body: &[u8],
    ) -> Result<Value, Failure> {
        serde_json::from_slice(body).map_err(|error| Failure::Malformed(error.to_string()))
    }

    async fn look(&self, _principal: &Principal, _view: View) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn enter(
        &self,
        _principal: &Principal,
        _entry: Entry,
        _body: Bytes,
    ) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn receipt(&self, _principal: &Principal, _id: &str) -> Result<Bytes, Failure> {
        Ok(Bytes::from_static(RECEIPT.as_bytes()))
    }

    async fn proof(&self, _principal: &Principal, _id: &str) -> Result<String, Failure> {
        Ok("c2sp.org/tlog-proof@v1\n".to_owned())
    }

    async fn checkpoint(&self) -> Result<String, Failure> {
        Ok("checkpoint\n".to_owned())
    }

    async fn turned_away(&self, sums: Vec<TurnedAway>) {
        for sum in sums {
            let what = format!("{} x{} {}", sum.code, sum.count, sum.last.is_some());
            self.note(sum.partner.as_str(), &what);
        }
    }

    fn unready(&self) -> Option<String> {
        let broken = *self.broken.lock().unwrap();
        broken.then(|| "the store does not accept commits".to_owned())
    }

    fn observe(&self) {}
}
