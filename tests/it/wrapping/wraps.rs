//! Attacks that move, double and nest what is signed: the signature stays as the partner made it, and
//! something else stands where business code would look. Start at [`all`].
//!
//! XSW-1 to XSW-10 are those of SAML Raider (`helpers/XSWHelpers.java`). There a Response holds an
//! Assertion, and either may be signed; here the document element is what is signed, so each is built
//! twice where that differs: with the message itself as the document element, and inside a *shell*, an
//! element of the same name. XSW-9 needs no moving and stands in `doubles`.

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use super::Attack;
use super::doubles::ED_CONTAINER;
use super::signed::*;

/// Every attack of this kind on a message.
pub(super) fn all(message: &Message) -> Vec<Attack> {
    match message.build.is_enveloping() {
        false => enveloped(message),
        true => enveloping(message),
    }
}

/// SAML Raider's, and what else can be done where the Signature is a child of the document element.
fn enveloped(m: &Message) -> Vec<Attack> {
    // What is signed by `URI=""` is whatever stands around; by an identifier, the element that has it.
    let by_id = m.build == Build::EnvelopedById;
    let or = |whole: &'static str, id: &'static str| if by_id { id } else { whole };
    let mismatch = "SIG_DIGEST_MISMATCH";
    let (aside, twice) = (
        or(mismatch, "SIG_WRAPPED"),
        or(mismatch, "SIG_ID_DUPLICATE"),
    );
    let (original, signature) = (&m.original, &m.signature);
    let (other, signed) = (&m.evil_other, &m.text);
    let within = m.signature_with(original);
    let object = m.signature_with(&format!("<ds:Object>{original}</ds:Object>"));
    let stray = m.signature_with(&format!("<Object xmlns=\"\">{original}</Object>"));
    let signed_within = m.signature_with(&format!("<ds:Object>{signed}</ds:Object>"));
    let extensions = |inner: &str| format!("<Extensions xmlns=\"\">{inner}</Extensions>");
    let evil_in = |inner: &str| last_in(other, inner);
    let mut attacks = vec![
        Attack::new("XSW-1", evil_in(&within), "SIG_MALFORMED"),
        Attack::new("XSW-1, same Id", m.evil_with(&within), "SIG_MALFORMED"),
        Attack::new("XSW-2", evil_in(&format!("{original}{signature}")), aside),
        Attack::new(
            "XSW-2, same Id",
            m.evil_with(&format!("{original}{signature}")),
            twice,
        ),
        Attack::new("XSW-3", m.shell(&format!("{other}{signed}")), "SIG_WRAPPED"),
        Attack::new(
            "XSW-3, behind it",
            m.shell(&format!("{signed}{other}")),
            "SIG_WRAPPED",
        ),
        Attack::new("XSW-4", evil_in(signed), "SIG_WRAPPED"),
        Attack::new(
            "XSW-4, in a shell",
            m.shell(&evil_in(signed)),
            "SIG_WRAPPED",
        ),
        Attack::new("XSW-5", evil_in(&format!("{signature}{original}")), aside),
        Attack::new(
            "XSW-5, in a shell",
            m.shell(&format!("{}{original}", evil_in(signature))),
            "SIG_WRAPPED",
        ),
        Attack::new("XSW-6", m.shell(&evil_in(&within)), "SIG_WRAPPED"),
        Attack::new(
            "XSW-7",
            m.evil_with(&format!("{}{signature}", extensions(original))),
            twice,
        ),
        Attack::new(
            "XSW-7, in a shell",
            m.shell(&format!("{}{signed}", extensions(&m.evil))),
            "SIG_WRAPPED",
        ),
        Attack::new("XSW-8", m.evil_with(&object), twice),
        Attack::new("XSW-8, other Id", evil_in(&object), aside),
        Attack::new(
            "XSW-8, Object of no namespace",
            m.evil_with(&stray),
            "SIG_MALFORMED",
        ),
        Attack::new("XSW-10", evil_in(&signed_within), "SIG_SEVERAL"),
    ];
    attacks.extend([
        Attack::new(
            "the Signature moved to evil",
            m.evil_with(signature),
            mismatch,
        ),
        Attack::new(
            "the Signature moved to evil, other Id",
            evil_in(signature),
            or(mismatch, "SIG_REFERENCE_UNRESOLVED"),
        ),
        Attack::new(
            "the Signature beside the message",
            m.shell(&format!("{original}{signature}")),
            aside,
        ),
        Attack::new(
            "the Signature deeper in the message",
            deeper(original, signature),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "the message in its Signature",
            object.clone(),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "evil in the Signature, as if it were enveloping",
            m.signature_with(&format!("<ds:Object>{}</ds:Object>", m.evil)),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "a copy of SignedInfo with the digest of evil in the content (CVE-2024-45409)",
            last_in(
                &first_in(
                    &m.evil,
                    &with_attributes(&m.signed_info(), &format!(" xmlns:ds=\"{DS}\"")),
                ),
                signature,
            ),
            mismatch,
        ),
        Attack::new(
            "another message's root around it",
            last_in(&other_root(original), signature),
            mismatch,
        ),
    ]);
    if by_id {
        attacks.extend(identifiers(m));
    }
    attacks
}

