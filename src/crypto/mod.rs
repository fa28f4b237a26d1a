//! Signatures, keys and certificates: whether a document was signed by somebody we trust, and how
//! we sign our own.
//!
//! Start at [`verify`], which turns a parsed document into a [`Verified`] one or refuses it with a
//! stable code, and at [`sign`]. Algorithms live in [`Suites`], an open registry: a further
//! algorithm is a further [`Suite`], and no caller changes. Whom we trust is a [`TrustStore`], one
//! per partner.
//!
//! The room knows no customs message and no partner; it reads neither clock nor randomness: both
//! are arguments. Its errors are [`Error`]; `docs/threats.md` lists the attacks that they answer.

mod certificate;
mod digest;
mod dsig;
mod error;
mod key;
mod path;
mod properties;
mod revoked;
mod sign;
mod signer;
mod suite;
mod trust;
mod uri;
mod verified;
mod verify;

#[cfg(test)]
mod tests;

pub use certificate::{SignerCertificate, spki_sha256};
pub use digest::{DigestMethod, Hasher, sha256};
pub use error::{CertificateFault, Error};
pub use key::{KeyKind, PublicKey};
pub use properties::{PROPERTIES_NAMESPACE, Property};
pub use sign::{SignatureProfile, sign, sign_document, sign_plain, sign_stating};
pub use signer::{Signer, signer_from_pkcs8};
pub use suite::{SigningKey, Suite, SuiteFault, Suites};
pub use trust::{Revocation, TrustStore};
pub use verified::Verified;
pub use verify::{Cover, Policy, Refused, SigningRules, verify};
