//! What a certificate path is for. Start at [`Demand`].

use webpki::{
    Error as PathError, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage,
    RequiredEkuNotFoundContext,
};

/// What a certificate must be good for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Demand<'a> {
    /// The purpose that its extended key usage must allow.
    pub purpose: Purpose,
    /// The name that it must be for: a domain or an IP address, as text.
    pub peer: Option<&'a str>,
    /// Most authorities between it and the anchor; a limit beside that of the search.
    pub intermediates_max: Option<usize>,
}

/// A purpose by extended key usage (RFC 5280 section 4.2.1.12). None is no restriction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Purpose {
    /// Signing documents: where there is a usage, it must not consist of purposes that have nothing
    /// to do with documents. TLS and signing keys are disjoint.
    #[default]
    Documents,
    /// Being a client in TLS: `id-kp-clientAuth`, where there is a usage.
    TlsClient,
    /// Being a server in TLS: `id-kp-serverAuth`, where there is a usage.
    TlsServer,
}

/// `id-kp` (RFC 5280) and below it serverAuth, clientAuth, codeSigning, timeStamping, OCSPSigning.
const ID_KP: &[usize] = &[1, 3, 6, 1, 5, 5, 7, 3];
const OTHER_PURPOSES: &[usize] = &[1, 2, 3, 8, 9];
/// `id-kp-documentSigning` (RFC 9336), named in the error only.
const DOCUMENT_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 36];

impl ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), PathError> {
        match self {
            Self::Documents => documents(purposes),
            Self::TlsClient => KeyUsage::client_auth().validate(purposes),
            Self::TlsServer => KeyUsage::server_auth().validate(purposes),
        }
    }
}

fn documents(purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), PathError> {
    let mut present = Vec::new();
    for purpose in purposes {
        present.push(purpose?.to_decoded_oid());
    }
    let foreign = |oid: &Vec<usize>| match oid.strip_prefix(ID_KP) {
        Some([purpose]) => OTHER_PURPOSES.contains(purpose),
        _ => false,
    };
    if present.is_empty() || !present.iter().all(foreign) {
        return Ok(());
    }
    Err(PathError::RequiredEkuNotFoundContext(
        RequiredEkuNotFoundContext {
            required: KeyUsage::required(DOCUMENT_SIGNING),
            present,
        },
    ))
}