/// Games with the attribute that identifies what is signed. The package names `Id`, of no namespace.
fn identifiers(m: &Message) -> Vec<Attack> {
    let id = format!(" Id=\"{ID}\"");
    let named = |name: &str| swap(&m.text, &id, &format!(" {name}=\"{ID}\""));
    let wsu = "xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\" u:Id";
    let around = |name: &str| {
        let evil = swap(&m.evil, &id, &format!(" {name}=\"{ID}\""));
        last_in(&evil, &format!("{}{}", m.original, m.signature))
    };
    let polluted = with_attributes(&m.text, " xmlns:p=\"urn:example:p\" p:Id=\"signed-2\"");
    let twice =
        "xmlns:p=\"urn:example:p\" xmlns:q=\"urn:example:p\" p:Id=\"signed-1\" q:Id=\"signed-2\"";
    let mut attacks = vec![
        Attack::new(
            "duplicate Id in the content",
            last_in(
                &first_in(&m.original, &format!("<x xmlns=\"\" Id=\"{ID}\"></x>")),
                &m.signature,
            ),
            "SIG_ID_DUPLICATE",
        ),
        Attack::new(
            "duplicate Id in the Signature",
            swap(
                &m.text,
                "<ds:KeyInfo>",
                &format!("<ds:KeyInfo Id=\"{ID}\">"),
            ),
            "SIG_ID_DUPLICATE",
        ),
        Attack::new(
            "a second attribute Id of another namespace",
            polluted,
            "SIG_DIGEST_MISMATCH",
        ),
        Attack::new(
            "two attributes of one name by two prefixes",
            swap(&m.text, &id, &format!(" {twice}")),
            "XML_DUPLICATE_ATTRIBUTE",
        ),
        Attack::new(
            "two attributes Id",
            swap(&m.text, &id, &format!("{id} Id=\"{OTHER_ID}\"")),
            "XML_DUPLICATE_ATTRIBUTE",
        ),
        Attack::new(
            "an Id with white space around it",
            swap(&m.text, &id, &format!(" Id=\" {ID} \"")),
            "SIG_REFERENCE_UNRESOLVED",
        ),
    ];
    for (name, spelled) in [
        ("ID", "ID"),
        ("id", "id"),
        ("xml:id", "xml:id"),
        ("wsu:Id", wsu),
    ] {
        attacks.push(Attack::new(
            format!("{name} instead of Id"),
            named(spelled),
            "SIG_REFERENCE_UNRESOLVED",
        ));
        // For whom this attribute identifies too, evil is what is signed.
        attacks.push(Attack::new(
            format!("evil with {name} around the original with Id"),
            around(spelled),
            "SIG_WRAPPED",
        ));
    }
    attacks
}

