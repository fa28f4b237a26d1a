//! Why a signature, a certificate or a key is not taken. Start at [`Error`].
//!
//! Codes beginning with `SIG_` are about the signature in the document, `CERT_` and `CRL_` about
//! whom it is by, `TRUST_`, `KEY_` and `SIGN_` about our own files and our own signing.

use jiff::Timestamp;

use super::suite::SuiteFault;
use crate::xml::{self, Position};

/// Why a document is not verified, or could not be signed.
///
/// No variant holds a value of the document: algorithm URIs at most, cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An algorithm that we do not know or do not take.
    #[error("the {element} {uri:?} is not taken, at {at}")]
    AlgorithmRefused {
        /// The element that names it.
        element: &'static str,
        /// The URI, cut short.
        uri: String,
        /// Where.
        at: Position,
    },
    /// Text that is no canonical base64 (RFC 4648 section 3.5; white space is allowed).
    #[error("{element} is not well-formed base64, at {at}")]
    Base64 {
        /// The element that holds it.
        element: &'static str,
        /// Where.
        at: Position,
    },
    /// A document or signature has no canonical form.
    #[error("the signed content cannot be canonicalised")]
    Canonical(#[source] xml::Error),
    /// The certificate, or its path to an anchor.
    #[error("{fault}")]
    Certificate {
        /// What is wrong with it.
        fault: Box<CertificateFault>,
        /// Where in the document its certificates stand, or should.
        at: Option<Position>,
    },
    /// The device that holds the key does not sign.
    #[error("the device that holds the key does not sign: {problem}")]
    Device {
        /// The stable code of what is wrong with it.
        code: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The digest of what is there is not the digest that was signed.
    #[error(
        "the content is not what was signed: it was changed after signing, or canonicalised \
         differently; reference at {at}"
    )]
    DigestMismatch {
        /// Where the reference stands.
        at: Position,
    },
    /// HMAC: whoever can check it can make it, so that it proves nothing to anybody else.
    #[error("HMAC is no signature: whoever can check it can make it, at {at}")]
    Hmac {
        /// Where.
        at: Position,
    },
    /// Two elements have the identifier that the signature names.
    #[error("two elements have the identifier that the signature names; the second is at {at}")]
    IdDuplicate {
        /// Where the second one stands.
        at: Position,
    },
    /// The private key is unreadable, or no PKCS#8 key.
    #[error("no private key in PKCS#8 (`openssl pkcs8 -topk8 -nocrypt` makes one of other forms)")]
    KeyMalformed,
    /// The private key is not the certificate's.
    #[error("the private key does not belong to the first certificate")]
    KeyCertificateMismatch,
    /// A signer without a certificate.
    #[error("no certificate stands with the private key")]
    KeyWithoutCertificate,
    /// No suite, or not the suite asked for, signs with this key.
    #[error("no suite in use signs with this key (asked for: {suite})")]
    KeySuite {
        /// The suite asked for, or `any`.
        suite: String,
    },
    /// The signer's key is of another kind than the `SignatureMethod`.
    #[error("the certificate's key is no key for the SignatureMethod, at {at}")]
    KeyMismatch {
        /// Where the SignatureMethod stands.
        at: Position,
    },
    /// More of something than a signature may have.
    #[error("more than {max} {what} at {at}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much is allowed.
        max: usize,
        /// Where.
        at: Position,
    },
    /// The signature is not built as XML Signature demands, or more freely than we take it.
    #[error("{problem}, at {at}")]
    Malformed {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// A manifest: its references would be signed but not checked (XMLDSig 1.1 section 5.1).
    #[error("a Manifest is not taken, at {at}")]
    Manifest {
        /// Where.
        at: Position,
    },
    /// No signature.
    #[error("the document is not signed: no Signature in the document element at {at}")]
    Missing {
        /// Where the document element is.
        at: Position,
    },
    /// The signature is valid markup but covers no document element.
    #[error("no reference of the signature covers the document element, at {at}")]
    NotCovering {
        /// Where the SignedInfo stands.
        at: Position,
    },
    /// A signature property that is not covered, stands elsewhere, or is about something else.
    #[error("{problem}, at {at}")]
    PropertyRefused {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// A reference that leaves the document.
    #[error("a reference to something outside this document, at {at}")]
    ReferenceExternal {
        /// Where.
        at: Position,
    },
    /// A reference in a form that we do not take.
    #[error("{problem}, at {at}")]
    ReferenceRefused {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// A reference to an identifier that no element has.
    #[error("no element has the identifier that the reference names, at {at}")]
    ReferenceUnresolved {
        /// Where.
        at: Position,
    },
    /// More than one signature.
    #[error("more than one Signature: which counts is not ours to choose; the second is at {at}")]
    Several {
        /// Where the second one stands.
        at: Position,
    },
    /// SHA-1, alone or within a signature algorithm.
    #[error("SHA-1 is not taken (the {element} names it), at {at}")]
    Sha1 {
        /// The element that names it.
        element: &'static str,
        /// Where.
        at: Position,
    },
    /// The document to be signed is signed already.
    #[error("the document has a Signature already, at {at}")]
    SignAlreadySigned {
        /// Where it stands.
        at: Position,
    },
    /// Signing failed.
    #[error("signing failed")]
    Sign(#[source] SuiteFault),
    /// A property that cannot be signed.
    #[error("a signature property cannot be signed: {problem}")]
    SignProperty {
        /// What is wrong.
        problem: &'static str,
    },
    /// The document to be signed cannot be parsed.
    #[error("the document to be signed is not well-formed")]
    SignUnreadable(#[source] xml::Error),
    /// The signed properties name another certificate than the signer's.
    #[error("the signed properties name another certificate than the signer's, at {at}")]
    SigningCertificate {
        /// Where.
        at: Position,
    },
    /// A time of signing that cannot be.
    #[error("the stated time of signing {problem}, at {at}")]
    SigningTime {
        /// What is wrong with it.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// A known suite that this partner may not use.
    #[error("the SignatureMethod {uri:?} is not among those agreed with this partner, at {at}")]
    SuiteNotAllowed {
        /// The URI.
        uri: String,
        /// Where.
        at: Position,
    },
    /// A transform other than enveloped-signature and canonicalisation, or in a wrong place.
    #[error("the transform {uri:?} is not taken there, at {at}")]
    TransformRefused {
        /// The URI, cut short.
        uri: String,
        /// Where.
        at: Position,
    },
    /// A trust file without certificates, unreadable, or with a certificate that is no anchor.
    #[error("the {file} {problem}")]
    Trust {
        /// Which: `anchors`, `intermediates`, `revocation lists`, `pinned certificate`.
        file: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// A digest or signature value of a length that its algorithm does not give.
    #[error("{element} has {got} bytes instead of {expected}, at {at}")]
    ValueLength {
        /// The element that holds it.
        element: &'static str,
        /// Its length.
        got: usize,
        /// The right length.
        expected: usize,
        /// Where.
        at: Position,
    },
    /// The signature value is not the certificate's key over this SignedInfo.
    #[error(
        "the signature value is not that of the certificate's key over this SignedInfo, at {at}"
    )]
    ValueMismatch {
        /// Where the SignatureValue stands.
        at: Position,
    },
    /// The signature is no child of the document element, or covers something else.
    #[error("{problem}, at {at}")]
    Wrapped {
        /// In which way.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// Signed properties (XAdES) that are not covered, stand elsewhere, or are about something else.
    #[error("{problem}, at {at}")]
    Xades {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// An XPath expression chooses what is signed.
    #[error(
        "an XPath expression chooses what is signed; the one that is taken is \
         not(ancestor-or-self::dsig:Signature), at {at}"
    )]
    Xpath {
        /// Where.
        at: Position,
    },
    /// A style sheet makes what is signed.
    #[error("a style sheet (XSLT) makes what is signed, at {at}")]
    Xslt {
        /// Where.
        at: Position,
    },
}

impl Error {
    /// The stable code that a partner sees.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmRefused { .. } => "SIG_ALGORITHM_REFUSED",
            Self::Base64 { .. } => "SIG_BASE64",
            Self::Canonical(_) => "SIG_CANONICAL",
            Self::Certificate { fault, .. } => fault.code(),
            Self::Device { code, .. } => code,
            Self::DigestMismatch { .. } => "SIG_DIGEST_MISMATCH",
            Self::Hmac { .. } => "SIG_HMAC",
            Self::IdDuplicate { .. } => "SIG_ID_DUPLICATE",
            Self::KeyMalformed => "KEY_MALFORMED",
            Self::KeyCertificateMismatch => "KEY_CERTIFICATE_MISMATCH",
            Self::KeyWithoutCertificate => "KEY_WITHOUT_CERTIFICATE",
            Self::KeySuite { .. } => "KEY_SUITE",
            Self::KeyMismatch { .. } => "SIG_KEY_MISMATCH",
            Self::Limit { .. } => "SIG_LIMIT",
            Self::Malformed { .. } => "SIG_MALFORMED",
            Self::Manifest { .. } => "SIG_MANIFEST",
            Self::Missing { .. } => "SIG_MISSING",
            Self::NotCovering { .. } => "SIG_NOT_COVERING",
            Self::PropertyRefused { .. } => "SIG_PROPERTY_REFUSED",
            Self::ReferenceExternal { .. } => "SIG_REFERENCE_EXTERNAL",
            Self::ReferenceRefused { .. } => "SIG_REFERENCE_REFUSED",
            Self::ReferenceUnresolved { .. } => "SIG_REFERENCE_UNRESOLVED",
            Self::Several { .. } => "SIG_SEVERAL",
            Self::Sha1 { .. } => "SIG_SHA1",
            Self::SignAlreadySigned { .. } => "SIGN_ALREADY_SIGNED",
            Self::Sign(_) => "SIGN_FAILED",
            Self::SignProperty { .. } => "SIGN_PROPERTY",
            Self::SignUnreadable(_) => "SIGN_UNREADABLE",
            Self::SigningCertificate { .. } => "SIG_SIGNING_CERTIFICATE",
            Self::SigningTime { .. } => "SIG_SIGNING_TIME",
            Self::SuiteNotAllowed { .. } => "SIG_SUITE_NOT_ALLOWED",
            Self::TransformRefused { .. } => "SIG_TRANSFORM_REFUSED",
            Self::Trust { .. } => "TRUST_MALFORMED",
            Self::ValueLength { .. } => "SIG_VALUE_LENGTH",
            Self::ValueMismatch { .. } => "SIG_VALUE_MISMATCH",
            Self::Wrapped { .. } => "SIG_WRAPPED",
            Self::Xades { .. } => "SIG_XADES_REFUSED",
            Self::Xpath { .. } => "SIG_XPATH",
            Self::Xslt { .. } => "SIG_XSLT",
        }
    }

    /// Where in the document, when there is a place.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::AlgorithmRefused { at, .. }
            | Self::Base64 { at, .. }
            | Self::DigestMismatch { at }
            | Self::Hmac { at }
            | Self::IdDuplicate { at }
            | Self::KeyMismatch { at }
            | Self::Limit { at, .. }
            | Self::Malformed { at, .. }
            | Self::Manifest { at }
            | Self::Missing { at }
            | Self::NotCovering { at }
            | Self::PropertyRefused { at, .. }
            | Self::ReferenceExternal { at }
            | Self::ReferenceRefused { at, .. }
            | Self::ReferenceUnresolved { at }
            | Self::Several { at }
            | Self::Sha1 { at, .. }
            | Self::SignAlreadySigned { at }
            | Self::SigningCertificate { at }
            | Self::SigningTime { at, .. }
            | Self::SuiteNotAllowed { at, .. }
            | Self::TransformRefused { at, .. }
            | Self::ValueLength { at, .. }
            | Self::ValueMismatch { at }
            | Self::Wrapped { at, .. }
            | Self::Xades { at, .. }
            | Self::Xpath { at }
            | Self::Xslt { at } => Some(*at),
            Self::Certificate { at, .. } => *at,
            Self::Canonical(error) | Self::SignUnreadable(error) => error.position(),
            Self::Device { .. }
            | Self::KeyMalformed
            | Self::KeyCertificateMismatch
            | Self::KeyWithoutCertificate
            | Self::KeySuite { .. }
            | Self::Sign(_)
            | Self::SignProperty { .. }
            | Self::Trust { .. } => None,
        }
    }
}

