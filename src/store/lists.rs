//! Lists of which a reader sees a part: what is not to be kept takes no place in the answer.
//!
//! Start at [`Store::outbox_of`]. Which part it is the caller says; the store knows nobody's rights.

use std::sync::Arc;

use super::error::Error;
use super::events::{Alerted, Event, HeldEntry};
use super::index::Found;
use super::keys;
use super::queries::PAGE_MAX;
use super::records::{Outgoing, QueuedMessage};
use super::store::Store;
use crate::model::PartyId;

/// Most entries of a list on disk that one question looks through: a few tenths of a second.
pub const LOOK_MAX: usize = 10_000;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What was kept.
    pub items: Vec<T>,
    /// Whether there may be more: the answer is full, or [`LOOK_MAX`] entries were looked through.
    pub more: bool,
}

impl Store {
    /// Outgoing messages that wait and are to be kept, in order, for one partner or for all; at most
    /// [`PAGE_MAX`].
    pub fn outbox_of(
        &self,
        partner: Option<&PartyId>,
        limit: usize,
        keep: impl Fn(&QueuedMessage) -> bool,
    ) -> Vec<Arc<QueuedMessage>> {
        let views = self.core().views();
        views.outbox.list(partner, limit.min(PAGE_MAX), keep)
    }

    /// Held translations that wait and are to be kept, the oldest first; at most [`PAGE_MAX`].
    pub fn held_of(&self, limit: usize, keep: impl Fn(&HeldEntry) -> bool) -> Vec<Arc<HeldEntry>> {
        let views = self.core().views();
        let waiting = views.held.values().filter(|(entry, _)| keep(entry));
        let waiting = waiting.take(limit.min(PAGE_MAX));
        waiting.map(|(entry, _)| Arc::clone(entry)).collect()
    }

    /// Outgoing messages that their partner refused or an operator dropped and that are to be kept, the
    /// newest first; at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn dead_letters_of(
        &self,
        limit: usize,
        keep: impl Fn(&Outgoing) -> bool,
    ) -> Result<Listed<Outgoing>, Error> {
        let ids = self.core().index.scan_back(keys::DEAD_LETTERS, LOOK_MAX)?;
        let letter = |Found { value, .. }: Found| self.outgoing(&String::from_utf8_lossy(&value));
        listed(ids, limit, letter, keep)
    }

    /// Alerts that nobody took notice of and that are to be kept, the oldest first; at most
    /// [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn alerts_of(
        &self,
        limit: usize,
        keep: impl Fn(&Alerted) -> bool,
    ) -> Result<Listed<Alerted>, Error> {
        let list = keys::ALERTS_PENDING;
        let places = self.core().index.scan(list, list, LOOK_MAX)?;
        let alert = |Found { value, .. }: Found| self.alert_at(&value);
        listed(places, limit, alert, keep)
    }

    /// An alert that nobody took notice of, by its id.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn alert(&self, id: &str) -> Result<Option<Alerted>, Error> {
        let index = &self.core().index;
        let number = index.get(&keys::alert(id))?;
        let Some(number) = number.as_deref().and_then(keys::read_number) else {
            return Ok(None);
        };
        let pending = keys::numbered(keys::ALERTS_PENDING, number);
        match index.get(&pending)? {
            Some(place) => Ok(self.alert_at(&place)?.filter(|alert| alert.id == id)),
            None => Ok(None),
        }
    }

    fn alert_at(&self, place: &[u8]) -> Result<Option<Alerted>, Error> {
        let event = self.core().reader().event_of(place)?;
        Ok(if let Event::Alerted(alert) = event {
            Some(alert)
        } else {
            None
        })
    }
}

/// Reads what was found, one after the other, until `limit` are kept.
fn listed<T>(
    found: Vec<Found>,
    limit: usize,
    read: impl Fn(Found) -> Result<Option<T>, Error>,
    keep: impl Fn(&T) -> bool,
) -> Result<Listed<T>, Error> {
    let (limit, cut) = (limit.min(PAGE_MAX), found.len() == LOOK_MAX);
    let mut items = Vec::new();
    for found in found {
        if items.len() == limit {
            return Ok(Listed { items, more: true });
        }
        items.extend(read(found)?.filter(&keep));
    }
    Ok(Listed { items, more: cut })
}
