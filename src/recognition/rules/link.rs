//! R09: result, declaration and presented goods are one consignment, and nobody used it up.

use std::collections::BTreeSet;

use crate::model::CaseKey;
use crate::recognition::agreement::folded;
use crate::recognition::case::{Case, latest};
use crate::recognition::code::Code;
use crate::recognition::facts::Presentation;
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// Kind and value of a key, folded.
type Key = (String, String);

/// R09: the presented UCR or MRN leads, key by key, to the declaration and to every result; nobody
/// names another one; no other presentation used it up.
pub(super) fn linked(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R09, "one UCR or MRN in result, declaration and goods");
    for fact in latest(&case.facts.ambiguous) {
        if fact.value.open {
            judgement.cite("ambiguous", fact);
            judgement.miss(Missing::Join);
        }
    }
    let declaration = case.declaration(&mut judgement);
    let declared = keys(declaration.iter().flat_map(|declared| &declared.keys));
    let results: Vec<BTreeSet<Key>> = case
        .results(&mut judgement)
        .iter()
        .map(|result| keys(&result.keys))
        .collect();
    show(Side::Declared, &declared, &mut judgement);
    for stated in &results {
        show(Side::Partner, stated, &mut judgement);
    }
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    let presented = presented(presentation);
    show(Side::Here, &presented, &mut judgement);
    consumed(case, presentation, &presented, &mut judgement);
    if presented.is_empty() {
        judgement.miss(Missing::PresentedKey);
        return judgement;
    }
    let mut documents = results;
    if declaration.is_some() {
        documents.push(declared);
    }
    connect(case, &presented, documents, &mut judgement);
    judgement
}

fn keys<'k>(keys: impl IntoIterator<Item = &'k CaseKey>) -> BTreeSet<Key> {
    let keys = keys.into_iter();
    keys.map(key).collect()
}

fn key(key: &CaseKey) -> Key {
    (key.kind.as_str().to_owned(), folded(&key.value))
}

fn presented(presentation: &Presentation) -> BTreeSet<Key> {
    let ucr = presentation.ucr.iter().map(|ucr| ("ucr", ucr));
    let mrn = presentation.mrn.iter().map(|mrn| ("mrn", mrn));
    ucr.chain(mrn)
        .map(|(kind, value)| (kind.to_owned(), folded(value)))
        .collect()
}

fn show(side: Side, keys: &BTreeSet<Key>, judgement: &mut Judgement) {
    for (kind, value) in keys {
        judgement.saw(side, format!("{kind} {value}"));
    }
}

fn consumed(
    case: &Case<'_>,
    presentation: &Presentation,
    presented: &BTreeSet<Key>,
    judgement: &mut Judgement,
) {
    for fact in &case.facts.consumptions {
        let used = &fact.value;
        let concerns = used
            .key
            .as_ref()
            .is_none_or(|used| presented.contains(&key(used)));
        if concerns && used.presentation != presentation.id {
            judgement.cite("consumptions", fact);
            let detail = format!("{} at {}", used.presentation, used.at);
            judgement.fail(Code::UcrAlreadyConsumed, detail);
        }
    }
}

/// Walks from the presented keys over the case's keys and the documents that share one.
fn connect(
    case: &Case<'_>,
    presented: &BTreeSet<Key>,
    documents: Vec<BTreeSet<Key>>,
    judgement: &mut Judgement,
) {
    for document in &documents {
        if document.is_empty() {
            judgement.miss(Missing::Keys);
        }
        // Whoever names a UCR or MRN names the presented one.
        for (kind, value) in presented {
            let of_kind = document.iter().any(|(other, _)| other == kind);
            if of_kind && !document.contains(&(kind.clone(), value.clone())) {
                judgement.fail(Code::LinkBroken, format!("{kind} {value}"));
            }
        }
    }
    let joined: BTreeSet<Key> = case
        .facts
        .keys
        .iter()
        .map(|fact| key(&fact.value))
        .collect();
    let mut reached = presented.clone();
    let mut left: Vec<BTreeSet<Key>> = documents;
    left.retain(|document| !document.is_empty());
    if !joined.is_disjoint(&reached) {
        reached.extend(joined.iter().cloned());
        for fact in &case.facts.keys {
            judgement.cite("keys", fact);
        }
    }
    loop {
        let (near, far): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|document| !document.is_disjoint(&reached));
        left = far;
        if near.is_empty() {
            break;
        }
        reached.extend(near.into_iter().flatten());
        if !joined.is_disjoint(&reached) {
            reached.extend(joined.iter().cloned());
        }
    }
    for document in left {
        let named: Vec<String> = document
            .iter()
            .map(|(kind, value)| format!("{kind} {value}"))
            .collect();
        judgement.fail(Code::LinkBroken, named.join(" "));
    }
}
