//! Since when a certificate is revoked, by the lists that name it (RFC 5280 section 5.3).
//!
//! Start at [`fault`]. webpki says that a certificate is revoked, not since when; for what was signed
//! and received before, that is the question.

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{BorrowedRevokedCert, CertRevocationList, EndEntityCert, RevocationReason};

use super::certificate::timestamp;
use super::error::CertificateFault;

/// What the lists say of the revoked certificates among these. Of several entries the earliest date
/// counts, and one doubt is enough.
pub(super) fn fault<'a, 'c: 'a, 'l>(
    lists: impl Iterator<Item = &'l CertRevocationList<'static>> + Clone,
    certificates: impl Iterator<Item = &'a CertificateDer<'c>>,
) -> CertificateFault {
    let (mut since, mut sound_before) = (None, true);
    for der in certificates {
        let Ok(certificate) = EndEntityCert::try_from(der) else {
            continue;
        };
        let of_issuer = lists
            .clone()
            .filter(|list| list.issuer() == certificate.issuer());
        for list in of_issuer {
            if let Ok(Some(entry)) = list.find_serial(certificate.serial()) {
                let from = moment(entry.invalidity_date.map_or(entry.revocation_date, |date| {
                    date.min(entry.revocation_date)
                }));
                since = Some(since.map_or(from, |since: Timestamp| since.min(from)));
                sound_before &= leaves_no_doubt(&entry);
            }
        }
    }
    CertificateFault::Revoked {
        // An entry that is not found again leaves no time for which the certificate vouches.
        sound_before: sound_before && since.is_some(),
        since: since.unwrap_or(Timestamp::MIN),
    }
}

/// Whether the key was its holder's until the date of the entry. Where the key may have been lost,
/// only an invalidity date says since when; no reason is any reason (RFC 5280 section 5.3.1).
fn leaves_no_doubt(entry: &BorrowedRevokedCert<'_>) -> bool {
    match entry.reason_code {
        Some(
            RevocationReason::AffiliationChanged
            | RevocationReason::CertificateHold
            | RevocationReason::CessationOfOperation
            | RevocationReason::PrivilegeWithdrawn
            | RevocationReason::RemoveFromCrl
            | RevocationReason::Superseded,
        ) => true,
        Some(
            RevocationReason::AaCompromise
            | RevocationReason::CaCompromise
            | RevocationReason::KeyCompromise
            | RevocationReason::Unspecified,
        )
        | None => entry.invalidity_date.is_some(),
    }
}

fn moment(time: UnixTime) -> Timestamp {
    timestamp(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}
