//! What is known of a partner's signature: for the time when its message was received, and for the
//! time when the control ended, which is only the partner's claim (design section 8).
//!
//! Start at [`Signed::standing`]. Both times are judged by what is trusted now: a key that is revoked
//! later changes what is known of either.

use jiff::Timestamp;

use super::super::core::Core;
use super::super::source::certificate_at;
use crate::crypto::{CertificateFault, Revocation};
use crate::model::PartyId;
use crate::recognition::{Coverage, KeyRole, Signature, SignatureCode, Validity};

/// An accepted message of a partner.
pub(super) struct Signed<'a> {
    pub(super) from: &'a PartyId,
    pub(super) message: &'a str,
    /// When it came.
    pub(super) judged_at: Timestamp,
    pub(super) body: &'a [u8],
    pub(super) charset: Option<&'a str>,
}

/// Nobody can tell whether it was signed at that time.
const UNPROVEN: Validity = Validity::Unknown {
    code: SignatureCode::TimeUnproven,
};

impl Signed<'_> {
    /// What is known of the signature. It held when it was received, or the message would not have
    /// been accepted; for the time of the control, certificate and revocation data must cover it.
    pub(super) fn standing(&self, core: &Core, ended: Option<Timestamp>) -> Signature {
        let accepted = Signature {
            message: self.message.to_owned(),
            valid_at_receipt: Validity::Valid,
            valid_at_control_time: UNPROVEN,
            role: Some(KeyRole::CustomsAuthority),
            covers: Some(Coverage::Whole),
        };
        self.again(core, &accepted, &[ended])
    }

    /// The same signature by what is known today, for a message whose controls ended at these times.
    /// What cannot be judged today stays as it was.
    pub(super) fn again(
        &self,
        core: &Core,
        before: &Signature,
        ended: &[Option<Timestamp>],
    ) -> Signature {
        let at = |time| self.at(core, time);
        let at_receipt = at(self.judged_at).unwrap_or(before.valid_at_receipt);
        let at_control = ended.iter().map(|ended| ended.and_then(at));
        let at_control = at_control.map(|now| now.unwrap_or(before.valid_at_control_time));
        let at_control = at_control.max_by_key(|validity| severity(*validity));
        Signature {
            valid_at_receipt: at_receipt,
            valid_at_control_time: at_control.unwrap_or(before.valid_at_control_time),
            ..before.clone()
        }
    }

    /// Whether the certificate holds at a time; nothing, when that cannot be judged.
    fn at(&self, core: &Core, time: Timestamp) -> Option<Validity> {
        match certificate_at(core, self.from, self.body, self.charset, time) {
            Ok(Revocation::Checked) => Some(Validity::Valid),
            // What ran out does not cover that time, whatever the profile lets pass.
            Ok(Revocation::Grace | Revocation::NotChecked) | Err(None) => None,
            Err(Some(fault)) => of_fault(&fault, time),
        }
    }
}

/// How bad it is: of several judgements the worst counts.
pub(super) fn severity(validity: Validity) -> u8 {
    match validity {
        Validity::Valid => 0,
        Validity::Unknown { .. } => 1,
        Validity::Invalid { .. } => 2,
    }
}

/// What a fault of the certificate means for a time.
fn of_fault(fault: &CertificateFault, time: Timestamp) -> Option<Validity> {
    let code = match fault {
        CertificateFault::Revoked { since, .. } if *since <= time => {
            SignatureCode::RevokedAtSigning
        }
        // It was received, or says that it was signed, before the certificate was revoked.
        CertificateFault::Revoked { sound_before, .. } => {
            return Some(match sound_before {
                true => Validity::Valid,
                false => UNPROVEN,
            });
        }
        CertificateFault::Expired { .. } | CertificateFault::NotYetValid { .. } => {
            SignatureCode::ExpiredAtSigning
        }
        CertificateFault::ChainIncomplete { .. }
        | CertificateFault::NotPinned
        | CertificateFault::UnknownIssuer { .. } => SignatureCode::KeyUntrusted,
        CertificateFault::ExtendedKeyUsage | CertificateFault::KeyUsage => SignatureCode::EkuOrRole,
        CertificateFault::AlgorithmRefused
        | CertificateFault::WeakExponent
        | CertificateFault::WeakKey { .. } => SignatureCode::AlgForbidden,
        CertificateFault::Constraint { .. }
        | CertificateFault::Form { .. }
        | CertificateFault::IsAuthority
        | CertificateFault::Malformed
        | CertificateFault::Missing
        | CertificateFault::NotAnIssuer
        | CertificateFault::OtherName
        | CertificateFault::PathLimit
        | CertificateFault::Policy
        | CertificateFault::Signature => SignatureCode::Path,
        // No list that counts speaks of that time: nothing new is known.
        CertificateFault::CrlExpired { .. }
        | CertificateFault::CrlInvalid
        | CertificateFault::RevocationUnknown => return None,
    };
    Some(Validity::Invalid { code })
}
