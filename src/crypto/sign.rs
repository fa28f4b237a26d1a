//! Signing a document. Start at [`sign`], [`sign_document`], [`sign_stating`] and
//! [`sign_plain`].
//!
//! The signature is enveloped: the last child of the document element, over the whole document.
//! Apart from the signature value, the same document gives the same bytes.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom;

use super::digest::{DigestMethod, RingDigest};
use super::dsig::any_signature;
use super::error::Error;
use super::properties::{self, Property};
use super::signer::Signer;
use super::uri::{self, DS};
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
}

impl Default for SignatureProfile {
    /// Exclusive canonicalisation, SHA-256, certificates sent along.
    fn default() -> Self {
        Self {
            canonicalization: Method::Exclusive,
            digest: Arc::new(RingDigest::SHA256),
            include_certificates: true,
        }
    }
}

impl fmt::Debug for SignatureProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureProfile")
            .field("canonicalization", &self.canonicalization)
            .field("digest", &self.digest.uri())
            .field("include_certificates", &self.include_certificates)
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

/// Appends an enveloped signature to the document element and gives the document in UTF-8. The
/// properties are signed under a reference of their own (XMLDSig 1.1 section 5.2).
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
    let mut content = content(profile, signer.suite(), &STANDARD.encode(&digest));
    let properties = properties::write(properties, &digest)?;
    if let Some(written) = &properties {
        let mut hasher = profile.digest.start();
        hasher.update(written.xml.as_bytes());
        let (digest, value) = (profile.digest.uri(), STANDARD.encode(hasher.finish()));
        // Exclusive whatever the profile says: the properties then have one form wherever they stand.
        content += &properties::reference(&written.id, uri::EXC_C14N, digest, &value);
    }
    let message = match profile.canonicalization {
        Method::Exclusive => alone(&content),
        Method::Inclusive10 | Method::Inclusive11 => in_context(document, &content, &how)?,
    };
    let value = STANDARD.encode(signer.sign(&message, random)?);
    let signature = signature(&content, &value, signer, profile, properties.as_ref());
    Ok(splice(document, &signature))
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
    match profile.canonicalization {
        Method::Exclusive => {}
        // Here the namespaces around the signature reach into it.
        Method::Inclusive10 | Method::Inclusive11 => {
            return sign(unsigned.bytes(), signer, profile, limits, random);
        }
    }
    let mut hasher = profile.digest.start();
    hasher.update(unsigned.canonical());
    let content = content(profile, signer.suite(), &STANDARD.encode(hasher.finish()));
    let value = STANDARD.encode(signer.sign(&alone(&content), random)?);
    let signature = signature(&content, &value, signer, profile, None);
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
    properties: Option<&properties::Written>,
) -> String {
    let id = match properties {
        Some(written) => format!(r#" Id="{}""#, written.signature_id),
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
    if let Some(written) = properties {
        signature += &format!("<ds:Object>{}</ds:Object>", written.xml);
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

/// What stands in the SignedInfo, in canonical form.
fn content(profile: &SignatureProfile, suite: &str, digest_value: &str) -> String {
    let c14n = match profile.canonicalization {
        Method::Exclusive => uri::EXC_C14N,
        Method::Inclusive10 => uri::C14N_10,
        Method::Inclusive11 => uri::C14N_11,
    };
    let (enveloped, digest) = (uri::ENVELOPED, profile.digest.uri());
    format!(
        r#"<ds:CanonicalizationMethod Algorithm="{c14n}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{suite}"></ds:SignatureMethod><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"></ds:Transform><ds:Transform Algorithm="{c14n}"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"></ds:DigestMethod><ds:DigestValue>{digest_value}</ds:DigestValue></ds:Reference>"#
    )
}

/// The inclusive methods carry the namespaces of the document element into the SignedInfo: it is
/// canonicalised within that start tag, with nothing else in it.
fn in_context(
    document: &Document,
    content: &str,
    how: &Canonicalization<'_>,
) -> Result<Vec<u8>, Error> {
    let root = document.root();
    let first = root.children().next().map(|child| child.position().byte);
    let inner = first.unwrap_or_else(|| root.end_tag_start());
    let start_tag = document.text().get(root.position().byte..inner);
    let start_tag = start_tag.unwrap_or_default();
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
