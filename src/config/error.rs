//! What is wrong with a configuration: where, what, and what to do about it.
//!
//! Start at [`Error`]. No value of a key or token ever stands in a text, only names and paths.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::crypto::KeyFault;

/// Where in the configuration something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// The key with its tables: `signing.key`; empty when the whole file is meant.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        Ok(())
    }
}

/// One fault of a configuration. `Display` reads `file:line: key: problem; remedy`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}; {}", .problem.remedy())]
#[non_exhaustive]
pub struct Error {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

impl Error {
    /// A stable word for the kind of fault.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A principal has no credential, or two.
    #[error("exactly one of token_sha256 and tls_spki_sha256 identifies a principal")]
    Credential,
    /// Others can change a module that runs within the gateway.
    #[error("{path} runs within the gateway, and others can change it")]
    Changeable {
        /// The file.
        path: PathBuf,
    },
    /// Two entries claim what only one may have.
    #[error("{what} stands also in {other}")]
    Duplicate {
        /// What is claimed twice.
        what: &'static str,
        /// Where it stands first.
        other: String,
    },
    /// A certificate is past its validity.
    #[error("the certificate in {path} expired at {not_after}")]
    Expired {
        /// The certificate's file.
        path: PathBuf,
        /// End of its validity.
        not_after: Timestamp,
    },
    /// Others than its owner and group can read a file with a secret, or more than its owner write it.
    #[error("{path} holds a secret and is open to others")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file with a key is not taken.
    #[error("{path}: {fault}")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: KeyFault,
    },
    /// Nothing says where an own key is, or two things do.
    #[error(
        "an own key is key together with certificates, or pkcs12 together with passphrase, or \
         for signing token together with certificates"
    )]
    KeyPlace,
    /// A private key does not belong to the certificate.
    #[error("the key in {key} is not the key of the certificate in {certificates}")]
    KeyMismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificates: PathBuf,
    },
    /// A file holds no certificate.
    #[error("{path} holds no certificate that can be read")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no usable private key.
    #[error("{path} holds no {expected}")]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// A certificate's validity has not begun.
    #[error("the certificate in {path} is valid only from {not_before}")]
    NotYetValid {
        /// The certificate's file.
        path: PathBuf,
        /// Begin of its validity.
        not_before: Timestamp,
    },
    /// A partner names the gateway's own party.
    #[error("this is the gateway's own party")]
    OwnParty,
    /// A number outside its range.
    #[error("{got} is outside {min} to {max}")]
    Range {
        /// As written.
        got: u64,
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A passphrase or a PIN cannot be had.
    #[error("{place}: {problem}")]
    Secret {
        /// Where it should be.
        place: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// One key serves for TLS and for signing.
    #[error("the TLS key and the signing key are the same")]
    SharedKey,
    /// A signature suite that this program does not have.
    #[error("{uri} is no signature suite that is known")]
    Suite {
        /// The SignatureMethod URI as written.
        uri: String,
    },
    /// The file is not TOML, has an unknown key, lacks one, or a value has the wrong type.
    #[error("{message}")]
    Syntax {
        /// The reader's words, on one line.
        message: String,
    },
    /// A partner's TLS identity is neither pins nor an anchor with its URI, or both.
    #[error("a partner's TLS identity is either pins, or anchors together with san_uri")]
    TlsIdentity,
    /// A file or directory cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Unreadable {
        /// The path as resolved.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Keys, certificates or lists were read and cannot be used for signatures.
    #[error("it cannot be used: {reason}")]
    Unusable {
        /// Why, as the signature code names it.
        reason: String,
    },
    /// A value does not read as what the key asks for.
    #[error("the value is not {expected}")]
    Value {
        /// What is asked for.
        expected: &'static str,
    },
}

impl Problem {
    /// A stable word for the kind of fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Credential => "CONFIG_CREDENTIAL",
            Self::Duplicate { .. } => "CONFIG_DUPLICATE",
            Self::Expired { .. } => "CONFIG_CERTIFICATE_EXPIRED",
            Self::Changeable { .. } | Self::Exposed { .. } => "CONFIG_EXPOSED",
            Self::KeyFile { fault, .. } => fault.code(),
            Self::KeyMismatch { .. } => "CONFIG_KEY_MISMATCH",
            Self::KeyPlace => "CONFIG_KEY_PLACE",
            Self::NoCertificate { .. } => "CONFIG_NO_CERTIFICATE",
            Self::NoKey { .. } => "CONFIG_NO_KEY",
            Self::NotYetValid { .. } => "CONFIG_CERTIFICATE_NOT_YET_VALID",
            Self::OwnParty => "CONFIG_OWN_PARTY",
            Self::Range { .. } => "CONFIG_RANGE",
            Self::Secret { .. } => "CONFIG_SECRET",
            Self::SharedKey => "CONFIG_SHARED_KEY",
            Self::Suite { .. } => "CONFIG_SUITE",
            Self::Syntax { .. } => "CONFIG_SYNTAX",
            Self::TlsIdentity => "CONFIG_TLS_IDENTITY",
            Self::Unreadable { .. } => "CONFIG_UNREADABLE",
            Self::Unusable { .. } => "CONFIG_UNUSABLE",
            Self::Value { .. } => "CONFIG_VALUE",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Credential => "keep one of the two",
            Self::Duplicate { .. } => "give each its own",
            Self::Expired { .. } => "install a renewed certificate",
            Self::Changeable { .. } => "chmod go-w it",
            Self::Exposed { .. } => "chmod 600 it, or 640 for a group of the gateway's own",
            Self::KeyFile { fault, .. } => fault.remedy(),
            Self::KeyPlace => "state one of them",
            Self::KeyMismatch { .. } => "install the pair that was issued together",
            Self::NoCertificate { .. } => "the file must be PEM with the leaf first",
            Self::NoKey { .. } => "the file must be PKCS#8 in PEM; `corridor init` makes one",
            Self::NotYetValid { .. } => "wait, or correct the machine's clock",
            Self::OwnParty => "a profile describes another party's gateway",
            Self::Range { .. } => "choose a value within the range",
            Self::Secret { .. } => "put it there, or name where it is",
            Self::SharedKey => "issue separate keys for TLS and for signing",
            Self::Suite { .. } => "write the SignatureMethod URI of a suite that exists",
            Self::Syntax { .. } => {
                "examples/gateway.toml and examples/partner.toml explain every key"
            }
            Self::TlsIdentity => "state one of the two in [tls]",
            Self::Unreadable { .. } => {
                "create it, or correct the path (relative paths start at this file's directory)"
            }
            Self::Unusable { .. } => "replace the file, or the suite that does not fit it",
            Self::Value { .. } => "correct the value",
        }
    }
}

/// Every fault that was found, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Error>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}
