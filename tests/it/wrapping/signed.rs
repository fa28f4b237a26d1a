//! Messages as a partner signs them, in each build that a package may have, written by hand: what
//! attacks are made of.
//!
//! Start at [`Message::signed`]. Nothing here is shared with how the gateway signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use corridor::crypto::{Signer, sha256};
use corridor::xml::{
    Canonicalization, Document, Limits, Method, Node, Subtree, canonical_bytes, parse,
};
use ring::rand::SystemRandom;

pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

/// The identifier of what is signed.
pub(super) const ID: &str = "signed-1";
/// Another one, for what is put in its place.
pub(super) const OTHER_ID: &str = "signed-2";

/// How a package has its messages signed, and what the one Reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    /// The Signature is a child of the document element; `URI=""`.
    EnvelopedWhole,
    /// The same; the Reference names the document element by its identifier.
    EnvelopedById,
    /// The Signature is the document element; the Reference names the Object that holds the message.
    EnvelopingObject,
    /// The same; the Reference names the message in the Object.
    EnvelopingContent,
}

impl Build {
    pub(super) fn is_enveloping(self) -> bool {
        matches!(self, Self::EnvelopingObject | Self::EnvelopingContent)
    }

    /// What the one Reference points at.
    pub(super) fn uri(self) -> String {
        match self {
            Self::EnvelopedWhole => String::new(),
            Self::EnvelopedById | Self::EnvelopingObject | Self::EnvelopingContent => {
                format!("#{ID}")
            }
        }
    }

    /// The transforms of the one Reference.
    pub(super) fn transforms(self) -> String {
        match self.is_enveloping() {
            true => transform(EXC_C14N),
            false => transform(ENVELOPED) + &transform(EXC_C14N),
        }
    }

    /// The reference that covers the message.
    pub(super) fn reference(self) -> Reference {
        Reference::to(&self.uri(), self.transforms())
    }

    /// The attributes that the message itself has for being signed.
    fn identified(self, element: &str, id: &str) -> String {
        match self {
            Self::EnvelopedById | Self::EnvelopingContent => {
                with_attributes(element, &format!(" Id=\"{id}\""))
            }
            Self::EnvelopedWhole | Self::EnvelopingObject => element.to_owned(),
        }
    }
}

/// A message with its signature, in pieces.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) build: Build,
    /// The whole, as it goes over the wire.
    pub(super) text: String,
    /// The message element as it was signed, without the Signature.
    pub(super) original: String,
    /// The Signature; of an enveloping one, with its Object.
    pub(super) signature: String,
    /// The Object of an enveloping signature, whole.
    pub(super) object: String,
    /// What an attacker wants to be taken, under the identifier of the original.
    pub(super) evil: String,
    /// The same under another.
    pub(super) evil_other: String,
}

impl Message {
    /// Signs `plain`, an element; `evil` is what is to be taken instead.
    pub(super) fn signed(build: Build, plain: &str, evil: &str, hand: &Hand) -> Self {
        let original = build.identified(plain, ID);
        let text = hand.sign(build, &original, &[build.reference()]);
        let signature = element_of(&text, "<ds:Signature ", "</ds:Signature>");
        let object = match build.is_enveloping() {
            true => element_of(&text, "<ds:Object", "</ds:Object>"),
            false => String::new(),
        };
        Self {
            build,
            original,
            signature,
            object,
            evil: build.identified(evil, ID),
            evil_other: build.identified(evil, OTHER_ID),
            text,
        }
    }

    /// A document element of the same name with nothing in it but this.
    pub(super) fn shell(&self, content: &str) -> String {
        let evil = &self.evil_other;
        let (open, close) = (start_tag(evil), end_tag(evil));
        format!("{open}{content}{close}")
    }

    /// The Signature with `more` as its last child.
    pub(super) fn signature_with(&self, more: &str) -> String {
        last_in(&self.signature, more)
    }

    /// The evil message with the Signature as a partner would place it, both as they are.
    pub(super) fn evil_with(&self, signature: &str) -> String {
        last_in(&self.evil, signature)
    }

    /// The whole with another Object in the place of the one that is signed.
    pub(super) fn with_object(&self, object: &str) -> String {
        swap(&self.text, &self.object, object)
    }

    /// The Object that the package has, around something else.
    pub(super) fn object_of(&self, content: &str) -> String {
        object(self.build, content)
    }

    /// The byte of the whole at which the text of the message's first leaf ends.
    pub(super) fn content_at(&self) -> usize {
        let open = start_tag(&self.original);
        let from = self.text.find(open).unwrap() + open.len();
        from + self.text[from..].find("</").unwrap()
    }

