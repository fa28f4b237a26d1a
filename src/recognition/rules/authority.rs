//! R01, R02, R05: whether the agreement counts here and now, and who signed.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::recognition::agreement::{Interval, folded};
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{Coverage, KeyRole, Signature, SignatureCode, Validity};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R01: in force when the control ended and now, and not suspended for these posts.
pub(super) fn in_force(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let mut judgement = Judgement::of(Rule::R01, intervals(agreement.in_force.iter()).join("; "));
    judgement.saw(Side::Here, case.at);
    let mut times: BTreeSet<Timestamp> = case.control_times(&mut judgement).into_iter().collect();
    times.insert(case.at);
    for time in &times {
        if !agreement.is_in_force(*time) {
            judgement.fail(Code::AgreementNotInForce, time.to_string());
        }
    }
    let pairs = pairs(case);
    for suspension in &agreement.suspended {
        if !times.iter().any(|time| suspension.interval.contains(*time)) {
            continue;
        }
        let detail = || {
            let shown = intervals(std::iter::once(&suspension.interval));
            format!("suspended {}", shown.join(""))
        };
        match (&suspension.post_pair, &pairs) {
            (None, _) => judgement.fail(Code::AgreementNotInForce, detail()),
            (Some(pair), Some(pairs)) => {
                if pairs.contains(pair) {
                    judgement.fail(Code::AgreementNotInForce, format!("{} {pair}", detail()));
                }
            }
            (Some(_), None) => judgement.miss(Missing::PostOfEntry),
        }
    }
    judgement
}

/// Names of the pairs of posts that the case goes through; none when a post is not known.
fn pairs(case: &Case<'_>) -> Option<BTreeSet<String>> {
    let mut unheard = Judgement::of(Rule::R05, "");
    let entry = case.entry_post(&mut unheard)?;
    let mut names = BTreeSet::new();
    let results = case.results(&mut unheard);
    if results.is_empty() {
        return None;
    }
    for result in results {
        let (country, post) = (result.country.as_deref()?, result.post.as_deref()?);
        let pairs = case.pairs(country, post, entry).into_iter();
        names.extend(pairs.map(|pair| pair.id.clone()));
    }
    Some(names)
}

fn intervals<'i>(intervals: impl Iterator<Item = &'i Interval>) -> Vec<String> {
    intervals
        .map(|interval| match interval.until {
            Some(until) => format!("{}/{until}", interval.from),
            None => format!("{}/", interval.from),
        })
        .collect()
}

/// R02: signed by a customs authority's key, over all of it, valid at receipt and at control time.
pub(super) fn authentic(case: &Case<'_>) -> Judgement {
    let expected = "customs authority, whole message, valid at receipt and at control time";
    let mut judgement = Judgement::of(Rule::R02, expected);
    case.results(&mut judgement);
    let messages: BTreeSet<&str> = case
        .result_facts()
        .iter()
        .map(|fact| fact.source.message.as_str())
        .collect();
    for message in messages {
        let of_message = case.facts.signatures.iter();
        let of_message = of_message.filter(|fact| fact.value.message == message);
        let last = of_message.clone().map(|fact| fact.known_at).max();
        if last.is_none() {
            judgement.miss(Missing::Signature);
        }
        // Of judgements made at one time, the worst counts: each is looked at.
        for fact in of_message.filter(|fact| Some(fact.known_at) == last) {
            judgement.cite("signatures", fact);
            signature(&fact.value, &mut judgement);
        }
    }
    judgement
}

fn signature(signature: &Signature, judgement: &mut Judgement) {
    for (name, validity) in [
        ("receipt", signature.valid_at_receipt),
        ("control", signature.valid_at_control_time),
    ] {
        match validity {
            Validity::Invalid { code } => {
                judgement.saw(Side::Partner, format!("{name}: invalid"));
                judgement.fail(Code::Signature(code), format!("at {name}"));
            }
            Validity::Unknown { code } => {
                judgement.saw(Side::Partner, format!("{name}: unknown"));
                judgement.doubt(code);
            }
            Validity::Valid => judgement.saw(Side::Partner, format!("{name}: valid")),
        }
    }
    match judgement.need(signature.role, Missing::Signature) {
        Some(KeyRole::Other) => judgement.fail(Code::Signature(SignatureCode::EkuOrRole), ""),
        Some(KeyRole::CustomsAuthority) | None => {}
    }
    match judgement.need(signature.covers, Missing::Signature) {
        Some(Coverage::Part) => judgement.fail(Code::Signature(SignatureCode::NotCovering), ""),
        Some(Coverage::Whole) | None => {}
    }
}

/// R05: the goods leave and enter through posts that were agreed on, in this direction.
pub(super) fn post_pair(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let agreed: Vec<String> = agreement
        .post_pairs
        .iter()
        .map(|pair| pair.id.clone())
        .collect();
    let mut judgement = Judgement::of(Rule::R05, agreed.join(", "));
    let entry = case.entry_post(&mut judgement);
    if let Some(entry) = entry {
        judgement.saw(Side::Here, entry);
        let known = agreement.post_pairs.iter();
        if !known.clone().any(|pair| pair.to.contains(&folded(entry))) {
            judgement.fail(Code::PostPairNotAuthorised, entry);
        }
    }
    for result in case.results(&mut judgement) {
        let country = judgement.need(result.country.as_deref(), Missing::PostOfControl);
        let post = judgement.need(result.post.as_deref(), Missing::PostOfControl);
        if let Some(post) = post {
            judgement.saw(Side::Partner, post);
            let known = agreement.post_pairs.iter();
            if !known.clone().any(|pair| pair.from.contains(&folded(post))) {
                judgement.fail(Code::PostPairNotAuthorised, post);
            }
        }
        if let (Some(country), Some(post), Some(entry)) = (country, post, entry)
            && case.pairs(country, post, entry).is_empty()
        {
            judgement.fail(
                Code::PostPairNotAuthorised,
                format!("{country}: {post} -> {entry}"),
            );
        }
    }
    judgement
}
