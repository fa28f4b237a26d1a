//! Configuration: the gateway's own file and one profile per partner, read once and checked whole.
//!
//! Start at [`load`]. Everything that can be wrong before the first message is found here and named
//! with file, line, key and remedy: unknown keys, unreadable files, expired certificates, keys that
//! do not belong to their certificates, pins that two partners share. The room hands out typed
//! values and key bytes; it opens no store, no socket and no message package.

mod certificate;
mod digest;
mod error;
mod expiry;
mod fixed;
mod gateway;
mod limits;
mod listener;
mod load;
mod partner;
mod principal;
mod secret;
mod signing;
mod source;
mod status;
#[cfg(test)]
mod tests;
mod token;

pub use certificate::{CertificateFacts, TlsIdentity};
pub use error::{Error, Faults, Place, Problem};
pub use expiry::CertificateEnd;
pub use gateway::{Gateway, LogIdentity};
pub use limits::{Limits, Timeouts};
pub use listener::Listener;
pub use load::load;
pub use partner::{Partner, PartnerTls, Quota, RevocationPolicy, SigningTrust};
pub use principal::{Credential, PrincipalEntry};
pub use secret::SecretPlace;
pub use signing::{KeyChange, OwnSigningKey, SigningIdentity};
pub use status::{OcspSource, StatusSources};
