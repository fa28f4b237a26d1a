//! Why a key in a device cannot be used. Start at [`Error`].

use std::path::PathBuf;

use cryptoki::error::{Error as Cryptoki, RvError};

use crate::crypto::{self, DeviceKey};

/// Why a key in a device cannot be used. No variant holds a PIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// All sessions were busy for too long.
    #[error("all sessions of the token were busy for too long")]
    Busy,
    /// A call failed.
    #[error("the token failed: {problem}")]
    Call {
        /// The call and what it gave.
        problem: String,
    },
    /// There is no certificate with the key.
    #[error("no certificate stands with the token's key")]
    Certificate,
    /// No such private key.
    #[error("the token has no private key of this name that may be seen ({key})")]
    KeyAbsent {
        /// Which.
        key: DeviceKey,
    },
    /// A private key has the name that a new one is to get.
    #[error("the token has a private key of this name already ({key})")]
    KeyExists {
        /// Which.
        key: DeviceKey,
    },
    /// What the key signs does not verify with the certificate.
    #[error("the key is not that of the certificate ({key})")]
    KeyMismatch {
        /// Which.
        key: DeviceKey,
    },
    /// The token does not take the PIN.
    #[error("the token does not log in: {problem}; it is not tried again before a reload")]
    Login {
        /// Why, as PKCS#11 says it.
        problem: String,
    },
    /// The module cannot be loaded.
    #[error("the PKCS#11 module {path} cannot be used: {problem}")]
    Module {
        /// The module.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// More of something than one.
    #[error("more than one {what} has this name ({key})")]
    Several {
        /// Of what.
        what: &'static str,
        /// Which.
        key: DeviceKey,
    },
    /// No suite, or not the one asked for, signs with such a key in a token.
    #[error("no suite signs with this kind of key in a token (asked for: {suite})")]
    Suite {
        /// The one asked for, or `any`.
        suite: String,
    },
    /// No token of this label is there.
    #[error("no token of this name is there ({key})")]
    TokenAbsent {
        /// Which.
        key: DeviceKey,
    },
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "TOKEN_BUSY",
            Self::Call { .. } => "TOKEN_FAILED",
            Self::Certificate => "TOKEN_CERTIFICATE",
            Self::KeyAbsent { .. } => "TOKEN_KEY_ABSENT",
            Self::KeyExists { .. } => "TOKEN_KEY_EXISTS",
            Self::KeyMismatch { .. } => "TOKEN_KEY_MISMATCH",
            Self::Login { .. } => "TOKEN_LOGIN",
            Self::Module { .. } => "TOKEN_MODULE",
            Self::Several { .. } => "TOKEN_AMBIGUOUS",
            Self::Suite { .. } => "TOKEN_SUITE",
            Self::TokenAbsent { .. } => "TOKEN_ABSENT",
        }
    }

    /// A call that failed.
    pub(super) fn call(error: &Cryptoki) -> Self {
        Self::Call {
            problem: said(error),
        }
    }

    /// A login that failed: what the PIN is at fault for is not tried again, since tokens lock
    /// themselves after a few wrong ones.
    pub(super) fn login(error: &Cryptoki) -> Self {
        let refused = matches!(
            error,
            Cryptoki::Pkcs11(
                RvError::PinIncorrect
                    | RvError::PinInvalid
                    | RvError::PinLenRange
                    | RvError::PinExpired
                    | RvError::PinLocked
                    | RvError::UserPinNotInitialized
                    | RvError::UserTypeInvalid,
                _
            )
        );
        let problem = said(error);
        match refused {
            true => Self::Login { problem },
            false => Self::Call { problem },
        }
    }
}

impl From<Error> for crypto::Error {
    fn from(error: Error) -> Self {
        Self::Device {
            code: error.code(),
            problem: error.to_string(),
        }
    }
}

/// What a library says, on one line: its texts for return values are paragraphs of the standard.
pub(super) fn said(error: &Cryptoki) -> String {
    if let Cryptoki::Pkcs11(value, call) = error {
        return format!("C_{call:?}: {value:?}");
    }
    error.to_string().replace('\n', " ")
}
