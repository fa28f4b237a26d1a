//! The UCR of a consignment where the message's format has no place for one: it is signed beside the
//! document, as a signature property (design section 5).
//!
//! Start at [`signed`] for what a partner states and [`Stating::of`] for what we state. What a
//! national principal submits has no signature: it states the UCR as it states that a message amends
//! another, beside it and in its own name (`?ucr=`), and the journal keeps that. An officer may record
//! it later.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lane::{Lane, Output};
use super::rejection::{Rejection, Stage};
use crate::crypto::{Property, Verified};
use crate::model::{
    CaseKey, GoodsShipment, KeyKind, PartyId, StatedUcr, UCR_PATHS, Ucr, stated_ucr,
};
use crate::translate::{Decoded, Loss, LossReason, Package, Packages, Severity};
use crate::xml::{Document, Node};

/// The name of the signature property.
const PROPERTY: &str = "ucr";

/// Where the value stands, in reports: no path of the document leads there.
const PLACE: &str = "ds:SignatureProperty/ucr";

/// How a lane carries a UCR for which the outgoing package has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UcrPlace {
    /// As a property of the signature.
    Property,
}

/// The UCR that the signer of a message states beside it.
pub(super) fn signed(verified: &Verified<Document>) -> Result<Option<Ucr>, Rejection> {
    let Some(text) = verified.property(PROPERTY) else {
        return Ok(None);
    };
    let read = text.parse::<Ucr>().map_err(|error| {
        let text = format!("the UCR that the signature states is none: {error}");
        let place = verified.document().root().position();
        Rejection::new(Stage::Identity, error.code(), text).at(place.line, place.column, None)
    });
    read.map(Some)
}

/// A message must not state another UCR inside than its signature beside it.
pub(super) fn agree(ucr: &Ucr, inside: &str, view: Node<'_>) -> Result<(), Rejection> {
    if ucr.as_str() == inside {
        return Ok(());
    }
    let place = view.position();
    let text = "the message states another UCR than is stated beside it; state one";
    Err(
        Rejection::new(Stage::Identity, "MESSAGE_UCR_MISMATCH", text).at(
            place.line,
            place.column,
            Some(view.path()),
        ),
    )
}

/// The key by which the message is found, which every UCR inside it must agree with.
pub(super) fn key(ucr: &Ucr, keys: &[CaseKey], view: Node<'_>) -> Result<CaseKey, Rejection> {
    for key in keys.iter().filter(|key| key.kind == KeyKind::Ucr) {
        agree(ucr, &key.value, view)?;
    }
    Ok(CaseKey::new(KeyKind::Ucr, ucr.as_str()))
}

/// Enters what the signature states into the declaration, where it says nothing itself: at the
/// target's own place, without a target at the shipment. It is listed as supplied, for the document
/// does not say it.
pub(super) fn enter(
    decoded: &mut Decoded<'_>,
    ucr: Option<&Ucr>,
    target: Option<&Package>,
    view: Node<'_>,
) -> Result<Option<&'static str>, Rejection> {
    let Some(ucr) = ucr else {
        return Ok(None);
    };
    match stated_ucr(&decoded.declaration) {
        StatedUcr::None => {}
        StatedUcr::One(inside) => return agree(ucr, inside, view).map(|()| None),
        StatedUcr::Several => return agree(ucr, "", view).map(|()| None),
    }
    let [shipment, consignment, _] = UCR_PATHS;
    let own = |path: &str| target.is_none_or(|target| target.maps(path));
    let value = Some(ucr.as_str().to_owned());
    let declared = &mut decoded.declaration.goods_shipment;
    if own(shipment) {
        let declared: &mut GoodsShipment = declared.get_or_insert_default();
        declared.ucr = value;
        return Ok(Some(shipment));
    }
    if own(consignment) {
        let declared: &mut GoodsShipment = declared.get_or_insert_default();
        declared.consignment.get_or_insert_default().ucr = value;
        return Ok(Some(consignment));
    }
    Ok(None)
}

/// What we state beside an outgoing message.
#[derive(Default)]
pub(super) struct Stating {
    ucr: Option<Ucr>,
    /// Why a UCR of the declaration is not stated: a code with its place.
    pub(super) finding: Option<String>,
    /// Whether time and certificate of signing are stated, whatever the package says.
    pub(super) xades: bool,
}

impl Stating {
    /// What the lane has us state: the UCR that the source's signature or the declaration states, time
    /// and certificate of signing.
    pub(super) fn of(lane: &Lane, ucr: Option<&Ucr>, decoded: Option<&Decoded<'_>>) -> Self {
        Self {
            xades: lane.xades,
            ..Self::ucr_of(lane, ucr, decoded)
        }
    }

