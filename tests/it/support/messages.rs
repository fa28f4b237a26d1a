//! Messages made from the project's own samples, by editing their text.
//!
//! Start at [`Declaration`] for what a national system submits and [`transit`] for what a partner
//! sends.

use bytes::Bytes;
use corridor::cli::trial::world::Party;
use corridor::crypto::{self, SignatureProfile};
use corridor::xml::Limits;
use ring::rand::SystemRandom;
use uuid::Uuid;

use super::trial::sample;

/// An id that no message had before.
pub(crate) fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}

/// The text of the first element of this qualified name.
#[track_caller]
pub(crate) fn value<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

/// The document with another text in the first element of this qualified name after `anchor`.
#[track_caller]
pub(crate) fn set_after(document: &str, anchor: &str, name: &str, text: &str) -> String {
    let (before, rest) = document.split_once(anchor).unwrap();
    let (head, rest) = rest.split_once(&format!("<{name}>")).unwrap();
    let (_, tail) = rest.split_once(&format!("</{name}>")).unwrap();
    format!("{before}{anchor}{head}<{name}>{text}</{name}>{tail}")
}

/// The document with another text in the first element of this qualified name.
#[track_caller]
pub(crate) fn set(document: &str, name: &str, text: &str) -> String {
    set_after(document, "", name, text)
}

/// The document without any element of this qualified name.
#[track_caller]
pub(crate) fn without(document: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    assert!(document.contains(&open), "no {name} to leave out");
    let mut kept = String::new();
    let mut rest = document;
    while let Some((before, after)) = rest.split_once(&open) {
        kept.push_str(before);
        rest = after.split_once(&close).unwrap().1;
    }
    kept + rest
}

/// A declaration of the FCS, bound for somewhere.
#[derive(Clone, Copy)]
pub(crate) enum Declaration {
    /// Kazakhstan.
    Kz,
    /// Finland.
    Fi,
    /// Finland, from and through Kazakhstan.
    Both,
}

impl Declaration {
    /// The sample under an id of its own.
    pub(crate) fn fresh(self) -> String {
        self.with_id(&fresh_id().to_uppercase())
    }

    /// The sample under this id.
    pub(crate) fn with_id(self, id: &str) -> String {
        let file = match self {
            Self::Kz => "transit-cn-kz",
            Self::Fi => "transit-cn-fi",
            Self::Both => "transit-kz-fi",
        };
        let text = sample(&format!("fcs/esadout-cu/5.23.0/samples/{file}.xml"));
        set(&text, "cat_ru:DocumentID", id)
    }
}

/// A declaration and an inventory in an ED_Container with an id of its own.
pub(crate) fn contained(declaration: &str) -> String {
    let container = sample("fcs/ed-container/5.22.0/samples/declaration-and-inventory.xml");
    let (head, rest) = container.split_once("<ESADout_CU ").unwrap();
    let (_, tail) = rest.split_once("</ESADout_CU>").unwrap();
    let head = set(head, "cat_ru:DocumentID", &fresh_id().to_uppercase());
    let tail = set(tail, "cat_ru:DocumentID", &fresh_id().to_uppercase());
    let (_, body) = declaration.split_once("?>").unwrap();
    format!("{head}{}{tail}", body.trim())
}

/// An R.048 as RU would send it to KZ, unsigned, under this id.
pub(crate) fn transit(id: &str) -> String {
    let text = sample("eaeu/r048/1.0.0/samples/transit-cn-kz.xml");
    set(&text, "csdo:EDocId", id)
}

/// Signs a message with a party's own key.
pub(crate) fn sign(unsigned: &str, party: &Party) -> Bytes {
    let signing = &party.signing;
    let signer = crypto::signer_from_pkcs8(&signing.key_pem, &signing.certificate_pem, None);
    let random = SystemRandom::new();
    let profile = SignatureProfile::default();
    let limits = Limits::default();
    crypto::sign(
        unsigned.as_bytes(),
        &*signer.unwrap(),
        &profile,
        &limits,
        &random,
    )
    .unwrap()
    .into()
}
