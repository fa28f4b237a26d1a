//! CC015C of several house consignments to R.048: one shipment for each, up to the largest message
//! that is expected of a gateway.

use std::fs;
use std::path::Path;

use corridor::schema::{Resolver, Schema};
use corridor::translate::{
    DecodeContext, EncodeContext, Encoded, LaneRules, LossReason, Packages, encode,
};
use corridor::xml::{Document, Limits, Node, parse};

use crate::support::houses::{LARGEST, Size, cc015c};

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const SOURCE: &str = "eu/cc015c/51.8.6";
const TARGET: &str = "eaeu/r048/1.0.0";

fn read(text: &[u8]) -> Document {
    parse(text, None, &Limits::default()).unwrap()
}

fn rules() -> LaneRules {
    let file = Path::new(SCHEMAS).join("lanes/eu-ru-transit.toml");
    let lane: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    lane["rules"].clone().try_into().unwrap()
}

fn translated(packages: &Packages, text: &str) -> Encoded {
    let document = read(text.as_bytes());
    let (source, rules) = (packages.find(SOURCE).unwrap(), rules());
    let faults = source.validate(document.root(), 10).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let zone = rules.source_zone();
    let context = DecodeContext { zone, on: None };
    let decoded = source.decode(document.root(), &context).unwrap();
    assert!(decoded.findings.is_empty(), "{:?}", decoded.findings);
    let now = "2026-03-01T09:30:00Z".parse().unwrap();
    let context = EncodeContext::from_uuid(now, uuid::Uuid::from_u128(7));
    encode(&decoded, packages.find(TARGET).unwrap(), &rules, &context)
}

fn named<'d>(node: Node<'d>, local: &str) -> Vec<Node<'d>> {
    let found = node.elements().filter(|child| child.name().local == local);
    found.collect()
}

fn text(node: Node<'_>, path: &str) -> String {
    let mut at = node;
    for local in path.split('/') {
        at = *named(at, local).first().unwrap();
    }
    at.text().into_owned()
}

fn ordinals(shipment: Node<'_>) -> Vec<String> {
    let items = named(shipment, "TransitGoodsItemDetails").into_iter();
    items
        .map(|item| text(item, "ConsignmentItemOrdinal"))
        .collect()
}

fn counted(to: usize) -> Vec<String> {
    (1..=to).map(|number| number.to_string()).collect()
}

struct Folders;

impl Resolver for Folders {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let folder = Path::new(base).parent().unwrap_or_else(|| Path::new(""));
        let path = fs::canonicalize(folder.join(location)).ok()?;
        Some((path.to_str()?.to_owned(), fs::read(path).ok()?))
    }
}

#[test]
fn the_largest_declaration_becomes_one_shipment_for_each_house() {
    let packages = Packages::load(Path::new(SCHEMAS)).unwrap();
    let source = cc015c(LARGEST);
    assert!(source.len() > 18_000_000 && source.len() < Limits::default().bytes);
    let encoded = translated(&packages, &source);
    assert!(encoded.findings.is_empty(), "{:?}", encoded.findings);
    let made = read(&encoded.xml.unwrap());
    let target = packages.find(TARGET).unwrap();
    let faults = target.validate(made.root(), 10).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let official = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/reference/eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd"
    );
    if Path::new(official).exists() {
        let official = Schema::compile(&[official], &Folders).unwrap();
        assert_eq!(official.validate(made.root(), 10), []);
    } else {
        println!("skipped: no reference data");
    }
    let shipments = named(made.root(), "TDGoodsShipmentDetails");
    assert_eq!(shipments.len(), LARGEST.houses);
    for (number, shipment) in (1..).zip(&shipments) {
        assert_eq!(text(*shipment, "ObjectOrdinal"), number.to_string());
        assert_eq!(ordinals(*shipment), counted(LARGEST.items / LARGEST.houses));
        let consignor = text(*shipment, "ConsignorDetails/SubjectName");
        assert_eq!(consignor, format!("EXPORT HOUSE {number}"));
        let consignee = text(*shipment, "ConsigneeDetails/SubjectName");
        assert_eq!(consignee, format!("TORGOVYI DOM {number}"));
    }
    let items = shipments.iter().flat_map(|shipment| ordinals(*shipment));
    assert_eq!(items.count(), LARGEST.items);
    // Each number of an item that is neither its place in the house nor that in the message is named.
    let renumbered = encoded.losses.iter();
    let renumbered = renumbered.filter(|loss| loss.reason == LossReason::Renumbered);
    assert_eq!(renumbered.count(), LARGEST.items - 1_999);
}

#[test]
fn items_and_masses_go_with_their_house() {
    let packages = Packages::load(Path::new(SCHEMAS)).unwrap();
    let size = |items, houses| Size {
        items,
        houses,
        lines: 1,
    };
    let encoded = translated(&packages, &cc015c(size(5, 2)));
    let made = read(&encoded.xml.unwrap());
    let shipments = named(made.root(), "TDGoodsShipmentDetails");
    let all: Vec<_> = shipments
        .iter()
        .map(|shipment| ordinals(*shipment))
        .collect();
    assert_eq!(all, [counted(2), counted(3)]);
    let masses = shipments
        .iter()
        .map(|it| text(*it, "TotalGrossMassMeasure"));
    assert_eq!(masses.collect::<Vec<_>>(), ["75", "300"]);
    assert_eq!(text(made.root(), "TotalGrossMassMeasure"), "375");
    let descriptions = named(shipments[1], "TransitGoodsItemDetails").into_iter();
    let descriptions = descriptions.map(|item| text(item, "GoodsDescriptionText"));
    let lots: Vec<bool> = descriptions
        .zip(3..)
        .map(|(text, lot)| text.contains(&format!("LOT {lot},")))
        .collect();
    assert_eq!(lots, [true; 3]);
    let renumbered = |encoded: &Encoded| {
        let mut reasons = encoded.losses.iter().map(|loss| loss.reason);
        reasons.any(|reason| reason == LossReason::Renumbered)
    };
    let one = cc015c(size(2, 1));
    let odd = one.replace(
        "<declarationGoodsItemNumber>2<",
        "<declarationGoodsItemNumber>7<",
    );
    // A message of one house keeps the numbers that it states.
    let encoded = translated(&packages, &odd);
    assert!(!renumbered(&encoded));
    let made = read(&encoded.xml.unwrap());
    assert_eq!(
        ordinals(named(made.root(), "TDGoodsShipmentDetails")[0]),
        ["1", "7"]
    );
}

#[test]
fn a_house_of_a_thousand_items_is_no_declaration() {
    let packages = Packages::load(Path::new(SCHEMAS)).unwrap();
    let faults = |items| {
        let text = cc015c(Size {
            items,
            houses: 1,
            lines: 1,
        });
        let document = read(text.as_bytes());
        let source = packages.find(SOURCE).unwrap();
        let faults = source.validate(document.root(), 10).unwrap();
        faults
            .iter()
            .map(|fault| fault.rule.code())
            .collect::<Vec<_>>()
    };
    assert!(faults(999).is_empty());
    assert_eq!(faults(1_000), ["SCHEMA_ELEMENT_UNEXPECTED"]);
}