    /// The whole with `more` in the message, behind the text of its first leaf.
    pub(super) fn inside_content(&self, more: &str) -> String {
        let (before, after) = self.text.split_at(self.content_at());
        format!("{before}{more}{after}")
    }

    /// Its SignedInfo, whole.
    pub(super) fn signed_info(&self) -> String {
        element_of(&self.signature, "<ds:SignedInfo>", "</ds:SignedInfo>")
    }

    /// Its SignatureValue, whole.
    pub(super) fn value(&self) -> String {
        element_of(
            &self.signature,
            "<ds:SignatureValue>",
            "</ds:SignatureValue>",
        )
    }

    /// Its KeyInfo, whole.
    pub(super) fn key_info(&self) -> String {
        element_of(&self.signature, "<ds:KeyInfo>", "</ds:KeyInfo>")
    }
}

fn object(build: Build, content: &str) -> String {
    match build {
        Build::EnvelopingContent => format!("<ds:Object>{content}</ds:Object>"),
        Build::EnvelopedWhole | Build::EnvelopedById | Build::EnvelopingObject => {
            format!("<ds:Object Id=\"{ID}\">{content}</ds:Object>")
        }
    }
}

/// Somebody who signs: a key and the certificates that are sent along.
pub(super) struct Hand {
    signer: Box<dyn Signer>,
    key_info: String,
}

impl Hand {
    pub(super) fn new(key_pem: &str, certificates_pem: &str) -> Self {
        let signer = corridor::crypto::signer_from_pkcs8(
            key_pem.as_bytes(),
            certificates_pem.as_bytes(),
            None,
        );
        Self::of(signer.unwrap())
    }

    pub(super) fn of(signer: Box<dyn Signer>) -> Self {
        let key_info = key_info(signer.certificates());
        Self { signer, key_info }
    }

    /// What its signatures carry.
    pub(super) fn key_info(&self) -> &str {
        &self.key_info
    }

    /// Its certificate, base64.
    pub(super) fn certificate(&self) -> String {
        STANDARD.encode(&self.signer.certificates()[0])
    }

    /// Signs a message in a build, with these references.
    pub(super) fn sign(&self, build: Build, message: &str, references: &[Reference]) -> String {
        let inside = match build.is_enveloping() {
            true => object(build, message),
            false => String::new(),
        };
        self.sign_with(build, message, references, &inside)
    }

    /// The same with something else at the end of the Signature.
    pub(super) fn sign_with(
        &self,
        build: Build,
        message: &str,
        references: &[Reference],
        end: &str,
    ) -> String {
        let signature = template(self.signer.suite(), references, &self.key_info, end);
        let text = match build.is_enveloping() {
            true => signature,
            false => last_in(message, &signature),
        };
        self.fill(&text)
    }

    /// Fills in the digests and the value of the one Signature of a document.
    pub(super) fn fill(&self, text: &str) -> String {
        let document = parsed(text);
        let signature = signature_of(&document);
        let info = signature.child(DS, "SignedInfo").unwrap();
        let mut filled = text.to_owned();
        for reference in info.elements().filter(|it| it.is(DS, "Reference")) {
            let octets = octets(reference.attribute("", "URI"), signature);
            let value = format!(
                "<ds:DigestValue>{}</ds:DigestValue>",
                STANDARD.encode(sha256(&octets))
            );
            if filled.contains(EMPTY_DIGEST) {
                filled = swap(&filled, EMPTY_DIGEST, &value);
            }
        }
        self.seal(&filled)
    }

    /// Signs the SignedInfo as it stands and fills in the value.
    pub(super) fn seal(&self, text: &str) -> String {
        let document = parsed(text);
        let info = signature_of(&document).child(DS, "SignedInfo").unwrap();
        let message = canonical(Subtree::Element(info));
        let value = self.signer.sign(&message, &SystemRandom::new()).unwrap();
        let filled = format!(
            "<ds:SignatureValue>{}</ds:SignatureValue>",
            STANDARD.encode(value)
        );
        let empty = element_of(text, "<ds:SignatureValue>", "</ds:SignatureValue>");
        swap(text, &empty, &filled)
    }
}

const EMPTY_DIGEST: &str = "<ds:DigestValue></ds:DigestValue>";

/// X509Data of these certificates, DER.
pub(super) fn key_info(certificates: &[Vec<u8>]) -> String {
    let certificates: String = certificates
        .iter()
        .map(|der| {
            let text = STANDARD.encode(der);
            format!("<ds:X509Certificate>{text}</ds:X509Certificate>")
        })
        .collect();
    format!("<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>")
}

