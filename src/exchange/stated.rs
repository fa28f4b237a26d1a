//! Which earlier message an amendment or cancellation speaks of, where the message says itself that it
//! is one.
//!
//! Start at [`earlier`]. The earlier message is the same sender's, of a package that may be revised, and
//! states one of the keys; the version in force is what counts. Blocking: it reads the journal.

use super::conclude::Arrived;
use super::core::Core;
use super::rejection::{Fault, Rejection, Stage};
use crate::evidence::Direction;
use crate::model::{CaseKey, KeyKind, PackageId, Revision};
use crate::store::{KeyMatch, PAGE_MAX, Received, Store};

/// What there is of the earlier message.
pub(super) enum Earlier {
    /// The version in force.
    Known(Box<Received>),
    /// It cannot be revised any more.
    Refused(Rejection),
    /// It never came, or not yet.
    Unknown,
}

/// Looks for what a message of `package` revises by these keys.
pub(super) fn earlier(
    core: &Core,
    store: &Store,
    arrived: &Arrived,
    package: &PackageId,
    by: &[CaseKey],
) -> Result<Earlier, Fault> {
    let search = Search {
        core,
        store,
        arrived,
        package,
    };
    for key in by {
        let mut found = search.direct(key)?;
        if found.is_none() && key.kind == KeyKind::Mrn {
            found = search.by_our_number(key)?;
        }
        if let Some(found) = found {
            return in_force(store, found);
        }
    }
    Ok(Earlier::Unknown)
}

struct Search<'a> {
    core: &'a Core,
    store: &'a Store,
    arrived: &'a Arrived,
    package: &'a PackageId,
}

impl Search<'_> {
    /// The newest message of the same sender that states the key. Of those with the key the newest
    /// [`PAGE_MAX`] are looked through.
    fn direct(&self, key: &CaseKey) -> Result<Option<Received>, Fault> {
        let own = |found: &KeyMatch| found.entry.is_none() && found.partner == self.arrived.from;
        for found in self.store.find_key(key, PAGE_MAX)?.into_iter().filter(own) {
            let received = self.store.message(&found.message)?.ok_or(Fault::Receipt)?;
            if self.may_be(&received) {
                return Ok(Some(received));
            }
        }
        Ok(None)
    }

    /// A movement reference number is ours: what we told the sender ties it to the sender's own
    /// reference.
    fn by_our_number(&self, key: &CaseKey) -> Result<Option<Received>, Fault> {
        let ours = |found: &KeyMatch| found.entry.is_none() && found.partner == self.core.party;
        for found in self.store.find_key(key, PAGE_MAX)?.into_iter().filter(ours) {
            let told = self.store.message(&found.message)?.ok_or(Fault::Receipt)?;
            for lrn in told.keys.iter().filter(|key| key.kind == KeyKind::Lrn) {
                if let Some(received) = self.direct(lrn)? {
                    return Ok(Some(received));
                }
            }
        }
        Ok(None)
    }

    fn may_be(&self, received: &Received) -> bool {
        let Arrived {
            direction,
            principal,
            ..
        } = self.arrived;
        let same_side = received.direction == *direction && received.entry.is_none();
        let mut packages = self.core.packages.iter();
        let package = packages.find(|package| package.id() == self.package);
        let revisable = received
            .package
            .as_ref()
            .is_some_and(|earlier| package.is_some_and(|package| package.revises(earlier)));
        // A submission is its submitter's.
        let own = *direction == Direction::In || received.principal == *principal;
        received.accepted && !received.provisional && same_side && revisable && own
    }
}

/// The version that stands now in the place of a message.
fn in_force(store: &Store, mut version: Received) -> Result<Earlier, Fault> {
    loop {
        let cancels = version.revises.as_ref();
        if cancels.is_some_and(|revises| revises.revision == Revision::Cancel) {
            break;
        }
        match store.revised(&version.message)? {
            None => return Ok(Earlier::Known(Box::new(version))),
            Some(revised) if revised.revision == Revision::Cancel => break,
            Some(revised) => {
                version = store.message(&revised.by)?.ok_or(Fault::Receipt)?;
            }
        }
    }
    Ok(Earlier::Refused(Rejection::new(
        Stage::Identity,
        "REVISION_OF_CANCELLED",
        "what is to be revised was cancelled: send a new message",
    )))
}
