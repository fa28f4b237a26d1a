//! Preliminary information of arrival at work: what our lanes make of it and make it of.

use corridor::translate::LossReason;

use crate::desk::{Desk, added, lost, missing, sample, says};

const ROAD: &str = "fcs/pi-auto-arrive/5.23.0/samples/saws-and-plants-cn-ru.xml";
const RAIL: &str = "fcs/pi-rw-arrive/5.23.0/samples/fluorspar-mn-ru.xml";
const TRANSIT: &str = "eaeu/r048/1.0.0/samples/transit-cn-kz.xml";
const TOMATOES: &str = "cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml";

#[test]
fn what_comes_by_road_becomes_r048_once_an_officer_says_who_declares_it() {
    let desk = Desk::new("ru-kz-arrival");
    let held = desk.translate(&sample(ROAD), &[]);
    assert_eq!(
        missing(&held),
        [
            "TDGoodsShipmentDetails[1]/TransitDestinationDetails/CustomsOfficeDetails",
            "DeclarantDetails",
            "TransitGuaranteeDetails/GuaranteePresentCode",
        ]
    );
    let (made, encoded) = desk.sent(
        &sample(ROAD),
        &added(&[
            (
                "TDGoodsShipmentDetails[1]/TransitDestinationDetails/CustomsOfficeDetails/CustomsOfficeCode",
                "39857001",
            ),
            ("DeclarantDetails/SubjectName", "ТОО \"ШЕЛКОВЫЙ ПУТЬ\""),
            ("TransitGuaranteeDetails/GuaranteePresentCode", "1"),
        ]),
    );
    says(
        &made,
        &[
            ":TransportMeansRegId>黑C41704<",
            // The trailer is a means of its own.
            ":TransportMeansRegId>黑C0417挂<",
            ":UnifiedTransportModeCode codeListId=\"2004\">31<",
            ":CommodityCode>0602909100<",
            ":ContainerId>TKRU4073186<",
            ":CustomsIdentificationMeansId>CN0045417<",
            ":PackageKindCode codeListId=\"2013\">CS<",
            ":PackageQuantity>40<",
            // What is packed inside, and what was declared for export.
            ":InformationKindCode>0<",
            ":DocId>190220260000004171<",
            ":DocId>CN-HL-2026-000417<",
            ":DocId>CN/RU 004170<",
            ":TaxpayerId>2540000417<",
        ],
    );
    assert_eq!(
        made.matches(":CustomsIdentificationMeansId>CN0045417<")
            .count(),
        1
    );
    assert!(lost(&encoded, LossReason::NoTarget, "PI_URN"));
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "PackingInformation/PackingMark"
    ));
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "GoodsInform/BorderCustoms/Code"
    ));
    assert!(!lost(&encoded, LossReason::NoTarget, "TrailerIdentifier"));
}

#[test]
fn what_comes_by_rail_becomes_r048_with_the_wagons_of_its_shipment() {
    let desk = Desk::new("ru-kz-rail-arrival");
    let held = desk.translate(&sample(RAIL), &[]);
    assert_eq!(
        missing(&held),
        [
            "DeclarantDetails",
            "CarrierDetails",
            "TransitGuaranteeDetails/GuaranteePresentCode",
        ]
    );
    let (made, encoded) = desk.sent(
        &sample(RAIL),
        &added(&[
            ("DeclarantDetails/SubjectName", "АО \"ХИМИК ЗАБАЙКАЛЬЯ\""),
            ("CarrierDetails[1]/SubjectName", "ЖЕЛЕЗНАЯ ДОРОГА"),
            ("TransitGuaranteeDetails/GuaranteePresentCode", "0"),
        ]),
    );
    says(
        &made,
        &[
            ":TransportMeansRegId>52860417<",
            ":DocId>30417525<",
            ":RailwayStationCode>983701<",
            ":CustomsOfficeCode>10719030<",
            ":CustomsIdentificationMeansId>MN0417525<",
        ],
    );
    assert!(!made.contains("52860425"), "{made}");
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "Train/Wagon[2]/WagonNumber"
    ));
}

