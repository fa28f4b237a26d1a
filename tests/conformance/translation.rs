//! Our packages and lanes at work: what they make of our samples and of real messages is valid by
//! our profiles and by the official schemas, and what the source does not say is held.

use std::fs;
use std::path::{Path, PathBuf};

use corridor::translate::{
    DecodeContext, EncodeContext, Encoded, LaneRules, LossReason, Package, Packages, Severity,
    Supplement, encode,
};
use corridor::xml::{Document, Limits, Node, parse};

use crate::desk::libxml2;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");

/// What of a lane's file concerns a translation.
#[derive(serde::Deserialize)]
struct Lane {
    package_out: String,
    route: Vec<String>,
    #[serde(default)]
    ends: Vec<String>,
    rules: LaneRules,
}

struct Desk {
    packages: Packages,
    to_kz: Lane,
    to_eu: Lane,
}

fn lane(name: &str) -> Lane {
    let file = Path::new(SCHEMAS).join("lanes").join(name);
    toml::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

impl Desk {
    fn new() -> Self {
        Self {
            packages: Packages::load(Path::new(SCHEMAS)).unwrap(),
            to_kz: lane("ru-kz-transit.toml"),
            to_eu: lane("ru-eu-transit.toml"),
        }
    }

    fn target(&self, lane: &Lane) -> &Package {
        self.packages.find(&lane.package_out).unwrap()
    }

    fn translate(&self, view: Node<'_>, lane: &Lane) -> Encoded {
        self.translate_with(view, lane, &[])
    }

    fn translate_with(&self, view: Node<'_>, lane: &Lane, values: &[Supplement]) -> Encoded {
        let source = self.packages.of(view).unwrap();
        let faults = source.validate(view, 5).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let zone = lane.rules.source_zone();
        let decoded = source
            .decode(view, &DecodeContext { zone, on: None })
            .unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let id = "0198f2c0-1111-7000-8000-000000000417".parse().unwrap();
        let context = EncodeContext {
            supplements: values,
            ..EncodeContext::from_uuid(now, id)
        };
        encode(&decoded, self.target(lane), &lane.rules, &context)
    }

    /// Translates what must go out, and judges it by our profile and by the official schema.
    fn sent(&self, view: Node<'_>, lane: &Lane) -> String {
        self.sent_with(view, lane, &[])
    }

    /// The same with values that the declaration does not say.
    fn sent_with(&self, view: Node<'_>, lane: &Lane, values: &[Supplement]) -> String {
        let encoded = self.translate_with(view, lane, values);
        let xml = encoded
            .xml
            .unwrap_or_else(|| panic!("{:#?}", encoded.findings));
        let document = parse(&xml, None, &Limits::default()).unwrap();
        let faults = self.target(lane).validate(document.root(), 5).unwrap();
        assert!(faults.is_empty(), "{faults:?}\n{}", document.text());
        official(self.target(lane), &xml);
        document.text().to_owned()
    }
}

fn official(target: &Package, xml: &[u8]) {
    let schema = match target.id().message() {
        "r048" => "eaeu/eec-r/xsd/EEC_TransitDeclaration.xsd".to_owned(),
        message if target.id().version().starts_with("60.") => {
            format!("eu/ncts-p6-60.4.16/xsd/{message}.xsd")
        }
        message => format!("eu/ncts-p5-51.8.6/xsd/{message}.xsd"),
    };
    libxml2(&Path::new(REFERENCE).join(schema), xml);
}

fn sample(name: &str) -> String {
    let folder = "fcs/esadout-cu/5.23.0/samples";
    fs::read_to_string(Path::new(SCHEMAS).join(folder).join(name)).unwrap()
}

fn read(text: &str) -> Document {
    parse(text.as_bytes(), None, &Limits::default()).unwrap()
}

/// The text without its elements of this name.
fn without(text: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut rest = text.to_owned();
    while let Some(start) = rest.find(&open) {
        let end = rest.find(&close).unwrap() + close.len();
        rest.replace_range(start..end, "");
    }
    assert_ne!(rest, text, "no {tag}");
    rest
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from}");
    text.replace(from, to)
}

