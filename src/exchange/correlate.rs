//! Which message an answer answers, and which case a message belongs to.
//!
//! Start at [`place`]. Keys are what a message states, and anybody may state any key: for an answer
//! only what went to the party that answers, or came from the one that is answered, counts. A case
//! takes whatever accepted message states its keys, since whoever states them answers for it with
//! its signature; what contradicts itself in it is shown and decides nothing ([`super::cases`]).

use super::conclude::Arrived;
use super::rejection::Fault;
use crate::evidence::Direction;
use crate::model::{CaseKey, KeyKind, PartyId};
use crate::store::{KeyMatch, PAGE_MAX, Received, Store};

/// Where a message belongs.
#[derive(Default)]
pub(super) struct Placed {
    /// The message that it answers.
    pub(super) original: Option<Original>,
    /// The first message of its case; none when it is the first itself.
    pub(super) first: Option<String>,
}

/// The message that an answer answers.
pub(super) struct Original {
    /// The id that the national system knows it by.
    pub(super) national_id: Option<String>,
    /// The posts whose business it is.
    pub(super) posts: Vec<String>,
}

/// Finds where what arrived belongs: by `correlation`, the keys by which an answer finds its
/// original, and by `keys`, all that it states. A message that states none that could be known
/// before asks the store nothing.
pub(super) async fn place(
    store: &Store,
    arrived: &Arrived,
    keys: &[CaseKey],
    correlation: Vec<CaseKey>,
) -> Result<Placed, Fault> {
    let joining: Vec<CaseKey> = keys
        .iter()
        .filter(|key| may_be_known(key))
        .cloned()
        .collect();
    if correlation.is_empty() && joining.is_empty() {
        return Ok(Placed::default());
    }
    let (store, from, direction) = (store.clone(), arrived.from.clone(), arrived.direction);
    // It is read from disk, and so not on the runtime's threads.
    let found = tokio::task::spawn_blocking(move || {
        let original = original(&store, &from, direction, &correlation)?;
        let mut first = original.as_ref().map(|original| original.case().to_owned());
        if first.is_none() {
            first = first_of(&store, &joining)?;
        }
        let original = original.map(|original| Original {
            national_id: original.national_id,
            posts: original.posts,
        });
        Ok(Placed { original, first })
    });
    found.await.map_err(|_| Fault::Worker)?
}

/// A document's own identifier is new with the document: its claim says so.
fn may_be_known(key: &CaseKey) -> bool {
    key.kind.joins() && key.kind != KeyKind::Document
}

/// The message that an answer with these keys answers. Where none states them, the key may be a number
/// that only an earlier answer of the same side told, as CC028C tells the MRN for an LRN: then what that
/// answer answered.
fn original(
    store: &Store,
    from: &PartyId,
    direction: Direction,
    keys: &[CaseKey],
) -> Result<Option<Received>, Fault> {
    if let Some(found) = stating(store, from, direction, keys)? {
        return Ok(Some(found));
    }
    let told = told_with(store, from, keys)?;
    stating(store, from, direction, &told)
}

/// The local references that the newest earlier answer of this side states beside one of the keys.
fn told_with(store: &Store, from: &PartyId, keys: &[CaseKey]) -> Result<Vec<CaseKey>, Fault> {
    for key in keys.iter().filter(|key| key.kind != KeyKind::Lrn) {
        let matches = store.find_key(key, PAGE_MAX)?.into_iter();
        for own in matches.filter(|found| found.entry.is_none() && found.partner == *from) {
            let answer = store.message(&own.message)?.ok_or(Fault::Receipt)?;
            let mut keys = answer.keys;
            keys.retain(|key| answer.accepted && key.kind == KeyKind::Lrn);
            if !keys.is_empty() {
                return Ok(keys);
            }
        }
    }
    Ok(Vec::new())
}

/// The newest message that states one of the keys of an answer: for a partner's answer, one that
/// we sent to that partner; for our own, one that we received from a partner. Of the messages with
/// a key the newest [`PAGE_MAX`] are looked through.
fn stating(
    store: &Store,
    from: &PartyId,
    direction: Direction,
    keys: &[CaseKey],
) -> Result<Option<Received>, Fault> {
    let answered = |found: &KeyMatch| match direction {
        Direction::National => found.entry.is_none() && found.partner != *from,
        Direction::In | Direction::Out => found.entry.is_some() && found.partner == *from,
    };
    for key in keys {
        let matches = store.find_key(key, PAGE_MAX)?;
        if let Some(newest) = matches.into_iter().find(answered) {
            let received = store.message(&newest.message)?;
            return received.ok_or(Fault::Receipt).map(Some);
        }
    }
    Ok(None)
}

/// The first message of the oldest case in which one of the keys is stated.
fn first_of(store: &Store, keys: &[CaseKey]) -> Result<Option<String>, Fault> {
    let mut first: Option<Received> = None;
    for key in keys {
        let Some(newest) = store.find_key(key, 1)?.pop() else {
            continue;
        };
        let newest = store.message(&newest.message)?.ok_or(Fault::Receipt)?;
        let found = store.message(newest.case())?.ok_or(Fault::Receipt)?;
        let older = first
            .as_ref()
            .is_none_or(|first| found.leaf_index < first.leaf_index);
        if older {
            first = Some(found);
        }
    }
    Ok(first.map(|first| first.message))
}
