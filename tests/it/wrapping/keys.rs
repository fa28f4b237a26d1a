//! Attacks on who signed and by what algorithm: KeyInfo, certificates, confusion of keys, weak
//! algorithms, values that are cut or not canonical. Start at [`all`].

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::Attack;
use super::doubles::evil_in_place;
use super::material::Material;
use super::signed::*;

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

/// Every attack of this kind.
pub(super) fn all(message: &Message, material: &Material) -> Vec<Attack> {
    let mut attacks = signers(message, material);
    attacks.extend(key_infos(message, material));
    attacks.extend(algorithms(message));
    attacks.extend(values(message));
    attacks
}

/// Evil, well signed by somebody else.
fn signers(m: &Message, material: &Material) -> Vec<Attack> {
    let strangers = material.strangers.iter().map(|stranger| {
        let signed = stranger.hand.sign(m.build, &m.evil, &[m.build.reference()]);
        Attack::new(
            format!("signed by {}", stranger.name),
            signed,
            stranger.code,
        )
    });
    strangers.collect()
}

/// KeyInfo that names another key, or leads to one.
fn key_infos(m: &Message, material: &Material) -> Vec<Attack> {
    let own = m.key_info();
    let instead = |key_info: &str| swap(&m.text, &own, key_info);
    let mut attacks = Vec::new();
    for substitute in &material.substitutes {
        let text = instead(&key_info(&substitute.certificates));
        attacks.push(Attack::new(substitute.name, text, substitute.code));
    }
    let stranger = &material.strangers[0].hand;
    let evil = stranger.sign(m.build, &m.evil, &[m.build.reference()]);
    let theirs = stranger.key_info();
    let (first, second) = (stranger.certificate(), material.partner.certificate());
    let certificates = |list: &[&String]| {
        let list: String = list
            .iter()
            .map(|one| format!("<ds:X509Certificate>{one}</ds:X509Certificate>"))
            .collect();
        format!("<ds:KeyInfo><ds:X509Data>{list}</ds:X509Data></ds:KeyInfo>")
    };
    let key_value = "<ds:KeyValue><ds:ECKeyValue xmlns=\"http://www.w3.org/2009/xmldsig11#\"><NamedCurve \
                     URI=\"urn:oid:1.2.840.10045.3.1.7\"/><PublicKey>BAAA</PublicKey></ds:ECKeyValue></ds:KeyValue>";
    attacks.extend([
        Attack::new(
            "evil by a stranger, the partner's certificate",
            swap(&evil, theirs, &own),
            "SIG_VALUE_MISMATCH",
        ),
        Attack::new(
            "evil by a stranger, both certificates",
            swap(&evil, theirs, &certificates(&[&first, &second])),
            "CERT_UNKNOWN_ISSUER",
        ),
        Attack::new(
            "evil by a stranger, both certificates, the partner's first",
            swap(&evil, theirs, &certificates(&[&second, &first])),
            "SIG_VALUE_MISMATCH",
        ),
        Attack::new(
            "evil by a stranger, its key as KeyValue beside the partner's certificate",
            swap(
                &evil,
                theirs,
                &swap(&own, "<ds:KeyInfo>", &format!("<ds:KeyInfo>{key_value}")),
            ),
            "SIG_VALUE_MISMATCH",
        ),
    ]);
    if !m.build.is_enveloping() {
        let their_signature = element_of(&evil, "<ds:Signature ", "</ds:Signature>");
        for (name, signatures) in [
            (
                "a stranger's Signature before the partner's",
                [&their_signature, &m.signature],
            ),
            (
                "a stranger's Signature behind the partner's",
                [&m.signature, &their_signature],
            ),
        ] {
            let signatures = signatures.map(String::as_str).concat();
            attacks.push(Attack::new(
                name,
                last_in(&m.evil, &signatures),
                "SIG_SEVERAL",
            ));
        }
    }
    for (name, content) in [
        ("no KeyInfo", String::new()),
        (
            "KeyName alone",
            "<ds:KeyName>partner</ds:KeyName>".to_owned(),
        ),
        ("KeyValue alone", key_value.to_owned()),
        (
            "RetrievalMethod alone",
            "<ds:RetrievalMethod URI=\"http://example.org/key\"/>".to_owned(),
        ),
        (
            "RetrievalMethod to itself",
            "<ds:RetrievalMethod Id=\"r\" URI=\"#r\"/>".to_owned(),
        ),
        (
            "names of the partner alone",
            "<ds:X509Data><ds:X509SubjectName>CN=XX signing</ds:X509SubjectName></ds:X509Data>"
                .to_owned(),
        ),
    ] {
        let key_info = match content.is_empty() {
            true => content,
            false => format!("<ds:KeyInfo>{content}</ds:KeyInfo>"),
        };
        attacks.push(Attack::new(name, instead(&key_info), "CERT_MISSING"));
    }
    attacks
}