#[test]
fn samples_become_messages_of_both_partners() {
    let desk = Desk::new();
    for (name, lane) in [
        ("transit-cn-kz.xml", &desk.to_kz),
        ("transit-cn-fi.xml", &desk.to_eu),
        ("transit-kz-fi.xml", &desk.to_kz),
        ("transit-kz-fi.xml", &desk.to_eu),
    ] {
        desk.sent(read(&sample(name)).root(), lane);
    }
}

#[test]
fn a_declaration_for_the_eu_becomes_one_of_phase_6() {
    let desk = Desk::new();
    let lane = lane("ru-eu-transit-p6.toml");
    let office = "<customsOfficeAtBorderReferenceNumber>FI499300<";
    for (name, own) in [
        ("transit-cn-fi.xml", office),
        ("transit-kz-fi.xml", "<currency>EUR<"),
    ] {
        let sent = desk.sent(read(&sample(name)).root(), &lane);
        for said in ["PhaseID=\"NCTS6\"", "<amountToBeCovered>18500<", own] {
            assert!(sent.contains(said), "{said}: {sent}");
        }
    }
    // The post opposite an unlisted one is nobody's to guess.
    let other = changed(&sample("transit-cn-fi.xml"), "10206082", "10206099");
    let held = desk.translate(read(&other).root(), &lane);
    assert_eq!(held.severity(), Severity::Hold);
}

#[test]
fn samples_are_amended_and_cancelled_in_the_words_of_both_partners() {
    let desk = Desk::new();
    let kz = sample("transit-cn-kz.xml");
    let amended = desk.sent(read(&kz).root(), &lane("ru-kz-transit-amend.toml"));
    assert!(amended.contains("TransitDeclaration"));
    for name in ["transit-cn-fi.xml", "transit-kz-fi.xml"] {
        let text = sample(name);
        let document = read(&text);
        for phase in ["", "-p6"] {
            let amended = lane(&format!("ru-eu-transit-amend{phase}.toml"));
            let amended = desk.sent(document.root(), &amended);
            assert!(amended.contains("<amendmentTypeFlag>0<"));
        }
        let known = |path: &str, value: &str| Supplement {
            path: path.to_owned(),
            value: value.to_owned(),
        };
        let known = [
            known("TransitOperation/LRN", "RU26112300F117"),
            known("Invalidation/justification", "The lorry broke down"),
        ];
        for phase in ["", "-p6"] {
            let lane = lane(&format!("ru-eu-transit-cancel{phase}.toml"));
            let cancelled = desk.sent_with(document.root(), &lane, &known);
            assert!(cancelled.contains("<Invalidation>") && !cancelled.contains("<Consignment>"));
        }
    }
}

/// A sample by its path below `schemas/`.
fn shipped(path: &str) -> String {
    fs::read_to_string(Path::new(SCHEMAS).join(path)).unwrap()
}

#[test]
fn a_transit_declaration_of_the_union_becomes_one_of_the_eu() {
    let desk = Desk::new();
    let text = shipped("eaeu/r048/1.0.0/samples/transit-cn-fi.xml");
    // Phase 6 demands to know which vehicle of a combination it is.
    let tractor = [Supplement {
        path: "Consignment/DepartureTransportMeans[1]/typeOfIdentification".to_owned(),
        value: "30".to_owned(),
    }];
    let phases = [
        ("kz-eu-transit.toml", &[][..]),
        ("kz-eu-transit-p6.toml", &tractor),
    ];
    for (name, values) in phases {
        let lane = lane(name);
        let sent = desk.sent_with(read(&text).root(), &lane, values);
        for said in [
            "<CustomsOfficeOfDeparture><referenceNumber>FI499300<",
            "<CustomsOfficeOfDestinationDeclared><referenceNumber>FI005000<",
            "<containerIdentificationNumber>TKRU4073186<",
            "<harmonizedSystemSubHeadingCode>070200<",
            "<identifier>KZ77120<",
        ] {
            assert!(sent.contains(said), "{said}: {sent}");
        }
        // A post or a city that no table lists holds the message.
        for (from, to) in [("10206082", "10206099"), ("ХЕЛЬСИНКИ", "ТУРКУ")] {
            let other = changed(&text, from, to);
            let encoded = desk.translate(read(&other).root(), &lane);
            assert_eq!(encoded.severity(), Severity::Hold, "{to}");
        }
    }
}

