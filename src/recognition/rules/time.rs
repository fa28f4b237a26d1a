//! R08, R14: prior information early enough, the control late enough.

use jiff::{SignedDuration, Timestamp};

use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::Mode;
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R08: prior information was here so long before arrival as the mode of transport wants.
pub(super) fn prior_information(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R08, "before arrival");
    let lead = mode(case, &mut judgement).and_then(|mode| {
        let lead = case.agreement.lead.get(&mode).copied();
        if lead.is_none() {
            judgement.fail(Code::ModeNotCovered, mode.as_str());
        }
        lead
    });
    let received: Vec<Timestamp> = case
        .facts
        .prior_information
        .iter()
        .filter_map(|fact| {
            judgement.cite("priorInformation", fact);
            fact.value.received_at
        })
        .collect();
    let first = received.iter().copied().min();
    if let Some(first) = first {
        judgement.saw(Side::Here, first);
    }
    let Some(lead) = lead else { return judgement };
    judgement.expect(format!("{} min before arrival", lead.as_mins()));
    let Some(arrival) = judgement.need(arrival(case), Missing::ArrivalTime) else {
        return judgement;
    };
    match first {
        Some(first) if arrival.duration_since(first) >= lead => {}
        Some(first) => {
            let early = arrival.duration_since(first).as_mins();
            judgement.fail(
                Code::NoPriorInformation,
                format!("{early} min before arrival"),
            );
        }
        // What is not here when it had to be does not come in time any more.
        None if arrival.duration_since(case.at) < lead => {
            judgement.fail(Code::NoPriorInformation, "none");
        }
        None => judgement.miss(Missing::PriorInformation),
    }
    judgement
}

/// When the goods arrive: when they were presented, before that when they are planned to.
fn arrival(case: &Case<'_>) -> Option<Timestamp> {
    let planned = case.facts.prior_information.iter();
    let planned = planned.filter_map(|fact| fact.value.planned_arrival).min();
    let presented = case.presented().map(|presentation| presentation.at);
    presented.or(planned)
}

fn mode(case: &Case<'_>, judgement: &mut Judgement) -> Option<Mode> {
    let declaration = case.declaration(judgement)?;
    let mode = judgement.need(declaration.mode, Missing::Mode)?;
    judgement.saw(Side::Declared, mode.as_str());
    Some(mode)
}

/// R14: the goods were presented after the control ended and within the time for which it counts.
pub(super) fn in_window(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let mut judgement = Judgement::of(Rule::R14, "after the control, within its time");
    let window = mode(case, &mut judgement).and_then(|mode| {
        let window = agreement.windows.get(&mode).copied();
        if window.is_none() {
            judgement.fail(Code::ModeNotCovered, mode.as_str());
        }
        window
    });
    if let Some(window) = window {
        judgement.expect(format!("within {} h of the control", window.as_hours()));
    }
    let times = case.control_times(&mut judgement);
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    judgement.saw(Side::Here, presentation.at);
    for ended in times {
        let age = presentation.at.duration_since(ended);
        if age < -agreement.skew {
            judgement.fail(Code::BeforeControl, hours(age));
        }
        if window.is_some_and(|window| age > window) {
            judgement.fail(Code::TooOld, hours(age));
        }
    }
    judgement
}

fn hours(age: SignedDuration) -> String {
    let minutes = age.as_mins();
    format!("{} h {} min", minutes / 60, (minutes % 60).abs())
}
