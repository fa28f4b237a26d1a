//! What a message carries of what authorities say of its signer (XAdES `RevocationValues`, ETSI EN 319
//! 132-1 section 5.4.2). Start at [`read`].
//!
//! Unsigned, for it comes after the signature: each value is verified by itself, like one that was
//! fetched, and what cannot be read is passed over. A sender can leave away what speaks against it,
//! and can carry a word that is still in force though a newer one exists; it can make nothing up.

use std::sync::Arc;

use super::dsig;
use super::status::{Carried, List, OCSP_BYTES_MAX, Response};
use super::uri::{DS, XADES};
use crate::xml::Node;

/// Most bytes of a list that a message carries: 1 MiB. Longer ones are for fetching; each message
/// would have them hashed anew.
const LIST_BYTES_MAX: usize = 1 << 20;

/// Most values that are read: a list and an answer for each certificate of a long path.
const VALUES_MAX: usize = 16;

/// What stands in the unsigned properties of a Signature.
pub(super) fn read(signature: Node<'_>) -> Carried {
    let mut carried = Carried::default();
    let objects = signature.elements().filter(|node| node.is(DS, "Object"));
    let places = objects.filter_map(|object| {
        let qualifying = object.child(XADES, "QualifyingProperties")?;
        let unsigned = qualifying.child(XADES, "UnsignedProperties")?;
        let of_signature = unsigned.child(XADES, "UnsignedSignatureProperties")?;
        of_signature.child(XADES, "RevocationValues")
    });
    let values = places.flat_map(|node| node.elements().flat_map(Node::elements));
    for value in values.take(VALUES_MAX) {
        if value.is(XADES, "EncapsulatedOCSPValue") {
            let der = dsig::base64(value, "an EncapsulatedOCSPValue", OCSP_BYTES_MAX);
            let read = der.ok().and_then(|der| Response::read(&der).ok());
            carried.responses.extend(read.map(Arc::new));
        } else if value.is(XADES, "EncapsulatedCRLValue") {
            let der = dsig::base64(value, "an EncapsulatedCRLValue", LIST_BYTES_MAX);
            let read = der.ok().and_then(|der| List::read(&der).ok());
            carried.lists.extend(read.map(Arc::new));
        }
    }
    carried
}
