//! House consignments: those of the EU are shipments of the union, and back. What each house says of itself
//! stays with it, value by value.

use corridor::translate::{DecodeContext, LossReason, Packages};
use corridor::xml::{Limits, parse};
use serde_json::Value;

use crate::desk::{Desk, added, changed, lost, sample, says};

const CC015C: &str = "eu/cc015c/51.8.6/samples/two-houses.xml";
const R048: &str = "eaeu/r048/1.0.0/samples/two-shipments.xml";

/// The canonical model of a message.
fn canonical(package: &str, text: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let packages = Packages::load(folder.as_ref()).unwrap();
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let package = packages.find(package).unwrap();
    let decoded = package.decode(document.root(), &DecodeContext::default());
    decoded.unwrap().canonical_json().unwrap()
}

/// Of each house its name, mass and transport documents, and the goods in it.
fn houses(canonical: &Value) -> Vec<String> {
    let shipment = &canonical["goodsShipment"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let numbered = (1_u64..).zip(all(&shipment["houses"]));
    let told = numbered.map(|(number, house)| {
        let inside = all(&shipment["items"]);
        let inside = inside.iter().filter(|item| item["houseNumeric"] == number);
        let goods = inside.map(|item| {
            let documents = all(&item["documents"]);
            let documents = documents.iter().map(|document| text(&document["id"]));
            format!(
                "{} {} {}",
                item["sequenceNumeric"],
                text(&item["commodity"]["classification"]["id"]),
                documents.collect::<Vec<_>>().join("+")
            )
        });
        let documents = all(&house["documents"]);
        let documents = documents.iter().map(|document| text(&document["id"]));
        format!(
            "{}, {}, {}: {}",
            text(&house["consignor"]["name"]),
            text(&house["grossMass"]["value"]),
            documents.collect::<Vec<_>>().join("+"),
            goods.collect::<Vec<_>>().join("; ")
        )
    });
    told.collect()
}

#[test]
fn houses_of_the_eu_are_shipments_and_come_back() {
    let text = sample(CC015C);
    let (r048, encoded) = Desk::new("eu-ru-transit").sent(&text, &[]);
    assert_eq!(
        houses(&canonical("eu/cc015c/51.8.6", &text)),
        [
            "DALIAN SHOE TRADING, 2400.25, PF-417/A+CMR-2026-000417: \
             1 64039998 INV-417/1; 2 64019290 INV-417/2",
            "HARBIN TOYS, 2180, CMR-2026-000418: 3 95030041 INV-418",
        ]
    );
    // A document of the house that is no transport document is presented with each of its goods.
    let read = canonical("eaeu/r048/1.0.0", &r048);
    assert_eq!(
        houses(&read),
        [
            "DALIAN SHOE TRADING, 2400.25, CMR-2026-000417: \
             1 64039998 INV-417/1+PF-417/A; 2 64019290 INV-417/2+PF-417/A",
            "HARBIN TOYS, 2180, CMR-2026-000418: 3 95030041 INV-418",
        ]
    );
    // The consignee is that of the whole, and the container is that of the third item.
    let shipment = &read["goodsShipment"];
    assert_eq!(shipment["consignee"]["name"], "AO POKHOLAN PUU");
    assert_eq!(
        shipment["consignment"]["transportEquipment"][0]["goodsReferences"],
        serde_json::json!([{"sequenceNumeric": 3}])
    );
    // In the union's message each shipment counts its goods anew.
    assert_eq!(r048.matches("<casdo:ConsignmentItemOrdinal>1<").count(), 2);
    for path in [
        "HouseConsignment[1]/TransportDocument/referenceNumber",
        "Consignor/name",
    ] {
        assert!(!lost(&encoded, LossReason::NoTarget, path), "{path}");
    }
    let (back, _) = Desk::new("kz-eu-transit").sent(&r048, &[]);
    assert_eq!(
        houses(&canonical("eu/cc015c/51.8.6", &back)),
        [
            "DALIAN SHOE TRADING, 2400.25, CMR-2026-000417: \
             1 64039998 INV-417/1+PF-417/A; 2 64019290 INV-417/2+PF-417/A",
            "HARBIN TOYS, 2180, CMR-2026-000418: 3 95030041 INV-418",
        ]
    );
}

#[test]
fn shipments_of_the_union_are_houses() {
    let text = sample(R048);
    let read = canonical("eaeu/r048/1.0.0", &text);
    assert_eq!(
        houses(&read),
        [
            "СУЙФЭНЬХЭСКАЯ ТОРГОВАЯ КОМПАНИЯ \"СЕВЕРНЫЙ ВЕТЕР\", , CMR-2026-000417: \
             1 0702000001 INV-417/1",
            "ХАРБИНСКАЯ ФАБРИКА \"ИГРУШКА\", , CMR-2026-000418: 2 9503004100 INV-418",
        ]
    );
    // What both say alike, here by the indicator, is of the whole.
    assert_eq!(
        read["goodsShipment"]["consignee"]["name"],
        "ООО \"ВОСТОЧНЫЙ ПРИЧАЛ\""
    );
    // With two consignees the office of destination is nobody's to guess: the message is held.
    let to_fi = changed(&text, "39857001", "10206082");
    let consignee = "<csdo:SubjectName>ПОКУПАТЕЛЬ</csdo:SubjectName>";
    let second = to_fi
        .rfind("<casdo:EqualIndicator>1</casdo:EqualIndicator>")
        .unwrap();
    let two = format!(
        "{}{consignee}{}",
        &to_fi[..second],
        &to_fi[second + "<casdo:EqualIndicator>1</casdo:EqualIndicator>".len()..]
    );
    let desk = Desk::new("kz-eu-transit");
    let held = desk.translate(&two, &[]);
    assert!(held.xml.is_none());
    let destination = "CustomsOfficeOfDestinationDeclared/referenceNumber";
    let mut findings = held.findings.iter();
    assert!(findings.any(|finding| finding.target_path.as_deref() == Some(destination)));
    let (sent, _) = desk.sent(&two, &added(&[(destination, "FI005000")]));
    says(
        &sent,
        &[
            "<HouseConsignment><sequenceNumber>1<",
            // A shipment that names no mass has that of its goods.
            "<sequenceNumber>2</sequenceNumber><grossMass>1200<",
            "<name>POKUPATEL<",
        ],
    );
}
