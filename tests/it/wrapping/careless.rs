//! What the partner's own key could have signed and nobody may take: references that lead elsewhere or
//! cover a part, transforms that choose or make what is signed, manifests. Start at [`all`].
//!
//! Each value is right: only what the signature says refuses it. An attacker gets such signatures from
//! a partner whose stack is careless, or is the partner.

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use std::slice;

use super::Attack;
use super::signed::*;

const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const XPATH_FILTER_2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
const DECRYPT: &str = "http://www.w3.org/2002/07/decrypt#XML";

/// What the partner signs when asked.
struct Careless<'a> {
    message: &'a Message,
    hand: &'a Hand,
}

/// Every attack of this kind.
pub(super) fn all(message: &Message, hand: &Hand) -> Vec<Attack> {
    let careless = Careless { message, hand };
    let mut attacks = careless.elsewhere();
    attacks.extend(careless.partly());
    attacks.extend(careless.transformed());
    attacks
}

impl Careless<'_> {
    /// Signs the message with these references.
    fn sign(&self, references: &[Reference]) -> String {
        let Self { message, hand } = self;
        hand.sign(message.build, &message.original, references)
    }

    /// The same with an Object more.
    fn sign_with(&self, references: &[Reference], object: &str) -> String {
        let Self { message, hand } = self;
        let held = match message.build.is_enveloping() {
            true => message.object.as_str(),
            false => "",
        };
        let end = format!("{held}{object}");
        hand.sign_with(message.build, &message.original, references, &end)
    }

    fn reference(&self, attributes: &str) -> Reference {
        Reference {
            attributes: attributes.to_owned(),
            ..self.message.build.reference()
        }
    }

    /// References out of the document, to nothing, by means that choose, to several things.
    fn elsewhere(&self) -> Vec<Attack> {
        let good = self.message.build.reference();
        let mut attacks = Vec::new();
        for (name, uri, code) in [
            ("http", "http://example.org/d.xml", "SIG_REFERENCE_EXTERNAL"),
            ("https", "https://127.0.0.1/d.xml", "SIG_REFERENCE_EXTERNAL"),
            ("ftp", "ftp://example.org/d.xml", "SIG_REFERENCE_EXTERNAL"),
            ("a file", "file:///etc/passwd", "SIG_REFERENCE_EXTERNAL"),
            (
                "UNC",
                "\\\\example.org\\share\\d.xml",
                "SIG_REFERENCE_EXTERNAL",
            ),
            (
                "an attachment",
                "cid:part@example.org",
                "SIG_REFERENCE_EXTERNAL",
            ),
            ("a relative URI", "d.xml", "SIG_REFERENCE_EXTERNAL"),
            ("no identifier", "#", "SIG_REFERENCE_REFUSED"),
            ("xpointer(/)", "#xpointer(/)", "SIG_REFERENCE_REFUSED"),
            (
                "xpointer(id())",
                "#xpointer(id('signed-1'))",
                "SIG_REFERENCE_REFUSED",
            ),
            ("here()", "#xpointer(here()/../..)", "SIG_REFERENCE_REFUSED"),
            (
                "xmlns()",
                "#xmlns(a=urn:a)xpointer(//a:b)",
                "SIG_REFERENCE_REFUSED",
            ),
            (
                "an unknown identifier",
                "#nobody",
                "SIG_REFERENCE_UNRESOLVED",
            ),
        ] {
            let reference = self.reference(&format!(" URI=\"{uri}\""));
            let signed = self.sign(&[reference]);
            attacks.push(Attack::new(format!("a reference to {name}"), signed, code));
        }
        attacks.extend([
            Attack::new(
                "a reference without URI",
                self.sign(&[self.reference("")]),
                "SIG_REFERENCE_REFUSED",
            ),
            Attack::new("no reference", self.sign(&[]), "SIG_MALFORMED"),
            Attack::new(
                "two references to the message",
                self.sign(&[good.clone(), good.clone()]),
                "SIG_REFERENCE_REFUSED",
            ),
            Attack::new(
                "33 references",
                self.sign(&vec![good.clone(); 33]),
                "SIG_LIMIT",
            ),
        ]);
        let manifest = format!(
            "<ds:Object><ds:Manifest Id=\"m\">{}</ds:Manifest></ds:Object>",
            swap(
                &good.text(),
                "<ds:DigestValue></ds:DigestValue>",
                "<ds:DigestValue>AAAA</ds:DigestValue>"
            )
        );
        let to_manifest = Reference::to("#m", transform(EXC_C14N));
        attacks.extend([
            Attack::new(
                "a Manifest instead of a reference",
                self.sign_with(slice::from_ref(&to_manifest), &manifest),
                "SIG_MANIFEST",
            ),
            Attack::new(
                "a Manifest beside the reference",
                self.sign_with(&[good, to_manifest], &manifest),
                "SIG_MANIFEST",
            ),
        ]);
        attacks
    }

    /// References to less than the message.
    fn partly(&self) -> Vec<Attack> {
        let Self { message, hand } = self;
        let build = message.build;
        let alone = transform(EXC_C14N);
        let good = build.reference();
        // The first child of the message has an identifier.
        let open = start_tag(&message.original);
        let rest = &message.original[open.len()..];
        let child = rest.find('<').unwrap();
        let (before, children) = rest.split_at(child);
        let content = format!(
            "{open}{before}{}",
            with_attributes(children, " Id=\"part\"")
        );
        let to_part = Reference::to("#part", alone.clone());
        let part = |references: &[Reference]| hand.sign(build, &content, references);
        let own = "<ds:Object Id=\"own\">nothing of the message</ds:Object>";
        let to_own = Reference::to("#own", alone.clone());
        let key_info = |text: &str| swap(text, "<ds:KeyInfo>", "<ds:KeyInfo Id=\"key\">");
        let to_key = Reference::to("#key", alone.clone());
        let named = |element: &str| {
            let open = format!("<ds:{element}>");
            let signed = self.sign(&[Reference::to("#self", alone.clone())]);
            swap(&signed, &open, &format!("<ds:{element} Id=\"self\">"))
        };
        let mut attacks = vec![
            Attack::new(
                "a reference to a part alone",
                part(slice::from_ref(&to_part)),
                "SIG_WRAPPED",
            ),
            Attack::new(
                "a reference to a part beside that to the message",
                part(&[good.clone(), to_part]),
                "SIG_WRAPPED",
            ),
            Attack::new(
                "a reference to an Object of its own alone",
                self.sign_with(&[to_own], own),
                "SIG_NOT_COVERING",
            ),
            Attack::new(
                "a reference to the KeyInfo alone",
                key_info(&self.sign(&[to_key])),
                "SIG_NOT_COVERING",
            ),
            Attack::new(
                "a reference to the SignedInfo itself",
                named("SignedInfo"),
                "SIG_WRAPPED",
            ),
            Attack::new(
                "a reference to the SignatureValue",
                named("SignatureValue"),
                "SIG_WRAPPED",
            ),
        ];
        let evil = format!("<ds:Object Id=\"own\">{}</ds:Object>", message.evil_other);
        match build.is_enveloping() {
            true => {
                let references = [good, Reference::to("#own", alone)];
                attacks.extend([
                    Attack::new(
                        "two Objects signed",
                        self.sign_with(&references, &evil),
                        "SIG_REFERENCE_REFUSED",
                    ),
                    Attack::new(
                        "a reference to the whole document",
                        self.sign(&[Reference::to(
                            "",
                            transform(ENVELOPED) + &transform(EXC_C14N),
                        )]),
                        "SIG_REFERENCE_REFUSED",
                    ),
                ]);
            }
            false => attacks.push(Attack::new(
                "evil in an Object of its own, signed alone",
                self.sign_with(&[Reference::to("#own", alone)], &evil),
                "SIG_NOT_COVERING",
            )),
        }
        attacks
    }

    /// Transforms that choose what is signed, or make something else of it.
    fn transformed(&self) -> Vec<Attack> {
        let build = self.message.build;
        let c14n = transform(EXC_C14N);
        // What stands at the head of the package's own list.
        let enveloped = match build.is_enveloping() {
            true => String::new(),
            false => transform(ENVELOPED),
        };
        let uri = build.uri();
        let sign = |transforms: &str| {
            let reference = Reference::to(&uri, transforms.to_owned());
            self.sign(&[reference])
        };
        let xpath = |expression: &str| {
            format!(
                "<ds:Transform Algorithm=\"{XPATH}\"><ds:XPath>{expression}</ds:XPath></ds:Transform>"
            )
        };
        let filter = format!(
            "<ds:Transform Algorithm=\"{XPATH_FILTER_2}\"><f:XPath xmlns:f=\"{XPATH_FILTER_2}\" \
             Filter=\"subtract\">//*</f:XPath></ds:Transform>"
        );
        let style = format!(
            "<ds:Transform Algorithm=\"{XSLT}\"><t:stylesheet xmlns:t=\"http://www.w3.org/1999/XSL/Transform\" \
             version=\"1.0\"><t:template match=\"/\">nothing</t:template></t:stylesheet></ds:Transform>"
        );
        let inclusive = |prefixes: &str| {
            format!(
                "<ds:Transform Algorithm=\"{EXC_C14N}\"><x:InclusiveNamespaces xmlns:x=\"{EXC_C14N}\" \
                 PrefixList=\"{prefixes}\"></x:InclusiveNamespaces></ds:Transform>"
            )
        };
        let mut attacks = Vec::new();
        // WS-Attacker: by the value of an attribute, by descent, by namespaces that the attacker binds.
        for (name, expression) in [
            ("by an attribute", "ancestor-or-self::*[@Id='signed-1']"),
            (
                "by descent",
                "ancestor-or-self::*[name()='m']/descendant::*",
            ),
            ("by a namespace", "/*[namespace-uri()='urn:a']"),
            ("that is false", "false()"),
            (
                "that is nearly the enveloped one",
                "not(ancestor-or-self::ds:Signature) or true()",
            ),
        ] {
            let signed = sign(&format!("{enveloped}{}{c14n}", xpath(expression)));
            attacks.push(Attack::new(format!("XPath {name}"), signed, "SIG_XPATH"));
        }
        for (name, transforms, code) in [
            (
                "XPath Filter 2.0",
                format!("{enveloped}{filter}{c14n}"),
                "SIG_XPATH",
            ),
            (
                "a style sheet",
                format!("{enveloped}{style}{c14n}"),
                "SIG_XSLT",
            ),
            (
                "base64",
                format!("{enveloped}{}", transform(BASE64)),
                "SIG_TRANSFORM_REFUSED",
            ),
            (
                "decryption",
                format!("{enveloped}{}{c14n}", transform(DECRYPT)),
                "SIG_TRANSFORM_REFUSED",
            ),
            (
                "an unknown transform",
                format!("{enveloped}{}{c14n}", transform("urn:a")),
                "SIG_TRANSFORM_REFUSED",
            ),
            (
                "canonicalisation twice",
                format!("{enveloped}{c14n}{c14n}"),
                "SIG_TRANSFORM_REFUSED",
            ),
            (
                "something behind canonicalisation",
                format!("{enveloped}{c14n}{}", transform(ENVELOPED)),
                "SIG_TRANSFORM_REFUSED",
            ),
            (
                "five transforms",
                format!("{enveloped}{}", c14n.repeat(5)),
                "SIG_LIMIT",
            ),
            (
                "65 inclusive prefixes",
                format!("{enveloped}{}", inclusive(&"p ".repeat(65))),
                "SIG_LIMIT",
            ),
            (
                "a parameter of canonicalisation that is none",
                format!(
                    "{enveloped}<ds:Transform Algorithm=\"{EXC_C14N}\"><x xmlns=\"\"></x></ds:Transform>"
                ),
                "SIG_MALFORMED",
            ),
        ] {
            attacks.push(Attack::new(name, sign(&transforms), code));
        }
        let envelope = match build.is_enveloping() {
            // The Signature would be taken out of something that does not hold it.
            true => (
                "enveloped-signature at the Object",
                transform(ENVELOPED) + &c14n,
            ),
            false => ("no enveloped-signature", c14n),
        };
        let (name, transforms) = envelope;
        attacks.push(Attack::new(
            name,
            sign(&transforms),
            "SIG_REFERENCE_REFUSED",
        ));
        attacks
    }
}
