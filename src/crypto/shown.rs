//! Whether a certificate that is shown elsewhere than in a signature is revoked: on a connection. Start
//! at [`TrustStore::revokes`].
//!
//! What is known is what is known for signatures. Whether the certificate is one of the partner's is
//! said elsewhere, by its key or by a path; here is only looked for a word against it.

use jiff::{SignedDuration, Timestamp};
use x509_parser::prelude::X509Certificate;

use super::certificate::parse;
use super::error::Error;
use super::judged::plain;
use super::status::{Answer, Asked, Terms, When, is_signed_by};
use super::suite::Suites;
use super::trust::TrustStore;

/// A certificate that is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// The subject, as RFC 4514 writes it.
    pub subject: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// Since when.
    pub since: Timestamp,
}

impl TrustStore {
    /// The same store, which takes lists of these authorities too (DER), though nobody below them signs
    /// documents: those that issue a partner's TLS certificates.
    ///
    /// # Errors
    /// `TRUST_MALFORMED`.
    pub fn taking_lists_of<D: AsRef<[u8]>>(mut self, authorities: &[D]) -> Result<Self, Error> {
        for der in authorities {
            parse(der.as_ref()).map_err(|_| Error::Trust {
                file: "TLS anchors",
                problem: "have a malformed certificate",
            })?;
            self.listing.push(der.as_ref().to_vec());
        }
        Ok(self)
    }

    /// The first certificate of a path that anything says is revoked, at `now`: the leaf comes first,
    /// then those that certify it, as far as they are known. A list that ran out says no less against
    /// a certificate than before. That nothing is known of one is no word against it.
    pub fn revokes(
        &self,
        path: &[&[u8]],
        suites: &Suites,
        now: Timestamp,
    ) -> Option<RevokedCertificate> {
        let terms = Terms {
            algorithms: suites.path(),
            when: When::Now(now),
            grace: SignedDuration::ZERO,
        };
        let authorities = path.iter().skip(1).copied().chain(self.authorities());
        let authorities: Vec<X509Certificate<'_>> =
            authorities.filter_map(|der| parse(der).ok()).collect();
        path.iter().enumerate().find_map(|(at, der)| {
            let certificate = parse(der).ok()?;
            let mut issuers = authorities
                .iter()
                .filter(|issuer| issuer.subject().as_raw() == certificate.issuer().as_raw());
            issuers.find_map(|issuer| {
                let asked = Asked {
                    certificate: &certificate,
                    is_authority: at > 0,
                    issuer,
                };
                match self.known.status(&asked, &terms) {
                    // Another authority of the same name revokes nothing of this one's.
                    Answer::Revoked(revoked)
                        if is_signed_by(der, issuer.public_key().raw, terms.algorithms) =>
                    {
                        Some(RevokedCertificate {
                            subject: plain(&certificate.subject().to_string()),
                            serial: hex::encode(certificate.raw_serial()),
                            since: revoked.since,
                        })
                    }
                    Answer::Revoked(_)
                    | Answer::Good(_)
                    | Answer::Invalid
                    | Answer::RanOut(_)
                    | Answer::Unknown => None,
                }
            })
        })
    }
}