#[test]
fn the_route_says_which_lanes_a_declaration_takes() {
    let desk = Desk::new();
    let takes = |name: &str| {
        let text = sample(name);
        let document = read(&text);
        let package = desk.packages.of(document.root()).unwrap();
        let route = package.route(document.root());
        let by = |lane: &Lane| {
            let ends = lane.ends.is_empty() || lane.ends.contains(route.last().unwrap());
            let lies = lane.route.is_empty() || lane.route.iter().any(|land| route.contains(land));
            ends && lies
        };
        [&desk.to_kz, &desk.to_eu].map(by)
    };
    assert_eq!(takes("transit-cn-kz.xml"), [true, false]);
    assert_eq!(takes("transit-cn-fi.xml"), [false, true]);
    assert_eq!(takes("transit-kz-fi.xml"), [true, true]);
}

#[test]
fn containers_seals_packages_and_documents_arrive_in_both_formats() {
    let desk = Desk::new();
    let kz = desk.sent(read(&sample("transit-cn-kz.xml")).root(), &desk.to_kz);
    for said in [
        "<casdo:CustomsIdentificationMeansId>KZ77120<",
        "<casdo:ContainerId>CXDU1204566<",
        "<csdo:PackageKindCode codeListId=\"2013\">BE<",
        "<casdo:GuaranteePresentCode>1<",
        "<casdo:TransitProcedureCode codeListId=\"2001\">ТР<",
        "<casdo:RoleCode>1<",
        "<cacdo:DocumentPresentingDetails/>",
        // Two pieces of one description, parted by the blank at the end of the first.
        "ДЛИНА 6 М, СОРТ 1,",
    ] {
        assert!(kz.contains(said), "{said}\n{kz}");
    }
    let eu = desk.sent(read(&sample("transit-cn-fi.xml")).root(), &desk.to_eu);
    for said in [
        "<referenceNumber>FI499300<",
        "<referenceNumber>FI005000<",
        "<containerIdentificationNumber>MNGU3002170<",
        "<identifier>CN0045872<",
        "<harmonizedSystemSubHeadingCode>640399<",
        "<combinedNomenclatureCode>98<",
        "<typeOfPackages>NE<",
        "<grossMass>4580.25<",
        "<inlandModeOfTransport>3<",
        "<type>N730<",
        "<type>N380<",
    ] {
        assert!(eu.contains(said), "{said}\n{eu}");
    }
}

#[test]
fn losses_are_named_and_value_and_persons_stay_here() {
    let desk = Desk::new();
    let encoded = desk.translate(read(&sample("transit-cn-fi.xml")).root(), &desk.to_eu);
    let lost = |reason: LossReason, path: &str| {
        let mut losses = encoded.losses.iter();
        losses.any(|loss| loss.reason == reason && loss.path.ends_with(path))
    };
    assert!(lost(LossReason::Cut, "ESADout_CUGoods[1]/GoodsTNVEDCode"));
    assert!(lost(
        LossReason::Transliterated,
        "ESADout_CUConsignee/OrganizationName"
    ));
    assert!(lost(LossReason::Withheld, "TotalInvoiceAmount"));
    assert!(lost(LossReason::Withheld, "SigningDetails/PersonSurname"));
    assert!(lost(LossReason::NoTarget, "TDGuarantee/DocNumber"));
    assert!(!lost(LossReason::NoTarget, "SealId"));
    let supplied: Vec<_> = encoded.supplied.iter().map(|s| s.path.as_str()).collect();
    assert!(
        supplied.contains(&"Guarantee[1]/GuaranteeReference[1]/GRN"),
        "{supplied:?}"
    );
    assert!(
        !supplied.iter().any(|path| path.contains("Consignment")),
        "{supplied:?}"
    );
}

