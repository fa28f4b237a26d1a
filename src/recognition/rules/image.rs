//! R15: images of the control, where the goods demand them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::fold_look_alikes;
use crate::recognition::agreement::Belongs;
use crate::recognition::case::Case;
use crate::recognition::code::Code;
use crate::recognition::facts::{ControlResult, Image, ImageAssessment};
use crate::recognition::judgement::{Judgement, Side};
use crate::recognition::missing::Missing;
use crate::recognition::rule::Rule;

/// R15: images are there, are what was signed, show this transport at that time, and what was
/// declared. Every image must.
pub(super) fn shown(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::of(Rule::R15, "an image, of this transport, consistent");
    let images = &case.agreement.images;
    if images.is_empty() {
        return Judgement::of(Rule::R15, "not demanded");
    }
    let mut asked = Judgement::of(Rule::R15, "not demanded");
    let mut demand = Belongs::No;
    for line in case.goods(&mut asked) {
        match line
            .hs
            .as_deref()
            .map_or(Belongs::Unknown, |hs| images.has(hs))
        {
            Belongs::Yes => demand = Belongs::Yes,
            Belongs::Unknown => asked.miss(Missing::GoodsCode),
            Belongs::No => {}
        }
    }
    if demand != Belongs::Yes {
        return asked;
    }
    let results = case.results(&mut judgement);
    let known = results.iter().filter_map(|result| result.images.as_deref());
    let images: Vec<&Image> = known.clone().flatten().collect();
    if images.is_empty() {
        if known.count() == results.len() && !results.is_empty() {
            judgement.fail(Code::ImageMissing, "");
        } else {
            judgement.miss(Missing::Images);
        }
    }
    let transport = transport(&results);
    for image in images {
        judge(case, image, &transport, &results, &mut judgement);
    }
    judgement
}

/// Containers and vehicles of the control, folded.
fn transport(results: &[&ControlResult]) -> BTreeSet<String> {
    results
        .iter()
        .flat_map(|result| [&result.containers, &result.vehicle_plates])
        .flatten()
        .flatten()
        .map(|number| fold_look_alikes(number))
        .collect()
}

fn judge(
    case: &Case<'_>,
    image: &Image,
    transport: &BTreeSet<String>,
    results: &[&ControlResult],
    judgement: &mut Judgement,
) {
    let subject = image.transport_id.as_deref().map(fold_look_alikes);
    let name = subject.as_deref().unwrap_or("?");
    judgement.saw(Side::Partner, name);
    match (image.sha256, image.fetched_sha256) {
        (Some(signed), Some(fetched)) if signed != fetched => {
            judgement.fail(Code::ImageMismatch, format!("{name}: digest"));
        }
        (Some(_), Some(_)) => {}
        (None, _) | (_, None) => judgement.miss(Missing::ImageBytes),
    }
    match &subject {
        Some(_) if transport.is_empty() => judgement.miss(Missing::Transport),
        Some(subject) if !transport.contains(subject) => {
            judgement.fail(Code::ImageMismatch, format!("{name}: transport"));
        }
        Some(_) => {}
        None => judgement.miss(Missing::ImageSubject),
    }
    match image.assessment {
        Some(ImageAssessment::Consistent) => {}
        Some(ImageAssessment::Inconsistent) => {
            judgement.fail(Code::ImageMismatch, format!("{name}: inconsistent"));
        }
        Some(ImageAssessment::Unclear) | None => judgement.miss(Missing::ImageAssessment),
    }
    let Some(taken) = judgement.need(image.taken_at, Missing::ImageSubject) else {
        return;
    };
    let ends: Vec<Timestamp> = results
        .iter()
        .filter_map(|result| result.ended_at)
        .collect();
    if ends.is_empty() {
        judgement.miss(Missing::ControlTime);
        return;
    }
    let (skew, age) = (case.agreement.skew, case.agreement.image_age);
    let of_control = |end: &Timestamp| {
        let lead = end.duration_since(taken);
        lead <= age.saturating_add(skew) && lead >= -skew
    };
    if !ends.iter().any(of_control) {
        judgement.fail(Code::ImageMismatch, format!("{name}: taken {taken}"));
    }
}
