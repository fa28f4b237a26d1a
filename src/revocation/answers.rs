//! The answers of a partner's responder (OCSP, RFC 6960). Start at [`Answers::keep_fresh`].
//!
//! Asked is for certificates that were seen on trusted paths: in the background before an answer runs
//! out, and once at the first message of a certificate, before it would be refused because nothing is
//! known of it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Uri;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

use super::Apply;
use super::cache::Cache;
use super::fetch::{Fetched, Question, fetch};
use super::known::Known;
use crate::clock::Clock;
use crate::crypto::{OCSP_BYTES_MAX, OCSP_NONCE_BYTES, OcspResponse, StatusQuestion, Suites};
use crate::telemetry;

/// Longest that one answer takes: a message waits for it.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Between two looks for certificates that are new and for answers that run out.
const LOOK: Duration = Duration::from_secs(5);

/// Pause after a question in vain.
const RETRY: Duration = Duration::from_secs(10);

/// Requests that wait for the first answer on their certificate.
const WAITING_MAX: usize = 64;

/// Certificates whose answers are held, before those are let go that were not seen lately: as many as
/// a trust store remembers.
const HELD_MAX: usize = 64;

/// Most bytes of the file of answers: 64 of them with their certificates, in base64.
const FILE_BYTES_MAX: usize = 16 << 20;

/// What is kept on the disk of one answer: three DERs in base64.
#[derive(Serialize, Deserialize)]
struct Kept {
    certificate: String,
    issuer: String,
    response: String,
}

/// An answer, and when the next is asked for.
struct Held {
    question: StatusQuestion,
    response: Option<(OcspResponse, Bytes)>,
    due: Duration,
    /// Which of the responders answered last; it is asked first.
    by: usize,
}

/// Who waits until a certificate was asked about.
pub(super) type Waiting = oneshot::Sender<bool>;

pub(super) struct Answers {
    urls: Vec<Uri>,
    nonce_required: bool,
    refresh: Duration,
    held: Vec<Held>,
    known: Arc<Known>,
    cache: Cache,
    clock: Clock,
    suites: Arc<Suites>,
    asked: mpsc::Receiver<Waiting>,
}

impl Answers {
    pub(super) fn new(
        urls: Vec<Uri>,
        nonce_required: bool,
        refresh: Duration,
        known: Arc<Known>,
        cache: Cache,
        clock: Clock,
    ) -> (Self, mpsc::Sender<Waiting>) {
        let (asking, asked) = mpsc::channel(WAITING_MAX);
        let answers = Self {
            urls,
            nonce_required,
            refresh,
            held: Vec::new(),
            known,
            cache,
            clock,
            suites: Arc::new(Suites::standard()),
            asked,
        };
        (answers, asking)
    }

    /// Reads what was kept.
    pub(super) async fn recall(&mut self) {
        let (cache, party) = (self.cache.clone(), self.known.party.to_string());
        let read = move || cache.read(&[&party, "ocsp"], FILE_BYTES_MAX);
        let kept = tokio::task::spawn_blocking(read).await.ok().flatten();
        let kept: Option<Vec<Kept>> = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
        for kept in kept.unwrap_or_default() {
            let der = |text: &str| STANDARD.decode(text).ok();
            let (Some(certificate), Some(issuer), Some(response)) = (
                der(&kept.certificate),
                der(&kept.issuer),
                der(&kept.response),
            ) else {
                continue;
            };
            let question = StatusQuestion {
                certificate,
                issuer,
            };
            // Who signed it, and whether it ran out, is looked at for each path.
            if let Ok(read) = OcspResponse::read(&response) {
                self.held.push(Held {
                    due: self.due(&read),
                    question,
                    response: Some((read, response.into())),
                    by: 0,
                });
            }
        }
        self.share();
    }

    /// Asks whenever an answer is due or somebody waits for one, for ever.
    pub(super) async fn keep_fresh(mut self, apply: Apply) {
        let mut waiting: Vec<Waiting> = Vec::new();
        loop {
            tokio::select! {
                // Where nobody can ask any more, only time brings it on.
                Some(asked) = self.asked.recv() => waiting.push(asked),
                () = tokio::time::sleep(LOOK) => {}
            }
            while let Ok(asked) = self.asked.try_recv() {
                waiting.push(asked);
            }
            let is_new = self.ask_due().await;
            if is_new {
                self.share();
                self.known.apply(&apply);
                self.keep().await;
            }
            for waiting in waiting.drain(..) {
                // Who has gone meanwhile does not want to know.
                let _ = waiting.send(is_new);
            }
        }
    }