#[test]
fn what_r048_demands_and_the_source_does_not_say_is_held() {
    let desk = Desk::new();
    let text = sample("transit-cn-kz.xml");
    for (tag, target) in [
        (
            "TDGuarantee",
            "TransitGuaranteeDetails/GuaranteePresentCode",
        ),
        ("ESADout_CUPresentedDocument", "TDPresentedDocDetails"),
        ("ESADout_CUCarrier", "CarrierDetails"),
        ("TransitDirectionCode", "TransitProcedureCode"),
        ("ESADout_CUConsignor", "ConsignorDetails"),
        ("TDDeliveryPlace", "CustomsOfficeDetails"),
    ] {
        let encoded = desk.translate(read(&without(&text, tag)).root(), &desk.to_kz);
        assert!(encoded.xml.is_none(), "{tag}");
        assert_eq!(
            encoded.severity(),
            Severity::Hold,
            "{tag}: {:?}",
            encoded.findings
        );
        let mut findings = encoded.findings.iter();
        let named = findings.any(|finding| {
            let path = finding.target_path.as_deref().unwrap_or_default();
            path.ends_with(target)
        });
        assert!(named, "{tag}: {:?}", encoded.findings);
    }
}

#[test]
fn an_office_that_the_lane_does_not_list_holds_the_message() {
    let desk = Desk::new();
    let text = sample("transit-cn-fi.xml");
    for (case, source) in [
        (
            changed(&text, "10206082", "10206099"),
            "PPBorderCustoms/Code",
        ),
        (
            changed(&text, "ХЕЛЬСИНКИ", "ОУЛУ"),
            "ESADout_CUConsignee/SubjectAddressDetails/Town",
        ),
        (without(&text, "PPBorderCustoms"), ""),
    ] {
        let encoded = desk.translate(read(&case).root(), &desk.to_eu);
        assert_eq!(encoded.severity(), Severity::Hold, "{:?}", encoded.findings);
        let pointed = encoded.findings.iter().any(|finding| {
            let target = finding.target_path.as_deref().unwrap_or_default();
            let at = finding.source.as_ref().map_or("", |pointer| &pointer.path);
            target.ends_with("referenceNumber") && at.ends_with(source)
        });
        assert!(pointed, "{source}: {:#?}", encoded.findings);
    }
}

#[test]
fn what_cc015c_demands_and_the_source_does_not_say_is_held() {
    let desk = Desk::new();
    let text = sample("transit-cn-fi.xml");
    let second = "<catESAD_cu:ContainerNumber><catESAD_cu:ContainerIdentificaror>CXDU1204566\
        </catESAD_cu:ContainerIdentificaror></catESAD_cu:ContainerNumber></ESADContainer>";
    for (name, case) in [
        (
            "mass",
            changed(
                &text,
                "<catESAD_cu:GrossWeightQuantity>1480</catESAD_cu:GrossWeightQuantity>",
                "",
            ),
        ),
        (
            "package kind",
            without(&text, "catESAD_cu:PackagePalleteInformation"),
        ),
        (
            "bulk",
            changed(&text, "PakageTypeCode>0<", "PakageTypeCode>2<"),
        ),
        (
            "seal of which container",
            changed(&text, "</ESADContainer>", second),
        ),
    ] {
        let encoded = desk.translate(read(&case).root(), &desk.to_eu);
        assert_eq!(
            encoded.severity(),
            Severity::Hold,
            "{name}: {:#?}",
            encoded.findings
        );
    }
}

#[test]
fn real_messages_become_r048() {
    let Ok(entries) = fs::read_dir(Path::new(REFERENCE).join("eaeu/samples")) else {
        println!("skipped: no reference data");
        return;
    };
    let desk = Desk::new();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let document = read(&fs::read_to_string(&file).unwrap());
        let package = desk.packages.of(document.root()).unwrap();
        let views = match package.is_envelope() {
            true => package.embedded(document.root()),
            false => vec![document.root()],
        };
        let known = views.iter().filter(|view| desk.packages.of(**view).is_ok());
        let declarations: Vec<_> = known.collect();
        assert!(!declarations.is_empty(), "{}", file.display());
        for view in declarations {
            desk.sent(*view, &desk.to_kz);
            // Nothing of them says where transit in the EU would begin.
            let encoded = desk.translate(*view, &desk.to_eu);
            assert_eq!(
                encoded.severity(),
                Severity::Hold,
                "{:#?}",
                encoded.findings
            );
        }
    }
}
