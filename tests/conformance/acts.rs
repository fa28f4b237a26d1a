//! Acts of control and their images at work: what our lanes make of them and make them of.

use std::path::Path;

use corridor::translate::{DecodeContext, EncodeContext, LaneRules, LossReason, Packages, encode};
use corridor::xml::{Limits, parse};
use serde_json::json;

use crate::desk::{Desk, added, changed, libxml2, lost, missing, sample, says};

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

const RESULT: &str = "eu/ie4s03/2/samples/one-result.xml";
const ACT_OF_GOODS: &str = "eaeu/r051/1.0.0/samples/act-of-goods.xml";
const ACT_WITH_IMAGE: &str = "eaeu/r051/1.0.0/samples/act-with-image.xml";
const ACT_OF_VEHICLES: &str = "fcs/act-inspection/5.23.0/samples/lorry-with-trailer.xml";
const PHOTO: &str = "fcs/act-insp-photo/5.22.0/samples/container-at-weighbridge.xml";
const PICTURE: &str = "fcs/act-insp-photo/5.22.0/samples/with-picture.xml";

#[test]
fn a_result_of_ics2_becomes_an_act_once_an_officer_stands_for_it() {
    let desk = Desk::new("eu-ru-act-received");
    let held = desk.translate(&sample(RESULT), &[]);
    let places = missing(&held);
    assert_eq!(places.len(), 14, "{places:?}");
    assert!(places.contains(&"ATDCustomsPerson[1]/PersonSurname"));
    let (made, encoded) = desk.sent(
        &sample(RESULT),
        &added(&[
            ("ActType", "1"),
            ("ObjectType", "1"),
            ("BeginInspectionDate", "2026-11-22T10:00:00"),
            ("FlagDeclarantAbsence", "0"),
            ("FlagIdentBreak", "0"),
            ("Seize/Presence", "0"),
            ("InspTransport/ArriveMode", "1"),
            ("InspectionPlace/InformationTypeCode", "11"),
            ("InspectionPlace/InspPlaceName", "ВААЛИМАА"),
            ("ATDCustomsPerson[1]/PersonSurname", "СЕВЕРОВ"),
            ("ATDCustomsPerson[1]/PersonName", "ПЕТР"),
            ("ATDCustomsPerson[1]/SignatureFlag", "true"),
            ("ATDCustomsPerson[1]/OfficialStatus", "1"),
            ("ATDCustomsPerson[1]/OTOFlag", "0"),
        ]),
    );
    says(
        &made,
        &[
            "DocumentModeID=\"1006033E\"",
            ":ShortFormSign>true<",
            // The office by the code of the national lists, and the partner's declaration by its number.
            ":Code>24649930<",
            ":PrDocumentName>MRN<",
            ":Paragraph>",
            // What was controlled: by its document, and its container.
            ":PrDocumentNumber>CMR-FI-2026-00417<",
            ":PresentedDocumentModeCode>02015<",
            ":ContainerQuantity>1<",
            ":ContainerIdentificator>TKRU4073186<",
            ":PersonSurname>СЕВЕРОВ<",
        ],
    );
    assert!(lost(&encoded, LossReason::NoTarget, "controlResult/code"));
    assert!(lost(&encoded, LossReason::NoTarget, "binaryFile/URI"));
}

#[test]
fn an_office_that_the_lane_does_not_list_holds_the_act() {
    let desk = Desk::new("eu-ru-act-received");
    let other = changed(&sample(RESULT), "FI499300", "FI999999");
    let held = desk.translate(&other, &[]);
    assert!(missing(&held).contains(&"Customs/Code"), "{held:?}");
}

#[test]
fn an_act_of_the_union_is_told_in_wco_words() {
    let desk = Desk::new("ru-cn-control-result");
    let held = desk.translate(&sample(ACT_OF_GOODS), &[]);
    assert_eq!(missing(&held), ["GoodsItem[1]/CommodityCode"]);
    let code = added(&[("GoodsItem[1]/CommodityCode", "0702000001")]);
    let (made, encoded) = desk.sent(&sample(ACT_OF_GOODS), &code);
    says(
        &made,
        &[
            ":ID>15601902<",
            ":CountryCode>RU<",
            ":FunctionCode>9<",
            // Both paragraphs, one text.
            ":Remarks>Goods agree with the declaration.\nForty boxes opened.<",
            ":MethodCode>platform<",
            ":SubjectCode>goods<",
            ":CommodityCode>0702000001<",
            ":Code>customs-purposes<",
        ],
    );
    assert!(lost(&encoded, LossReason::Withheld, "DepartureCountryCode"));
}

