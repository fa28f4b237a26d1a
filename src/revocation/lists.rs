//! The lists of one partner. Start at [`Lists::keep_fresh`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Uri};
use jiff::Timestamp;
use tracing::{info, warn};

use super::Apply;
use super::cache::Cache;
use super::fetch::{Fetched, Question, REQUEST_MAX, fetch};
use super::known::Known;
use crate::clock::Clock;
use crate::crypto::{LIST_BYTES_MAX, RevocationList, Suites};
use crate::model::PartyId;
use crate::telemetry;

/// Shortest time between two requests for one list: what is about to run out is asked for often, and
/// still does not burden its authority.
const PAUSE_MIN: Duration = Duration::from_secs(5);

/// First pause after a request in vain; it doubles up to the profile's own.
const RETRY_MIN: Duration = Duration::from_secs(10);

/// A list and where it comes from.
struct Place {
    url: Uri,
    list: Option<RevocationList>,
    tag: Option<HeaderValue>,
    /// Requests in vain since the last that was not.
    failures: u32,
    /// When it is asked for again, by the monotonic clock.
    due: Duration,
}

pub(super) struct Lists {
    refresh_every: Duration,
    known: Arc<Known>,
    places: Vec<Place>,
    cache: Cache,
    clock: Clock,
    suites: Arc<Suites>,
}

impl Lists {
    pub(super) fn new(
        urls: Vec<Uri>,
        refresh_every: Duration,
        known: Arc<Known>,
        cache: Cache,
        clock: Clock,
    ) -> Self {
        let now = clock.monotonic();
        let places = urls.into_iter().map(|url| Place {
            url,
            list: None,
            tag: None,
            failures: 0,
            due: now,
        });
        Self {
            places: places.collect(),
            refresh_every,
            known,
            cache,
            clock,
            suites: Arc::new(Suites::standard()),
        }
    }

    fn party(&self) -> &PartyId {
        &self.known.party
    }

    /// Lets the other tasks know what is here.
    fn share(&self) {
        let lists = self.places.iter().filter_map(|place| place.list.clone());
        self.known.set_lists(lists.collect());
    }

    /// Reads what was kept.
    pub(super) async fn recall(&mut self) {
        for at in 0..self.places.len() {
            let Some(url) = self.places.get(at).map(|place| place.url.to_string()) else {
                continue;
            };
            let (cache, party) = (self.cache.clone(), self.party().to_string());
            let read = move || cache.read(&[&party, &url], LIST_BYTES_MAX);
            let kept = tokio::task::spawn_blocking(read).await.ok().flatten();
            if let Some(kept) = kept
                && let Ok(list) = self.read(kept.into()).await
                && let Some(place) = self.places.get_mut(at)
            {
                place.list = Some(list);
            }
        }
        self.share();
    }

    /// Fetches what is not there, all within a time.
    pub(super) async fn fetch_missing(&mut self, within: Duration) {
        let began = self.clock.monotonic();
        for at in 0..self.places.len() {
            let missing = self
                .places
                .get(at)
                .is_some_and(|place| place.list.is_none());
            let took = self.clock.monotonic().saturating_sub(began);
            let left = within.saturating_sub(took);
            if missing && !left.is_zero() {
                self.refresh(at, left).await;
            }
        }
    }

    /// Fetches each list when it is due, for ever.
    pub(super) async fn keep_fresh(mut self, apply: Apply) {
        loop {
            let next = self.places.iter().enumerate().min_by_key(|(_, it)| it.due);
            let Some((at, due)) = next.map(|(at, place)| (at, place.due)) else {
                return;
            };
            tokio::time::sleep(due.saturating_sub(self.clock.monotonic())).await;
            if self.refresh(at, REQUEST_MAX).await {
                self.known.apply(&apply);
            }
        }
    }

