//! The keys of the fixtures, however a KeyInfo names them. Start at [`candidates`].

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use corridor::crypto::PublicKey;
use corridor::xml::Node;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::suites::{integer, sequence};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const DS_11: &str = "http://www.w3.org/2009/xmldsig11#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

/// Every key that a KeyInfo could mean: those that it holds, the one that it names, and where it
/// does neither all certificates of the fixtures.
pub(super) fn candidates(
    key_info: Option<Node<'_>>,
    root: Node<'_>,
    fixtures: &Path,
) -> Vec<PublicKey> {
    let mut found = Vec::new();
    let within = key_info.into_iter().flat_map(Node::descendants);
    for node in within.chain(root.descendants()) {
        found.extend(held(node).or_else(|| named(node, fixtures)));
    }
    if found.is_empty() {
        found = all_certificates(fixtures);
    }
    found
}

fn held(node: Node<'_>) -> Option<PublicKey> {
    let child = |local: &str| Some(octets(node.child(DS, local)?));
    if node.is(DS, "X509Certificate") {
        certificate_key(&octets(node))
    } else if node.is(DS_11, "DEREncodedKeyValue") {
        PublicKey::from_spki(&octets(node))
    } else if node.is(DS, "RSAKeyValue") {
        let numbers = [integer(&child("Modulus")?), integer(&child("Exponent")?)].concat();
        let key = [sequence(0x30, numbers.len()), numbers].concat();
        spki("2a864886f70d010101", &[0x05, 0x00], &key)
    } else if node.is(DS, "DSAKeyValue") {
        let numbers = [child("P")?, child("Q")?, child("G")?];
        let numbers = numbers.map(|number| integer(&number)).concat();
        let domain = [sequence(0x30, numbers.len()), numbers].concat();
        spki("2a8648ce380401", &domain, &integer(&child("Y")?))
    } else if node.is(DS_11, "ECKeyValue") {
        let curve = node.child(DS_11, "NamedCurve")?.attribute("", "URI")?;
        elliptic(curve, &octets(node.child(DS_11, "PublicKey")?))
    } else if node.is(MORE, "ECDSAKeyValue") {
        // RFC 4050: decimal coordinates.
        let domain = node.child(MORE, "DomainParameters")?;
        let curve = domain.child(MORE, "NamedCurve")?.attribute("", "URN")?;
        let public = node.child(MORE, "PublicKey")?;
        let width = match curve.rsplit('.').next()? {
            "7" => 32,
            "34" => 48,
            _ => 66,
        };
        let number = |local: &str| {
            let value = public.child(MORE, local)?.attribute("", "Value")?;
            Some(decimal(value, width))
        };
        elliptic(curve, &[vec![4], number("X")?, number("Y")?].concat())
    } else {
        None
    }
}

/// The fixtures' name of a key is `TestKeyName-` and that of its file; the merlin ones are named by
/// their common name.
fn named(node: Node<'_>, fixtures: &Path) -> Option<PublicKey> {
    if !node.is(DS, "KeyName") {
        return None;
    }
    let text = node.text();
    let name = text.trim();
    if let Some(key) = name.strip_prefix("TestKeyName-") {
        for folder in fs::read_dir(fixtures.join("keys")).unwrap() {
            let path = folder.unwrap().path().join(format!("{key}-pubkey.der"));
            if let Ok(der) = fs::read(path) {
                return PublicKey::from_spki(&der);
            }
        }
    }
    let file = format!("{}.der", name.to_lowercase());
    let path = fixtures
        .join("merlin-xmldsig-twenty-three/certs")
        .join(file);
    certificate_key(&fs::read(path).ok()?)
}

fn all_certificates(fixtures: &Path) -> Vec<PublicKey> {
    let mut folders: Vec<_> = fs::read_dir(fixtures.join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.extend([
        fixtures.join("keys"),
        fixtures.join("merlin-xmldsig-twenty-three/certs"),
        fixtures.join("xmldsig11-interop-2012/keys"),
    ]);
    let mut found = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap_or_default();
            if name.ends_with(".der") || name.ends_with(".crt") {
                found.extend(certificate_key(&bytes));
            }
        }
    }
    found
}

pub(super) fn certificate_key(der: &[u8]) -> Option<PublicKey> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    PublicKey::from_spki(certificate.public_key().raw)
}

pub(super) fn octets(node: Node<'_>) -> Vec<u8> {
    let packed: String = node.text().split_whitespace().collect();
    STANDARD.decode(packed).unwrap_or_default()
}

fn elliptic(curve: &str, point: &[u8]) -> Option<PublicKey> {
    let curve = match curve.rsplit(':').next()?.trim_start_matches("oid:") {
        "1.2.840.10045.3.1.7" => "06082a8648ce3d030107",
        "1.3.132.0.34" => "06052b81040022",
        "1.3.132.0.35" => "06052b81040023",
        _ => return None,
    };
    spki("2a8648ce3d0201", &hex::decode(curve).unwrap(), point)
}

/// A SubjectPublicKeyInfo: OID, parameters, and the bits of the key.
fn spki(oid: &str, parameters: &[u8], key: &[u8]) -> Option<PublicKey> {
    let oid = hex::decode(oid).unwrap();
    let algorithm = [sequence(6, oid.len()), oid, parameters.to_vec()].concat();
    let algorithm = [sequence(0x30, algorithm.len()), algorithm].concat();
    let bits = [sequence(3, key.len() + 1), vec![0], key.to_vec()].concat();
    let content = [algorithm, bits].concat();
    PublicKey::from_spki(&[sequence(0x30, content.len()), content].concat())
}

fn decimal(text: &str, width: usize) -> Vec<u8> {
    let mut number = vec![0_u8; width];
    for digit in text.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in number.iter_mut().rev() {
            let value = u32::from(*byte) * 10 + carry;
            *byte = u8::try_from(value & 0xff).unwrap();
            carry = value >> 8;
        }
    }
    number
}
