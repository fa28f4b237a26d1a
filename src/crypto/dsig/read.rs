//! Reading the leaves of a signature: element content, base64, algorithm attributes. Start at
//! [`base64`] and [`only_elements`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::only_text;
use crate::crypto::error::Error;
use crate::xml::{Node, NodeKind};

/// Longest URI that an error repeats, in characters.
const URI_SHOWN_MAX: usize = 80;

/// Decodes an element's base64 (RFC 4648 section 4, canonical: section 3.5). Only XML white space
/// may stand between the characters (XML Schema Part 2 section 3.2.16).
pub(in crate::crypto) fn base64(
    node: Node<'_>,
    element: &'static str,
    bytes_max: usize,
) -> Result<Vec<u8>, Error> {
    let text = only_text(node)?;
    let mut characters = String::with_capacity(text.len());
    characters.extend(text.split([' ', '\t', '\r', '\n']));
    if characters.len() / 4 * 3 > bytes_max + 3 {
        return Err(Error::Limit {
            what: "bytes of base64",
            max: bytes_max,
            at: node.position(),
        });
    }
    match STANDARD.decode(&characters) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) | Err(_) => Err(Error::Base64 {
            element,
            at: node.position(),
        }),
    }
}

/// The child elements of a node that may hold nothing else but white space, comments and
/// processing instructions.
pub(super) fn only_elements(node: Node<'_>) -> Result<Vec<Node<'_>>, Error> {
    let mut elements = Vec::new();
    for child in node.children() {
        match child.kind() {
            NodeKind::Element => elements.push(child),
            NodeKind::Text if !is_blank(child.value()) => {
                return Err(Error::Malformed {
                    problem: "text stands between the elements of the Signature",
                    at: child.position(),
                });
            }
            NodeKind::Comment | NodeKind::ProcessingInstruction | NodeKind::Text => {}
        }
    }
    Ok(elements)
}

/// The `Algorithm` attribute.
pub(super) fn algorithm(node: Node<'_>) -> Result<&str, Error> {
    let algorithm = node.attribute("", "Algorithm");
    algorithm.ok_or_else(|| Error::Malformed {
        problem: "an Algorithm attribute is missing",
        at: node.position(),
    })
}

/// A URI as an error may repeat it.
pub(super) fn shown(uri: &str) -> String {
    let printable = uri.chars().filter(|c| c.is_ascii_graphic());
    printable.take(URI_SHOWN_MAX).collect()
}

fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

pub(super) fn malformed(problem: &'static str, node: Node<'_>) -> Error {
    let at = node.position();
    Error::Malformed { problem, at }
}
