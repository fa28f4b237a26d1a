//! R11, R12: the seals of the control are the seals at arrival, and whole.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::fold_look_alikes;
use crate::recognition::agreement::folded;
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{SealFeed, SealState};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R11: the numbers are equal as sets, and it is known who put each seal on.
pub(super) fn same(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let mut judgement = Judgement::of(Rule::R11, "the seals of the control");
    let there = control_seals(case, &mut judgement);
    if let Some(there) = &there {
        if there.is_empty() && agreement.seals_required {
            judgement.fail(Code::SealNumberMismatch, "no seal");
        }
        there
            .iter()
            .for_each(|number| judgement.saw(Side::Partner, number));
    }
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    let Some(seals) = judgement.need(presentation.seals.as_deref(), Missing::ObservedSeals) else {
        return judgement;
    };
    let here: BTreeSet<String> = seals
        .iter()
        .filter(|seal| seal.state != Some(SealState::Absent))
        .map(|seal| fold_look_alikes(&seal.number))
        .collect();
    here.iter()
        .for_each(|number| judgement.saw(Side::Here, number));
    if let Some(there) = there {
        for number in there.symmetric_difference(&here) {
            judgement.fail(Code::SealNumberMismatch, number);
        }
    }
    judgement
}

/// Numbers of the seals of the control, folded; looks at who put them on.
fn control_seals(case: &Case<'_>, judgement: &mut Judgement) -> Option<BTreeSet<String>> {
    let issuers = &case.agreement.seal_issuers;
    let results = case.results(judgement);
    let mut numbers = None;
    for seals in results.iter().filter_map(|result| result.seals.as_ref()) {
        let numbers: &mut BTreeSet<String> = numbers.get_or_insert_default();
        for seal in seals {
            numbers.insert(fold_look_alikes(&seal.number));
            let Some(issuer) = judgement.need(seal.issuer.as_deref(), Missing::SealIssuer) else {
                continue;
            };
            if !issuers.is_empty() && !issuers.contains(&folded(issuer)) {
                let detail = format!("{}: issuer {issuer}", seal.number);
                judgement.fail(Code::SealNumberMismatch, detail);
            }
        }
    }
    if numbers.is_none() && !results.is_empty() {
        judgement.miss(Missing::Seals);
    }
    numbers
}

/// R12: every seal that was looked for is whole, and no feed tells of an opening without authority.
pub(super) fn intact(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R12, "intact");
    openings(case, &mut judgement);
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    let Some(seals) = judgement.need(presentation.seals.as_deref(), Missing::ObservedSeals) else {
        return judgement;
    };
    for seal in seals {
        let number = fold_look_alikes(&seal.number);
        let state = match seal.state {
            Some(SealState::Absent) => "absent",
            Some(SealState::Broken) => "broken",
            Some(SealState::Intact) => "intact",
            None => "not looked at",
        };
        judgement.saw(Side::Here, format!("{number} {state}"));
        match seal.state {
            Some(SealState::Absent | SealState::Broken) => {
                judgement.fail(Code::SealBroken, format!("{number} {state}"));
            }
            Some(SealState::Intact) => {}
            None => judgement.miss(Missing::ObservedSeals),
        }
    }
    judgement
}

/// Openings without authority; where a feed is demanded, that it covers the journey.
fn openings(case: &Case<'_>, judgement: &mut Judgement) {
    let feeds = &case.facts.seal_feed;
    for fact in feeds {
        judgement.cite("sealFeed", fact);
        for opening in &fact.value.openings {
            let detail = format!("{} at {}", fold_look_alikes(&opening.number), opening.at);
            match opening.authorised {
                Some(true) => {}
                Some(false) => judgement.fail(Code::SealEvent, detail),
                None => judgement.miss(Missing::SealFeed),
            }
        }
    }
    if !case.agreement.seal_feed_required {
        return;
    }
    let from = case.control_times(judgement).into_iter().min();
    let until = case.presented().map(|presentation| presentation.at);
    let (Some(from), Some(until)) = (from, until) else {
        judgement.miss(Missing::SealFeed);
        return;
    };
    if !covers(feeds.iter().map(|fact| &fact.value), from, until) {
        judgement.miss(Missing::SealFeed);
    }
}

/// Whether stretches of time, laid end to end, leave no gap.
fn covers<'f>(
    feeds: impl Iterator<Item = &'f SealFeed>,
    from: Timestamp,
    until: Timestamp,
) -> bool {
    let mut stretches: Vec<(Timestamp, Timestamp)> = feeds
        .map(|feed| (feed.covers_from, feed.covers_until))
        .collect();
    stretches.sort();
    let mut reached = from;
    for (begin, end) in stretches {
        if begin <= reached {
            reached = reached.max(end);
        }
    }
    let starts = from >= until || reached > from;
    starts && reached >= until
}
