//! Outgoing messages that wait, in memory: which may go now, and which wait behind another.
//!
//! Start at [`Outbox::due`]. Order is kept within (partner, case): only the first message of a case,
//! its head, may be sent, and a head that fails or is parked holds back its own case alone. This is
//! bounded by what waits; it is filled from the index at start and from events afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::journal::Location;
use super::records::QueuedMessage;
use crate::model::PartyId;

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    partners: HashMap<PartyId, Queue>,
    /// Where each entry stands, by its id.
    places: HashMap<String, (PartyId, u64)>,
    /// Entries that a commit under way takes out: they are not sent any more.
    leaving: HashSet<String>,
    /// Entries of which an attempt is under way, or ended without a record.
    trying: HashSet<String>,
}

/// A message, and where its event stands.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) message: Arc<QueuedMessage>,
    pub(super) location: Location,
}

/// What waits for one partner.
#[derive(Debug, Default)]
struct Queue {
    /// By event number.
    messages: BTreeMap<u64, Waiting>,
    /// Numbers of each case's messages but those that are set aside; the first is its head.
    cases: HashMap<String, BTreeSet<u64>>,
    /// Heads and what is set aside, unless parked, by the time from which they may go.
    heads: BTreeSet<(Timestamp, u64)>,
}

impl Outbox {
    /// Adds a message, or replaces what is known of it.
    pub(super) fn put(&mut self, message: QueuedMessage, location: Location) {
        let partner = message.entry.partner.clone();
        let place = (partner.clone(), message.number);
        self.places.insert(message.entry.id.clone(), place);
        let message = Arc::new(message);
        let waiting = Waiting { message, location };
        self.partners.entry(partner).or_default().put(waiting);
    }

    /// Notes that an attempt to send a message begins; whether it may.
    pub(super) fn begin(&mut self, id: &str) -> bool {
        if self.leaving.contains(id) {
            return false;
        }
        let waits = self.places.contains_key(id);
        if waits {
            self.trying.insert(id.to_owned());
        }
        waits
    }

    /// Notes that an attempt was recorded.
    pub(super) fn tried(&mut self, id: &str) {
        self.trying.remove(id);
    }

    /// Whether the partner may have a message that waits, as far as anybody can know.
    pub(super) fn may_have_reached(&self, message: &QueuedMessage) -> bool {
        message.reached || message.doubted || self.trying.contains(&message.entry.id)
    }

    /// Lets no attempt begin any more: a commit takes the message out.
    pub(super) fn leave(&mut self, id: &str) {
        self.leaving.insert(id.to_owned());
    }

    /// Whatever waits may have been sent by a run that left no record of it.
    pub(super) fn doubt(&mut self) {
        for queue in self.partners.values_mut() {
            for waiting in queue.messages.values_mut() {
                Arc::make_mut(&mut waiting.message).doubted = true;
            }
        }
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, id: &str) -> Option<Waiting> {
        self.leaving.remove(id);
        self.trying.remove(id);
        let (partner, number) = self.places.remove(id)?;
        let queue = self.partners.get_mut(&partner)?;
        let message = queue.remove(number);
        if queue.messages.is_empty() {
            self.partners.remove(&partner);
        }
        message
    }

    /// The message with this id.
    pub(super) fn find(&self, id: &str) -> Option<&Waiting> {
        let (partner, number) = self.places.get(id)?;
        self.partners.get(partner)?.messages.get(number)
    }

    /// Heads that may go at `now` and are not under way, those that have waited longest first.
    pub(super) fn due(
        &self,
        partner: &PartyId,
        now: Timestamp,
        limit: usize,
        under_way: &HashSet<u64>,
    ) -> Vec<Arc<QueuedMessage>> {
        let Some(queue) = self.partners.get(partner) else {
            return Vec::new();
        };
        queue
            .heads
            .iter()
            .take_while(|(not_before, _)| *not_before <= now)
            .filter(|(_, number)| !under_way.contains(number))
            .filter_map(|(_, number)| queue.messages.get(number))
            .map(|waiting| Arc::clone(&waiting.message))
            .take(limit)
            .collect()
    }

    /// When the next head may go that may not go at `now`.
    pub(super) fn next_due(&self, partner: &PartyId, now: Timestamp) -> Option<Timestamp> {
        let heads = &self.partners.get(partner)?.heads;
        let after = (
            std::ops::Bound::Excluded((now, u64::MAX)),
            std::ops::Bound::Unbounded,
        );
        heads.range(after).next().map(|(not_before, _)| *not_before)
    }

    /// What waits and is to be kept, in order; for one partner or for all.
    pub(super) fn list(
        &self,
        partner: Option<&PartyId>,
        limit: usize,
        keep: impl Fn(&QueuedMessage) -> bool,
    ) -> Vec<Arc<QueuedMessage>> {
        let kept = |waiting: &&Waiting| keep(&waiting.message);
        let mut all: Vec<_> = self
            .partners
            .iter()
            .filter(|(id, _)| partner.is_none_or(|partner| partner == *id))
            .flat_map(|(_, queue)| queue.messages.values().filter(kept).take(limit))
            .map(|waiting| Arc::clone(&waiting.message))
            .collect();
        all.sort_by_key(|message| message.number);
        all.truncate(limit);
        all
    }

    /// Partners for whom something waits.
    pub(super) fn partners(&self) -> Vec<PartyId> {
        let mut partners: Vec<_> = self.partners.keys().cloned().collect();
        partners.sort();
        partners
    }

    /// How many wait.
    pub(super) fn depth(&self) -> usize {
        self.places.len()
    }

    /// When the oldest was queued.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        let firsts = self.partners.values();
        firsts
            .filter_map(|queue| queue.messages.values().next())
            .map(|waiting| waiting.message.entry.at)
            .min()
    }
}

impl Queue {
    fn put(&mut self, waiting: Waiting) {
        let message = Arc::clone(&waiting.message);
        let case = message.entry.case.clone();
        self.hide(message.number);
        self.hide_head(&case);
        if message.aside {
            self.leave_case(&case, message.number);
        } else {
            let numbers = self.cases.entry(case.clone()).or_default();
            numbers.insert(message.number);
        }
        self.messages.insert(message.number, waiting);
        self.show_head(&case);
        if message.aside && !message.parked {
            self.heads.insert(key(&message));
        }
    }

    /// Takes a message out of the line of its case.
    fn leave_case(&mut self, case: &str, number: u64) {
        if let Some(numbers) = self.cases.get_mut(case) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.cases.remove(case);
            }
        }
    }

    fn hide(&mut self, number: u64) {
        if let Some(known) = self.messages.get(&number) {
            self.heads.remove(&key(&known.message));
        }
    }

    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let case = self.messages.get(&number)?.message.entry.case.clone();
        self.hide(number);
        self.hide_head(&case);
        let message = self.messages.remove(&number);
        self.leave_case(&case, number);
        self.show_head(&case);
        message
    }

    fn hide_head(&mut self, case: &str) {
        if let Some(head) = self.head(case) {
            let key = key(head);
            self.heads.remove(&key);
        }
    }

    fn show_head(&mut self, case: &str) {
        if let Some(head) = self.head(case).filter(|head| !head.parked) {
            let key = key(head);
            self.heads.insert(key);
        }
    }

    fn head(&self, case: &str) -> Option<&QueuedMessage> {
        let waiting = self.messages.get(self.cases.get(case)?.first()?)?;
        Some(&waiting.message)
    }
}

/// Where a message stands among those that may go.
fn key(message: &QueuedMessage) -> (Timestamp, u64) {
    (message.not_before.unwrap_or(Timestamp::MIN), message.number)
}
