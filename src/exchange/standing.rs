//! How far the earlier versions of a declaration got, and what follows for the one that revises it.
//!
//! Start at [`Standing::of`]. What cannot have reached a partner is recalled; a partner that may have a
//! version is told of the revision in its own words, over a lane that names it. Blocking: it reads the
//! journal. Nothing is changed here; that what was found still holds is seen by the store when the
//! revision is committed.

use std::collections::BTreeMap;

use super::core::Core;
use super::draft::Draft;
use super::lane::{Lane, Output};
use super::prepare::Outcome;
use super::rejection::{Fault, Rejection, Stage};
use super::sent::{Retold, Sent};
use super::views::resolve;
use crate::evidence::{Direction, Part, PartState};
use crate::model::{PartyId, Principal, Revision, Role};
use crate::store::{
    Event, HeldResolved, Made, OutboxEntry, Outgoing, OutgoingState, Recalled, Received,
    Resolution, Store,
};

/// Most versions of one declaration that are looked through: a declaration is amended a few times.
const VERSIONS_MAX: usize = 100;

/// What is revised, and how far it and the versions before it got.
pub(super) struct Standing {
    pub(super) revision: Revision,
    /// The version that is in force now.
    pub(super) version: Received,
    /// What was made of it and cannot have reached anybody.
    recalls: Vec<OutboxEntry>,
    /// What of it waits for an officer.
    held: Vec<String>,
    /// What each partner may have: what was made of the latest version that may have reached it.
    out: BTreeMap<PartyId, Out>,
    /// Why, where somebody said it.
    pub(super) reason: Option<String>,
}

/// What may have reached a partner.
struct Out {
    /// How many versions ago; 0 for the one in force.
    back: usize,
    sent: Vec<Sent>,
}

impl Standing {
    /// Looks what there is of a version and of those that it amends.
    ///
    /// # Errors
    /// A rejection when there are more than [`VERSIONS_MAX`], or what was sent cannot be read any more.
    pub(super) fn of(
        core: &Core,
        store: &Store,
        revision: Revision,
        version: Received,
    ) -> Result<Result<Self, Rejection>, Fault> {
        let mut standing = Self {
            revision,
            version: version.clone(),
            recalls: Vec::new(),
            held: Vec::new(),
            out: BTreeMap::new(),
            reason: None,
        };
        let mut current = Some(version);
        for back in 0..VERSIONS_MAX {
            let Some(version) = current else {
                return Ok(Ok(standing));
            };
            for made in store.made_from(&version.message)? {
                if let Err(rejection) = standing.made(core, store, made, back)? {
                    return Ok(Err(rejection));
                }
            }
            current = match version.revises {
                None => None,
                Some(earlier) => store.message(&earlier.message)?,
            };
        }
        let text = format!("the declaration was amended {VERSIONS_MAX} times: lodge a new one");
        Ok(Err(refused("REVISION_TOO_MANY", text)))
    }

    fn made(
        &mut self,
        core: &Core,
        store: &Store,
        made: Made,
        back: usize,
    ) -> Result<Result<(), Rejection>, Fault> {
        match made {
            Made::Decision(_) | Made::Inbox(_) => {}
            Made::Held(id) => {
                let waits = store.held_entry(&id)?;
                if waits.is_some_and(|record| record.resolution.is_none()) {
                    self.held.push(id);
                }
            }
            Made::Outgoing(id) => {
                if let Some(outgoing) = store.outgoing(&id)? {
                    return self.outgoing(core, store, outgoing, back);
                }
            }
        }
        Ok(Ok(()))
    }

    fn outgoing(
        &mut self,
        core: &Core,
        store: &Store,
        outgoing: Outgoing,
        back: usize,
    ) -> Result<Result<(), Rejection>, Fault> {
        let Outgoing {
            entry,
            state,
            may_have_reached,
        } = outgoing;
        if may_have_reached {
            let Some(sent) = Sent::read(core, store, &entry)? else {
                let text = format!("what was sent to {} cannot be read any more", entry.partner);
                return Ok(Err(refused("REVISION_NOT_CARRIED", text)));
            };
            let out = self.out.entry(entry.partner);
            let out = out.or_insert_with(|| Out {
                back,
                sent: Vec::new(),
            });
            if out.back == back {
                out.sent.push(sent);
            }
            return Ok(Ok(()));
        }
        let recallable = matches!(
            state,
            OutgoingState::Queued | OutgoingState::Rejected { .. }
        );
        // Of earlier versions it was recalled when they were amended.
        if recallable && back == 0 {
            self.recalls.push(entry);
        }
        Ok(Ok(()))
    }

    /// Whether a partner may have a version.
    pub(super) fn reached(&self, partner: &PartyId) -> bool {
        self.out.contains_key(partner)
    }

