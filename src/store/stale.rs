//! Which events begin and end what waits: nothing ends twice, and nothing that never began.
//!
//! Start at [`Ending`]. The writer asks before it writes; a second delivery of one message, a second
//! officer who resolves one held translation, or an operator who holds what has gone, is refused here.

use std::collections::HashSet;

use super::apply::{Ended, Lying, Views};
use super::error::Error;
use super::events::{Event, OutboxEntry};
use super::keys;
use super::located::{read, split, unreadable};
use super::records::{Made, OutgoingState};
use super::shared::Core;
use crate::model::PartyId;

/// Most later versions of a message that are looked through: a declaration is amended a few times.
const VERSIONS_MAX: usize = 100;

/// What an event ends or changes, which must be pending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'e> {
    what: What<'e>,
    pub(super) id: &'e str,
    /// Whether it is over with it.
    pub(super) ends: bool,
}

#[derive(Debug, Clone, Copy)]
enum What<'e> {
    Alert,
    Awaiting,
    /// A decision that none supersedes.
    Decision,
    Held,
    Inbox,
    /// An outgoing message that was refused or dropped, and may be queued again.
    Letter(&'e OutboxEntry),
    Outbox,
    /// An outgoing message that cannot have reached its partner: it waits and was never tried in
    /// earnest, or the partner refused it.
    Unsent,
    /// A message that was not amended or cancelled yet.
    Version,
}

impl<'e> Ending<'e> {
    /// What `event` ends.
    pub(super) fn of(event: &'e Event) -> Option<Self> {
        let (what, id, ends) = match event {
            Event::Acknowledged(end) => (What::Inbox, &end.item, true),
            Event::AlertTaken(end) => (What::Alert, &end.alert, true),
            Event::Decided(next) => (What::Decision, next.supersedes.as_ref()?, true),
            Event::Delivered(end) => (What::Outbox, &end.entry, true),
            Event::Dropped(end) => (What::Outbox, &end.entry, true),
            Event::HeldResolved(end) => (What::Held, &end.held, true),
            Event::Parked(stop) => (What::Outbox, &stop.entry, false),
            Event::Recalled(end) => (What::Unsent, &end.entry, true),
            Event::Rejected(end) => (What::Outbox, &end.entry, true),
            Event::Released(go) => (What::Outbox, &go.entry, false),
            Event::Requeued(again) => (What::Letter(&again.entry), &again.entry.id, true),
            Event::Revised(end) => (What::Version, &end.message, true),
            Event::Settled(end) => (What::Awaiting, &end.message, true),
            Event::Accessed(_)
            | Event::Alerted(_)
            | Event::Attempted(_)
            | Event::Awaiting(_)
            | Event::Held(_)
            | Event::Inbox(_)
            | Event::Numbered(_)
            | Event::Queued(_)
            | Event::Received(_)
            | Event::Supplemented(_)
            | Event::TrustReviewed(_)
            | Event::Turned(_) => return None,
        };
        Some(Self { what, id, ends })
    }

    /// Why it cannot end: it is not pending, or ends in a commit (`ended`) of the same batch. What
    /// begins in the same commit may end in it.
    pub(super) fn refused(
        &self,
        core: &Core,
        views: &Views,
        ended: &HashSet<String>,
        commit: &[Event],
    ) -> Option<Error> {
        let begun = commit.iter().any(|event| begins(event) == Some(self.id));
        let pending = match self.what {
            What::Alert => self.is_untaken(core),
            What::Awaiting => Ok(views.awaiting_numbers.contains_key(self.id)),
            What::Decision => core
                .index
                .get(&keys::current(self.id))
                .map(|current| current.is_some()),
            What::Held => Ok(views.held_numbers.contains_key(self.id)),
            What::Inbox => self.lies(core),
            What::Letter(entry) => may_go_again(core, views, ended, entry),
            What::Outbox => Ok(views.outbox.find(self.id).is_some()),
            What::Unsent => self.is_unsent(core, views),
            What::Version => core
                .index
                .get(&keys::revised(self.id))
                .map(|by| by.is_none()),
        };
        match pending {
            Err(error) => Some(error),
            Ok(pending) if (pending || begun) && !ended.contains(self.id) => None,
            Ok(_) => Some(Error::NotPending {
                what: match self.what {
                    What::Alert => "alert",
                    What::Awaiting => "waiting message",
                    What::Decision => "current decision",
                    What::Held => "held entry",
                    What::Inbox => "inbox item",
                    What::Letter(_) => "dead letter",
                    What::Outbox => "outbox entry",
                    What::Unsent => "unsent outbox entry",
                    What::Version => "version",
                },
                id: self.id.to_owned(),
            }),
        }
    }

    fn lies(&self, core: &Core) -> Result<bool, Error> {
        let Some(value) = core.index.get(&keys::inbox(self.id))? else {
            return Ok(false);
        };
        let lying: Lying = read(split(&value)?.1)?;
        Ok(lying.acknowledged_by.is_none())
    }

    fn is_unsent(&self, core: &Core, views: &Views) -> Result<bool, Error> {
        if let Some(waiting) = views.outbox.find(self.id) {
            return Ok(!views.outbox.may_have_reached(&waiting.message));
        }
        core.index
            .get(&keys::outgoing(self.id))
            .and_then(was_refused)
    }

    fn is_untaken(&self, core: &Core) -> Result<bool, Error> {
        let number = core.index.get(&keys::alert(self.id))?;
        let Some(number) = number.as_deref().and_then(keys::read_number) else {
            return Ok(false);
        };
        let pending = keys::numbered(keys::ALERTS_PENDING, number);
        Ok(core.index.get(&pending)?.is_some())
    }
}

