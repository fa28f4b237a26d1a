//! What a partner may have of a declaration, and what a revision takes from it: the numbers by which the
//! partner knows it.
//!
//! Start at [`Sent::read`]. The outgoing message is read again with its own package, so that no format
//! needs code here: its local reference, its document id and the number of its list are where the
//! mapping says. Blocking: it reads the journal.

use super::core::Core;
use super::rejection::Fault;
use crate::evidence::Direction;
use crate::model::{Declaration, GoodsShipment, KeyKind, Mrn, PackageId};
use crate::store::{OutboxEntry, PAGE_MAX, Store};
use crate::translate::{DecodeContext, Decoded, Package};
use crate::xml;

/// Where the numbers go.
const DOCUMENT: &str = "referencedDocumentId";
const LIST: &str = "goodsShipment.consignment.manifestId";
const LRN: &str = "functionalReferenceId";
const MRN: &str = "mrn";
const REASON: &str = "changeReason";

/// An outgoing message that a partner may have.
pub(super) struct Sent {
    /// Its format.
    pub(super) package: PackageId,
    declaration: Declaration,
    /// The number that the partner gave to it.
    mrn: Option<Mrn>,
}

/// What a partner is told about a message that it may have.
#[derive(Clone, Copy)]
pub(super) struct Retold<'a> {
    pub(super) sent: &'a Sent,
    /// Why, where somebody said it.
    pub(super) reason: Option<&'a str>,
}

impl Sent {
    /// Reads an outgoing message again; none when its package is gone or reads nothing.
    pub(super) fn read(
        core: &Core,
        store: &Store,
        entry: &OutboxEntry,
    ) -> Result<Option<Self>, Fault> {
        let body = store.body(&entry.body)?.ok_or(Fault::Receipt)?;
        let Some(package) = core.packages.find(&entry.package.to_string()) else {
            return Ok(None);
        };
        // We made and signed these bytes.
        let Ok(document) = xml::parse(&body, None, &core.limits) else {
            return Ok(None);
        };
        let context = DecodeContext::default();
        let Some(decoded) = package.decode(document.root(), &context) else {
            return Ok(None);
        };
        Ok(Some(Self {
            package: entry.package.clone(),
            mrn: mrn_of(store, entry)?.or_else(|| decoded.declaration.mrn.clone()),
            declaration: decoded.declaration,
        }))
    }
}

impl Retold<'_> {
    /// The local reference by which the partner knows the declaration.
    pub(super) fn lrn(&self) -> Option<&str> {
        self.sent.declaration.functional_reference_id.as_deref()
    }

    /// Enters what the target has a place for. None of it was said by the source: the paths are listed
    /// as supplied.
    pub(super) fn enter(&self, decoded: &mut Decoded<'_>, target: &Package) -> Vec<&'static str> {
        let (sent, made) = (&self.sent.declaration, &mut decoded.declaration);
        let mut entered = Vec::new();
        if let Some(id) = sent.document_id.as_ref().filter(|_| target.maps(DOCUMENT)) {
            made.referenced_document_id = Some(id.clone());
            entered.push(DOCUMENT);
        }
        let lrn = sent.functional_reference_id.as_ref();
        if let Some(lrn) = lrn.filter(|_| target.maps(LRN)) {
            made.functional_reference_id = Some(lrn.clone());
            entered.push(LRN);
        }
        if let Some(mrn) = self.sent.mrn.as_ref().filter(|_| target.maps(MRN)) {
            made.mrn = Some(mrn.clone());
            entered.push(MRN);
        }
        if let Some(reason) = self.reason.filter(|_| target.maps(REASON)) {
            made.change_reason = Some(reason.to_owned());
            entered.push(REASON);
        }
        let consignment = |shipment: &GoodsShipment| {
            let consignment = shipment.consignment.as_ref()?;
            consignment.manifest_id.clone()
        };
        let list = sent.goods_shipment.as_deref().and_then(consignment);
        if let Some(list) = list.filter(|_| target.maps(LIST)) {
            let shipment: &mut GoodsShipment = made.goods_shipment.get_or_insert_default();
            shipment.consignment.get_or_insert_default().manifest_id = Some(list);
            entered.push(LIST);
        }
        entered
    }
}

/// The movement reference number that the partner told us for a message, by its local reference.
fn mrn_of(store: &Store, entry: &OutboxEntry) -> Result<Option<Mrn>, Fault> {
    let lrns = entry.keys.iter().filter(|key| key.kind == KeyKind::Lrn);
    for lrn in lrns {
        for found in store.find_key(lrn, PAGE_MAX)? {
            if found.entry.is_some() || found.partner != entry.partner {
                continue;
            }
            let Some(answer) = store.message(&found.message)? else {
                continue;
            };
            let told = answer.keys.iter().find(|key| key.kind == KeyKind::Mrn);
            let mrn = told.and_then(|key| key.value.parse().ok());
            if mrn.is_some() && answer.direction == Direction::In {
                return Ok(mrn);
            }
        }
    }
    Ok(None)
}
