//! Why a file with a key is not taken. Start at [`KeyFault`].

/// Why a file with a key is not taken. No variant holds anything of key or passphrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// An encryption, or a protection against changes, that is not taken.
    #[error("it is protected by {what}, which is not taken")]
    Algorithm {
        /// Its name, or its OID.
        what: String,
    },
    /// None of the certificates is the key's.
    #[error("none of its certificates is that of its key")]
    CertificateMismatch,
    /// The passphrase is hashed too few times, or too many.
    #[error("its passphrase is hashed {got} times; {min} to {max} are taken")]
    Iterations {
        /// How many times.
        got: u64,
        /// Least.
        min: u32,
        /// Most.
        max: u32,
    },
    /// The costs of scrypt are too low or too high, or none that it has (RFC 7914 section 2).
    #[error(
        "its passphrase is hashed by scrypt with N = {n}, r = {r}, p = {p}; N a power of two, N * r \
             from 2^17 to 2^20, and N * r * p up to 2^23 are taken"
    )]
    Costs {
        /// CPU and memory cost.
        n: u64,
        /// Block size.
        r: u64,
        /// Parallelization.
        p: u64,
    },
    /// No suite signs with the key.
    #[error("its key is of no kind that is taken")]
    Kind,
    /// Not built as its format demands, or too large.
    #[error("it is damaged, or of another format")]
    Malformed,
    /// Nothing in the file shows whether it was changed.
    #[error("it has no MAC, so that nothing shows whether it was changed")]
    NoMac,
    /// A passphrase is named for a key that lies open.
    #[error("a passphrase is named for it, but it is not encrypted")]
    NotEncrypted,
    /// The key is encrypted and no passphrase is named.
    #[error("it is encrypted, and no passphrase is named for it")]
    PassphraseMissing,
    /// The passphrase is wrong, or the file was changed.
    #[error("the passphrase is wrong, or the file was changed")]
    PassphraseWrong,
    /// No randomness for a new key file.
    #[error("the system gives no random bytes")]
    Random,
    /// More of something than a file with a key has.
    #[error("it has more than {max} {what}")]
    Several {
        /// Of what.
        what: &'static str,
        /// How many are taken.
        max: usize,
    },
    /// A file without a key, or without certificates.
    #[error("it has no {what}")]
    Without {
        /// What is missing.
        what: &'static str,
    },
}

impl KeyFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => "KEY_ENCRYPTION_REFUSED",
            Self::CertificateMismatch => "KEY_CERTIFICATE_MISMATCH",
            Self::Costs { .. } | Self::Iterations { .. } => "KEY_ITERATIONS",
            Self::Kind => "KEY_SUITE",
            Self::Malformed | Self::Several { .. } | Self::Without { .. } => "KEY_FILE_MALFORMED",
            Self::NoMac => "KEY_WITHOUT_MAC",
            Self::NotEncrypted => "KEY_NOT_ENCRYPTED",
            Self::PassphraseMissing => "KEY_PASSPHRASE_MISSING",
            Self::PassphraseWrong => "KEY_PASSPHRASE_WRONG",
            Self::Random => "KEY_GENERATION",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } | Self::Costs { .. } | Self::Iterations { .. } | Self::NoMac => {
                "write it anew: `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000`, or for PKCS#12 \
                 `openssl pkcs12 -in OLD -legacy -nodes -out ALL.pem`, then `openssl pkcs12 -export \
                 -in ALL.pem -iter 600000 -out NEW`, and delete ALL.pem"
            }
            Self::CertificateMismatch | Self::Without { .. } => {
                "export key and certificates together: `openssl pkcs12 -export -inkey KEY -in CHAIN`"
            }
            Self::Kind => "RSA from 2048 bits, ECDSA P-256 or P-384, Ed25519",
            Self::Malformed | Self::Random | Self::Several { .. } => "replace the file",
            Self::NotEncrypted => {
                "encrypt it (`openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000`), or name no passphrase"
            }
            Self::PassphraseMissing => {
                "name where its passphrase is: passphrase = { file = \"...\" }"
            }
            Self::PassphraseWrong => "correct the passphrase, or put the file back",
        }
    }

    /// An algorithm by its OID, with the name that people know it by.
    pub(super) fn algorithm(oid: &[u8]) -> Self {
        let name = NAMES.iter().find(|(known, _)| *known == oid);
        let what = match name {
            Some((_, name)) => (*name).to_owned(),
            None => x509_parser::der_parser::oid::Oid::new(oid.into()).to_id_string(),
        };
        Self::Algorithm { what }
    }
}

/// What older programs write, and what newer ones can.
const NAMES: &[(&[u8], &str)] = &[
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 3],
        "PBES1 with MD5 and DES",
    ),
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 10],
        "PBES1 with SHA-1 and DES",
    ),
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 3],
        "SHA-1 with Triple DES (PKCS#12)",
    ),
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 5],
        "SHA-1 with RC2 (PKCS#12)",
    ),
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 6],
        "SHA-1 with RC2 of 40 bits (PKCS#12)",
    ),
    (
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 7],
        "PBKDF2 with HMAC-SHA-1",
    ),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 7], "Triple DES"),
    (&[0x2B, 0x0E, 3, 2, 0x1A], "a MAC with SHA-1"),
];