/// Whether a message is a dead letter that may be queued again. One of a version that was amended or
/// cancelled may as long as what tells its partner of that waits there for it. Whatever else became of
/// that: the earlier version must not come after it.
fn may_go_again(
    core: &Core,
    views: &Views,
    ended: &HashSet<String>,
    entry: &OutboxEntry,
) -> Result<bool, Error> {
    if ended.contains(&entry.source) || !is_letter(core.index.get(&keys::outgoing(&entry.id))?)? {
        return Ok(false);
    }
    let mut version = entry.source.clone();
    for _ in 0..VERSIONS_MAX {
        let Some(event) = core.reader().event(&keys::revised(&version))? else {
            return Ok(version == entry.source);
        };
        let Event::Revised(revised) = event else {
            return Err(unreadable("another event stands where a revision should"));
        };
        match told(core, views, ended, &revised.by, &entry.partner)? {
            Told::Waits => return Ok(true),
            Told::Already => return Ok(false),
            Told::Nothing => version = revised.by,
        }
    }
    Ok(false)
}

/// What a partner is told of a version.
enum Told {
    /// The partner has it, and lets it wait for the version before.
    Waits,
    /// The partner has it, or may have it, or will.
    Already,
    /// Nothing was made for it, it was taken back, or the partner refused it.
    Nothing,
}

fn told(
    core: &Core,
    views: &Views,
    ended: &HashSet<String>,
    version: &str,
    partner: &PartyId,
) -> Result<Told, Error> {
    let mut told = Told::Nothing;
    for made in core.reader().made_from(version)? {
        let Made::Outgoing(id) = made else {
            continue;
        };
        if let Some(waiting) = views.outbox.find(&id) {
            if waiting.message.entry.partner == *partner {
                if waiting.message.aside && !ended.contains(&id) {
                    return Ok(Told::Waits);
                }
                told = Told::Already;
            }
            continue;
        }
        let Some(value) = core.index.get(&keys::outgoing(&id))? else {
            continue;
        };
        let entry = core.reader().event_of(&value)?.into_outgoing();
        let entry =
            entry.ok_or_else(|| unreadable("another event stands where a message was queued"))?;
        let ended: Ended = read(split(&value)?.1)?;
        let is_told = match ended.state {
            OutgoingState::Delivered { .. }
            | OutgoingState::Dropped { .. }
            | OutgoingState::Queued => true,
            OutgoingState::Recalled { .. } | OutgoingState::Rejected { .. } => false,
        };
        if is_told && entry.partner == *partner {
            told = Told::Already;
        }
    }
    Ok(told)
}

/// Whether what the index has of an outgoing message is a dead letter.
fn is_letter(value: Option<Vec<u8>>) -> Result<bool, Error> {
    let Some(value) = value else {
        return Ok(false);
    };
    let ended: Ended = read(split(&value)?.1)?;
    Ok(ended.letter.is_some())
}

/// Whether what the index has of an outgoing message is a dead letter that its partner refused.
fn was_refused(value: Option<Vec<u8>>) -> Result<bool, Error> {
    let Some(value) = value else {
        return Ok(false);
    };
    let ended: Ended = read(split(&value)?.1)?;
    let refused = matches!(ended.state, OutgoingState::Rejected { .. });
    Ok(refused && ended.letter.is_some())
}

/// The id of what an event begins, when something later must end it.
fn begins(event: &Event) -> Option<&str> {
    match event {
        Event::Alerted(alert) => Some(&alert.id),
        Event::Awaiting(waiting) => Some(&waiting.message),
        Event::Held(entry) => Some(&entry.id),
        Event::Inbox(item) => Some(&item.id),
        Event::Queued(entry) => Some(&entry.id),
        Event::Accessed(_)
        | Event::Acknowledged(_)
        | Event::AlertTaken(_)
        | Event::Attempted(_)
        | Event::Decided(_)
        | Event::Delivered(_)
        | Event::Dropped(_)
        | Event::HeldResolved(_)
        | Event::Numbered(_)
        | Event::Parked(_)
        | Event::Recalled(_)
        | Event::Received(_)
        | Event::Rejected(_)
        | Event::Released(_)
        | Event::Requeued(_)
        | Event::Revised(_)
        | Event::Settled(_)
        | Event::Supplemented(_)
        | Event::TrustReviewed(_)
        | Event::Turned(_) => None,
    }
}

/// Whether an event changes what may be sent.
pub(super) fn moves_outbox(event: &Event) -> bool {
    match event {
        Event::Attempted(_)
        | Event::Delivered(_)
        | Event::Dropped(_)
        | Event::Parked(_)
        | Event::Queued(_)
        | Event::Recalled(_)
        | Event::Rejected(_)
        | Event::Released(_)
        | Event::Requeued(_) => true,
        Event::Accessed(_)
        | Event::Acknowledged(_)
        | Event::AlertTaken(_)
        | Event::Alerted(_)
        | Event::Awaiting(_)
        | Event::Decided(_)
        | Event::Held(_)
        | Event::HeldResolved(_)
        | Event::Inbox(_)
        | Event::Numbered(_)
        | Event::Received(_)
        | Event::Revised(_)
        | Event::Settled(_)
        | Event::Supplemented(_)
        | Event::TrustReviewed(_)
        | Event::Turned(_) => false,
    }
}
