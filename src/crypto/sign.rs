//! Signing a document. Start at [`sign`], [`sign_document`], [`sign_stating`] and
//! [`sign_plain`].
//!
//! The signature is enveloped: the last child of the document element, over the whole document; or,
//! where the profile says so, enveloping: the document element stands in an Object of it.
//! Apart from the signature value, the same document gives the same bytes.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::rand::SecureRandom;

use super::digest::{DigestMethod, RingDigest};
use super::dsig::any_signature;
use super::error::Error;
use super::properties::{self, Property};
use super::signer::Signer;
use super::suite::{Suite, Suites};
use super::uri::{self, DS};
use super::xades;
use crate::xml::{
    self, Canonicalization, Document, Encoding, Limits, Method, Node, Plain, Subtree,
};

/// How we sign.
#[derive(Clone)]
pub struct SignatureProfile {
    /// How SignedInfo and document are canonicalised; comments are never signed.
    pub canonicalization: Method,
    /// How the document is digested.
    pub digest: Arc<dyn DigestMethod>,
    /// Whether the signer's certificates are sent along in X509Data.
    pub include_certificates: bool,
    /// Whether the signature holds the document, instead of the document the signature.
    pub enveloping: bool,
    /// The time of signing to state, together with the signer's certificate, as XAdES baseline B
    /// has it (ETSI EN 319 132-1 section 6.3).
    pub signing_time: Option<Timestamp>,
}

impl Default for SignatureProfile {
    /// Enveloped, exclusive canonicalisation, SHA-256, certificates sent along, no time stated.
    fn default() -> Self {
        Self {
            canonicalization: Method::Exclusive,
            digest: Arc::new(RingDigest::SHA256),
            include_certificates: true,
            enveloping: false,
            signing_time: None,
        }
    }
}

impl SignatureProfile {
    /// The default, but with the digest that goes with a `SignatureMethod` URI: a partner who takes
    /// GOST or SM2 signatures expects no other.
    pub fn for_suite(uri: &str) -> Self {
        let suites = Suites::standard();
        let digest = suites.signature(uri).map(Suite::digest);
        let digest = digest.and_then(|uri| suites.digest(uri)).cloned();
        let default = Self::default();
        Self {
            digest: digest.unwrap_or_else(|| Arc::clone(&default.digest)),
            ..default
        }
    }
}

impl fmt::Debug for SignatureProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureProfile")
            .field("canonicalization", &self.canonicalization)
            .field("digest", &self.digest.uri())
            .field("include_certificates", &self.include_certificates)
            .field("enveloping", &self.enveloping)
            .field("signing_time", &self.signing_time)
            .finish()
    }
}

/// Parses and signs a document; see [`sign_document`].
///
/// # Errors
/// As [`sign_document`], and `SIGN_UNREADABLE`.
pub fn sign(
    unsigned: &[u8],
    signer: &dyn Signer,
    profile: &SignatureProfile,
    limits: &Limits,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    let document = xml::parse(unsigned, None, limits).map_err(Error::SignUnreadable)?;
    sign_stating(&document, &[], signer, profile, random)
}

/// As [`sign_stating`], stating nothing beside the document.
///
/// # Errors
/// As [`sign_stating`].
pub fn sign_document(
    document: &Document,
    signer: &dyn Signer,
    profile: &SignatureProfile,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    sign_stating(document, &[], signer, profile, random)
}

