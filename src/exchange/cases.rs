//! Cases: what hangs together by keys that join (design section 5), collected from the journal.
//!
//! Start at [`Case::of`] and [`find`]. A case is not stored: it is what accepted messages and
//! officers' entries state, so that it can never disagree with them. It contradicts itself when it
//! names more than one UCR; then nobody guesses which one is meant.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::rejection::Fault;
use crate::model::{CaseKey, KeyKind};
use crate::store::{Made, Outgoing, PAGE_MAX, Received, Revised, Store};

/// Most messages of one case that are collected: a consignment has some tens; a key that thousands
/// of messages state is not one consignment's.
pub const CASE_MESSAGES_MAX: usize = 500;

/// Most cases that one look-up gives: a container makes some tens of journeys a year.
pub const CASES_MAX: usize = 100;

/// What belongs together.
#[derive(Debug)]
pub(super) struct Case {
    /// The first message: it names the case.
    pub(super) id: String,
    /// Every key that is stated, those that join none included.
    pub(super) keys: BTreeSet<CaseKey>,
    /// The messages and entries, as they were received.
    pub(super) members: Vec<Member>,
    /// Whether it names more than one consignment.
    pub(super) contradictory: bool,
    /// Whether there are more than [`CASE_MESSAGES_MAX`].
    pub(super) cut: bool,
}

/// One message of a case, and what went out because of it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) received: Received,
    pub(super) outgoing: Vec<Outgoing>,
    /// What was done to it by a later message.
    pub(super) revised: Option<Revised>,
}

impl Member {
    fn load(store: &Store, message: &str) -> Result<Option<Self>, Fault> {
        let Some(received) = store.message(message)? else {
            return Ok(None);
        };
        let mut outgoing = Vec::new();
        for made in store.made_from(message)? {
            if let Made::Outgoing(id) = made {
                outgoing.extend(store.outgoing(&id)?);
            }
        }
        Ok(Some(Self {
            revised: store.revised(message)?,
            received,
            outgoing,
        }))
    }

    /// The versions before and after it, which belong to its case whatever keys they state.
    fn versions(&self) -> impl Iterator<Item = &String> {
        let before = self.received.revises.iter().map(|earlier| &earlier.message);
        before.chain(self.revised.iter().map(|later| &later.by))
    }

    fn keys(&self) -> impl Iterator<Item = &CaseKey> {
        let outgoing = self.outgoing.iter().flat_map(|sent| &sent.entry.keys);
        self.received.keys.iter().chain(outgoing)
    }
}

impl Case {
    /// The case that a message belongs to; none when there is no such message, it was refused, or it
    /// waited for what it revises: then the message with its last word may be in one.
    pub(super) fn of(store: &Store, message: &str) -> Result<Option<Self>, Fault> {
        let Some(first) = Member::load(store, message)? else {
            return Ok(None);
        };
        if !first.received.accepted || first.received.provisional {
            return Ok(None);
        }
        let mut case = Gathering::default();
        case.add(first);
        case.gather(store)?;
        Ok(case.finish())
    }

    /// What is left of the case when it holds only messages to be kept, with the keys that they state;
    /// nothing when there is none.
    pub(super) fn only(self, keep: impl Fn(&Received) -> bool) -> Option<Self> {
        let members = self.members.into_iter();
        let members: Vec<Member> = members.filter(|member| keep(&member.received)).collect();
        Some(Self {
            id: members.first()?.received.message.clone(),
            keys: members.iter().flat_map(Member::keys).cloned().collect(),
            contradictory: self.contradictory,
            members,
            cut: self.cut,
        })
    }

    /// The values of one kind of key.
    pub(super) fn values(&self, kind: KeyKind) -> impl Iterator<Item = &str> {
        let keys = self.keys.iter().filter(move |key| key.kind == kind);
        keys.map(|key| key.value.as_str())
    }
}

