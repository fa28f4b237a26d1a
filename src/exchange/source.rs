//! From bytes to a view that business code may see: the two ways up the ladder of proof.
//!
//! Start at [`Source::signed`] and [`Source::attested`]. A [`Source`] is either what a partner
//! signed or what a national principal submitted; what it says is not looked at here beyond its
//! root name, which chooses the signing rules.

use std::sync::Arc;

use jiff::Timestamp;

use super::attested::Attested;
use super::lane::Suffices;
use super::partner::Partner;
use super::rejection::{Rejection, Stage};
use crate::crypto::{Cover, Policy, SigningRules, Suites, Verified};
use crate::evidence::Origin;
use crate::model::{Principal, Sha256};
use crate::translate::{Package, Packages};
use crate::xml::{self, Document, Limits, Node};

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
    Attested(Attested<Document>),
}

impl Source {
    /// Verifies what a partner sent.
    pub(super) fn signed(
        body: &[u8],
        charset: Option<&str>,
        partner: &Partner,
        suites: &Suites,
        packages: &Packages,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        let document = parse(body, charset, limits)?;
        // The unverified root only chooses what must be covered; it is looked at again below.
        let package = package_of(document.root(), packages)?;
        let rules = SigningRules {
            cover: Cover::DocumentElement,
            id_attributes: package.signing().id_attributes.clone(),
        };
        let policy = Policy {
            suites,
            allowed: &partner.suites,
            trust: &partner.trust,
        };
        let verified = crate::crypto::verify(document, &rules, &policy, now)
            .map_err(|refused| signature_fault(&refused.error))?;
        let package = package_of(verified.view(), packages)?;
        let origin = Origin::Signed {
            certificate_sha256: Sha256(verified.signer().sha256),
            suite: verified.suite().to_owned(),
        };
        Ok(Self {
            document: Proven::Signed(verified),
            package,
            origin,
        })
    }

    /// Takes what a national submitter handed in.
    pub(super) fn attested(
        body: &[u8],
        charset: Option<&str>,
        principal: &Principal,
        packages: &Packages,
        limits: &Limits,
    ) -> Result<Self, Rejection> {
        let document = parse(body, charset, limits)?;
        let package = package_of(document.root(), packages)?;
        let attested = Attested::by(document, principal).ok_or_else(|| {
            Rejection::new(
                Stage::Identity,
                "EXCHANGE_NOT_A_SUBMITTER",
                "only a principal with the role `submitter` may submit messages",
            )
        })?;
        Ok(Self {
            document: Proven::Attested(attested),
            package,
            origin: Origin::Attested {
                principal: principal.name.clone(),
            },
        })
    }

    /// What business code may see.
    pub(super) fn view(&self) -> Node<'_> {
        match &self.document {
            Proven::Signed(verified) => verified.view(),
            Proven::Attested(attested) => attested.view(),
        }
    }

    /// The rung of proof reached.
    pub(super) fn rung(&self) -> Suffices {
        match &self.document {
            Proven::Signed(_) => Suffices::Signed,
            Proven::Attested(_) => Suffices::Attested,
        }
    }
}

fn parse(body: &[u8], charset: Option<&str>, limits: &Limits) -> Result<Document, Rejection> {
    xml::parse(body, charset, limits).map_err(|error| {
        let place = error.position();
        Rejection::new(Stage::Parse, error.code(), error.to_string()).at(
            place.line,
            place.column,
            None,
        )
    })
}

fn package_of(root: Node<'_>, packages: &Packages) -> Result<Arc<Package>, Rejection> {
    packages.by_root(root.name()).map(Arc::clone).ok_or_else(|| {
        let place = root.position();
        Rejection::new(
            Stage::Lane,
            "PACKAGE_UNKNOWN",
            "no message package has this root element; `corridor packages list` names those that \
             are installed",
        )
        .at(place.line, place.column, Some(root.path()))
    })
}

fn signature_fault(error: &crate::crypto::Error) -> Rejection {
    let rejection = Rejection::new(Stage::Signature, error.code(), error.to_string());
    match error.position() {
        Some(place) => rejection.at(place.line, place.column, None),
        None => rejection,
    }
}