    fn ucr_of(lane: &Lane, ucr: Option<&Ucr>, decoded: Option<&Decoded<'_>>) -> Self {
        if lane.ucr != Some(UcrPlace::Property) {
            return Self::default();
        }
        if let Some(ucr) = ucr {
            return Self {
                ucr: Some(ucr.clone()),
                ..Self::default()
            };
        }
        let finding = |code: &str| Self {
            finding: Some(format!("{code}@{}", UCR_PATHS[0])),
            ..Self::default()
        };
        match decoded.map(|decoded| stated_ucr(&decoded.declaration)) {
            None | Some(StatedUcr::None) => Self::default(),
            Some(StatedUcr::Several) => finding("MESSAGE_UCR_AMBIGUOUS"),
            Some(StatedUcr::One(text)) => match text.parse() {
                Ok(ucr) => Self {
                    ucr: Some(ucr),
                    ..Self::default()
                },
                Err(error) => finding(crate::model::UcrError::code(&error)),
            },
        }
    }

    /// The properties to sign.
    pub(super) fn properties(&self) -> Result<Vec<Property>, crate::crypto::Error> {
        let ucr = self.ucr.iter();
        ucr.map(|ucr| Property::new(PROPERTY, ucr.as_str()))
            .collect()
    }

    /// The keys of the outgoing message, with the one that its signature states.
    pub(super) fn keys(&self, mut keys: Vec<CaseKey>) -> Vec<CaseKey> {
        let ucr = self.ucr.iter();
        keys.extend(ucr.map(|ucr| CaseKey::new(KeyKind::Ucr, ucr.as_str())));
        keys
    }

    /// A UCR that the signature carries is not lost; one that only the source's signature stated and
    /// nothing carries is.
    pub(super) fn losses(&self, losses: &mut Vec<Loss>, ucr: Option<&Ucr>, entered: bool) {
        if self.ucr.is_some() {
            let carried = |loss: &Loss| {
                let path = loss.canonical.as_deref().unwrap_or_default();
                UCR_PATHS.contains(&plain(path).as_str())
            };
            losses.retain(|loss| !carried(loss));
        } else if let Some(ucr) = ucr
            && !entered
        {
            losses.push(Loss {
                path: PLACE.to_owned(),
                canonical: Some(UCR_PATHS[0].to_owned()),
                reason: LossReason::NoTarget,
                severity: Severity::Note,
                value: Some(ucr.as_str().to_owned()),
            });
        }
    }

    /// What the receipt says about the properties, as it notes findings.
    pub(super) fn finding(&self) -> Option<String> {
        self.finding.clone()
    }

    /// What is signed beside the message, by name, for the national report.
    pub(super) fn stated(&self) -> Option<BTreeMap<&'static str, &str>> {
        let ucr = self.ucr.as_ref()?;
        Some(BTreeMap::from([(PROPERTY, ucr.as_str())]))
    }
}

/// A canonical path without the numbers of its lists.
fn plain(path: &str) -> String {
    let steps = path.split('.');
    let names = steps.map(|step| step.split_once('[').map_or(step, |(name, _)| name));
    names.collect::<Vec<_>>().join(".")
}

/// What is wrong with a lane's `ucr`, when it is loaded.
pub(super) fn lane_fault(lane: &Lane, party: &PartyId, packages: &Packages) -> Option<String> {
    lane.ucr?;
    let outgoing = match &lane.output {
        Output::Package(target) if lane.to != *party => Some(target),
        Output::Package(_) | Output::Canonical => None,
    };
    let Some(target) = outgoing else {
        return Some("`ucr` is for outgoing messages; the inbox has a place for it".to_owned());
    };
    let target = packages.find(&target.to_string())?;
    let own = UCR_PATHS.iter().find(|path| target.maps(path));
    let withheld = lane.rules.withheld.iter().find(|withheld| {
        let within = |rest: &str| rest.is_empty() || rest.starts_with('.');
        let mut rests = UCR_PATHS
            .iter()
            .filter_map(|path| path.strip_prefix(withheld.as_str()));
        rests.any(within)
    });
    match (own, withheld) {
        (Some(path), _) => Some(format!(
            "`ucr = \"property\"` is for packages without a place for a UCR; {} has one for `{path}`",
            target.id()
        )),
        (None, Some(path)) => Some(format!(
            "`ucr = \"property\"` and `{path}` withheld exclude each other"
        )),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lists_are_left_out_of_paths() {
        assert_eq!(
            plain("goodsShipment.items[3].ucr"),
            "goodsShipment.items.ucr"
        );
        assert_eq!(plain("goodsShipment.ucr"), "goodsShipment.ucr");
    }
}
