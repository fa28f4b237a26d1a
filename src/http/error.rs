//! What the listeners and the client can fail at when they start or connect.
//!
//! Start at [`Error`]. What a peer is told is a [`Problem`](super::Problem) instead.

use std::net::SocketAddr;

/// Why a listener or a client could not be made, or a delivery did not come to an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Certificate and key do not make a TLS identity.
    #[error("the TLS certificate and key cannot be used")]
    Identity(#[source] rustls::Error),
    /// A trust anchor of a peer cannot be read.
    #[error("a TLS anchor of {party} cannot be read")]
    Anchor {
        /// Whose.
        party: String,
    },
    /// A partner's address is none.
    #[error("the address of {party} is not an https URL")]
    Url {
        /// Whose.
        party: String,
    },
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Anchor { .. } => "HTTP_ANCHOR",
            Self::Bind { .. } => "HTTP_BIND",
            Self::Identity(_) => "HTTP_IDENTITY",
            Self::Url { .. } => "HTTP_URL",
        }
    }
}