    /// Asks about every certificate that is new or due; whether there is a new answer.
    pub(super) async fn ask_due(&mut self) -> bool {
        let questions = self.known.files.questions();
        let now = self.clock.monotonic();
        for question in &questions {
            if !self.held.iter().any(|held| held.question == *question) {
                self.held.push(Held {
                    question: question.clone(),
                    response: None,
                    due: now,
                    by: 0,
                });
            }
        }
        if self.held.len() > HELD_MAX {
            // What nobody signs with any more is not asked about any more.
            self.held.retain(|held| questions.contains(&held.question));
        }
        let due = self.held.iter().enumerate();
        let due = due.filter(|(_, held)| held.due <= now);
        // Somebody may wait for what nothing is known of.
        let mut due: Vec<_> = due
            .map(|(at, held)| (held.response.is_some(), at))
            .collect();
        due.sort_unstable();
        let mut is_new = false;
        for (_, at) in due {
            is_new |= self.ask(at).await;
        }
        is_new
    }

    async fn ask(&mut self, at: usize) -> bool {
        let Some((question, first)) = self.held.get(at).map(|it| (it.question.clone(), it.by))
        else {
            return false;
        };
        let party = self.known.party.as_str();
        let mut asked = None;
        // The one that answered last comes first, then the others in their order.
        let order = (0..self.urls.len()).cycle().skip(first);
        for by in order.take(self.urls.len()) {
            let Some(url) = self.urls.get(by) else {
                continue;
            };
            let answer = self.answer(&question, url).await;
            telemetry::revocation_fetch(party, if answer.is_ok() { "fetched" } else { "failed" });
            match answer {
                Ok(answer) => {
                    asked = Some((answer, by));
                    break;
                }
                Err((code, reason)) => {
                    warn!(party, %url, code, reason, "no answer; what is known stays");
                }
            }
        }
        let (now, retry) = (self.clock.monotonic(), RETRY.min(self.refresh));
        let due = asked.as_ref().map(|((response, _), _)| self.due(response));
        let Some(held) = self.held.get_mut(at) else {
            return false;
        };
        held.due = due.unwrap_or(now + retry);
        let Some((answer, by)) = asked else {
            return false;
        };
        debug!(party = self.known.party.as_str(), "a responder answered");
        (held.response, held.by) = (Some(answer), by);
        true
    }

    /// Asks one responder about one certificate, with a nonce of its own.
    async fn answer(
        &self,
        question: &StatusQuestion,
        url: &Uri,
    ) -> Result<(OcspResponse, Bytes), (&'static str, String)> {
        let mut nonce = [0; OCSP_NONCE_BYTES];
        let malformed = |reason: &str| ("REVOCATION_MALFORMED", reason.to_owned());
        let random = SystemRandom::new().fill(&mut nonce);
        random.map_err(|_| malformed("the system gives no random bytes"))?;
        let request = question.request(&nonce);
        let request = request.ok_or_else(|| malformed("the certificate cannot be asked about"))?;
        let question_over_http = Question {
            url,
            post: Some((request.into(), "application/ocsp-request")),
            tag: None,
            bytes_max: OCSP_BYTES_MAX,
        };
        let body = match fetch(question_over_http, ANSWER_MAX).await {
            Ok(Fetched::Body(body, _)) => body,
            Ok(Fetched::Unchanged) => return Err(malformed("the answer has no body")),
            Err(error) => return Err((error.code(), error.to_string())),
        };
        let response = OcspResponse::read(&body).map_err(malformed)?;
        let accepted = self.accepts(&response, question, &nonce);
        accepted.map_err(|reason| ("REVOCATION_ANSWER", reason.to_owned()))?;
        Ok((response, body))
    }

    fn accepts(
        &self,
        response: &OcspResponse,
        question: &StatusQuestion,
        nonce: &[u8],
    ) -> Result<(), &'static str> {
        if self.nonce_required && !response.bears(nonce) {
            return Err("the answer bears no nonce, and the profile demands it");
        }
        // By what is known now: a list may revoke the responder.
        let trust = self.known.trust();
        trust.accepts(response, question, nonce, &self.suites, self.clock.wall())
    }

    /// When the next answer is asked for: as often as the profile says, and before this one runs out.
    fn due(&self, response: &OcspResponse) -> Duration {
        let left = response.next_update().duration_since(self.clock.wall());
        let left = Duration::try_from(left).unwrap_or_default();
        self.clock.monotonic() + self.refresh.min(left - left / 4).max(LOOK)
    }

    fn share(&self) {
        let responses = self.held.iter().filter_map(|held| held.response.as_ref());
        let responses = responses.map(|(response, _)| response.clone());
        self.known.set_responses(responses.collect());
    }

    /// Keeps what is held on the disk.
    async fn keep(&self) {
        let kept = self.held.iter().filter_map(|held| {
            let (_, response) = held.response.as_ref()?;
            Some(Kept {
                certificate: STANDARD.encode(&held.question.certificate),
                issuer: STANDARD.encode(&held.question.issuer),
                response: STANDARD.encode(response),
            })
        });
        let kept = serde_json::to_vec(&kept.collect::<Vec<_>>()).unwrap_or_default();
        let (cache, party) = (self.cache.clone(), self.known.party.to_string());
        let write = move || cache.write(&[&party, "ocsp"], &kept);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(write).await {
            warn!(%error, "the answers of a responder are not kept on the disk");
        }
    }
}