    /// What is to be said over a lane to a partner that may have a version: about the message of the
    /// lane's own format, where there are several.
    pub(super) fn told_over(&self, lane: &Lane) -> Option<Retold<'_>> {
        let sent = &self.out.get(&lane.to)?.sent;
        let same = |sent: &&Sent| lane.output == Output::Package(sent.package.clone());
        let sent = sent.iter().find(same).or_else(|| sent.first())?;
        Some(Retold {
            sent,
            reason: self.reason.as_deref(),
        })
    }

    /// Whether no version can have reached any partner.
    pub(super) fn reached_nobody(&self) -> bool {
        self.out.is_empty()
    }

    /// Whether each partner that may have a version is told.
    ///
    /// # Errors
    /// A rejection that names a partner that is not.
    pub(super) fn told(&self, parts: &[Outcome]) -> Result<(), Rejection> {
        for partner in self.out.keys() {
            let its = parts.iter().map(|outcome| &outcome.made.part);
            let its: Vec<&Part> = its
                .filter(|part| part.to.as_ref() == Some(partner))
                .collect();
            if its.is_empty() {
                return Err(no_lane(self.revision, partner));
            }
            // A cancellation is made of what was declared: there is nothing that an officer could add.
            let cancels = self.revision == Revision::Cancel;
            let refused = its.iter().find(|part| {
                part.state == PartState::Refused || (cancels && part.state == PartState::Held)
            });
            if let Some(part) = refused {
                let findings = part.findings.join(", ");
                let text = format!("the lane to {partner} cannot carry it: {findings}");
                return Err(refused_at(Stage::Translate, "REVISION_NOT_CARRIED", text));
            }
        }
        Ok(())
    }

    /// Adds to a batch that the version is revised by its message, and what is taken back for it. Gives
    /// the parts that say so.
    pub(super) fn settle(&self, draft: &mut Draft<'_>) -> Vec<Part> {
        let (at, by) = (draft.at(), draft.principal());
        let message = draft.message().to_owned();
        for held in &self.held {
            draft.push(Event::HeldResolved(HeldResolved {
                held: held.clone(),
                at,
                by: by.clone(),
                resolution: match self.revision {
                    Revision::Amend => Resolution::Replaced,
                    Revision::Cancel => Resolution::Dropped,
                },
            }));
        }
        for entry in &self.recalls {
            draft.push(Event::Recalled(Recalled {
                entry: entry.id.clone(),
                at,
                by: by.clone(),
                revised_by: message.clone(),
            }));
        }
        draft.revise(&self.version.message, self.revision);
        self.recalls.iter().map(recalled).collect()
    }
}

/// The part of a receipt that says that an outgoing message was taken back.
fn recalled(entry: &OutboxEntry) -> Part {
    Part {
        lane: None,
        document: None,
        to: Some(entry.partner.clone()),
        package: Some(entry.package.clone()),
        mapping_sha256: None,
        state: PartState::Recalled,
        sha256: Some(entry.body),
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: Vec::new(),
    }
}

/// The submission that a principal wants to revise: its own, accepted, and in force.
pub(super) fn version(
    store: &Store,
    principal: &Principal,
    id: &str,
) -> Result<Result<Received, Rejection>, Fault> {
    let found = resolve(store, principal, id)?.filter(|received| may_revise(principal, received));
    let Some(received) = found else {
        let text = "there is no submission of this principal with that id";
        return Ok(Err(refused("REVISION_UNKNOWN", text)));
    };
    if !received.accepted {
        let text = "what is to be revised was refused: submit a corrected message as an original";
        return Ok(Err(refused("REVISION_OF_REFUSED", text)));
    }
    let cancels = received.revises.as_ref();
    let cancels = cancels.is_some_and(|revises| revises.revision == Revision::Cancel);
    let later = store.revised(&received.message)?;
    let later = later.map(|revised| revised.revision);
    if cancels || later == Some(Revision::Cancel) {
        let text = "what is to be revised was cancelled: submit a new message";
        return Ok(Err(refused("REVISION_OF_CANCELLED", text)));
    }
    if later == Some(Revision::Amend) {
        let text = "what is to be revised was amended already: revise its latest version";
        return Ok(Err(refused("REVISION_OF_REPLACED", text)));
    }
    Ok(Ok(received))
}

/// A submission is its submitter's, and of the officers of its posts.
fn may_revise(principal: &Principal, received: &Received) -> bool {
    let is_submission = received.direction == Direction::National && received.entry.is_none();
    let own = received.principal.as_ref() == Some(&principal.name);
    let officer = principal.role == Role::Officer && principal.posts.meet(&received.posts);
    is_submission && (own || officer)
}

/// The refusal where a partner has what is to be revised, and no lane tells it.
fn no_lane(revision: Revision, partner: &PartyId) -> Rejection {
    let (code, what) = match revision {
        Revision::Amend => ("NO_AMEND_LANE", "an amendment"),
        Revision::Cancel => ("NO_CANCEL_LANE", "a cancellation"),
    };
    let text = format!("{partner} may have the declaration, and no lane carries {what} to it");
    refused(code, text)
}

/// Whether a message was refused because of what it does to an earlier one.
pub(super) fn is_of_revision(code: &str) -> bool {
    code.starts_with("REVISION") || matches!(code, "NO_AMEND_LANE" | "NO_CANCEL_LANE")
}

fn refused(code: &'static str, text: impl Into<String>) -> Rejection {
    refused_at(Stage::Lane, code, text)
}

fn refused_at(stage: Stage, code: &'static str, text: impl Into<String>) -> Rejection {
    Rejection::new(stage, code, text)
}
