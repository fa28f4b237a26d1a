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

mod agreed;
mod carried;
mod certificate;
mod cover;
mod der;
mod device;
mod digest;
pub mod dsig;
mod error;
mod form;
mod judged;
mod key;
mod keyfile;
mod path;
mod policies;
mod properties;
mod purpose;
mod request;
mod shown;
mod sign;
mod signer;
mod status;
mod suite;
mod survey;
mod trust;
mod uri;
mod verified;
mod verify;
mod xades;

#[cfg(test)]
mod tests;

pub use agreed::{Agreed, Span, Term};
pub use certificate::{SignerCertificate, spki_sha256};
pub use cover::{Cover, unverified_content};
pub use device::{DeviceHash, DeviceKey, DeviceKeyName, DeviceOperation, device_operation};
pub use digest::{DigestMethod, Hasher, sha256};
pub use error::{CertificateFault, Error};
pub use form::Form;
pub use judged::{PathCertificate, StatusKind, StatusUsed};
pub use key::{KeyKind, PublicKey, ec_parameters, ec_public_key};
pub use keyfile::{KeyFault, Pkcs12, decrypt_key, encrypt_key};
pub use properties::{PROPERTIES_NAMESPACE, Property};
pub use purpose::{Demand, Purpose};
pub use request::{
    CertificateRequest, Layout, RequestFault, certificate_algorithm, certificate_value, reseal,
};
pub use shown::RevokedCertificate;
pub use sign::{SignatureProfile, sign, sign_document, sign_plain, sign_stating};
pub use signer::{Signer, signer_from_der, signer_from_pkcs8};
pub use status::{
    LIST_BYTES_MAX, OCSP_BYTES_MAX, OCSP_NONCE_BYTES, OcspResponse, RevocationList, StatusQuestion,
    When,
};
pub use suite::{
    GostCurve, NationalCurve, NationalKey, SM2_USER_ID, SigningKey, Sm2Value, Suite, SuiteFault,
    Suites,
};
pub use survey::{Survey, Surveyed, survey};
pub use trust::{Revocation, TrustStore};
pub use verified::Verified;
pub use verify::{Policy, Refused, SigningRules, verify, verify_when};
