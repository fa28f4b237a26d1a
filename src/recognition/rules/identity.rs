//! R10: the same container, lorry or wagon.

use std::collections::BTreeSet;

use crate::model::{ContainerNumber, fold_look_alikes};
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{ControlResult, Presentation};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R10: what the control names is what is presented, compared by shape: plates and numbers are typed
/// in two alphabets.
pub(super) fn same_transport(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R10, "the containers and vehicles of the control");
    let results = case.results(&mut judgement);
    let containers = stated(&results, |result| result.containers.as_deref());
    let plates = stated(&results, |result| result.vehicle_plates.as_deref());
    if !results.is_empty() && containers.is_none() && plates.is_none() {
        judgement.miss(Missing::Transport);
    }
    for number in containers.iter().flatten() {
        check_digit(number, &mut judgement);
    }
    for numbers in [&containers, &plates].into_iter().flatten() {
        numbers
            .iter()
            .for_each(|number| judgement.saw(Side::Partner, number));
    }
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    let pick: [(Option<BTreeSet<String>>, Pick); 2] = [
        (containers, |here| here.containers.as_deref()),
        (plates, |here| here.vehicle_plates.as_deref()),
    ];
    for (there, pick) in pick {
        let Some(there) = there else { continue };
        let Some(here) = judgement.need(pick(presentation), Missing::ObservedTransport) else {
            continue;
        };
        let here: BTreeSet<String> = here.iter().map(|text| fold_look_alikes(text)).collect();
        here.iter()
            .for_each(|number| judgement.saw(Side::Here, number));
        for number in there.symmetric_difference(&here) {
            judgement.fail(Code::TransportMismatch, number);
        }
    }
    judgement
}

type Pick = fn(&Presentation) -> Option<&[String]>;

/// What the results state together, folded; none when no result states it.
fn stated(
    results: &[&ControlResult],
    of: impl Fn(&ControlResult) -> Option<&[String]>,
) -> Option<BTreeSet<String>> {
    let lists: Vec<&[String]> = results.iter().filter_map(|result| of(result)).collect();
    let numbers = lists.iter().copied().flatten();
    (!lists.is_empty()).then(|| numbers.map(|text| fold_look_alikes(text)).collect())
}

/// ISO 6346: a container's number carries its check digit.
fn check_digit(number: &str, judgement: &mut Judgement) {
    if let Err(error) = number.parse::<ContainerNumber>() {
        judgement.fail(Code::TransportMismatch, format!("{number}: {error}"));
    }
}