/// Signs a document and gives it in UTF-8: with a signature appended to its document element, or
/// within one. The properties are signed under a reference of their own (XMLDSig 1.1 section 5.2).
///
/// # Errors
/// `SIGN_ALREADY_SIGNED`, `SIGN_FAILED`, `SIGN_PROPERTY`, or `SIG_CANONICAL` when the document has
/// no canonical form.
pub fn sign_stating(
    document: &Document,
    properties: &[Property],
    signer: &dyn Signer,
    profile: &SignatureProfile,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    if let Some(signature) = any_signature(document) {
        let at = signature.position();
        return Err(Error::SignAlreadySigned { at });
    }
    let how = canonicalization(profile);
    let mut hasher = profile.digest.start();
    xml::canonicalize(Subtree::Document(document, None), &how, &mut |piece| {
        hasher.update(piece);
    })
    .map_err(Error::Canonical)?;
    let digest = hasher.finish();
    let mut parts = Parts::stating(&digest, properties, signer, profile)?;
    let mut content = if profile.enveloping {
        parts.hold(document, &digest, &how)?;
        opening(profile, signer.suite())
    } else {
        content(profile, signer.suite(), &STANDARD.encode(&digest))
    };
    for beside in &parts.beside {
        content += &beside.reference(profile);
    }
    let message = match profile.canonicalization {
        Method::Exclusive => alone(&content),
        Method::Inclusive10 | Method::Inclusive11 => in_context(document, &content, &how, profile)?,
    };
    let value = STANDARD.encode(signer.sign(&message, random)?);
    let signature = signature(&content, &value, signer, profile, &parts);
    Ok(if profile.enveloping {
        signature.into_bytes()
    } else {
        splice(document, &signature)
    })
}

/// Something that a signature signs beside the document, or that holds it: the content of an
/// Object of its own.
pub(super) struct Beside {
    /// The `Type` of its reference; empty for none.
    pub(super) kind: &'static str,
    /// The `Id` that its reference names.
    pub(super) id: String,
    /// The element of that `Id` in exclusive canonical form, or as the profile canonicalises it.
    pub(super) canonical: String,
    /// What stands in the Object.
    pub(super) object: String,
}

