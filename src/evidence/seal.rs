//! Sealing a receipt with the gateway's signature, and opening one that somebody else sealed.
//!
//! Start at [`seal`] and [`open`].

use jiff::Timestamp;
use ring::rand::SecureRandom;

use super::{Error, Receipt};
use crate::crypto::{
    self, Cover, Policy, SignatureProfile, Signer, SignerCertificate, SigningRules,
};
use crate::xml::{self, Limits};

/// Longest sealed receipt, in bytes. An envelope of 10,000 documents with ten losses each stays
/// below it; messages may be longer, receipts need not.
pub const RECEIPT_BYTES_MAX: usize = 16 << 20;

/// The receipt as signed XML: the bytes that are stored, sent and hashed into the leaf.
///
/// # Errors
/// [`Error::Xml`] when a text cannot be written, [`Error::Signature`] when signing fails.
pub fn seal(
    receipt: &Receipt,
    signer: &dyn Signer,
    profile: &SignatureProfile,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    let unsigned = super::write::receipt(receipt)?;
    crypto::sign_plain(&unsigned, signer, profile, &limits(), random).map_err(Error::Signature)
}

/// Verifies a sealed receipt under the policy that holds for its gateway, and reads it. Whether it
/// speaks of the right message, partner and gateway is for the caller to compare.
///
/// # Errors
/// [`Error::Xml`], [`Error::Signature`] with the place; [`Error::Receipt`] when what was signed is
/// no receipt.
pub fn open(
    bytes: &[u8],
    policy: &Policy<'_>,
    now: Timestamp,
) -> Result<(Receipt, SignerCertificate), Error> {
    let document = xml::parse(bytes, None, &limits())?;
    let rules = SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: Vec::new(),
    };
    let verified = crypto::verify(document, &rules, policy, now)
        .map_err(|refused| Error::Signature(refused.error))?;
    let receipt = Receipt::from_view(verified.view())?;
    Ok((receipt, verified.signer().clone()))
}

fn limits() -> Limits {
    Limits {
        bytes: RECEIPT_BYTES_MAX,
        ..Limits::default()
    }
}
