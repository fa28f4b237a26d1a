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

/// R.048 names one transport document of a shipment: what else its house has is presented with its goods.
#[test]
fn further_transport_documents_of_a_house_are_presented_with_its_goods() {
    let first = "<referenceNumber>CMR-2026-000417</referenceNumber>";
    let second = changed(
        &sample(CC015C),
        first,
        &format!(
            "{first}</TransportDocument><TransportDocument><sequenceNumber>2</sequenceNumber>\
             <type>N740</type><referenceNumber>AWB-417</referenceNumber>"
        ),
    );
    let (r048, encoded) = Desk::new("eu-ru-transit").sent(&second, &[]);
    assert!(
        !encoded
            .losses
            .iter()
            .any(|loss| loss.value.as_deref() == Some("AWB-417"))
    );
    let shipment = r048.split("<cacdo:TDGoodsShipmentDetails>").nth(1).unwrap();
    let (head, goods) = shipment
        .split_once("<cacdo:TransitGoodsItemDetails>")
        .unwrap();
    assert!(head.contains("CMR-2026-000417") && !head.contains("AWB-417"));
    assert!(!goods.contains("CMR-2026-000417"));
    // Both goods of the house have it, and nothing of the other house.
    assert_eq!(r048.matches("AWB-417").count(), 2);
    // CC015C names what goods have in common once.
    let (back, _) = Desk::new("kz-eu-transit").sent(&r048, &[]);
    let number = "<referenceNumber>AWB-417</referenceNumber>";
    assert_eq!(back.matches(number).count(), 1);
}

/// The number of an operator says by its country whether it is an EORI number, both ways.
#[test]
fn an_eori_number_stays_one_through_the_union() {
    let name = "<name>DALIAN SHOE TRADING</name>";
    let with = |number: &str| {
        let number = format!("<identificationNumber>{number}</identificationNumber>");
        changed(&sample(CC015C), name, &format!("{number}{name}"))
    };
    for (number, country, kind) in [
        ("FI1234567-8", Some("FI"), "id"),
        ("XI000000000417", Some("XI"), "id"),
        // A number of another country is not the EU's to know: it comes back as the union's.
        ("CN0417", None, "uniqueCustomsId"),
        ("0417", None, "uniqueCustomsId"),
    ] {
        let (r048, _) = Desk::new("eu-ru-transit").sent(&with(number), &[]);
        let said = match country {
            Some(country) => format!("CAUniqueCustomsNumberId countryCode=\"{country}\">{number}<"),
            None => format!("CAUniqueCustomsNumberId>{number}<"),
        };
        says(&r048, &[&said]);
        let read = canonical("eaeu/r048/1.0.0", &r048);
        let consignor = &read["goodsShipment"]["houses"][0]["consignor"];
        assert_eq!(consignor[kind], number, "{consignor}");
        if country.is_some() {
            assert!(consignor["uniqueCustomsId"].is_null(), "{consignor}");
            assert!(consignor["uniqueCustomsCountry"].is_null(), "{consignor}");
            let (back, _) = Desk::new("kz-eu-transit").sent(&r048, &[]);
            says(&back, &[&format!("<identificationNumber>{number}<")]);
        }
    }
    // The union's own number stays what it is, with and without a country.
    for country in ["", " countryCode=\"KZ\""] {
        let number =
            format!("<casdo:CAUniqueCustomsNumberId{country}>417</casdo:CAUniqueCustomsNumberId>");
        let tax = "<csdo:TaxpayerId>2540000417</csdo:TaxpayerId>";
        let text = sample(R048).replacen(tax, &format!("{number}{tax}"), 1);
        let read = canonical("eaeu/r048/1.0.0", &text);
        assert_eq!(read["declarant"]["uniqueCustomsId"], "417");
        assert!(read["declarant"]["id"].is_null());
    }
}

/// A declaration of the EU has one office of destination. Shipments that end at several offices are held, and
/// the finding says what there is to do.
#[test]
fn shipments_to_several_offices_wait_for_one() {
    let text = changed(&sample(R048), "39857001", "10206082");
    let last = text.rfind("10206082").unwrap();
    let two = format!("{}10206020{}", &text[..last], &text[last + 8..]);
    let read = canonical("eaeu/r048/1.0.0", &two);
    let office = |number: usize| {
        let house = &read["goodsShipment"]["houses"][number];
        house["destinationOffice"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!([office(0), office(1)], ["10206082", "10206020"]);
    assert!(read["goodsShipment"]["consignment"]["destinationOffice"]["id"].is_null());
    let desk = Desk::new("kz-eu-transit");
    let held = desk.translate(&two, &[]);
    assert!(held.xml.is_none());
    for place in [
        "CustomsOfficeOfDeparture/referenceNumber",
        "CustomsOfficeOfDestinationDeclared/referenceNumber",
    ] {
        let mut findings = held.findings.iter();
        let finding = findings.find(|finding| finding.target_path.as_deref() == Some(place));
        let text = &finding.unwrap().text;
        assert!(text.contains("declared one by one"), "{text}");
    }
    assert!(
        !held
            .findings
            .iter()
            .any(|finding| finding.code == "MAP_VALUE_CONFLICT")
    );
    // The officer names the two; that the shipments end elsewhere is a named loss of each.
    let offices = added(&[
        ("CustomsOfficeOfDeparture/referenceNumber", "FI499300"),
        (
            "CustomsOfficeOfDestinationDeclared/referenceNumber",
            "FI005000",
        ),
    ]);
    let (_, sent) = desk.sent(&two, &offices);
    let path = "TransitDestinationDetails/CustomsOfficeDetails/CustomsOfficeCode";
    let lost = sent.losses.iter().filter(|loss| loss.path.ends_with(path));
    assert_eq!(lost.count(), 2);
    // One office for all of them is that of the whole, as ever.
    let read = canonical("eaeu/r048/1.0.0", &text);
    assert_eq!(
        read["goodsShipment"]["consignment"]["destinationOffice"]["id"],
        "10206082"
    );
    assert!(read["goodsShipment"]["houses"][0]["destinationOffice"].is_null());
}
