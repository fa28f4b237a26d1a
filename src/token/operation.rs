//! What a token is asked to do for a suite. Start at [`value`].

use cryptoki::error::Result;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use ring::digest::{SHA256, SHA384, digest};

use crate::crypto::{DeviceHash, DeviceOperation};

/// Signs a message and gives the value as XML Signature encodes it; PKCS#11 writes the same.
pub(super) fn value(
    session: &Session,
    key: ObjectHandle,
    operation: DeviceOperation,
    message: &[u8],
) -> Result<Vec<u8>> {
    match operation {
        // The digest is ours: every token signs one, and few digest themselves.
        DeviceOperation::EcdsaP256 => {
            let digest = digest(&SHA256, message);
            session.sign(&Mechanism::Ecdsa, key, digest.as_ref())
        }
        DeviceOperation::EcdsaP384 => {
            let digest = digest(&SHA384, message);
            session.sign(&Mechanism::Ecdsa, key, digest.as_ref())
        }
        DeviceOperation::Ed25519 => {
            let pure = EddsaParams::new(EddsaSignatureScheme::Ed25519);
            session.sign(&Mechanism::Eddsa(pure), key, message)
        }
        DeviceOperation::RsaPkcs1(hash) => {
            let mechanism = match hash {
                DeviceHash::Sha256 => Mechanism::Sha256RsaPkcs,
                DeviceHash::Sha384 => Mechanism::Sha384RsaPkcs,
                DeviceHash::Sha512 => Mechanism::Sha512RsaPkcs,
            };
            session.sign(&mechanism, key, message)
        }
        DeviceOperation::RsaPss(hash) => {
            let mechanism = match hash {
                DeviceHash::Sha256 => Mechanism::Sha256RsaPkcsPss(pss(
                    MechanismType::SHA256,
                    PkcsMgfType::MGF1_SHA256,
                    32,
                )?),
                DeviceHash::Sha384 => Mechanism::Sha384RsaPkcsPss(pss(
                    MechanismType::SHA384,
                    PkcsMgfType::MGF1_SHA384,
                    48,
                )?),
                DeviceHash::Sha512 => Mechanism::Sha512RsaPkcsPss(pss(
                    MechanismType::SHA512,
                    PkcsMgfType::MGF1_SHA512,
                    64,
                )?),
            };
            session.sign(&mechanism, key, message)
        }
    }
}

/// RFC 9231 section 2.3.10: the salt is as long as the digest.
fn pss(hash_alg: MechanismType, mgf: PkcsMgfType, salt: usize) -> Result<PkcsPssParams> {
    let s_len = salt.try_into()?;
    Ok(PkcsPssParams {
        hash_alg,
        mgf,
        s_len,
    })
}
