//! Acts of control and their images at work: what our lanes make of them and make them of.

use corridor::translate::LossReason;

use crate::desk::{Desk, added, changed, lost, missing, sample, says};

const RESULT: &str = "eu/ie4s03/2/samples/one-result.xml";
const ACT_OF_GOODS: &str = "eaeu/r051/1.0.0/samples/act-of-goods.xml";
const ACT_WITH_IMAGE: &str = "eaeu/r051/1.0.0/samples/act-with-image.xml";
const PHOTO: &str = "fcs/act-insp-photo/5.22.0/samples/container-at-weighbridge.xml";
const PICTURE: &str = "fcs/act-insp-photo/5.22.0/samples/with-picture.xml";

#[test]
fn a_result_of_ics2_becomes_an_act_once_an_officer_stands_for_it() {
    let desk = Desk::new("eu-ru-act-received");
    let held = desk.translate(&sample(RESULT), &[]);
    let places = missing(&held);
    assert_eq!(places.len(), 13, "{places:?}");
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
