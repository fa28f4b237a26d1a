//! Which consignment an officer has before him: where the references and containers that he states lead.
//!
//! Start at [`Lead::of`]. A presentation finds and joins nothing: a wrong scan must not tie two
//! consignments together. That keys belong together is stated by messages, or by an officer's own
//! entry.

use super::super::cases::{self, Case};
use super::super::rejection::Fault;
use super::presentations::Observation;
use crate::model::{CaseKey, KeyKind};
use crate::store::{EntryKind, Store};

/// Where an observation leads.
#[derive(Default)]
pub(super) struct Lead {
    /// The case that it is about; none when nothing is known of what was shown.
    pub(super) case: Option<Case>,
    /// The one reference under which it is entered: of the case, where there is one.
    pub(super) key: Option<CaseKey>,
    /// Why it is not known which consignment is meant.
    pub(super) doubt: Option<String>,
}

impl Lead {
    /// Looks where the shown references lead; without one, where the containers do.
    pub(super) fn of(store: &Store, observed: &Observation) -> Result<Self, Fault> {
        let references = observed.references();
        match references.is_empty() {
            true => Self::of_containers(store, observed),
            false => Self::of_references(store, references),
        }
    }

    /// Why it is not known which consignment was meant, as far as an officer's entry did not say so
    /// since. Where containers led to one, that one was meant, whatever came later.
    pub(super) fn doubt_left(
        store: &Store,
        observed: &Observation,
    ) -> Result<Option<String>, Fault> {
        match observed.references() {
            references if references.len() > 1 => Ok(Self::of_references(store, references)?.doubt),
            _ => Ok(None),
        }
    }

    fn of_references(store: &Store, references: Vec<CaseKey>) -> Result<Self, Fault> {
        let (mut lead, mut ways) = (Self::default(), Vec::new());
        for key in references {
            let Some(case) = cases::find(store, &key)?.into_iter().next() else {
                lead.key.get_or_insert(key);
                continue;
            };
            ways.push(format!("{} leads to case {}", key.kind.as_str(), case.id));
            match &lead.case {
                None => {
                    lead.key = Some(key);
                    lead.case = Some(case);
                }
                Some(first) if first.id != case.id => lead.doubt = Some(ways.join(", ")),
                Some(_) => {}
            }
        }
        Ok(lead)
    }

    /// A container serves many consignments: it is the one of which the goods are not released.
    fn of_containers(store: &Store, observed: &Observation) -> Result<Self, Fault> {
        let mut open: Vec<Case> = Vec::new();
        for key in observed.container_keys() {
            for case in cases::find(store, &key)? {
                if is_open(&case) && open.iter().all(|known| known.id != case.id) {
                    open.push(case);
                }
            }
        }
        let doubt = (open.len() > 1).then(|| {
            let ids: Vec<&str> = open.iter().map(|case| case.id.as_str()).collect();
            format!("the containers lead to the cases {}", ids.join(", "))
        });
        let case = open.pop().filter(|_| doubt.is_none());
        let key = case.as_ref().and_then(reference);
        Ok(Self { case, key, doubt })
    }
}

/// Whether goods were told of and not released yet.
fn is_open(case: &Case) -> bool {
    let mut entries = case.members.iter().map(|member| member.received.entry);
    entries.clone().any(|entry| entry.is_none())
        && !entries.any(|entry| entry == Some(EntryKind::Release))
}

/// The reference of a case: its UCR, else its MRN, else another key that joins.
fn reference(case: &Case) -> Option<CaseKey> {
    let joining = case.keys.iter().filter(|key| key.kind.joins());
    let joining = joining.min_by_key(|key| match key.kind {
        KeyKind::Ucr => 0,
        KeyKind::Mrn => 1,
        KeyKind::Container
        | KeyKind::Declaration
        | KeyKind::Document
        | KeyKind::Lrn
        | KeyKind::TransportDocument
        | KeyKind::Vehicle => 2,
    });
    joining.cloned()
}
