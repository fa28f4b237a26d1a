//! Posting: a number of connections, each one message at a time, until time or messages are up.
//!
//! Start at [`all`].

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::load::Load;
use crate::cli::Failure;
use crate::cli::https::{Https, tls_settings};
use crate::cli::trial::world::Party;
use crate::clock::Clock;

/// One answered post.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) status: StatusCode,
    pub(super) took: Duration,
    pub(super) receipt: Bytes,
}

/// All that were answered.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) posts: Vec<Post>,
    /// From the first post to the last answer.
    pub(super) took: Duration,
}

impl Posted {
    /// How many were accepted.
    pub(super) fn accepted(&self) -> u64 {
        let accepted = self
            .posts
            .iter()
            .filter(|post| post.status == StatusCode::OK);
        u64::try_from(accepted.count()).unwrap_or(u64::MAX)
    }
}

/// How fast a load is posted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Connections that post at the same time.
    pub(super) connections: usize,
    /// How long.
    pub(super) duration: Duration,
    /// Messages a second; none to post the next with each answer.
    pub(super) rate: Option<u32>,
}

impl Pace {
    /// When a message is due after the start; none when a free connection is all it waits for.
    fn due(self, number: usize) -> Option<Duration> {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.rate
            .map(|rate| Duration::from_secs(1) * number / rate.max(1))
    }
}

/// Posts a load from `from` to `to`.
pub(super) async fn all(
    load: &Load,
    from: &Party,
    to: &Party,
    pace: Pace,
    clock: &Clock,
) -> Result<Posted, Failure> {
    let own = (&*from.tls.certificate_pem, &*from.tls.key_pem);
    let tls = tls_settings(to.anchor_pem.as_bytes(), Some(own))?;
    let mut open = Vec::with_capacity(pace.connections);
    for _ in 0..pace.connections {
        open.push(Https::connect(to.partner_address, &tls).await?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let began = clock.monotonic();
    let mut posters = tokio::task::JoinSet::new();
    for https in open {
        let (messages, next, clock) = (load.messages.clone(), Arc::clone(&next), clock.clone());
        posters.spawn(poster(https, messages, next, pace, began, clock));
    }
    let mut posts = Vec::with_capacity(load.messages.len());
    while let Some(done) = posters.join_next().await {
        posts.extend(done.map_err(|error| Failure::ours("BENCH_POST", error))??);
    }
    Ok(Posted {
        posts,
        took: clock.monotonic().saturating_sub(began),
    })
}

async fn poster(
    mut https: Https,
    messages: Arc<[Bytes]>,
    next: Arc<AtomicUsize>,
    pace: Pace,
    start: Duration,
    clock: Clock,
) -> Result<Vec<Post>, Failure> {
    let mut posts = Vec::new();
    let headers = [("content-type", "application/xml")];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = pace.due(number).map(|due| start + due);
        // A message that is late counts from when it was due: otherwise the slower the gateway, the
        // fewer would be asked of it.
        let began = due.unwrap_or_else(|| clock.monotonic());
        let message = messages.get(number);
        let Some(message) = message.filter(|_| began < start + pace.duration) else {
            return Ok(posts);
        };
        tokio::time::sleep(began.saturating_sub(clock.monotonic())).await;
        let answer = https.request(Method::POST, "/v1/messages", &headers, message.clone());
        let answer = answer.await?;
        posts.push(Post {
            status: answer.status,
            took: clock.monotonic().saturating_sub(began),
            receipt: answer.body,
        });
    }
}

/// What a gateway's `/metrics` says now.
pub(super) async fn metrics(party: &Party) -> Result<String, Failure> {
    let tls = tls_settings(party.anchor_pem.as_bytes(), None)?;
    let mut https = Https::connect(party.national_address, &tls).await?;
    let token = format!("Bearer {}", party.token("operator"));
    let headers = [("authorization", token.as_str())];
    let answer = https.request(Method::GET, "/metrics", &headers, Bytes::new());
    Ok(String::from_utf8_lossy(&answer.await?.body).into_owned())
}

/// Waits until nothing lies in a gateway's outbox any more.
pub(super) async fn outbox_empty(party: &Party, wait: Duration) -> Result<(), Failure> {
    let looking = async {
        loop {
            let text = metrics(party).await?;
            let mut depths = text
                .lines()
                .filter(|line| line.starts_with("corridor_outbox_depth"));
            if depths.all(|line| line.ends_with(" 0")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let late = || Failure::ours("BENCH_DRAIN", "the outbox did not drain in time");
    tokio::time::timeout(wait, looking)
        .await
        .map_err(|_| late())?
}
