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
    let zoned = now.to_zoned(TimeZone::UTC);
    let stem = format!(
        "{:02}FI{:012}J",
        zoned.year().rem_euclid(100),
        now.as_millisecond().rem_euclid(1_000_000_000_000)
    );
    let mrn = Mrn::make(&stem).map_err(|_| unreadable("MRN"))?;

    let mut out = Writer::new();
    out.start("ncts", "CC028C", &[("ncts", NAMESPACE)])?;
    out.attribute("", "PhaseID", "NCTS5.1")?;
    let plain = |out: &mut Writer, name: &str, value: &str| -> Result<(), xml::Error> {
        out.start("", name, &[])?;
        out.text(value)?;
        out.end()
    };
    plain(&mut out, "messageSender", &text(root, "messageRecipient")?)?;
    plain(&mut out, "messageRecipient", &text(root, "messageSender")?)?;
    let written = zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    plain(&mut out, "preparationDateAndTime", &written)?;
    plain(&mut out, "messageIdentification", &format!("EU{}", now.as_microsecond()))?;
    plain(&mut out, "messageType", "CC028C")?;
    let answers = text(root, "messageIdentification")?;
    plain(&mut out, "correlationIdentifier", &answers)?;
    out.start("", "TransitOperation", &[])?;
    plain(&mut out, "LRN", &text(operation, "LRN")?)?;
    plain(&mut out, "MRN", mrn.as_str())?;
    let accepted = zoned.strftime("%Y-%m-%d").to_string();
    plain(&mut out, "declarationAcceptanceDate", &accepted)?;
    out.end()?;
    for name in ["CustomsOfficeOfDeparture", "HolderOfTheTransitProcedure"] {
        copy(&mut out, child(root, name)?)?;
    }
    out.end()?;
    Ok(out.finish()?)
}

fn copy(out: &mut Writer, node: Node<'_>) -> Result<(), xml::Error> {
    out.start("", node.name().local, &[])?;
    let mut leaf = true;
    for element in node.elements() {
        leaf = false;
        copy(out, element)?;
    }
    if leaf {
        out.text(&node.text())?;
    }
    out.end()
}

fn child<'a>(node: Node<'a>, name: &str) -> Result<Node<'a>, Failure> {
    let found = node.elements().find(|element| element.name().local == name);
    found.ok_or_else(|| unreadable(name))
}

fn text(node: Node<'_>, name: &str) -> Result<String, Failure> {
    Ok(child(node, name)?.text().into_owned())
}
