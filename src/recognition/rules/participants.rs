//! R07: exporter and importer are on the list that both services agreed on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::recognition::agreement::{Demand, ParticipantList, Reference, folded};
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R07: whom the agreement demands is on the list of the reference time.
pub(super) fn listed(case: &Case<'_>) -> Judgement {
    let agreement = case.agreement;
    let expected = match agreement.demand {
        Demand::Both => "exporter and importer",
        Demand::Either => "exporter or importer",
        Demand::Exporter => "exporter",
        Demand::Importer => "importer",
        Demand::Nobody => return Judgement::of(Rule::R07, "not demanded"),
    };
    let mut judgement = Judgement::of(Rule::R07, expected);
    let times: BTreeSet<Timestamp> = match agreement.reference {
        Reference::Decision => BTreeSet::from([case.at]),
        Reference::Control => case.control_times(&mut judgement).into_iter().collect(),
    };
    let Some(declared) = case.declaration(&mut judgement) else {
        return judgement;
    };
    let exporter = declared.exporter.as_deref().map(folded);
    let importer = declared.importer.as_deref().map(folded);
    for name in [&exporter, &importer].into_iter().flatten() {
        judgement.saw(Side::Declared, name);
    }
    for time in times {
        let Some(list) = agreement.list_at(time) else {
            judgement.fail(Code::ParticipantNotListed, format!("no list at {time}"));
            continue;
        };
        judgement.saw(Side::Here, format!("v{}", list.version));
        on_list(
            agreement.demand,
            list,
            (&exporter, &importer),
            &mut judgement,
        );
    }
    judgement
}

fn on_list(
    demand: Demand,
    list: &ParticipantList,
    (exporter, importer): (&Option<String>, &Option<String>),
    judgement: &mut Judgement,
) {
    let exporter = exporter.as_ref().map(|id| list.exporters.contains(id));
    let importer = importer.as_ref().map(|id| list.importers.contains(id));
    let holds = match demand {
        Demand::Both => both(exporter, importer),
        Demand::Either => either(exporter, importer),
        Demand::Exporter => exporter,
        Demand::Importer => importer,
        Demand::Nobody => Some(true),
    };
    match holds {
        Some(true) => {}
        Some(false) => judgement.fail(Code::ParticipantNotListed, format!("v{}", list.version)),
        None => judgement.miss(Missing::Participants),
    }
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    }
}