/// Other algorithms over the signature as it is, and HMAC with what everybody knows as its secret.
fn algorithms(m: &Message) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let (refused, agreed, sha1) = ("SIG_ALGORITHM_REFUSED", "SIG_SUITE_NOT_ALLOWED", "SIG_SHA1");
    for (uri, code) in [
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "SIG_HMAC"),
        (
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "SIG_HMAC",
        ),
        ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", sha1),
        ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", sha1),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", sha1),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", refused),
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
            refused,
        ),
        (
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
            refused,
        ),
        ("http://www.w3.org/2007/05/xmldsig-more#rsa-pss", refused),
        ("", refused),
        (
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            agreed,
        ),
        (
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            agreed,
        ),
        (
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
            agreed,
        ),
        // Agreed with the partner, but not what its key is for.
        (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "SIG_KEY_MISMATCH",
        ),
        (
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
            "SIG_KEY_MISMATCH",
        ),
        (
            "http://www.w3.org/2000/09/xmldsig#sm2-sm3",
            "SIG_KEY_MISMATCH",
        ),
    ] {
        let text = swap(&m.text, ECDSA_SHA256, uri);
        attacks.push(Attack::new(format!("SignatureMethod {uri}"), text, code));
    }
    for (uri, code) in [
        ("http://www.w3.org/2000/09/xmldsig#sha1", sha1),
        ("http://www.w3.org/2001/04/xmldsig-more#md5", refused),
        ("http://www.w3.org/2001/04/xmlenc#ripemd160", refused),
        (
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            "SIG_VALUE_MISMATCH",
        ),
    ] {
        let text = swap(&m.text, SHA256, uri);
        attacks.push(Attack::new(format!("DigestMethod {uri}"), text, code));
    }
    let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\">");
    for (uri, code) in [
        ("urn:void", refused),
        ("http://www.w3.org/2000/09/xmldsig#base64", refused),
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", refused),
        (
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            "SIG_VALUE_MISMATCH",
        ),
    ] {
        let to = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\">");
        let text = swap(&m.text, &method, &to);
        attacks.push(Attack::new(
            format!("CanonicalizationMethod {uri}"),
            text,
            code,
        ));
    }
    let method = format!("<ds:SignatureMethod Algorithm=\"{ECDSA_SHA256}\">");
    let cut = |uri: &str| {
        let cut = format!(
            "<ds:SignatureMethod Algorithm=\"{uri}\"><ds:HMACOutputLength>8</ds:HMACOutputLength>"
        );
        swap(&m.text, &method, &cut)
    };
    attacks.extend([
        Attack::new("HMACOutputLength", cut(ECDSA_SHA256), refused),
        Attack::new(
            "HMACOutputLength of HMAC",
            cut(&format!("{MORE}hmac-sha256")),
            "SIG_HMAC",
        ),
        Attack::new(
            "HMAC keyed with the partner's certificate",
            hmac(m),
            "SIG_HMAC",
        ),
    ]);
    attacks
}