/// Why a certificate is not trusted to sign for the partner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// A certificate of the path is signed with an algorithm that we do not take (SHA-1 among
    /// them).
    #[error("a certificate of the path is signed with an algorithm that is not taken")]
    AlgorithmRefused,
    /// The issuer is missing, though it bears the name of an organisation that we trust.
    #[error(
        "the chain is incomplete: the certificate of the issuer ({issuer}) is neither in the \
         message nor in the partner's profile; send the intermediate certificates along in X509Data"
    )]
    ChainIncomplete {
        /// The issuer that is missing.
        issuer: String,
    },
    /// A name constraint, path length or critical extension forbids the path.
    #[error("{problem}")]
    Constraint {
        /// Which.
        problem: &'static str,
    },
    /// What is known of revocation is past its next update.
    #[error(
        "what is known of revocation ran out at {next_update}: a newer list or answer is needed"
    )]
    CrlExpired {
        /// When it ran out.
        next_update: Timestamp,
    },
    /// The revocation list is not signed by the issuer, or not by a key that may sign lists.
    #[error("the revocation list is not validly signed by the certificate's issuer")]
    CrlInvalid,
    /// Past its validity.
    #[error("the {whose} certificate expired at {not_after}")]
    Expired {
        /// Whose it is: `signer's`, `issuer's`, `anchor's`.
        whose: &'static str,
        /// The end of its validity.
        not_after: Timestamp,
    },
    /// The extended key usage is that of a TLS, code, time-stamp or OCSP key only.
    #[error("the certificate's extended key usage is for TLS or other purposes, not for documents")]
    ExtendedKeyUsage,
    /// A certificate of the path is not made as the store demands.
    #[error("a certificate of the path is not in the form that is demanded: {problem}")]
    Form {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An authority's own certificate signed the document.
    #[error("the document is signed by the certificate of an authority, not of a signer")]
    IsAuthority,
    /// The key usage does not allow signing.
    #[error("the certificate's key usage has neither digitalSignature nor nonRepudiation")]
    KeyUsage,
    /// No X.509 version 3 certificate.
    #[error("a certificate is malformed")]
    Malformed,
    /// No certificate in the message, and none pinned in the profile.
    #[error("the signature carries no X509Certificate, and the profile pins none")]
    Missing,
    /// A certificate of the path may not issue certificates.
    #[error("a certificate of the path belongs to no authority that may issue certificates")]
    NotAnIssuer,
    /// Another certificate than the pinned one.
    #[error("the certificate is not the one that the partner's profile pins")]
    NotPinned,
    /// Before its validity.
    #[error("the {whose} certificate is valid only from {not_before}")]
    NotYetValid {
        /// Whose it is.
        whose: &'static str,
        /// The begin of its validity.
        not_before: Timestamp,
    },
    /// A certificate for other names.
    #[error("the certificate is not for the name that was asked for")]
    OtherName,
    /// Building the path took too many steps.
    #[error("the certificate path is too long or too complex")]
    PathLimit,
    /// No revocation list covers the issuer, and the policy demands one.
    #[error(
        "nothing speaks of the revocation of a certificate of the path, and the profile demands it"
    )]
    RevocationUnknown,
    /// Revoked.
    #[error("the certificate, or one of its issuers, is revoked")]
    Revoked {
        /// From when on it vouches for nothing: the earlier of the dates of revocation and of
        /// invalidity (RFC 5280 sections 5.3 and 5.3.2).
        since: Timestamp,
        /// Whether the lists leave no doubt that the key was its holder's until then.
        sound_before: bool,
    },
    /// Its authorities did not issue it under a policy that this partner's certificates must have.
    #[error(
        "the certificate was not issued under a policy that the profile, or an authority above it, \
         demands"
    )]
    Policy,
    /// It bears the issuer's name, but not the issuer's signature.
    #[error("the certificate bears the name of its issuer, but not the issuer's signature")]
    Signature,
    /// No anchor of the partner issued it.
    #[error(
        "none of this partner's trust anchors issued the certificate; its issuer is {issuer}{}",
        if *.alone { " (the message carries that one certificate only: if an intermediate \
          authority issued it, send the chain along in X509Data)" } else { "" }
    )]
    UnknownIssuer {
        /// Its issuer.
        issuer: String,
        /// Whether the message carried no further certificate.
        alone: bool,
    },
    /// The public exponent of an RSA key is even, too small or too large (FIPS 186-5 section 5.4).
    #[error("the public exponent of the certificate's RSA key is not odd and of 17 to 256 bits")]
    WeakExponent,
    /// The key is too short.
    #[error("the certificate's key has {bits} bits; at least {min} are needed")]
    WeakKey {
        /// Its bits.
        bits: usize,
        /// The least.
        min: usize,
    },
}

