//! What a device does that signs with a key of its own. Start at [`device_operation`].
//!
//! Devices themselves are not known here: they are reached by I/O, and this room has none.

use std::fmt;
use std::path::PathBuf;

use super::key::KeyKind;
use super::uri;

/// Where a key in a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKey {
    /// The manufacturer's PKCS#11 module.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// Which key in it.
    pub key: DeviceKeyName,
}

/// By what a private key is found in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceKeyName {
    /// `CKA_LABEL`.
    Label(String),
    /// `CKA_ID`.
    Id(Vec<u8>),
}

impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {}, key {}", self.token, self.key)
    }
}

impl fmt::Display for DeviceKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => f.write_str(label),
            Self::Id(id) => write!(f, "0x{}", hex::encode(id)),
        }
    }
}

/// What a device does to sign by a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceOperation {
    /// ECDSA on P-256 over a digest by SHA-256.
    EcdsaP256,
    /// ECDSA on P-384 over a digest by SHA-384.
    EcdsaP384,
    /// Ed25519 over the message.
    Ed25519,
    /// RSA PKCS#1 v1.5.
    RsaPkcs1(DeviceHash),
    /// RSA PSS with a salt as long as the digest.
    RsaPss(DeviceHash),
}

/// What a device digests with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// What devices can, in the order in which a key's usual suite is looked for.
const OPERATIONS: [(&str, DeviceOperation); 9] = [
    (uri::ECDSA_SHA256, DeviceOperation::EcdsaP256),
    (uri::ECDSA_SHA384, DeviceOperation::EcdsaP384),
    (uri::ED25519, DeviceOperation::Ed25519),
    (
        uri::RSA_SHA256,
        DeviceOperation::RsaPkcs1(DeviceHash::Sha256),
    ),
    (
        uri::RSA_SHA384,
        DeviceOperation::RsaPkcs1(DeviceHash::Sha384),
    ),
    (
        uri::RSA_SHA512,
        DeviceOperation::RsaPkcs1(DeviceHash::Sha512),
    ),
    (
        uri::RSA_PSS_SHA256,
        DeviceOperation::RsaPss(DeviceHash::Sha256),
    ),
    (
        uri::RSA_PSS_SHA384,
        DeviceOperation::RsaPss(DeviceHash::Sha384),
    ),
    (
        uri::RSA_PSS_SHA512,
        DeviceOperation::RsaPss(DeviceHash::Sha512),
    ),
];

/// By which suite a device signs with a key of this kind, and what it does for it. Without a suite
/// wanted, by the usual one. `None`: by none.
pub fn device_operation(
    kind: KeyKind,
    wanted: Option<&str>,
) -> Option<(&'static str, DeviceOperation)> {
    let fits = |operation: DeviceOperation| match (operation, kind) {
        (DeviceOperation::EcdsaP256, KeyKind::P256)
        | (DeviceOperation::EcdsaP384, KeyKind::P384)
        | (DeviceOperation::Ed25519, KeyKind::Ed25519) => true,
        (DeviceOperation::RsaPkcs1(_) | DeviceOperation::RsaPss(_), KeyKind::Rsa { bits }) => {
            bits >= super::suite::RSA_BITS_MIN
        }
        _ => false,
    };
    let mut operations = OPERATIONS.into_iter();
    operations
        .find(|(uri, operation)| wanted.is_none_or(|wanted| wanted == *uri) && fits(*operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_the_usual_one_or_the_one_that_is_wanted() {
        let rsa = KeyKind::Rsa { bits: 2048 };
        for (kind, uri) in [
            (KeyKind::P256, uri::ECDSA_SHA256),
            (KeyKind::P384, uri::ECDSA_SHA384),
            (KeyKind::Ed25519, uri::ED25519),
            (rsa, uri::RSA_SHA256),
        ] {
            let (usual, operation) = device_operation(kind, None).unwrap();
            assert_eq!(usual, uri);
            assert_eq!(device_operation(kind, Some(uri)), Some((uri, operation)));
        }
        let pss = device_operation(rsa, Some(uri::RSA_PSS_SHA512)).unwrap();
        assert_eq!(pss.1, DeviceOperation::RsaPss(DeviceHash::Sha512));
        for (kind, wanted) in [
            (KeyKind::P256, Some(uri::ECDSA_SHA384)),
            (KeyKind::P256, Some(uri::RSA_SHA256)),
            (KeyKind::P384, Some("urn:unknown")),
            (KeyKind::Rsa { bits: 1024 }, None),
            (KeyKind::Other, None),
        ] {
            assert_eq!(device_operation(kind, wanted), None);
        }
    }
}