/// The same ideas where the Signature is the document element and an Object of it holds the message.
fn enveloping(m: &Message) -> Vec<Attack> {
    let by_object = m.build == Build::EnvelopingObject;
    let or = |object: &'static str, content: &'static str| match by_object {
        true => object,
        false => content,
    };
    let (original, signed) = (&m.original, &m.text);
    let object = &m.object;
    let beside = format!("<ds:Object>{}</ds:Object>", m.evil_other);
    let twin = m.object_of(&m.evil);
    let property = format!(
        "<ds:Object><ds:SignatureProperties><ds:SignatureProperty Target=\"#x\">{object}\
         </ds:SignatureProperty></ds:SignatureProperties></ds:Object>"
    );
    let mut attacks = vec![
        Attack::new("XSW-1", last_in(&m.evil_other, signed), "SIG_WRAPPED"),
        Attack::new(
            "XSW-2",
            m.with_object(&format!("{object}{twin}")),
            "SIG_ID_DUPLICATE",
        ),
        Attack::new(
            "XSW-2, before it",
            m.with_object(&format!("{twin}{object}")),
            "SIG_ID_DUPLICATE",
        ),
        Attack::new(
            "XSW-3",
            m.with_object(&format!("{beside}{object}")),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "XSW-3, behind it",
            m.with_object(&format!("{object}{beside}")),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "XSW-4",
            m.with_object(&m.object_of(&last_in(&m.evil_other, original))),
            or("SIG_DIGEST_MISMATCH", "SIG_WRAPPED"),
        ),
        Attack::new(
            "XSW-5",
            m.with_object(&m.object_of(&format!("{}{original}", m.evil_other))),
            or("SIG_REFERENCE_REFUSED", "SIG_WRAPPED"),
        ),
        Attack::new(
            "XSW-6",
            m.with_object(&format!("<ds:Object>{}{object}</ds:Object>", m.evil_other)),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "XSW-7",
            m.with_object(&format!("{beside}{property}")),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "XSW-8",
            swap(
                &m.with_object(&beside),
                "<ds:KeyInfo>",
                &format!("<ds:KeyInfo>{object}"),
            ),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "XSW-10",
            m.with_object(&format!("{beside}<ds:Object>{signed}</ds:Object>")),
            "SIG_SEVERAL",
        ),
    ];
    attacks.extend([
        Attack::new("evil in the place of the message", m.with_object(&twin), "SIG_DIGEST_MISMATCH"),
        Attack::new(
            "evil in the place of the message, other Id",
            m.with_object(&swap(
                &m.object_of(&m.evil_other),
                or(ID, OTHER_ID),
                OTHER_ID,
            )),
            "SIG_REFERENCE_UNRESOLVED",
        ),
        Attack::new(
            "the message around its Signature, as if it were enveloped",
            last_in(original, &swap(&m.signature, object, "")),
            "SIG_WRAPPED",
        ),
        Attack::new(
            "a Signature around the Signature",
            format!("<ds:Signature xmlns:ds=\"{DS}\">{beside}<ds:Object>{signed}</ds:Object></ds:Signature>"),
            "SIG_SEVERAL",
        ),
        Attack::new(
            "another message's root around the message",
            m.with_object(&m.object_of(&other_root(original))),
            "SIG_DIGEST_MISMATCH",
        ),
    ]);
    attacks
}

/// The element with `more` in its first child.
pub(super) fn deeper(element: &str, more: &str) -> String {
    let open = start_tag(element);
    let rest = &element[open.len()..];
    let (before, child) = rest.split_at(rest.find('<').unwrap());
    format!("{open}{before}{}", first_in(child, more))
}

/// The element under the name of another message of the project's own packages.
fn other_root(element: &str) -> String {
    let (open, close) = (start_tag(element), end_tag(element));
    let inner = &element[open.len()..element.len() - close.len()];
    let (name, namespace) = match close.contains("CC028C") {
        false => ("CC028C", "http://ncts.dgtaxud.ec"),
        true => ("ED_Container", ED_CONTAINER),
    };
    let attributes = &open[open.find([' ', '>']).unwrap()..];
    format!("<o:{name} xmlns:o=\"{namespace}\"{attributes}{inner}</o:{name}>")
}