impl Beside {
    /// Its reference, in canonical form. Properties are canonicalised exclusively whatever the
    /// profile says: they then have one form wherever they stand.
    fn reference(&self, profile: &SignatureProfile) -> String {
        let (c14n, kind) = match self.kind {
            "" => (c14n_uri(profile), String::new()),
            kind => (uri::EXC_C14N, format!(r#" Type="{kind}""#)),
        };
        let mut hasher = profile.digest.start();
        hasher.update(self.canonical.as_bytes());
        let (id, digest, value) = (
            &self.id,
            profile.digest.uri(),
            STANDARD.encode(hasher.finish()),
        );
        format!(
            r##"<ds:Reference{kind} URI="#{id}"><ds:Transforms><ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"></ds:DigestMethod><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"##
        )
    }
}

/// What stands in a signature beside what every one has.
#[derive(Default)]
struct Parts {
    /// `Id` of the Signature, where something is about it.
    id: Option<String>,
    beside: Vec<Beside>,
}

impl Parts {
    /// The digest of the document, which no document contains by chance, makes the identifiers.
    fn stating(
        digest: &[u8],
        properties: &[Property],
        signer: &dyn Signer,
        profile: &SignatureProfile,
    ) -> Result<Self, Error> {
        let seed = seed(digest);
        let id = format!("signature-{seed}");
        let mut beside = Vec::new();
        beside.extend(properties::write(properties, &id, &seed)?);
        if let (Some(time), Some(certificate)) =
            (profile.signing_time, signer.certificates().first())
        {
            let digest = &*profile.digest;
            beside.push(xades::write(time, certificate, digest, &id, &seed));
        }
        let id = (!beside.is_empty()).then_some(id);
        Ok(Self { id, beside })
    }

    /// Puts the document element first, into an Object. Its canonical form is taken where it will
    /// stand.
    fn hold(
        &mut self,
        document: &Document,
        digest: &[u8],
        how: &Canonicalization<'_>,
    ) -> Result<(), Error> {
        let root = document.root();
        let id = format!("object-{}", seed(digest));
        let how_it_is = Canonicalization {
            method: Method::Inclusive10,
            comments: true,
            inclusive_prefixes: &[],
        };
        // Whatever the encoding was, and however it was written, it says the same so.
        let element = xml::canonical_bytes(Subtree::Element(root), &how_it_is);
        let element = String::from_utf8(element.map_err(Error::Canonical)?);
        let element = element.unwrap_or_default();
        let written = format!(
            r#"<ds:Signature xmlns:ds="{DS}"><ds:Object Id="{id}">{element}</ds:Object></ds:Signature>"#
        );
        let written = xml::parse(written.as_bytes(), None, &Limits::default());
        let written = written.map_err(Error::Canonical)?;
        let object = written.root().child(DS, "Object");
        let object = object.unwrap_or_else(|| written.root());
        let canonical = xml::canonical_bytes(Subtree::Element(object), how);
        let canonical = String::from_utf8(canonical.map_err(Error::Canonical)?);
        let held = Beside {
            kind: "",
            id,
            canonical: canonical.unwrap_or_default(),
            object: element,
        };
        self.beside.insert(0, held);
        Ok(())
    }
}

fn seed(digest: &[u8]) -> String {
    hex::encode(digest).chars().take(32).collect()
}

/// Signs a plain document, which need not be parsed for it: the bytes are those that [`sign`] gives.
///
/// # Errors
/// As [`sign`].
pub fn sign_plain(
    unsigned: &Plain,
    signer: &dyn Signer,
    profile: &SignatureProfile,
    limits: &Limits,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, Error> {
    let (got, max) = (unsigned.bytes().len(), limits.bytes);
    if got > max {
        return Err(Error::SignUnreadable(xml::Error::Bytes { got, max }));
    }
    // With an inclusive method the namespaces around the signature reach into it.
    let exclusive = profile.canonicalization == Method::Exclusive;
    if !exclusive || profile.enveloping || profile.signing_time.is_some() {
        return sign(unsigned.bytes(), signer, profile, limits, random);
    }
    let mut hasher = profile.digest.start();
    hasher.update(unsigned.canonical());
    let content = content(profile, signer.suite(), &STANDARD.encode(hasher.finish()));
    let value = STANDARD.encode(signer.sign(&alone(&content), random)?);
    let signature = signature(&content, &value, signer, profile, &Parts::default());
    let (before, after) = unsigned.at_end_tag();
    Ok([before, signature.as_bytes(), after].concat())
}

/// The canonical form of a SignedInfo by itself: the one namespace that it uses goes where it is
/// first used.
fn alone(content: &str) -> Vec<u8> {
    format!(r#"<ds:SignedInfo xmlns:ds="{DS}">{content}</ds:SignedInfo>"#).into_bytes()
}

/// The Signature element around a SignedInfo and its value.
fn signature(
    content: &str,
    value: &str,
    signer: &dyn Signer,
    profile: &SignatureProfile,
    parts: &Parts,
) -> String {
    let id = match &parts.id {
        Some(id) => format!(r#" Id="{id}""#),
        None => String::new(),
    };
    let mut signature = format!(
        r#"<ds:Signature xmlns:ds="{DS}"{id}><ds:SignedInfo>{content}</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue>"#
    );
    if profile.include_certificates {
        signature.push_str("<ds:KeyInfo><ds:X509Data>");
        for certificate in signer.certificates() {
            signature.push_str("<ds:X509Certificate>");
            STANDARD.encode_string(certificate, &mut signature);
            signature.push_str("</ds:X509Certificate>");
        }
        signature.push_str("</ds:X509Data></ds:KeyInfo>");
    }
    for beside in &parts.beside {
        let id = match beside.kind {
            "" => format!(r#" Id="{}""#, beside.id),
            _ => String::new(),
        };
        signature += &format!("<ds:Object{id}>{}</ds:Object>", beside.object);
    }
    signature.push_str("</ds:Signature>");
    signature
}

fn canonicalization(profile: &SignatureProfile) -> Canonicalization<'static> {
    Canonicalization {
        method: profile.canonicalization,
        comments: false,
        inclusive_prefixes: &[],
    }
}

fn c14n_uri(profile: &SignatureProfile) -> &'static str {
    match profile.canonicalization {
        Method::Exclusive => uri::EXC_C14N,
        Method::Inclusive10 => uri::C14N_10,
        Method::Inclusive11 => uri::C14N_11,
    }
}

/// What a SignedInfo begins with, in canonical form.
fn opening(profile: &SignatureProfile, suite: &str) -> String {
    let c14n = c14n_uri(profile);
    format!(
        r#"<ds:CanonicalizationMethod Algorithm="{c14n}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{suite}"></ds:SignatureMethod>"#
    )
}

/// What stands in the SignedInfo of an enveloped signature, in canonical form.
fn content(profile: &SignatureProfile, suite: &str, digest_value: &str) -> String {
    let (opening, c14n) = (opening(profile, suite), c14n_uri(profile));
    let (enveloped, digest) = (uri::ENVELOPED, profile.digest.uri());
    format!(
        r#"{opening}<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"></ds:Transform><ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"></ds:DigestMethod><ds:DigestValue>{digest_value}</ds:DigestValue></ds:Reference>"#
    )
}

/// The inclusive methods carry the namespaces of the document element into the SignedInfo: it is
/// canonicalised within that start tag, with nothing else in it. Around an enveloping signature
/// there is nothing.
fn in_context(
    document: &Document,
    content: &str,
    how: &Canonicalization<'_>,
    profile: &SignatureProfile,
) -> Result<Vec<u8>, Error> {
    if profile.enveloping {
        return Ok(alone(content));
    }
    let root = document.root();
    let first = root.children().next().map(|child| child.position().byte);
    let inner = first.unwrap_or_else(|| root.end_tag_start());
    let start_tag = document.text().get(root.position().byte..inner);
    let start_tag = start_tag.unwrap_or_default();
    let start_tag = start_tag.trim_end_matches([' ', '\t', '\r', '\n']);
    let close = if start_tag.ends_with('>') { "" } else { ">" };
    let name = qualified(root);
    let context = format!(
        r#"{start_tag}{close}<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{content}</ds:SignedInfo></ds:Signature></{name}>"#
    );
    let context = xml::parse(context.as_bytes(), None, &Limits::default());
    let context = context.map_err(Error::Canonical)?;
    let signature = context.root().child(DS, "Signature");
    let signed_info = signature.and_then(|signature| signature.child(DS, "SignedInfo"));
    let signed_info = signed_info.unwrap_or_else(|| context.root());
    xml::canonical_bytes(Subtree::Element(signed_info), how).map_err(Error::Canonical)
}

/// The document with the signature before the end tag of its document element.
fn splice(document: &Document, signature: &str) -> Vec<u8> {
    let (root, text) = (document.root(), document.text());
    let (before, after) = text
        .split_at_checked(root.end_tag_start())
        .unwrap_or((text, ""));
    let mut signed = Vec::with_capacity(text.len() + signature.len() + 64);
    // The bytes are UTF-8 now, whatever they were.
    let body = if document.encoding() == Encoding::Utf8 {
        before
    } else {
        signed.extend_from_slice(br#"<?xml version="1.0" encoding="UTF-8"?>"#);
        before.get(document.content_start()..).unwrap_or_default()
    };
    signed.extend_from_slice(body.as_bytes());
    match after.strip_prefix("/>") {
        Some(rest) => {
            let name = qualified(root);
            signed.extend_from_slice(format!(">{signature}</{name}>{rest}").as_bytes());
        }
        None => {
            signed.extend_from_slice(signature.as_bytes());
            signed.extend_from_slice(after.as_bytes());
        }
    }
    signed
}

fn qualified(element: Node<'_>) -> String {
    match element.prefix() {
        "" => element.name().local.to_owned(),
        prefix => format!("{prefix}:{}", element.name().local),
    }
}
