//! Changes that what is signed does not feel, and that business code must not feel either: the gateway
//! gives the answer that it gave to the message as the partner sent it. Start at [`all`].
//!
//! Attackers cut values in two by comments and hide things beside what is signed. Here the view is the
//! same, whatever stands in the bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::material::Material;
use super::signed::*;

/// A change and what becomes of the message by it.
pub(super) struct Harmless {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Every change of this kind; `id` is the message's own.
pub(super) fn all(m: &Message, id: &str) -> Vec<Harmless> {
    let text = &m.text;
    let (head, tail) = id.split_at(id.len() / 2);
    let whole = format!(">{id}<");
    let cut = |inside: &str| swap(text, &whole, &format!(">{head}{inside}{tail}<"));
    let first = head.chars().next().unwrap();
    let referred = format!(">&#{};{}<", u32::from(first), &id[first.len_utf8()..]);
    let unsigned_object = format!("<ds:Object>{}</ds:Object>", m.evil_other);
    let mut changed = vec![
        ("a comment in the id", cut("<!-- -->")),
        (
            "CDATA in the id",
            swap(text, &whole, &format!("><![CDATA[{id}]]><")),
        ),
        (
            "a character of the id as a reference",
            swap(text, &whole, &referred),
        ),
        (
            "comments around the message",
            format!("<!-- a -->{text}<!-- b -->"),
        ),
        (
            "a namespace that nothing uses",
            with_attributes(text, " xmlns:unused=\"urn:example:unused\""),
        ),
        ("the other of the two values that ECDSA has", other_value(m)),
    ];
    if m.build != Build::EnvelopedWhole {
        changed.push((
            "an instruction around the message",
            format!("<?p q?>{text}<?p q?>"),
        ));
    }
    if !m.build.is_enveloping() {
        changed.extend([
            (
                "the Signature as first child",
                first_in(&m.original, &m.signature),
            ),
            (
                "evil in an Object that is not signed",
                last_in(&m.original, &m.signature_with(&unsigned_object)),
            ),
        ]);
    }
    let mut all: Vec<Harmless> = changed
        .into_iter()
        .map(|(name, text)| Harmless {
            name,
            bytes: text.into_bytes(),
        })
        .collect();
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{text}");
    let units = declared.encode_utf16().flat_map(u16::to_be_bytes);
    all.push(Harmless {
        name: "another encoding",
        bytes: [0xFE, 0xFF].into_iter().chain(units).collect(),
    });
    all
}

/// The message signed by others of the partner's.
pub(super) fn by_allies(m: &Message, material: &Material) -> Vec<Harmless> {
    let allies = material.allies.iter().map(|ally| Harmless {
        name: ally.name,
        bytes: ally
            .hand
            .sign(m.build, &m.original, &[m.build.reference()])
            .into_bytes(),
    });
    allies.collect()
}

/// With `(r, s)` also `(r, n - s)` is a value of ECDSA over the same bytes (FIPS 186-5 section 6.4.2).
fn other_value(m: &Message) -> String {
    let value = between(&m.signature, "<ds:SignatureValue>", "<").to_owned();
    let bytes = STANDARD.decode(&value).unwrap();
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let (r, s) = bytes.split_at(32);
    let mut borrow = 0_i16;
    let mut other = [0; 32];
    for ((digit, n), s) in other.iter_mut().zip(order.unwrap()).zip(s).rev() {
        let difference = i16::from(n) - i16::from(*s) - borrow;
        borrow = i16::from(difference < 0);
        *digit = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let other = STANDARD.encode([r, &other].concat());
    swap(&m.text, &value, &other)
}
