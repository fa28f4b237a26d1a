//! R04, R18, R21: the goods by their codes.

use std::collections::BTreeSet;

use crate::recognition::agreement::{Belongs, longest};
use crate::recognition::case::{Case, Line};
use crate::recognition::code::Code;
use crate::recognition::judgement::Judgement;
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// Digits of the Harmonized System, alike in every country.
const HS_DIGITS: usize = 6;

/// R04: every line is in scope; exclusions win.
pub(super) fn in_scope(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let mut judgement = Judgement::of(Rule::R04, "goods of the agreement's list");
    for line in case.goods(&mut judgement) {
        let Some(hs) = &line.hs else { continue };
        match (agreement.goods.has(hs), agreement.goods_excluded.has(hs)) {
            (Belongs::No, _) | (_, Belongs::Yes) => {
                judgement.fail(Code::GoodsOutOfScope, line.name);
            }
            (Belongs::Unknown, _) | (_, Belongs::Unknown) => judgement.miss(Missing::GoodsCode),
            (Belongs::Yes, Belongs::No) => {}
        }
    }
    judgement
}

/// R18: what is declared was controlled, and what was controlled is declared.
pub(super) fn same(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R18, "the same six digits, or codes that correspond");
    let declared = case.declared_goods(&mut judgement);
    let controlled = case.controlled_goods(&mut judgement);
    if declared.is_empty() || controlled.is_empty() {
        return judgement;
    }
    compare(case, &declared, &controlled, &mut judgement);
    compare(case, &controlled, &declared, &mut judgement);
    judgement
}

/// Every line has a fellow on the other side.
fn compare(case: &Case<'_>, lines: &[Line], others: &[Line], judgement: &mut Judgement) {
    let codes: BTreeSet<&str> = others
        .iter()
        .filter_map(|line| line.hs.as_deref())
        .collect();
    let six: BTreeSet<&str> = codes.iter().filter_map(|hs| hs.get(..HS_DIGITS)).collect();
    // A code that is missing or too short on the other side could be the fellow.
    let open =
        codes.iter().any(|hs| hs.len() < HS_DIGITS) || others.iter().any(|line| line.hs.is_none());
    let begins = |code: &str| {
        let at = codes.range(code..).next();
        at.is_some_and(|hs| hs.starts_with(code))
    };
    for line in lines {
        let Some(hs) = line.hs.as_deref() else {
            continue;
        };
        let Some(own) = hs.get(..HS_DIGITS) else {
            judgement.miss(Missing::GoodsCode);
            continue;
        };
        let corresponds = || {
            let pairs = case.agreement.correspondence.iter();
            pairs.clone().any(|(ours, theirs)| {
                (hs.starts_with(ours.as_str()) && begins(theirs))
                    || (hs.starts_with(theirs.as_str()) && begins(ours))
            })
        };
        if six.contains(own) || corresponds() {
            continue;
        }
        if open {
            judgement.miss(Missing::GoodsCode);
        } else {
            judgement.fail(Code::HsDivergence, line.name.clone());
        }
    }
}

/// R21: no line is on the list of goods that another control is mandatory for.
pub(super) fn no_other_control(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let list = format!("none on list {}", agreement.mandatory_version);
    let mut judgement = Judgement::of(Rule::R21, list);
    for line in case.goods(&mut judgement) {
        let Some(hs) = &line.hs else { continue };
        if let Some(control) = longest(&agreement.mandatory, hs) {
            judgement.fail(
                Code::OtherControlRequired,
                format!("{}: {control}", line.name),
            );
            continue;
        }
        let longer = agreement.mandatory.range(hs.clone()..).next();
        if longer.is_some_and(|(code, _)| code.starts_with(hs.as_str())) {
            judgement.miss(Missing::GoodsCode);
        }
    }
    judgement
}
