//! R03, R19, R20, R24: the control itself, what came of it, whether it stands, what it is for.

use std::collections::BTreeSet;

use crate::recognition::agreement::{folded, longest};
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{ControlResult, ControlType, Outcome};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R03: for all goods, a control of a kind that counts, deep enough. Acts on one consignment speak
/// together; one that did not conform adds nothing.
pub(super) fn covered(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let mut judgement = Judgement::of(Rule::R03, "");
    let mut done: BTreeSet<ControlType> = BTreeSet::new();
    let results = case.results(&mut judgement);
    let mut all_known = !results.is_empty();
    for result in results {
        match &result.control_types {
            Some(types) if conforms(case, result) != Some(false) => done.extend(types),
            Some(_) => {}
            None => all_known = false,
        }
    }
    for kind in &done {
        judgement.saw(Side::Partner, kind.as_str());
    }
    let mut expected = BTreeSet::new();
    for line in case.goods(&mut judgement) {
        let Some(hs) = &line.hs else { continue };
        let Some(control) = longest(&agreement.controls, hs) else {
            judgement.fail(Code::ControlTypeNotCovered, line.name);
            continue;
        };
        let types: Vec<&str> = control.types.iter().map(|kind| kind.as_str()).collect();
        expected.insert(format!("{} (depth {})", types.join("|"), control.depth));
        let counted = done.iter().filter(|kind| control.types.contains(kind));
        let depth = counted.filter_map(|kind| agreement.depths.get(kind)).max();
        if depth < Some(&control.depth) {
            if all_known {
                judgement.fail(Code::ControlTypeNotCovered, line.name);
            } else {
                judgement.miss(Missing::ControlTypes);
            }
        }
    }
    let expected: Vec<String> = expected.into_iter().collect();
    judgement.expect(expected.join("; "));
    judgement
}

/// Whether a result says that all is in order; `None` when it does not say.
fn conforms(case: &Case<'_>, result: &ControlResult) -> Option<bool> {
    match result.outcome.as_ref()? {
        Outcome::Conforming => Some(true),
        Outcome::NotConforming => Some(false),
        Outcome::Remarks { class } => {
            let class = folded(class.as_deref()?);
            Some(case.agreement.remarks.contains(&class))
        }
    }
}

/// R19: conforming, or with remarks of a class that does no harm.
pub(super) fn conforming(case: &Case<'_>) -> Judgement {
    let allowed: Vec<&str> = case.agreement.remarks.iter().map(String::as_str).collect();
    let mut expected = "conforming".to_owned();
    if !allowed.is_empty() {
        expected = format!("{expected}, or with remarks {}", allowed.join(", "));
    }
    let mut judgement = Judgement::of(Rule::R19, expected);
    for result in case.results(&mut judgement) {
        let Some(outcome) = judgement.need(result.outcome.as_ref(), Missing::Outcome) else {
            continue;
        };
        let seen = match outcome {
            Outcome::Conforming => "conforming".to_owned(),
            Outcome::NotConforming => "not conforming".to_owned(),
            Outcome::Remarks { class } => {
                let class = judgement.need(class.as_deref(), Missing::RemarkClass);
                format!("remarks {}", class.unwrap_or("?"))
            }
        };
        judgement.saw(Side::Partner, &seen);
        if conforms(case, result) == Some(false) {
            judgement.fail(Code::ResultNotConforming, seen);
        }
    }
    judgement
}

/// R20: no withdrawal is in effect for a result that counts.
pub(super) fn standing(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R20, "no withdrawal in effect");
    let results = case.results(&mut judgement);
    for result in &results {
        judgement.saw(Side::Partner, &result.id);
    }
    for fact in case.withdrawals() {
        let withdrawal = &fact.value;
        let concerns = |result: &&ControlResult| {
            let target = withdrawal.replaces.as_ref();
            target.is_none_or(|target| *target == result.id)
        };
        if results.is_empty() || results.iter().any(concerns) {
            judgement.cite("controlResults", fact);
            let from = withdrawal.effective_from.unwrap_or(fact.known_at);
            let of = withdrawal.replaces.as_deref().unwrap_or("all results");
            judgement.fail(Code::ResultWithdrawn, format!("{of} from {from}"));
        }
    }
    judgement
}

/// R24: the giver's restriction lets a release be decided.
pub(super) fn usable(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let accepted: Vec<&str> = agreement.uses.iter().map(String::as_str).collect();
    let mut judgement = Judgement::of(Rule::R24, accepted.join(", "));
    for result in case.results(&mut judgement) {
        let stated = result.use_restriction.as_deref().map(folded);
        let stated = stated.or_else(|| agreement.use_default.clone());
        let Some(stated) = judgement.need(stated, Missing::UseRestriction) else {
            continue;
        };
        judgement.saw(Side::Partner, &stated);
        if !agreement.uses.contains(&stated) {
            judgement.fail(Code::UseNotPermitted, stated);
        }
    }
    judgement
}
