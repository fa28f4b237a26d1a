//! The EU office's part of the demo: it answers a transit declaration with the MRN.
//!
//! Start at [`mrn_allocated`].

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::faults::unreadable;
use crate::cli::Failure;
use crate::model::Mrn;
use crate::xml::{self, Limits, Node, Writer};

const NAMESPACE: &str = "http://ncts.dgtaxud.ec";

/// A CC028C for the CC015C that was received: LRN, office and holder are the declaration's own, the
/// MRN is new.
pub(super) fn mrn_allocated(declaration: &[u8], now: Timestamp) -> Result<Vec<u8>, Failure> {
    let document = xml::parse(declaration, None, &Limits::default())?;
    let root = document.root();
    let operation = child(root, "TransitOperation")?;
    let zoned = now.to_zoned_datetime(TimeZone::UTC);
    let stem = format!(
        "{:02}FI{:012}J",
        zoned.year().rem_euclid(100),
        now.as_millisecond().rem_euclid(1_000_000_000_000)
    );
    let written = zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let accepted = zoned.strftime("%Y-%m-%d").to_string();
    let mrn = Mrn::make(&stem).map_err(|_| unreadable("MRN"))?;

    let mut out = Writer::new();
    out.start("ncts", "CC028C", &[("ncts", NAMESPACE)])
        .attribute("", "PhaseID", "NCTS5.1")
        .element("", "messageSender", &text(root, "messageRecipient")?)
        .element("", "messageRecipient", &text(root, "messageSender")?)
        .element("", "preparationDateAndTime", &written)
        .element(
            "",
            "messageIdentification",
            &format!("EU{}", now.as_microsecond()),
        )
        .element("", "messageType", "CC028C")
        .element(
            "",
            "correlationIdentifier",
            &text(root, "messageIdentification")?,
        )
        .start("", "TransitOperation", &[])
        .element("", "LRN", &text(operation, "LRN")?)
        .element("", "MRN", mrn.as_str())
        .element("", "declarationAcceptanceDate", &accepted)
        .end();
    for name in ["CustomsOfficeOfDeparture", "HolderOfTheTransitProcedure"] {
        copy(&mut out, child(root, name)?);
    }
    out.end();
    Ok(out.finish()?)
}

fn copy(out: &mut Writer, node: Node<'_>) {
    out.start("", node.name().local, &[]);
    let mut leaf = true;
    for element in node.elements() {
        leaf = false;
        copy(out, element);
    }
    if leaf {
        out.text(&node.text());
    }
    out.end();
}

fn child<'a>(node: Node<'a>, name: &str) -> Result<Node<'a>, Failure> {
    let found = node.elements().find(|element| element.name().local == name);
    found.ok_or_else(|| unreadable(name))
}

fn text(node: Node<'_>, name: &str) -> Result<String, Failure> {
    Ok(child(node, name)?.text().into_owned())
}
