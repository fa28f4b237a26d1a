//! Declarations in WCO words at work, alone and in their envelope.

use corridor::translate::{LossReason, Packages};
use corridor::xml::{Limits, parse};
use std::path::Path;

use crate::desk::{Desk, added, lost, missing, sample, says};

const WINE: &str = "wco/declaration/3.6/samples/wine-and-honey-ge-ru.xml";
const TRANSIT: &str = "eaeu/r048/1.0.0/samples/transit-cn-kz.xml";

#[test]
fn a_declaration_in_wco_words_becomes_r048() {
    let desk = Desk::new("ge-ru-declaration-received");
    let held = desk.translate(&sample(WINE), &[]);
    let office = "TDGoodsShipmentDetails[1]/TransitDestinationDetails/CustomsOfficeDetails";
    let second = "TDGoodsShipmentDetails[1]/TransitGoodsItemDetails[2]/TDPresentedDocDetails";
    let guarantee = "TransitGuaranteeDetails/GuaranteePresentCode";
    assert_eq!(missing(&held), [second, office, guarantee]);
    let (made, encoded) = desk.sent(
        &sample(WINE),
        &added(&[
            (&format!("{office}/CustomsOfficeCode"), "10803040"),
            (&format!("{second}[1]/DocId"), "INV-2026-417"),
            (guarantee, "1"),
        ]),
    );
    says(
        &made,
        &[
            ":SubjectName>Kakheti Export LLC<",
            ":TransportMeansRegId>AB-417-CD<",
            ":CommodityCode>22042138<",
            ":CommodityCode>04090000<",
            ":ContainerId>TKRU4073186<",
            ":CustomsIdentificationMeansId>GE0045417<",
            ":DocKindCode codeListId=\"2009\">04021<",
            ":DocKindCode codeListId=\"2009\">02015<",
            // A mass without a unit is in kilograms.
            "2016\">410.5<",
            ":PackageKindCode codeListId=\"2013\">CT<",
        ],
    );
    assert!(lost(&encoded, LossReason::NoTarget, "UCR/ID"));
    assert!(lost(&encoded, LossReason::CodeUnmapped, "TypeCode"));
    assert!(lost(&encoded, LossReason::NoTarget, "MarksNumbersID"));
}

#[test]
fn r048_is_told_in_wco_words() {
    let desk = Desk::new("ru-ge-transit");
    let (made, encoded) = desk.sent(&sample(TRANSIT), &[]);
    says(
        &made,
        &[
            ":FunctionCode>9<",
            ":ContainerCode>1<",
            // Of the union's ten digits the six that all share.
            ":ID>070200<",
            ":IdentificationTypeCode>HS<",
            ":CategoryCode>N<",
            ":TypeCode>730<",
            ":GrossMassMeasure unitCode=\"KGM\">8200.5<",
        ],
    );
    assert!(!made.contains("InvoiceAmount"), "{made}");
    assert!(lost(&encoded, LossReason::Cut, "CommodityCode"));
    assert!(lost(&encoded, LossReason::Withheld, "TotalAmount"));
    assert!(lost(
        &encoded,
        LossReason::CodeUnmapped,
        "DeclarationKindCode"
    ));
}

#[test]
fn an_envelope_of_the_data_model_gives_its_document() {
    let packages =
        Packages::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"))).unwrap();
    for (name, inner) in [
        ("declaration", "wco/declaration/3.6"),
        ("response", "wco/response/3.6"),
    ] {
        let text = sample(&format!("wco/metadata/2/samples/{name}.xml"));
        let message = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        let envelope = packages.of(message.root()).unwrap();
        assert!(envelope.is_envelope());
        let documents = envelope.embedded(message.root());
        let [document] = documents.as_slice() else {
            panic!("{} documents", documents.len());
        };
        let package = packages.of(document).unwrap();
        assert_eq!(package.id().to_string(), inner);
        assert!(package.validate(*document, 5).unwrap().is_empty());
    }
}
