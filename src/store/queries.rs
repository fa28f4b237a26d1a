//! What can be asked of a store. None of this waits for the writer, except where a proof needs a newer
//! checkpoint.
//!
//! Start at [`Store`].

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;

use super::apply::{Ended, Lying};
use super::error::Error;
use super::events::{Event, HeldEntry, InboxItem};
use super::index::Found;
use super::journal::io_error;
use super::keys;
use super::located::{read, split, unreadable};
use super::received::Received;
use super::records::{
    HeldRecord, InboxRecord, KeyMatch, Made, Outgoing, OutgoingState, QueuedMessage, Stats,
    StoredReceipt,
};
use super::revisions::{Awaiting, Revised, Settled};
use super::store::Store;
use crate::evidence::merkle::{TILE_WIDTH, Tile, TileReader, leaf_hash, prove_inclusion};
use crate::evidence::{Leaf, TlogProof};
use crate::model::{CaseKey, PartyId, Sha256};

/// Most records that one question gives.
pub const PAGE_MAX: usize = 1000;

impl Store {
    /// A body by its digest, read from its segment and checked.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not what it was; [`Error::Io`], [`Error::Index`].
    pub fn body(&self, sha256: &Sha256) -> Result<Option<Bytes>, Error> {
        let core = self.core();
        let Some(value) = core.index.get(&keys::body(sha256))? else {
            return Ok(None);
        };
        let body = core.files.body(sha256, &split(&value)?.0)?;
        Ok(Some(Bytes::from(body)))
    }

    /// A body that was just made durable, if it is still in memory. What is not is to be asked of
    /// [`Store::body`].
    pub fn fresh_body(&self, sha256: &Sha256) -> Option<Bytes> {
        self.core().fresh().get(sha256)
    }

