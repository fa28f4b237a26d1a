//! Identifiers that every room speaks: parties, packages, digests, case keys.
//!
//! Start at [`PartyId`]. Nothing here knows XML, keys or storage.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest party identifier, in bytes. Party codes are country or union codes; 32 leaves room for
/// services within one.
pub const PARTY_ID_BYTES_MAX: usize = 32;

/// Why an identifier was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// A party code has letters other than `A-Z`, `0-9` and `-`, or a wrong length.
    #[error("a party is 1 to {PARTY_ID_BYTES_MAX} characters of A-Z, 0-9 and '-'")]
    Party,
    /// A package name does not read `party/message` or `party/message/version`.
    #[error(
        "a package reads party/message/version in lower case letters, digits, '.', '-' and '_'"
    )]
    Package,
    /// A digest is not 64 hexadecimal digits.
    #[error("a SHA-256 digest is 64 hexadecimal digits")]
    Digest,
}

/// A customs service that takes part in the exchange: a gateway or one of its partners, such as
/// `RU`, `KZ`, `EU`. It is never read from a message: it comes from the authenticated peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartyId(String);

impl PartyId {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PartyId {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > PARTY_ID_BYTES_MAX || !text.bytes().all(legal) {
            return Err(IdentifierError::Party);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PartyId {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PartyId> for String {
    fn from(id: PartyId) -> Self {
        id.0
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message package: party, message and version, written `eu/cc015c/51.8.6`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageId {
    party: String,
    message: String,
    version: String,
}

impl PackageId {
    /// Joins the three parts.
    ///
    /// # Errors
    /// [`IdentifierError::Package`] when a part is empty or has a character outside `a-z 0-9 . - _`.
    pub fn new(party: &str, message: &str, version: &str) -> Result<Self, IdentifierError> {
        let legal =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        let part = |text: &str| {
            (!text.is_empty() && !text.starts_with('.') && text.bytes().all(legal))
                .then(|| text.to_owned())
                .ok_or(IdentifierError::Package)
        };
        Ok(Self {
            party: part(party)?,
            message: part(message)?,
            version: part(version)?,
        })
    }

    /// Whose format it is: `eu`, `eaeu`, `fcs`, `cn`, `mn`, `wco`.
    pub fn party(&self) -> &str {
        &self.party
    }

    /// The message within the party's formats: `cc015c`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The version as published: `51.8.6`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Party and message without the version: `eu/cc015c`.
    pub fn family(&self) -> String {
        format!("{}/{}", self.party, self.message)
    }

    /// Whether `party/message/version` names it, or `party/message`, which names every version.
    pub fn is_named(&self, name: &str) -> bool {
        let party = name.strip_prefix(self.party.as_str());
        let message = party.and_then(|rest| rest.strip_prefix('/'));
        let version = message.and_then(|rest| rest.strip_prefix(self.message.as_str()));
        version.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/') == Some(&self.version))
    }
}

impl FromStr for PackageId {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(party), Some(message), Some(version), None) => Self::new(party, message, version),
            _ => Err(IdentifierError::Package),
        }
    }
}

impl TryFrom<String> for PackageId {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PackageId> for String {
    fn from(id: PackageId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.party, self.message, self.version)
    }
}

/// A SHA-256 digest (FIPS 180-4), written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| IdentifierError::Digest)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_and_written_back() {
        for text in ["RU", "KZ", "EU", "RU-10702070"] {
            assert_eq!(text.parse::<PartyId>().unwrap().to_string(), text);
        }
        let package: PackageId = "eu/cc015c/51.8.6".parse().unwrap();
        assert_eq!(package.to_string(), "eu/cc015c/51.8.6");
        assert_eq!(package.family(), "eu/cc015c");
        let digest = Sha256([7; 32]);
        assert_eq!(digest.to_string().parse::<Sha256>().unwrap(), digest);
    }

    #[test]
    fn a_package_is_named_with_its_version_or_without() {
        let package: PackageId = "eu/cc015c/51.8.6".parse().unwrap();
        assert!(package.is_named("eu/cc015c/51.8.6"));
        assert!(package.is_named("eu/cc015c"));
        for other in [
            "",
            "eu",
            "eu/",
            "eu/cc015",
            "eu/cc015c/",
            "eu/cc015c/51.8",
            "eu/cc015c/51.8.60",
            "eu/cc015c51.8.6",
            "eu/cc015cc/51.8.6",
            "eucc015c",
            "cn/cc015c",
        ] {
            assert!(!package.is_named(other), "{other}");
        }
    }

    #[test]
    fn malformed_identifiers_are_refused() {
        for text in [
            "",
            "ru",
            "R U",
            "../RU",
            "A234567890123456789012345678901234",
        ] {
            assert_eq!(text.parse::<PartyId>(), Err(IdentifierError::Party));
        }
        for text in [
            "eu",
            "eu/cc015c",
            "eu/../x",
            "EU/cc/1",
            "eu/cc015c/51.8.6/x",
            "eu//1",
        ] {
            assert_eq!(text.parse::<PackageId>(), Err(IdentifierError::Package));
        }
        for text in ["", "00", "zz"] {
            assert_eq!(text.parse::<Sha256>(), Err(IdentifierError::Digest));
        }
    }
}
