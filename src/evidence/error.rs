//! What can be wrong with evidence that somebody hands us.
//!
//! Start at [`Error`]; [`Error::code`] is the stable name that partners and scripts see.

/// A piece of evidence was not accepted, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A leaf, checkpoint, proof or key does not follow its text format.
    #[error("{what}, line {line}: expected {expected}")]
    Format {
        /// The kind of text: `leaf`, `checkpoint`, `signed note`, `proof`, `verifier key`.
        what: &'static str,
        /// Line, counted from 1.
        line: usize,
        /// What the format has there.
        expected: &'static str,
    },
    /// A key is no Ed25519 key in PKCS#8, or its name is not allowed in a signed note.
    #[error("a log key is an Ed25519 key in PKCS#8; its name has no space and no '+'")]
    Key,
    /// A stored hash that the proof needs is not there.
    #[error("the hash at level {level}, index {index} is missing")]
    MissingHash {
        /// Tree level, 0 for leaves.
        level: u32,
        /// Place within the level.
        index: u64,
    },
    /// A checkpoint is of another log.
    #[error("the checkpoint is of another log than {expected}")]
    Origin {
        /// The origin that the verifier was given.
        expected: String,
    },
    /// A proof speaks about a leaf or size that the tree does not have.
    #[error("{index} is outside a tree of {size} leaves")]
    OutsideTree {
        /// The leaf or the older size.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// A stored frontier has another number of subtrees than its size asks for.
    #[error("a tree of {size} leaves does not have {got} complete subtrees")]
    Peaks {
        /// Number of leaves.
        size: u64,
        /// Number of subtrees found.
        got: usize,
    },
    /// The hashes of a proof do not lead to the root.
    #[error("the proof does not lead to the root")]
    ProofInvalid,
    /// A receipt is not written as its schema and `docs/evidence.md` say.
    #[error("{path}, line {line}, column {column}: expected {expected}")]
    Receipt {
        /// Path of the element.
        path: String,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What belongs there.
        expected: &'static str,
    },
    /// A receipt's signature could not be verified, or not be made.
    #[error("the receipt's signature")]
    Signature(#[source] crate::crypto::Error),
    /// A signature of a known key is wrong.
    #[error("the signature of {name} on the checkpoint is wrong")]
    SignatureInvalid {
        /// Name of the key.
        name: String,
    },
    /// No subtree covers exactly these leaves.
    #[error("{start}..{end} is no subtree")]
    Subtree {
        /// First leaf.
        start: u64,
        /// One past the last.
        end: u64,
    },
    /// Nobody known signed the note.
    #[error("no signature of {name} with key {key_id} is on the checkpoint")]
    Unsigned {
        /// Name of the key that was looked for.
        name: String,
        /// Its id, hexadecimal.
        key_id: String,
    },
    /// A receipt is no XML document that we take, or could not be written as one.
    #[error("the receipt as XML")]
    Xml(#[from] crate::xml::Error),
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "EVIDENCE_FORMAT",
            Self::Key => "LOG_KEY",
            Self::MissingHash { .. } => "LOG_MISSING_HASH",
            Self::Origin { .. } => "LOG_ORIGIN",
            Self::OutsideTree { .. } => "LOG_OUTSIDE_TREE",
            Self::Peaks { .. } => "LOG_FRONTIER",
            Self::ProofInvalid => "LOG_PROOF_INVALID",
            Self::Receipt { .. } => "RECEIPT_FORMAT",
            Self::Signature(error) => error.code(),
            Self::SignatureInvalid { .. } => "LOG_SIGNATURE_INVALID",
            Self::Subtree { .. } => "LOG_SUBTREE",
            Self::Unsigned { .. } => "LOG_UNSIGNED",
            Self::Xml(error) => error.code(),
        }
    }
}