/// The cases in which a key is stated, the one with the newest message first; at most
/// [`CASES_MAX`].
pub(super) fn find(store: &Store, key: &CaseKey) -> Result<Vec<Case>, Fault> {
    Ok(find_of(store, key, |_| true)?.cases)
}

/// Cases that were found, and whether there may be more.
pub(super) struct Found {
    pub(super) cases: Vec<Case>,
    pub(super) cut: bool,
}

/// The same of those cases that hold a message to be kept; of each, such messages alone, and the keys
/// that they state.
pub(super) fn find_of(
    store: &Store,
    key: &CaseKey,
    keep: impl Fn(&Received) -> bool,
) -> Result<Found, Fault> {
    let mut cases: Vec<Case> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let stating = store.find_key(key, PAGE_MAX)?;
    let mut cut = stating.len() == PAGE_MAX;
    for found in stating {
        if known.contains(&found.message) {
            continue;
        }
        let Some(case) = Case::of(store, &found.message)? else {
            continue;
        };
        let members = case.members.iter();
        known.extend(members.map(|member| member.received.message.clone()));
        cases.extend(case.only(&keep).filter(|case| case.keys.contains(key)));
        if cases.len() == CASES_MAX {
            cut = true;
            break;
        }
    }
    Ok(Found { cases, cut })
}

/// Whether keys of one case name more than one consignment.
pub(super) fn contradict(keys: &BTreeSet<CaseKey>) -> bool {
    let ucrs = keys.iter().filter(|key| key.kind == KeyKind::Ucr);
    ucrs.count() > 1
}

/// The cases in which one of these keys is stated, of those keys that join; each case once.
pub(super) fn of_keys<'k>(
    store: &Store,
    keys: impl IntoIterator<Item = &'k CaseKey>,
) -> Result<Vec<Case>, Fault> {
    let mut cases: Vec<Case> = Vec::new();
    for key in keys.into_iter().filter(|key| key.kind.joins()) {
        for case in find(store, key)? {
            if cases.iter().all(|known| known.id != case.id) {
                cases.push(case);
            }
        }
    }
    Ok(cases)
}

/// A case that is being collected.
#[derive(Default)]
struct Gathering {
    /// By place in the log.
    members: BTreeMap<u64, Member>,
    keys: BTreeSet<CaseKey>,
    /// Keys that join and were not followed yet.
    open: Vec<CaseKey>,
    /// Versions that were not followed yet.
    versions: Vec<String>,
    cut: bool,
}

impl Gathering {
    fn add(&mut self, member: Member) {
        for key in member.keys() {
            if self.keys.insert(key.clone()) && key.kind.joins() {
                self.open.push(key.clone());
            }
        }
        self.versions.extend(member.versions().cloned());
        self.members.insert(member.received.leaf_index, member);
    }

    fn gather(&mut self, store: &Store) -> Result<(), Fault> {
        let mut known: HashSet<String> = self.messages().collect();
        loop {
            let mut found = std::mem::take(&mut self.versions);
            if let Some(key) = self.open.pop() {
                let stated = store.find_key(&key, PAGE_MAX)?.into_iter();
                found.extend(stated.map(|found| found.message));
            } else if found.is_empty() {
                return Ok(());
            }
            for message in found {
                if known.contains(&message) {
                    continue;
                }
                if self.members.len() == CASE_MESSAGES_MAX {
                    self.cut = true;
                    return Ok(());
                }
                if let Some(member) = Member::load(store, &message)? {
                    known.insert(message);
                    self.add(member);
                }
            }
        }
    }

    fn messages(&self) -> impl Iterator<Item = String> {
        let members = self.members.values();
        members.map(|member| member.received.message.clone())
    }

    fn finish(self) -> Option<Case> {
        let id = self.messages().next()?;
        Some(Case {
            id,
            contradictory: contradict(&self.keys),
            keys: self.keys,
            members: self.members.into_values().collect(),
            cut: self.cut,
        })
    }
}
