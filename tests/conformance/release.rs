//! Releases for transit of the EU at work: what our lanes make of those whose journey ends in the union.

use corridor::translate::LossReason;

use crate::desk::{Desk, added, changed, lost, missing, sample, says};

const OFFICE: &str = "TDGoodsShipmentDetails[1]/TransitDestinationDetails/CustomsOfficeDetails";
const GUARANTEE: &str = "TransitGuaranteeDetails/GuaranteePresentCode";

/// The lanes of both phases, each with what it takes.
const PHASES: [(&str, &str); 2] = [
    (
        "eu-ru-release-to-transit-received",
        "eu/cc029c/51.8.6/samples/released-fi-ru.xml",
    ),
    (
        "eu-ru-release-to-transit-p6-received",
        "eu/cc029c/60.4.16/samples/released-fi-ru.xml",
    ),
];

#[test]
fn a_release_of_the_eu_becomes_r048_once_an_officer_says_who_goes_on() {
    for (lane, release) in PHASES {
        let desk = Desk::new(lane);
        let held = desk.translate(&sample(release), &[]);
        let places = missing(&held);
        for place in [OFFICE, "DeclarantDetails", "CarrierDetails", GUARANTEE] {
            assert!(places.contains(&place), "{place}: {places:?}");
        }
        assert_eq!(places.len(), 4, "{places:?}");
        let office = format!("{OFFICE}/CustomsOfficeCode");
        let (made, encoded) = desk.sent(
            &sample(release),
            &added(&[
                (&office, "10210200"),
                ("DeclarantDetails/SubjectName", "ООО \"НЕВСКИЕ СТОЛЯРЫ\""),
                ("CarrierDetails[1]/SubjectName", "POHJOLAN RAHTI OY"),
                (GUARANTEE, "0"),
            ]),
        );
        says(
            &made,
            &[
                ":DeclarationKindCode>ТТ<",
                ":DepartureCountryCode codeListId=\"2021\">FI<",
                ":DestinationCountryCode codeListId=\"2021\">RU<",
                ":ContainerIndicator>true<",
                ":CustomsOfficeCode>10210200<",
                ":SubjectName>LAATOKAN PUUSEPAT OY<",
                ":TransportMeansRegId>FIN417<",
                ":CommodityCode>44123310<",
                ":CommodityCode>350691<",
                ":GoodsDescriptionText>Birch plywood, sheets of 12 mm<",
                "2016\">410.5<",
                ":ContainerId>TKRU4073186<",
                ":CustomsIdentificationMeansId>FI0045525<",
                ":PackageKindCode codeListId=\"2013\">BE<",
                ":DocId>CMR-2026-000525<",
                // The officer's word, not what the EU's guarantee suggests.
                ":GuaranteePresentCode>0<",
            ],
        );
        // The EU's guarantee is withheld, and nothing of it is in the message.
        assert!(
            !made.contains("26FI0000000005258") && !made.contains("TransitGuaranteeDocDetails")
        );
        for (reason, path) in [
            (LossReason::Withheld, "GuaranteeReference/GRN"),
            (LossReason::Withheld, "Guarantee/guaranteeType"),
            (LossReason::NoTarget, "TransitOperation/MRN"),
            (LossReason::NoTarget, "Packaging/shippingMarks"),
            (LossReason::Withheld, "HolderOfTheTransitProcedure/name"),
        ] {
            assert!(lost(&encoded, reason, path), "{path}: {:?}", encoded.losses);
        }
    }
}

#[test]
fn a_release_whose_guarantee_is_the_officers_only_question_stays_held_without_the_answer() {
    for (lane, release) in PHASES {
        let desk = Desk::new(lane);
        let office = format!("{OFFICE}/CustomsOfficeCode");
        let answers = [
            (office.as_str(), "10210200"),
            ("DeclarantDetails/SubjectName", "ООО \"НЕВСКИЕ СТОЛЯРЫ\""),
            ("CarrierDetails[1]/SubjectName", "POHJOLAN RAHTI OY"),
        ];
        for text in [
            sample(release),
            changed(&sample(release), "26FI0000000005258", "26FI0000000004173"),
        ] {
            let held = desk.translate(&text, &added(&answers));
            assert_eq!(missing(&held), [GUARANTEE]);
            assert!(held.findings[0].text.contains("an officer establishes"));
        }
    }
}