    /// The receipt for these raw bytes of a partner, if they were receipted before.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn receipt_for_raw(
        &self,
        partner: &PartyId,
        raw: &Sha256,
    ) -> Result<Option<StoredReceipt>, Error> {
        let received = self.received(&keys::raw(partner, raw))?;
        Ok(received.as_ref().map(StoredReceipt::of))
    }

    /// A receipt by its id.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn receipt(&self, id: &str) -> Result<Option<StoredReceipt>, Error> {
        let received = self.received(&keys::receipt(id))?;
        Ok(received.as_ref().map(StoredReceipt::of))
    }

    /// A received message by the store's own id.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn message(&self, id: &str) -> Result<Option<Received>, Error> {
        self.received(&keys::message(id))
    }

    /// The accepted message that occupies an id, given one claim of it.
    pub(super) fn claimant(&self, key: &[u8]) -> Result<Option<Received>, Error> {
        self.received(key)
    }

    fn received(&self, key: &[u8]) -> Result<Option<Received>, Error> {
        let Some(event) = self.core().reader().event(key)? else {
            return Ok(None);
        };
        let Event::Received(received) = event else {
            return Err(unreadable("another event stands where a message should"));
        };
        Ok(Some(received))
    }

    /// What stated a case key, the newest first; at most `limit` and [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn find_key(&self, key: &CaseKey, limit: usize) -> Result<Vec<KeyMatch>, Error> {
        let core = self.core();
        let prefix = keys::case(key, None);
        let mut matches = Vec::new();
        for found in core.index.scan_back(&prefix, limit.min(PAGE_MAX))? {
            let number = keys::read_number(&found.key).unwrap_or(0);
            let event = core.reader().event_of(&found.value)?;
            matches.extend(KeyMatch::of(number, event, key));
        }
        Ok(matches)
    }

    /// Ids of the accepted messages with this national id, the newest first.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn find_national_id(&self, id: &str) -> Result<Vec<String>, Error> {
        let core = self.core();
        let mut messages = Vec::new();
        for found in core.index.scan_back(&keys::national(id, None), PAGE_MAX)? {
            if let Event::Received(received) = core.reader().event_of(&found.value)?
                && received.national_id.as_deref() == Some(id)
            {
                messages.push(received.message);
            }
        }
        Ok(messages)
    }

    /// The highest number that was given in a series; nothing when none was.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn last_in_series(&self, series: &str) -> Result<Option<u64>, Error> {
        let core = self.core();
        for found in core
            .index
            .scan_back(&keys::series(series, None), PAGE_MAX)?
        {
            if let Event::Numbered(given) = core.reader().event_of(&found.value)?
                && given.series == series
            {
                return Ok(Some(given.number));
            }
        }
        Ok(None)
    }

    /// What was made from a received message, the oldest first; at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn made_from(&self, message: &str) -> Result<Vec<Made>, Error> {
        self.core().reader().made_from(message)
    }

    /// Outgoing messages that may go to `partner` at `now`: at most one of each case, and none of
    /// those that the caller is sending already, by their numbers.
    pub fn outbox_due(
        &self,
        partner: &PartyId,
        now: Timestamp,
        limit: usize,
        under_way: &HashSet<u64>,
    ) -> Vec<Arc<QueuedMessage>> {
        let views = self.core().views();
        views.outbox.due(partner, now, limit, under_way)
    }

    /// When the next message for `partner` may go that may not go at `now`.
    pub fn outbox_next_due(&self, partner: &PartyId, now: Timestamp) -> Option<Timestamp> {
        self.core().views().outbox.next_due(partner, now)
    }

    /// Outgoing messages that wait, in order, for one partner or for all; at most [`PAGE_MAX`].
    pub fn outbox(&self, partner: Option<&PartyId>, limit: usize) -> Vec<Arc<QueuedMessage>> {
        self.outbox_of(partner, limit, |_| true)
    }

    /// Partners for whom something waits.
    pub fn outbox_partners(&self) -> Vec<PartyId> {
        self.core().views().outbox.partners()
    }

    /// Tells of every change of the outbox.
    pub fn outbox_changes(&self) -> watch::Receiver<u64> {
        self.core().outbox_changed.subscribe()
    }

    /// An outgoing message and where it stands.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn outgoing(&self, id: &str) -> Result<Option<Outgoing>, Error> {
        let core = self.core();
        {
            let views = core.views();
            if let Some(waiting) = views.outbox.find(id) {
                return Ok(Some(Outgoing {
                    entry: waiting.message.entry.clone(),
                    state: OutgoingState::Queued,
                    may_have_reached: views.outbox.may_have_reached(&waiting.message),
                }));
            }
        }
        let Some(value) = core.index.get(&keys::outgoing(id))? else {
            return Ok(None);
        };
        let entry = core.reader().event_of(&value)?.into_outgoing();
        let entry =
            entry.ok_or_else(|| unreadable("another event stands where a message was queued"))?;
        let ended: Ended = read(split(&value)?.1)?;
        let state = ended.state;
        // Nobody looks whether an operator drops what is just being sent.
        let may_have_reached = matches!(
            state,
            OutgoingState::Delivered { .. } | OutgoingState::Dropped { .. }
        );
        Ok(Some(Outgoing {
            entry,
            state,
            may_have_reached,
        }))
    }

    /// Begins an attempt to deliver a message: whether it is still there to be sent. From now on, until
    /// the attempt is recorded as one that reached nobody, the partner may have it.
    pub fn begin_attempt(&self, id: &str) -> bool {
        self.core().views().outbox.begin(id)
    }

    /// Messages that wait for those that they revise, the oldest first; at most [`PAGE_MAX`].
    pub fn awaiting(&self, limit: usize) -> Vec<Arc<Awaiting>> {
        let views = self.core().views();
        let waiting = views.awaiting.values().take(limit.min(PAGE_MAX));
        waiting.map(Arc::clone).collect()
    }

    /// The last word about a message that waited.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn settled(&self, message: &str) -> Result<Option<Settled>, Error> {
        match self.core().reader().event(&keys::settled(message))? {
            None => Ok(None),
            Some(Event::Settled(settled)) => Ok(Some(settled)),
            Some(_) => Err(unreadable("another event stands where a last word should")),
        }
    }

    /// What became of a message that was amended or cancelled.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn revised(&self, message: &str) -> Result<Option<Revised>, Error> {
        match self.core().reader().event(&keys::revised(message))? {
            None => Ok(None),
            Some(Event::Revised(revised)) => Ok(Some(revised)),
            Some(_) => Err(unreadable("another event stands where a revision should")),
        }
    }

    /// Outgoing messages that their partner refused or an operator dropped, the newest first; at most
    /// [`PAGE_MAX`].
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn dead_letters(&self, limit: usize) -> Result<Vec<Outgoing>, Error> {
        Ok(self.dead_letters_of(limit, |_| true)?.items)
    }

    /// Unacknowledged inbox items after a cursor, in order; at most [`PAGE_MAX`]. `None` begins at the
    /// first.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn inbox(&self, after: Option<u64>, limit: usize) -> Result<Vec<InboxRecord>, Error> {
        let core = self.core();
        let Some(first) = after.map_or(Some(0), |cursor| cursor.checked_add(1)) else {
            return Ok(Vec::new());
        };
        let from = keys::numbered(keys::INBOX_PENDING, first);
        let lying = core
            .index
            .scan(keys::INBOX_PENDING, &from, limit.min(PAGE_MAX))?;
        let mut records = Vec::with_capacity(lying.len());
        for Found { key, value } in lying {
            records.push(InboxRecord {
                cursor: keys::read_number(&key).unwrap_or(0),
                item: self.inbox_event(&value)?,
                acknowledged_by: None,
            });
        }
        Ok(records)
    }

    /// An inbox item by its id, acknowledged or not.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn inbox_item(&self, id: &str) -> Result<Option<InboxRecord>, Error> {
        let Some(value) = self.core().index.get(&keys::inbox(id))? else {
            return Ok(None);
        };
        let lying: Lying = read(split(&value)?.1)?;
        Ok(Some(InboxRecord {
            cursor: lying.cursor,
            item: self.inbox_event(&value)?,
            acknowledged_by: lying.acknowledged_by,
        }))
    }

    fn inbox_event(&self, value: &[u8]) -> Result<InboxItem, Error> {
        let Event::Inbox(item) = self.core().reader().event_of(value)? else {
            return Err(unreadable("another event stands where an item arrived"));
        };
        Ok(item)
    }

    /// Held translations that wait, the oldest first; at most [`PAGE_MAX`].
    pub fn held(&self, limit: usize) -> Vec<Arc<HeldEntry>> {
        self.held_of(limit, |_| true)
    }

    /// A held translation by its id, waiting or resolved.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn held_entry(&self, id: &str) -> Result<Option<HeldRecord>, Error> {
        let core = self.core();
        {
            let views = core.views();
            let number = views.held_numbers.get(id);
            if let Some((entry, _)) = number.and_then(|number| views.held.get(number)) {
                return Ok(Some(HeldRecord {
                    entry: HeldEntry::clone(entry),
                    resolution: None,
                }));
            }
        }
        let Some(value) = core.index.get(&keys::held(id))? else {
            return Ok(None);
        };
        let Event::Held(entry) = core.reader().event_of(&value)? else {
            return Err(unreadable(
                "another event stands where a translation was held",
            ));
        };
        let resolution = read(split(&value)?.1)?;
        Ok(Some(HeldRecord { entry, resolution }))
    }

    /// A leaf of the log.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Io`], [`Error::Index`].
    pub fn leaf(&self, index: u64) -> Result<Option<Leaf>, Error> {
        let Some(value) = self.core().index.get(&keys::leaf(index))? else {
            return Ok(None);
        };
        let text = self.core().files.record(&split(&value)?.0)?;
        Leaf::parse(&text).map(Some).map_err(Error::Evidence)
    }

    /// The last published checkpoint, a signed note.
    pub fn checkpoint(&self) -> String {
        self.core().published().note.clone()
    }

    /// A proof that the leaf `index` is in the log, under the last published checkpoint or, when that
    /// is too old, a new one.
    ///
    /// # Errors
    /// [`Error::NoLeaf`]; [`Error::Io`], [`Error::Failed`], [`Error::Index`], [`Error::Evidence`].
    pub async fn prove(&self, index: u64) -> Result<TlogProof, Error> {
        let size = self.core().views().log.size();
        if index >= size {
            return Err(Error::NoLeaf { index, size });
        }
        if self.core().published().checkpoint.size <= index {
            self.publish().await?;
        }
        let published = self.core().published();
        let size = published.checkpoint.size;
        let tiles = TileReader::new(size, |tile: &Tile| self.tile(tile).ok().flatten());
        Ok(TlogProof {
            index,
            hashes: prove_inclusion(index, size, &tiles).map_err(Error::Evidence)?,
            checkpoint: published.note.clone(),
            extra: None,
        })
    }

    /// A tile of the log: C2SP `tlog-tiles`. `None` when the log is not that large.
    ///
    /// # Errors
    /// [`Error::Index`].
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, Error> {
        let core = self.core();
        let Some(first) = tile.index().checked_mul(TILE_WIDTH) else {
            return Ok(None);
        };
        let width = usize::try_from(tile.width()).unwrap_or(usize::MAX);
        let (from, prefix) = if tile.level() == 0 {
            (keys::leaf(first), 1)
        } else {
            // A letter and the level.
            (keys::node(tile.level(), first), 5)
        };
        let prefix = from.get(..prefix).unwrap_or_default();
        let nodes = core.index.scan(prefix, &from, width)?;
        if nodes.len() < width {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(width.saturating_mul(32));
        for Found { value, .. } in nodes {
            if tile.level() == 0 {
                let text = core.files.record(&split(&value)?.0)?;
                bytes.extend_from_slice(leaf_hash(&text).as_bytes());
            } else {
                bytes.extend_from_slice(&value);
            }
        }
        Ok(Some(bytes))
    }

    /// Bytes that may still be written to the file system of the journal.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn free_bytes(&self) -> Result<u64, Error> {
        let core = self.core();
        core.disk
            .free(&core.dir)
            .map_err(io_error("measure", &core.dir))
    }

    /// Figures for metrics and status.
    pub fn stats(&self) -> Stats {
        let core = self.core();
        let (journal_bytes, body_bytes) = core.bytes();
        let checkpoint_size = core.published().checkpoint.size;
        let views = core.views();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Stats {
            outbox_depth: count(views.outbox.depth()),
            outbox_oldest: views.outbox.oldest(),
            held_depth: count(views.held.len()),
            held_oldest: views.held.values().next().map(|(entry, _)| entry.at),
            awaiting_depth: count(views.awaiting.len()),
            awaiting_oldest: views.awaiting.values().next().map(|waiting| waiting.at),
            leaves: views.log.size(),
            checkpoint_size,
            events: views.events,
            batches: views.batches,
            journal_bytes,
            body_bytes,
            index_lag: views.batches.saturating_sub(core.indexed()),
        }
    }
}