#[test]
fn r048_becomes_preliminary_information_by_road() {
    let desk = Desk::new("kz-ru-arrival-received");
    let held = desk.translate(&sample(TRANSIT), &[]);
    assert!(
        missing(&held).contains(&"GoodsInform/BorderCustoms/Code"),
        "{:?}",
        held.findings
    );
    let (made, encoded) = desk.sent(
        &sample(TRANSIT),
        &added(&[
            ("GoodsInform/BorderCustoms/Code", "10716060"),
            ("Carrier/Address/CountryCode", "RU"),
            ("Carrier/Address/City", "УССУРИЙСК"),
            ("Carrier/Address/StreetHouse", "УЛ. ДОРОЖНАЯ, 17"),
            ("Consignor/Address/StreetHouse", "山城路 12 号"),
        ]),
    );
    says(
        &made,
        &[
            "DocumentModeID=\"1006814E\"",
            ":Code>10716060<",
            ":VINID>XTESTV1N000000417<",
            ":TransportModeCode>31<",
            ":TotalGoodsNameQuantity>1<",
            ":CargoCode>CT<",
        ],
    );
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "TransitGuaranteeDocDetails/DocId"
    ));
}

#[test]
fn r048_becomes_preliminary_information_by_rail() {
    let desk = Desk::new("by-ru-rail-arrival-received");
    let held = desk.translate(&sample(TRANSIT), &[]);
    let places = missing(&held);
    assert!(places.contains(&"Train/ArrivalDate"), "{places:?}");
    let (made, encoded) = desk.sent(
        &sample(TRANSIT),
        &added(&[
            ("BorderCustoms/Code", "10717020"),
            ("Train/ArrivalDate", "2026-11-26"),
            ("Train/Wagon[1]/DepartureStation", "330004"),
            ("Train/Wagon[1]/DestinationStation", "983701"),
            ("GoodsShipment[1]/DepartureStation", "330004"),
            ("GoodsShipment[1]/DestinationStation", "983701"),
            ("GoodsShipment[1]/SMGSNumber", "30417525"),
            (
                "GoodsShipment[1]/Consignor/Address/StreetHouse",
                "山城路 12 号",
            ),
            (
                "GoodsShipment[1]/PIoutDestination/Address/CountryCode",
                "KZ",
            ),
            ("GoodsShipment[1]/PIoutDestination/Address/City", "АЛМАТЫ"),
            (
                "GoodsShipment[1]/PIoutDestination/Address/StreetHouse",
                "УЛ. ТОВАРНАЯ, 41",
            ),
        ]),
    );
    says(
        &made,
        &[
            "DocumentModeID=\"1006815E\"",
            ":WagonNumber>",
            ":EmptyIndicator>0<",
            ":SMGSNumber>30417525<",
        ],
    );
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "CarrierDetails/SubjectName"
    ));
}

#[test]
fn a_manifest_of_china_becomes_preliminary_information() {
    let desk = Desk::new("cn-ru-arrival-received");
    let held = desk.translate(&sample(TOMATOES), &[]);
    let places = missing(&held);
    assert_eq!(places.len(), 10, "{places:?}");
    let parties = ["Consignee", "Consignor", "Carrier"];
    let addresses: Vec<(String, &str)> = parties
        .iter()
        .flat_map(|party| {
            [
                (format!("{party}/Address/CountryCode"), "CN"),
                (format!("{party}/Address/City"), "绥芬河"),
                (format!("{party}/Address/StreetHouse"), "通天路 7 号"),
            ]
        })
        .collect();
    let mut values: Vec<(&str, &str)> = addresses
        .iter()
        .map(|(path, value)| (path.as_str(), *value))
        .collect();
    let plate = "ShippingInformation/BorderTransport[1]/TransportIdentifier";
    values.push((plate, "黑C41704"));
    let (made, encoded) = desk.sent(&sample(TOMATOES), &added(&values));
    says(
        &made,
        &[
            // By the pair of border posts.
            ":Code>10716060<",
            ":GoodsTNVEDCode>0702000000<",
            ":GoodsTNVEDCode>07070000<",
            ":CargoCode>CT<",
            ":PakageQuantity>2000<",
            ":ContainerNumbers>TKRU4073186<",
            ":GrossWeightQuantity>410.5<",
            ":TransportIdentifier>黑C41704<",
        ],
    );
    assert!(lost(
        &encoded,
        LossReason::NoTarget,
        "TransportContractDocument/ID"
    ));
    assert!(lost(
        &encoded,
        LossReason::Withheld,
        "Consignee/Contact/Name"
    ));
}
