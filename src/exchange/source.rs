//! From bytes to a view that business code may see: the two ways up the ladder of proof.
//!
//! Start at [`Source::signed`] and [`Source::attested`]. A [`Source`] is either what a partner
//! signed or what a national principal submitted; what it says is not looked at here beyond its
//! root name, which chooses the signing rules.

use std::sync::Arc;

use jiff::Timestamp;

use super::attested::Attested;
use super::conclude::Arrived;
use super::core::Core;
use super::lane::Suffices;
use super::rejection::{Rejection, Stage};
use super::ucr;
use crate::crypto::{
    self, CertificateFault, Cover, Policy, Revocation, SigningRules, Verified, When,
};
use crate::evidence::{Direction, Origin, RevocationNote};
use crate::model::{PartyId, Principal, Sha256, Ucr};
use crate::store::Received;
use crate::translate::Package;
use crate::xml::{self, Document, Node};

/// A message whose origin is proven, and the package it belongs to.
pub(super) struct Source {
    document: Proven,
    /// The package that its root element names.
    pub(super) package: Arc<Package>,
    /// How its origin was proven, as the receipt states it.
    pub(super) origin: Origin,
}

enum Proven {
    Signed(Verified<Document>),
    /// With the UCR that was stated beside it.
    Attested(Attested<Document>, Option<Ucr>),
}

impl Source {
    /// Verifies what a partner sent.
    pub(super) fn signed(
        core: &Core,
        from: &PartyId,
        body: &[u8],
        charset: Option<&str>,
        when: When,
    ) -> Result<Self, Rejection> {
        let verified =
            verified(core, from, body, charset, when).map_err(|unverified| match unverified {
                Unverified::Rejected(rejection) => rejection,
                Unverified::Signature(error) => signature_fault(&error),
            })?;
        let package = package_of(verified.view(), core)?;
        let origin = Origin::Signed {
            certificate_sha256: Sha256(verified.signer().sha256),
            suite: verified.suite().to_owned(),
            revocation: Some(Box::new(RevocationNote {
                status: verified.revocation(),
                sources: verified.statuses().to_vec(),
            })),
        };
        if verified.revocation() == Revocation::Grace {
            let code = RevocationNote::GRACE;
            tracing::warn!(partner = %from, code, "accepted by what is known no longer surely");
        }
        Ok(Self {
            document: Proven::Signed(verified),
            package,
            origin,
        })
    }

    /// Takes what a national submitter handed in, and the UCR that it states beside it.
    pub(super) fn attested(
        core: &Core,
        principal: &Principal,
        arrived: &Arrived,
    ) -> Result<Self, Rejection> {
        let document = parse(core, &arrived.body, arrived.charset.as_deref())?;
        let package = package_of(document.root(), core)?;
        let attested = Attested::by(document, principal).ok_or_else(|| {
            Rejection::new(
                Stage::Identity,
                "EXCHANGE_NOT_A_SUBMITTER",
                "only a principal with the role `submitter` may submit messages",
            )
        })?;
        Ok(Self {
            document: Proven::Attested(attested, arrived.ucr.clone()),
            package,
            origin: Origin::Attested {
                principal: principal.name.clone(),
            },
        })
    }

    /// Climbs again with a message that was accepted earlier, as of the time when it came: our receipt
    /// proves that it was there. What expired or was revoked since vouches for it still.
    pub(super) fn again(core: &Core, received: &Received, body: &[u8]) -> Result<Self, Rejection> {
        let charset = received.charset.as_deref();
        if received.direction == Direction::National {
            let document = parse(core, body, charset)?;
            return Ok(Self {
                package: package_of(document.root(), core)?,
                document: Proven::Attested(
                    Attested::from_journal(document),
                    received.ucr.as_deref().cloned(),
                ),
                origin: Origin::Attested {
                    principal: received.principal.clone().unwrap_or_default(),
                },
            });
        }
        let then = When::Proven(received.judged_at());
        Self::signed(core, &received.partner, body, charset, then)
    }

