//! The manifests with China and Mongolia at work: what our lanes make of our samples, value by value,
//! what is lost and under what name, and who has to say what no message says.

use corridor::translate::{LossReason, Supplement};

use crate::desk::{Desk, changed, lost, missing, sample, says};

const TOMATOES: &str = "cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml";
const TIMBER: &str = "fcs/esadout-cu/5.23.0/samples/export-ru-cn.xml";
const DAIRY: &str = "fcs/esadout-cu/5.23.0/samples/export-ru-mn.xml";

const GUARANTEE: &str = "TransitGuaranteeDetails/GuaranteePresentCode";

fn guarantee() -> Vec<Supplement> {
    vec![Supplement {
        path: GUARANTEE.to_owned(),
        value: "1".to_owned(),
    }]
}

#[test]
fn a_manifest_of_china_becomes_r048_once_an_officer_says_whether_there_is_a_guarantee() {
    let desk = Desk::new("cn-ru-manifest-received");
    let held = desk.translate(&sample(TOMATOES), &[]);
    assert_eq!(missing(&held), [GUARANTEE]);
    assert!(held.findings[0].text.contains("an officer establishes"));

    let (made, encoded) = desk.sent(&sample(TOMATOES), &guarantee());
    says(
        &made,
        &[
            ":DeclarationKindCode>ТТ<",
            ":TransitProcedureCode codeListId=\"2001\">ИМ<",
            ":DepartureCountryCode codeListId=\"2021\">CN<",
            ":DestinationCountryCode codeListId=\"2021\">RU<",
            ":ContainerIndicator>1<",
            ":CustomsOfficeCode>10716060<",
            // Declarant and carrier are known by the numbers that China's customs gave them.
            ":SubjectName>绥芬河北风贸易有限公司<",
            ":CAUniqueCustomsNumberId countryCode=\"CN\">1902912309000417<",
            ":CAUniqueCustomsNumberId countryCode=\"CN\">1902912309000525<",
            // Six digits are common to both sides; the zero in front stays.
            ":CommodityCode>070200<",
            ":CommodityCode>070700<",
            ":GoodsDescriptionText>鲜番茄，瓦楞纸箱装<",
            ":UnifiedGrossMassMeasure measurementUnitCode=\"166\" measurementUnitCodeListId=\"2016\">20200<",
            ":TotalAmount currencyCode=\"CNY\" currencyCodeListId=\"2022\">182500<",
            ":ContainerId>TKRU4073186<",
            ":DocId>HLSF-2026-417-1<",
            ":GuaranteePresentCode>1<",
        ],
    );
    // Plate, seals and the UCR are in no manifest, and nobody invents them.
    for absent in ["TransportMeansRegId", "CustomsIdentificationMeansId"] {
        assert!(!made.contains(absent), "{absent}");
    }
    assert!(lost(
        &encoded,
        LossReason::Cut,
        "ConsignmentItem[1]/Commodity/Classification/ID"
    ));
    assert!(lost(&encoded, LossReason::NoTarget, "Consignor/ID"));
    assert!(lost(&encoded, LossReason::NoTarget, "NotifyParty/Name"));
    assert!(lost(
        &encoded,
        LossReason::Withheld,
        "Consignee/Contact/Name"
    ));
    let supplied: Vec<&str> = encoded
        .supplied
        .iter()
        .map(|given| given.path.as_str())
        .collect();
    assert!(supplied.contains(&GUARANTEE), "{supplied:?}");
    assert_eq!(supplied.len(), 5, "{supplied:?}");
}

#[test]
fn an_office_of_exit_that_is_no_pair_of_the_lane_holds_the_manifest() {
    let desk = Desk::new("cn-ru-manifest-received");
    let text = changed(&sample(TOMATOES), "OfficeID>1902<", "OfficeID>4602<");
    let held = desk.translate(&text, &guarantee());
    assert!(missing(&held)[0].ends_with("CustomsOfficeCode"), "{held:?}");
    assert_eq!(held.findings[0].code, "MAP_TABLE_UNLISTED");
}