    /// Fetches one list; whether there is a new one.
    pub(super) async fn refresh(&mut self, at: usize, within: Duration) -> bool {
        let Some(place) = self.places.get(at) else {
            return false;
        };
        let (url, party) = (place.url.clone(), self.party().to_string());
        let question = Question {
            url: &url,
            post: None,
            tag: place.tag.clone(),
            bytes_max: LIST_BYTES_MAX,
        };
        let fetched = fetch(question, within).await;
        let taken = match fetched {
            Err(error) => Err((error.code(), error.to_string())),
            Ok(Fetched::Unchanged) => Ok(None),
            Ok(Fetched::Body(body, tag)) => match self.take(at, body).await {
                Ok(list) => {
                    if let Some(place) = self.places.get_mut(at) {
                        place.tag = tag;
                    }
                    Ok(list)
                }
                Err((code, text)) => Err((code, text.to_owned())),
            },
        };
        telemetry::revocation_fetch(&party, if taken.is_ok() { "fetched" } else { "failed" });
        let is_new = matches!(taken, Ok(Some(_)));
        let now = self.clock.monotonic();
        let pause = self.pause(at, taken.is_err());
        let Some(place) = self.places.get_mut(at) else {
            return false;
        };
        match taken {
            Ok(new) => {
                place.failures = 0;
                if let Some(list) = new {
                    let facts = list.facts();
                    info!(party, %url, number = facts.number, this_update = %facts.this_update,
                        next_update = %facts.next_update, "a revocation list was fetched");
                    place.list = Some(list);
                }
            }
            Err((code, reason)) => {
                place.failures = place.failures.saturating_add(1);
                warn!(party, %url, code, reason, "no revocation list; what is known stays");
            }
        }
        place.due = now + pause;
        self.share();
        self.observe();
        is_new
    }

    /// How long until the next request: as the profile says, sooner when the list runs out before, and
    /// soon after a failure.
    fn pause(&self, at: usize, failed: bool) -> Duration {
        let refresh = self.refresh_every;
        let Some(place) = self.places.get(at) else {
            return refresh;
        };
        if failed {
            let doubled = RETRY_MIN.saturating_mul(1 << place.failures.min(16));
            return doubled.min(refresh).max(PAUSE_MIN);
        }
        let ends = place.list.as_ref().map(|list| list.facts().next_update);
        let left = ends.map(|end| end.duration_since(self.clock.wall()));
        // A tenth of what is left remains for attempts.
        let ahead = left.map(|left| Duration::try_from(left).unwrap_or_default());
        let ahead = ahead.map_or(refresh, |left| left.saturating_sub(left / 10));
        refresh.min(ahead).max(PAUSE_MIN)
    }

    /// Takes a list that was fetched: nothing, when it is the one that is there.
    async fn take(
        &self,
        at: usize,
        body: Bytes,
    ) -> Result<Option<RevocationList>, (&'static str, &'static str)> {
        let list = self.read(body.clone()).await?;
        let Some(place) = self.places.get(at) else {
            return Ok(None);
        };
        if let Some(before) = &place.list {
            if before.facts().sha256 == list.facts().sha256 {
                return Ok(None);
            }
            if list.is_older_than(before) {
                let text = "the list is older than the one that is known";
                return Err(("REVOCATION_OLDER", text));
            }
        }
        let (cache, party) = (self.cache.clone(), self.party().to_string());
        let url = place.url.to_string();
        let write = move || cache.write(&[&party, &url], &body);
        let written = tokio::task::spawn_blocking(write).await;
        match written.map_err(|error| error.to_string()) {
            Ok(Ok(())) => {}
            // It counts all the same; after a restart it is fetched again.
            Ok(Err(error)) => warn!(%error, "a revocation list is not kept on the disk"),
            Err(error) => warn!(error, "a revocation list is not kept on the disk"),
        }
        Ok(Some(list))
    }

    /// Reads a list, which must be of an authority of the profile.
    async fn read(&self, body: Bytes) -> Result<RevocationList, (&'static str, &'static str)> {
        let (trust, suites) = (Arc::clone(&self.known.files), Arc::clone(&self.suites));
        let work = move || {
            let list =
                RevocationList::read(&body).map_err(|text| ("REVOCATION_MALFORMED", text))?;
            match trust.vouches_for(&list, &suites) {
                true => Ok(list),
                false => Err((
                    "REVOCATION_ISSUER",
                    "the list is signed by no anchor and no intermediate of the profile",
                )),
            }
        };
        // A list of megabytes takes its time.
        let read = tokio::task::spawn_blocking(work).await;
        read.unwrap_or(Err(("REVOCATION_MALFORMED", "the list cannot be read")))
    }

    /// Says when the first list of the partner runs out.
    fn observe(&self) {
        let lists = self.places.iter().filter_map(|place| place.list.as_ref());
        let ends: Option<Timestamp> = lists.map(|list| list.facts().next_update).min();
        let missing = self.places.iter().any(|place| place.list.is_none());
        let end = ends.filter(|_| !missing).map_or(0, Timestamp::as_second);
        telemetry::revocation_end(self.known.party.as_str(), end);
    }
}
