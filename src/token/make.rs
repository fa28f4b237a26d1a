//! A new key, made in a token, from which it never comes out. Start at [`make_key`].

use cryptoki::error::Error as Cryptoki;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType};
use zeroize::Zeroizing;

use super::error::Error;
use super::module;
use super::pool::Pool;
use crate::crypto::{DeviceKey, DeviceKeyName, KeyKind, PublicKey, ec_parameters, ec_public_key};

/// Makes an ECDSA key pair on P-256 or P-384 under a name that no private key there has, and gives its
/// public half. The private one is sensitive, cannot be extracted, and signs.
///
/// # Errors
/// [`Error`]; `TOKEN_SUITE` for other kinds of key, which the device's own tool makes.
pub fn make_key(
    place: &DeviceKey,
    pin: Zeroizing<String>,
    kind: KeyKind,
) -> Result<PublicKey, Error> {
    let suite = || Error::Suite {
        suite: "ECDSA P-256 or P-384".to_owned(),
    };
    let parameters = ec_parameters(kind).ok_or_else(suite)?;
    let module = module::load(&place.module)?;
    let _calls = module.calls();
    let pool = Pool::new(place.clone(), pin);
    let session = pool.log_in(&module, true)?;
    match pool.key(&session) {
        Err(Error::KeyAbsent { .. }) => {}
        Ok(_) => return Err(Error::KeyExists { key: place.clone() }),
        Err(error) => return Err(error),
    }
    let name = || match &place.key {
        DeviceKeyName::Label(label) => Attribute::Label(label.as_bytes().to_vec()),
        DeviceKeyName::Id(id) => Attribute::Id(id.clone()),
    };
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(parameters),
        name(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        name(),
    ];
    let failed = |error: Cryptoki| Error::call(&error);
    let made = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private);
    let (public, _) = made.map_err(failed)?;
    let point = session.get_attributes(public, &[AttributeType::EcPoint]);
    let told = point.map_err(failed)?;
    let point = told.iter().find_map(|attribute| {
        if let Attribute::EcPoint(point) = attribute {
            return ec_public_key(kind, point);
        }
        None
    });
    point.ok_or_else(|| Error::Call {
        problem: "the token does not tell the public key".to_owned(),
    })
}