/// Evil under a MAC that anybody can make, and that a stack confirms which takes the key it was given
/// for any algorithm.
fn hmac(m: &Message) -> String {
    let evil = evil_in_place(m);
    let named = swap(&evil, ECDSA_SHA256, &format!("{MORE}hmac-sha256"));
    let info = element_of(&named, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let canonical = swap(
        &info,
        "<ds:SignedInfo>",
        &format!("<ds:SignedInfo xmlns:ds=\"{DS}\">"),
    );
    let secret = between(&named, "<ds:X509Certificate>", "<").to_owned();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = STANDARD.encode(ring::hmac::sign(&key, canonical.as_bytes()));
    swap(
        &named,
        &m.value(),
        &format!("<ds:SignatureValue>{tag}</ds:SignatureValue>"),
    )
}

/// Values that are cut, stretched, in another form, or split.
fn values(m: &Message) -> Vec<Attack> {
    let value = between(&m.signature, "<ds:SignatureValue>", "<").to_owned();
    let bytes = STANDARD.decode(&value).unwrap();
    let digest = between(&m.signature, "<ds:DigestValue>", "<").to_owned();
    let with = |text: &str| swap(&m.text, &value, text);
    let digested = |text: &str| swap(&m.text, &digest, text);
    let encoded = |bytes: &[u8]| with(&STANDARD.encode(bytes));
    let long = [bytes.as_slice(), &[0]].concat();
    // DER: SEQUENCE { INTEGER r, INTEGER s }, each with a zero in front.
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    let (r, s) = bytes.split_at(32);
    let der = [&[0x30, 70][..], &integer(r), &integer(s)].concat();
    // The order of P-256 (FIPS 186-5): one above the largest r and s.
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let order = order.unwrap();
    let length = "SIG_VALUE_LENGTH";
    let mismatch = "SIG_VALUE_MISMATCH";
    let mut attacks = vec![
        Attack::new("a value cut by a byte", encoded(&bytes[..63]), length),
        Attack::new("half a value", encoded(r), length),
        Attack::new("a value with a byte more", encoded(&long), length),
        Attack::new("a value in DER", encoded(&der), length),
        Attack::new("a value of zeros", encoded(&[0; 64]), mismatch),
        Attack::new("r of zero", encoded(&[&[0; 32], s].concat()), mismatch),
        Attack::new("s of zero", encoded(&[r, &[0; 32]].concat()), mismatch),
        Attack::new("r as the order", encoded(&[&order, s].concat()), mismatch),
        Attack::new("s as the order", encoded(&[r, &order].concat()), mismatch),
        Attack::new("r and s exchanged", encoded(&[s, r].concat()), mismatch),
        Attack::new("no value", with(""), "SIG_BASE64"),
        Attack::new(
            "a value without its padding",
            with(value.trim_end_matches('=')),
            "SIG_BASE64",
        ),
        Attack::new(
            "a value with more padding",
            with(&format!("{value}=")),
            "SIG_BASE64",
        ),
        Attack::new(
            "a value in the other alphabet",
            with(&format!("-_{}", &URL_SAFE.encode(&bytes)[2..])),
            "SIG_BASE64",
        ),
        Attack::new(
            "a value whose last bits are not zero",
            with(&dirty(&value)),
            "SIG_BASE64",
        ),
        Attack::new(
            "a digest whose last bits are not zero",
            digested(&dirty(&digest)),
            "SIG_BASE64",
        ),
        Attack::new("no digest", digested(""), "SIG_BASE64"),
        Attack::new("a digest cut", digested("AAAA"), mismatch),
    ];
    for (name, inside) in [
        ("a comment", "<!-- -->"),
        ("an instruction", "<?p q?>"),
        ("an element", "<x xmlns=\"\"/>"),
    ] {
        let split = |text: &str| format!("{}{inside}{}", &text[..4], &text[4..]);
        attacks.extend([
            Attack::new(
                format!("{name} in the SignatureValue"),
                with(&split(&value)),
                "SIG_MALFORMED",
            ),
            Attack::new(
                format!("{name} in the DigestValue"),
                digested(&split(&digest)),
                "SIG_MALFORMED",
            ),
            Attack::new(
                format!("{name} in the X509Certificate"),
                swap(
                    &m.text,
                    "<ds:X509Certificate>MII",
                    &format!("<ds:X509Certificate>M{inside}II"),
                ),
                "SIG_MALFORMED",
            ),
        ]);
    }
    attacks
}

/// The same bytes in base64 with bits set that say nothing (RFC 4648 section 3.5).
fn dirty(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.trim_end_matches('=');
    let last = *body.as_bytes().last().unwrap();
    let at = ALPHABET.iter().position(|it| *it == last).unwrap();
    let next = char::from(ALPHABET[at + 1]);
    let padding = &text[body.len()..];
    format!("{}{next}{padding}", &body[..body.len() - 1])
}
