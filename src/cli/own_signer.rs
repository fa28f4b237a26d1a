//! The gateway's own signing key, from where the configuration says that it is: a file or a device.
//!
//! Start at [`own_signer`].

use ring::rand::SystemRandom;

use super::Failure;
use super::failure::chain;
use crate::config::{OwnSigningKey, SigningIdentity};
use crate::crypto::{Signer, signer_from_der};
use crate::token::TokenSigner;

/// Makes the signer; one in a device signs something at once, to see that it can.
///
/// # Errors
/// `KEY_...`, `TOKEN_...`.
pub(super) fn own_signer(signing: &SigningIdentity) -> Result<Box<dyn Signer>, Failure> {
    let (certificates, suite) = (signing.certificates.clone(), signing.suite.as_deref());
    match &signing.key {
        OwnSigningKey::File(pkcs8) => signer_from_der(pkcs8, certificates, suite)
            .map_err(|error| Failure::input(error.code(), chain(&error))),
        OwnSigningKey::Device(place, pin) => {
            let (place, pin, random) = (place.clone(), pin.clone(), SystemRandom::new());
            let signer = TokenSigner::open(place, pin, certificates, suite, &random);
            let signer = signer.map_err(|error| Failure::input(error.code(), chain(&error)))?;
            Ok(Box::new(signer))
        }
    }
}
