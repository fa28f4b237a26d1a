//! What was fetched of what authorities say, for whoever keeps it fresh. Start at [`RevocationList`].

use std::sync::Arc;

use super::super::judged::StatusUsed;
use super::List;

/// A revocation list, read. Whether it is genuine is said by
/// [`TrustStore::vouches_for`](super::super::TrustStore::vouches_for), and again for each path.
#[derive(Debug, Clone)]
pub struct RevocationList(pub(in crate::crypto) Arc<List>);

impl RevocationList {
    /// Reads one list, DER or PEM, complete or a delta.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let ders = super::list::ders(bytes).ok_or("is no DER and no readable PEM")?;
        match ders.as_slice() {
            [der] => List::read(der).map(|list| Self(Arc::new(list))),
            _ => Err("is not exactly one list"),
        }
    }

    /// What records say of it.
    pub fn facts(&self) -> &StatusUsed {
        &self.0.facts
    }

    /// Whether it was issued before another of the same issuer: going back to it would forget who was
    /// revoked meanwhile.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.0.issuer == other.0.issuer && self.0.facts.this_update < other.0.facts.this_update
    }
}
