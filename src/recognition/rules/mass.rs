//! R16: the mass at arrival against the mass at control.

use rust_decimal::Decimal;

use crate::recognition::agreement::longest;
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{Kilograms, Weighing, WeighingMethod};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R16: every weighing at arrival agrees with every one at control (where there was none, with the
/// declared gross mass) within the tolerance of the less exact method and what the goods may dry.
pub(super) fn within_tolerance(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R16, tolerances(case));
    let Some(presentation) = case.presentation(&mut judgement) else {
        return judgement;
    };
    let weighed = presentation.weighings.as_deref().unwrap_or_default();
    if weighed.is_empty() {
        if case.agreement.mass_required {
            judgement.miss(Missing::ObservedMass);
        }
        return judgement;
    }
    for weighing in weighed {
        judgement.saw(Side::Here, show(weighing));
    }
    let references = references(case, &mut judgement);
    if references.is_empty() {
        judgement.miss(Missing::ReferenceMass);
    }
    let drying = drying(case);
    for (reference, method) in &references {
        for weighing in weighed {
            compare(case, *reference, *method, weighing, drying, &mut judgement);
        }
    }
    judgement
}

fn tolerances(case: &Case<'_>) -> String {
    let tolerances = case.agreement.mass_tolerance.iter();
    let shown: Vec<String> = tolerances
        .map(|(method, percent)| format!("{} {percent}%", method.as_str()))
        .collect();
    shown.join(", ")
}

fn show(weighing: &Weighing) -> String {
    format!("{} kg ({})", weighing.mass_kg, weighing.method.as_str())
}

fn references(
    case: &Case<'_>,
    judgement: &mut Judgement,
) -> Vec<(Kilograms, Option<WeighingMethod>)> {
    let mut references = Vec::new();
    for result in case.results(judgement) {
        for weighing in result.weighings.iter().flatten() {
            judgement.saw(Side::Partner, show(weighing));
            references.push((weighing.mass_kg, Some(weighing.method)));
        }
    }
    let declared = case.declaration(judgement);
    if let Some(mass) = declared.and_then(|declared| declared.gross_mass_kg) {
        judgement.saw(Side::Declared, format!("{mass} kg"));
        if references.is_empty() {
            references.push((mass, None));
        }
    }
    references
}

/// What goods may lose or gain by moisture: the least of any line, in percent. A line whose code is
/// not known allows none.
fn drying(case: &Case<'_>) -> Decimal {
    let mut unheard = Judgement::of(Rule::R16, "");
    let moisture = &case.agreement.moisture;
    if moisture.is_empty() {
        return Decimal::ZERO;
    }
    let lines = case.goods(&mut unheard).into_iter();
    let of_line = |hs: Option<String>| {
        let allowed = hs.and_then(|hs| longest(moisture, &hs).copied());
        allowed.unwrap_or(Decimal::ZERO)
    };
    let least = lines.map(|line| of_line(line.hs)).min();
    least.unwrap_or(Decimal::ZERO)
}

fn compare(
    case: &Case<'_>,
    reference: Kilograms,
    method: Option<WeighingMethod>,
    weighing: &Weighing,
    drying: Decimal,
    judgement: &mut Judgement,
) {
    let tolerances = &case.agreement.mass_tolerance;
    let here = tolerances.get(&weighing.method).copied();
    let there = match method {
        Some(method) => tolerances.get(&method).copied(),
        None => here,
    };
    let (Some(here), Some(there)) = (here, there) else {
        judgement.miss(Missing::Tolerance);
        return;
    };
    let tolerance = here.max(there) + drying;
    let Some(percent) = difference(reference.value(), weighing.mass_kg.value()) else {
        judgement.miss(Missing::ReferenceMass);
        return;
    };
    if percent > tolerance {
        let percent = percent.round_dp(2).normalize();
        judgement.fail(
            Code::MassOutOfTolerance,
            format!("{percent}% > {tolerance}%"),
        );
    }
}

/// The difference in percent of the reference; none when there is no such number.
fn difference(reference: Decimal, arrival: Decimal) -> Option<Decimal> {
    if reference.is_zero() {
        return None;
    }
    let difference = arrival.checked_sub(reference)?.abs();
    let share = difference.checked_div(reference)?;
    share.checked_mul(Decimal::ONE_HUNDRED)
}