#[test]
fn an_export_declaration_becomes_a_manifest_into_china() {
    let desk = Desk::new("ru-cn-export");
    let (made, encoded) = desk.sent(&sample(TIMBER), &[]);
    says(
        &made,
        &[
            ":FunctionCode>9<",
            ":SenderID>1910_FCS_RU<",
            // Seventeen digits, in China's time.
            ":SendTime>20261123180000000<",
            ":DeclarationOfficeID>1910<",
            ":TypeCode>3<",
            ":ID>1910912310000525<",
            ":Name>ДУННИНСКАЯ ЛЕСНАЯ КОМПАНИЯ (东宁北方木业有限公司)<",
            ":TotalPackageQuantity unitCode=\"PK\">72<",
            ":QuantityQuantity unitCode=\"BE\">22<",
            ":ID>440711<",
            ":ID>040900<",
            ":GrossMassMeasure unitCode=\"KGM\">19400.5<",
            ":ID>CMR-2026-000633<",
            ":ID>TKRU4073186<",
            ":ArrivalDateTime>20261125090000000<",
            ":ID>CNDON/1910<",
        ],
    );
    assert!(!made.contains("ValueAmount"), "{made}");
    assert!(lost(
        &encoded,
        LossReason::Cut,
        "ESADout_CUGoods[2]/GoodsTNVEDCode"
    ));
    assert!(lost(&encoded, LossReason::NoTarget, "SealId"));
    assert!(lost(
        &encoded,
        LossReason::Withheld,
        "ESADout_CUGoods[1]/InvoicedCost"
    ));
    assert!(lost(
        &encoded,
        LossReason::Withheld,
        "SigningDetails/PersonSurname"
    ));
}

#[test]
fn a_carrier_that_china_does_not_know_holds_the_manifest_until_an_officer_names_it() {
    let desk = Desk::new("ru-cn-export");
    let text = changed(&sample(TIMBER), "2540000525", "2540000999");
    let held = desk.translate(&text, &[]);
    assert_eq!(missing(&held), ["Declaration/Carrier/ID"]);
    let named = Supplement {
        path: "Declaration/Carrier/ID".to_owned(),
        value: "1910912310000999".to_owned(),
    };
    let (made, _) = desk.sent(&text, &[named]);
    says(&made, &[":ID>1910912310000999<"]);
}

#[test]
fn an_export_declaration_becomes_a_joint_manifest_with_mongolia() {
    let desk = Desk::new("ru-mn-export");
    let (made, encoded) = desk.sent(&sample(DAIRY), &[]);
    says(
        &made,
        &[
            ":ID>R26710900001<",
            ":ExitDate>2026-11-24<",
            ":LoadingLocation><jm:Name>УЛАН-УДЭ<",
            ":UnloadingLocation><jm:Name>АЛТАНБУЛАГ<",
            ":ID>E741EE03<",
            ":ID>AB8520 03<",
            ":ID>MNGU3002170<",
            ":ClassificationID>040510<",
            ":ClassificationID>110100<",
            ":QuantityQuantity>460<",
            ":TypeCode>BG<",
            ":GrossMassMeasure unitCode=\"KGM\">10200<",
            ":NetMassMeasure unitCode=\"KGM\">9200<",
            ":InvoiceAmount currencyID=\"RUB\">2300000<",
            ":Name>ХХК \"ХАНГАЙН САЛХИ\"<",
        ],
    );
    assert!(lost(
        &encoded,
        LossReason::Cut,
        "ESADout_CUGoods[1]/GoodsTNVEDCode"
    ));
    assert!(lost(
        &encoded,
        LossReason::Transliterated,
        "RUTransportMeans[1]/TransportIdentifier"
    ));
    assert!(lost(&encoded, LossReason::Withheld, "TotalInvoiceAmount"));
    assert!(lost(&encoded, LossReason::NoTarget, "SealId"));
    assert_eq!(encoded.numbered[0].series, "joint-manifest R267109");
    assert_eq!(encoded.numbered[0].number, 1);
}

#[test]
fn what_the_joint_manifest_demands_and_the_source_does_not_say_is_held() {
    let desk = Desk::new("ru-mn-export");
    let text = sample(DAIRY);
    for (from, to, target) in [
        ("10718090", "10718099", "ID"),
        (
            "<DateExpectedArrival>2026-11-24</DateExpectedArrival>",
            "",
            "ExitDate",
        ),
        (
            "<catESAD_cu:GoodsTNVEDCode>1101001509</catESAD_cu:GoodsTNVEDCode>",
            "",
            "GovernmentAgencyGoodsItem[2]/ClassificationID",
        ),
    ] {
        let held = desk.translate(&changed(&text, from, to), &[]);
        let missing = missing(&held);
        assert!(missing.contains(&target), "{target}: {missing:?}");
    }
}
