//! What we take of all that can be read in a signature. Start at [`check`].
//!
//! The refusals that need neither keys nor the document: each of the kinds that attacks are made of
//! has a code of its own.

use super::read::shown;
use super::{Algorithm, C14n, Reference, Signature, SignedInfo, Step, Transform};
use crate::crypto::error::Error;
use crate::crypto::suite::Suites;
use crate::crypto::uri;

/// Refuses, in a signature as it stands, what is not taken from anybody: manifests, SHA-1, HMAC,
/// algorithms with parameters, and transforms other than enveloped-signature and one
/// canonicalisation. SHA-1 as the digest of a reference is taken where `suites` have it.
pub(in crate::crypto) fn check(
    signature: &Signature<'_>,
    signed_info: &SignedInfo<'_>,
    suites: &Suites,
) -> Result<(), Error> {
    if let Some(manifest) = signature.node.named(uri::DS, "Manifest").next() {
        let at = manifest.position();
        return Err(Error::Manifest { at });
    }
    signed_info.method.check("SignatureMethod")?;
    for reference in &signed_info.references {
        let unbound = Step::EnvelopedByXpath { bound: false };
        let mut transforms = reference.transforms.iter();
        if let Some(transform) = transforms.find(|it| it.step == unbound) {
            return Err(transform.refused());
        }
        reference.octets()?;
        let digest = &reference.digest;
        let excepted = digest.uri == uri::SHA1 && suites.digest(uri::SHA1).is_some();
        if !excepted || digest.at.elements().next().is_some() {
            digest.check("DigestMethod")?;
        }
    }
    Ok(())
}

impl Algorithm<'_> {
    /// Parameters are refused: HMACOutputLength shortens what is compared (CVE-2009-0217), and no
    /// suite that we have takes any.
    pub(in crate::crypto) fn check(&self, element: &'static str) -> Result<(), Error> {
        if self.uri.contains(uri::HMAC_FRAGMENT) {
            let at = self.at.position();
            return Err(Error::Hmac { at });
        }
        if uri::SHA1_FAMILY.contains(&self.uri) {
            let at = self.at.position();
            return Err(Error::Sha1 { element, at });
        }
        if self.at.elements().next().is_some() {
            return Err(self.refused(element));
        }
        Ok(())
    }

    /// The refusal of this algorithm.
    pub(in crate::crypto) fn refused(&self, element: &'static str) -> Error {
        Error::AlgorithmRefused {
            element,
            uri: shown(self.uri),
            at: self.at.position(),
        }
    }
}

/// How octets are made of what a reference points at.
pub(in crate::crypto) struct Octets {
    /// Whether the Signature is taken out.
    pub(in crate::crypto) enveloped: bool,
    /// The canonicalisation.
    pub(in crate::crypto) canonicalization: C14n,
}

impl Reference<'_> {
    /// Enveloped-signature first if at all, in either spelling or in both, then at most one
    /// canonicalisation; without one, Canonical XML 1.0.
    pub(in crate::crypto) fn octets(&self) -> Result<Octets, Error> {
        let (mut by_name, mut by_xpath, mut canonicalization) = (false, false, None);
        for transform in &self.transforms {
            if canonicalization.is_some() {
                // The octets are made; nothing may follow.
                return Err(transform.refused());
            }
            match &transform.step {
                Step::Enveloped if !by_name => by_name = true,
                Step::EnvelopedByXpath { .. } if !by_xpath => by_xpath = true,
                Step::Canonicalize(c14n) => canonicalization = Some(c14n.clone()),
                Step::Enveloped | Step::EnvelopedByXpath { .. } | Step::Other => {
                    return Err(transform.refused());
                }
            }
        }
        Ok(Octets {
            enveloped: by_name || by_xpath,
            canonicalization: canonicalization.unwrap_or(C14n::DEFAULT),
        })
    }
}

impl Transform<'_> {
    fn refused(&self) -> Error {
        let at = self.at.position();
        match self.uri {
            uri::XPATH | uri::XPATH_FILTER_2 => Error::Xpath { at },
            uri::XSLT => Error::Xslt { at },
            _ => Error::TransformRefused {
                uri: shown(self.uri),
                at,
            },
        }
    }
}