#[test]
fn an_act_says_what_each_vehicle_was_found_to_be_like() {
    let packages = Packages::load(SCHEMAS.as_ref()).unwrap();
    let package = packages.find("fcs/act-inspection").unwrap();
    let text = sample(ACT_OF_VEHICLES);
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let decoded = package.decode(document.root(), &DecodeContext::default());
    let decoded = decoded.unwrap();
    let canonical = decoded.canonical_json().unwrap();
    let vehicles = &canonical["controlResults"][0]["vehicles"];
    assert_eq!(vehicles[0]["kindCode"], "trailer");
    assert_eq!(vehicles[0]["vin"], "NLRTESTK000000417");
    assert_eq!(vehicles[0]["axleQuantity"], 3);
    assert_eq!(
        vehicles[0]["damages"][1]["text"],
        "ТЕНТ ПОРВАН СПРАВА, ЗАКЛЕЕН"
    );
    let feature = |code: &str, text: &str| json!({"code": code, "text": text});
    assert_eq!(
        vehicles[1]["features"],
        json!([
            feature("DuoCabPresence", "0"),
            feature("DriveCapstanNumber", "1"),
            feature("Compositing", "2"),
            feature("SleepPlaceNumber", "2"),
            feature("CargoPlaceKind", "1"),
            feature("Lengthm", "6"),
            feature("Widthm", "2.5"),
            feature("Heightm", "0"),
        ])
    );
    // Nothing of the vehicles is lost on the way back, and the official schema takes it.
    let rules: LaneRules = toml::from_str("pass = ['personal', 'value']").unwrap();
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let id = "0198f2c0-1111-7000-8000-000000000417".parse().unwrap();
    let encoded = encode(
        &decoded,
        package,
        &rules,
        &EncodeContext::from_uuid(now, id),
    );
    let lost = encoded.losses.iter();
    let lost: Vec<_> = lost
        .filter(|loss| loss.path.contains("InspResults["))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    let xml = encoded.xml.unwrap();
    let official = "../shared/reference/eaeu/fcs-album-5.23.0/xsd/ActInspection.xsd";
    libxml2(&Path::new(env!("CARGO_MANIFEST_DIR")).join(official), &xml);
    let made = parse(&xml, None, &Limits::default()).unwrap();
    let again = package.decode(made.root(), &DecodeContext::default());
    let again = again.unwrap().canonical_json().unwrap();
    assert_eq!(&again["controlResults"][0]["vehicles"], vehicles);
}

#[test]
fn an_image_without_a_place_to_fetch_it_from_is_a_named_loss() {
    let desk = Desk::new("ru-cn-control-result");
    let (made, encoded) = desk.sent(&sample(ACT_WITH_IMAGE), &[]);
    assert!(!made.contains(":Image>"), "{made}");
    for leaf in ["CheckSumId", "DocName", "EventDateTime", "MediaTypeCode"] {
        assert!(lost(&encoded, LossReason::NoTarget, leaf), "{leaf}");
    }
}

#[test]
fn an_image_of_an_act_is_told_of_without_its_bytes() {
    let desk = Desk::new("ru-cn-inspection-image");
    let (made, encoded) = desk.sent(&sample(PHOTO), &[]);
    says(
        &made,
        &[
            ":ActID>10716060/241126/000417<",
            ":TypeCode>transit<",
            ":OfficeID>10716060<",
            ":ID>9B1D7C22-0001-4C0B-9B0E-0C1D2E3F0417<",
            // Russian time, written with its zone.
            ":CapturedDateTime>2026-11-24T10:31:17+03:00<",
            ":FormatCode>JPG<",
            ":Description>КОНТЕЙНЕР НА ВЕСАХ<",
        ],
    );
    assert!(!made.contains(":Reference>"), "{made}");
    assert!(!lost(&encoded, LossReason::NoTarget, "PreviewInfo/Image"));

    let (made, encoded) = desk.sent(&sample(PICTURE), &[]);
    assert!(!made.contains("iVBOR"), "{made}");
    assert!(lost(&encoded, LossReason::NoTarget, "PreviewInfo/Image"));
}