    /// What business code may see.
    pub(super) fn view(&self) -> Node<'_> {
        match &self.document {
            Proven::Signed(verified) => verified.view(),
            Proven::Attested(attested, _) => attested.view(),
        }
    }

    /// The digest of its content, where proving its origin gave it.
    pub(super) fn content(&self) -> Option<Sha256> {
        match &self.document {
            Proven::Signed(verified) => verified.content_sha256().map(Sha256),
            Proven::Attested(..) => None,
        }
    }

    /// Whether a partner signed it without stating time and certificate of signing.
    pub(super) fn lacks_xades(&self) -> bool {
        match &self.document {
            Proven::Signed(verified) => !verified.is_baseline_b(),
            Proven::Attested(..) => false,
        }
    }

    /// The UCR that the signer or the submitter states beside the message.
    ///
    /// # Errors
    /// A rejection when it is none.
    pub(super) fn ucr(&self) -> Result<Option<Ucr>, Rejection> {
        match &self.document {
            Proven::Signed(verified) => ucr::signed(verified),
            Proven::Attested(_, ucr) => Ok(ucr.clone()),
        }
    }

    /// The rung of proof reached.
    pub(super) fn rung(&self) -> Suffices {
        match &self.document {
            Proven::Signed(_) => Suffices::Signed,
            Proven::Attested(..) => Suffices::Attested,
        }
    }
}

/// Whether the certificate of a partner's message holds at a time, by what is trusted now: whether
/// revocation could be checked, or what is wrong with the certificate. Nothing, when it is not the
/// certificate by which the message fails.
pub(super) fn certificate_at(
    core: &Core,
    from: &PartyId,
    body: &[u8],
    charset: Option<&str>,
    at: Timestamp,
) -> Result<Revocation, Option<CertificateFault>> {
    match verified(core, from, body, charset, When::Now(at)) {
        Ok(verified) => Ok(verified.revocation()),
        Err(Unverified::Signature(crypto::Error::Certificate { fault, .. })) => Err(Some(*fault)),
        Err(Unverified::Rejected(_) | Unverified::Signature(_)) => Err(None),
    }
}

/// Why a partner's message is not believed.
enum Unverified {
    /// It does not get as far as its signature.
    Rejected(Rejection),
    /// By its signature.
    Signature(crypto::Error),
}

fn verified(
    core: &Core,
    from: &PartyId,
    body: &[u8],
    charset: Option<&str>,
    when: When,
) -> Result<Verified<Document>, Unverified> {
    let partner = core.partners.get(from).ok_or_else(|| {
        Unverified::Rejected(Rejection::new(
            Stage::Signature,
            "EXCHANGE_PARTNER_UNKNOWN",
            "the gateway has no profile of this party",
        ))
    })?;
    let document = parse(core, body, charset).map_err(Unverified::Rejected)?;
    // What nobody has verified only chooses the rules; the view is looked at again.
    let (content, _) = crypto::unverified_content(&document);
    let package = package_of(content, core).map_err(Unverified::Rejected)?;
    let rules = signing_rules(&package);
    let policy = Policy {
        suites: partner.agreed.suites(when.at()),
        allowed: &partner.agreed.allowed(when.at()),
        trust: &partner.trust,
    };
    let verified = core.stage("verify", || {
        crypto::verify_when(document, &rules, &policy, when)
    });
    let verified = verified.map_err(|refused| Unverified::Signature(refused.error))?;
    let signed = package_of(verified.view(), core).map_err(Unverified::Rejected)?;
    if !Arc::ptr_eq(&signed, &package) {
        let text = "what is signed is another message than the one by whose rules it was judged";
        let rejection = Rejection::new(Stage::Signature, "SIG_WRAPPED", text);
        return Err(Unverified::Rejected(rejection));
    }
    Ok(verified)
}

fn parse(core: &Core, body: &[u8], charset: Option<&str>) -> Result<Document, Rejection> {
    let parsed = core.stage("parse", || xml::parse(body, charset, &core.limits));
    parsed.map_err(|error| {
        let rejection = Rejection::new(Stage::Parse, error.code(), error.to_string());
        match error.position() {
            Some(place) => rejection.at(place.line, place.column, None),
            None => rejection,
        }
    })
}

fn package_of(root: Node<'_>, core: &Core) -> Result<Arc<Package>, Rejection> {
    core.package_of(root).map(Arc::clone).map_err(|unknown| {
        let place = root.position();
        Rejection::new(Stage::Lane, unknown.code(), unknown.to_string()).at(
            place.line,
            place.column,
            Some(root.path()),
        )
    })
}

fn signing_rules(package: &Package) -> SigningRules {
    SigningRules {
        cover: match package.signing().enveloping {
            false => Cover::DocumentElement,
            true => Cover::Object,
        },
        id_attributes: package.signing().id_attributes.clone(),
    }
}

fn signature_fault(error: &crypto::Error) -> Rejection {
    let rejection = Rejection::new(Stage::Signature, error.code(), error.to_string());
    match error.position() {
        Some(place) => rejection.at(place.line, place.column, None),
        None => rejection,
    }
}