/// A Reference to be filled in.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) attributes: String,
    pub(super) transforms: String,
}

impl Reference {
    pub(super) fn to(uri: &str, transforms: String) -> Self {
        Self {
            attributes: format!(" URI=\"{uri}\""),
            transforms,
        }
    }

    pub(super) fn text(&self) -> String {
        let (attributes, transforms) = (&self.attributes, &self.transforms);
        format!(
            "<ds:Reference{attributes}><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod \
             Algorithm=\"{SHA256}\"></ds:DigestMethod>{EMPTY_DIGEST}</ds:Reference>"
        )
    }
}

pub(super) fn transform(uri: &str) -> String {
    format!("<ds:Transform Algorithm=\"{uri}\"></ds:Transform>")
}

fn template(suite: &str, references: &[Reference], key_info: &str, end: &str) -> String {
    let references: String = references.iter().map(Reference::text).collect();
    format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo><ds:CanonicalizationMethod \
         Algorithm=\"{EXC_C14N}\"></ds:CanonicalizationMethod><ds:SignatureMethod \
         Algorithm=\"{suite}\"></ds:SignatureMethod>{references}</ds:SignedInfo>\
         <ds:SignatureValue></ds:SignatureValue>{key_info}{end}</ds:Signature>"
    )
}

/// What a careless stack would digest for a URI: an element by any attribute that looks like an
/// identifier, less the Signature; nothing for what it does not find.
fn octets(uri: Option<&str>, signature: Node<'_>) -> Vec<u8> {
    let document = signature.document();
    let Some(uri) = uri.filter(|uri| !uri.is_empty()) else {
        return canonical(Subtree::Document(document, Some(signature.id())));
    };
    let id = uri.trim_start_matches('#');
    let root = document.root();
    let mut all = std::iter::once(root).chain(root.descendants());
    let found = all.find(|node| node.attributes().any(|attribute| attribute.value == id));
    found.map_or_else(Vec::new, |node| {
        canonical(Subtree::Element(node.without(signature.id())))
    })
}

fn signature_of(document: &Document) -> Node<'_> {
    let root = document.root();
    let mut all = std::iter::once(root).chain(root.descendants());
    all.find(|node| node.is(DS, "Signature")).unwrap()
}

pub(super) fn parsed(text: &str) -> Document {
    parse(text.as_bytes(), None, &Limits::default()).unwrap()
}

fn canonical(what: Subtree<'_>) -> Vec<u8> {
    canonicalized(what, Method::Exclusive)
}

fn canonicalized(what: Subtree<'_>, method: Method) -> Vec<u8> {
    let how = Canonicalization {
        method,
        comments: false,
        inclusive_prefixes: &[],
    };
    canonical_bytes(what, &how).unwrap()
}

/// The document element by itself, with all its namespaces, so that it can stand anywhere.
pub(super) fn alone(document: &Document) -> String {
    let bytes = canonicalized(Subtree::Element(document.root()), Method::Inclusive10);
    String::from_utf8(bytes).unwrap()
}

/// The start tag of an element. Attribute values may hold `>` (XML 1.0 section 2.4).
pub(super) fn start_tag(element: &str) -> &str {
    let mut quote = None;
    for (at, character) in element.char_indices() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (None, '>') => return &element[..=at],
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    panic!("no start tag");
}

/// The end tag of an element.
pub(super) fn end_tag(element: &str) -> &str {
    &element[element.rfind("</").unwrap()..]
}

/// The element with further attributes.
pub(super) fn with_attributes(element: &str, attributes: &str) -> String {
    let open = start_tag(element);
    let name = open.find([' ', '>']).unwrap();
    format!("{}{attributes}{}", &element[..name], &element[name..])
}

/// The element with `more` as its last child.
pub(super) fn last_in(element: &str, more: &str) -> String {
    let end = end_tag(element);
    let before = &element[..element.len() - end.len()];
    format!("{before}{more}{end}")
}

/// The element with `more` as its first child.
pub(super) fn first_in(element: &str, more: &str) -> String {
    let open = start_tag(element);
    format!("{open}{more}{}", &element[open.len()..])
}

/// The text from `open` to the last `close`, both included.
pub(super) fn element_of(text: &str, open: &str, close: &str) -> String {
    let from = text.find(open).unwrap();
    let until = text.rfind(close).unwrap() + close.len();
    text[from..until].to_owned()
}

/// What stands between two marks.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

/// The text with the first `from` replaced, which must be there.
#[track_caller]
pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}