impl CertificateFault {
    /// The stable code that a partner sees.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlgorithmRefused => "CERT_ALGORITHM_REFUSED",
            Self::ChainIncomplete { .. } => "CERT_CHAIN_INCOMPLETE",
            Self::Constraint { .. } => "CERT_CONSTRAINT",
            Self::CrlExpired { .. } => "CRL_EXPIRED",
            Self::CrlInvalid => "CRL_INVALID",
            Self::Expired { .. } => "CERT_EXPIRED",
            Self::ExtendedKeyUsage => "CERT_EXTENDED_KEY_USAGE",
            Self::Form { .. } => "CERT_FORM",
            Self::IsAuthority => "CERT_IS_AUTHORITY",
            Self::KeyUsage => "CERT_KEY_USAGE",
            Self::Malformed => "CERT_MALFORMED",
            Self::Missing => "CERT_MISSING",
            Self::NotAnIssuer => "CERT_NOT_AN_ISSUER",
            Self::NotPinned => "CERT_NOT_PINNED",
            Self::NotYetValid { .. } => "CERT_NOT_YET_VALID",
            Self::OtherName => "CERT_OTHER_NAME",
            Self::PathLimit => "CERT_PATH_LIMIT",
            Self::Policy => "CERT_POLICY",
            Self::RevocationUnknown => "CERT_REVOCATION_UNKNOWN",
            Self::Revoked { .. } => "CERT_REVOKED",
            Self::Signature => "CERT_SIGNATURE",
            Self::UnknownIssuer { .. } => "CERT_UNKNOWN_ISSUER",
            Self::WeakExponent | Self::WeakKey { .. } => "CERT_WEAK_KEY",
        }
    }
}
