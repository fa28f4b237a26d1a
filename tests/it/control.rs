//! Acts of control made of partners' results: goldens are the samples of R.051 themselves.

use std::fs;
use std::path::{Path, PathBuf};

use corridor::translate::{
    DecodeContext, EncodeContext, Encoded, LaneRules, LossReason, Packages, encode,
};
use corridor::xml::{Limits, Node, parse};
use uuid::Uuid;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

fn sample(package: &str, name: &str) -> PathBuf {
    let folder = Path::new(SCHEMAS).join(package).join("samples");
    folder.join(format!("{name}.xml"))
}

fn rules(lane: &str) -> LaneRules {
    let file = Path::new(SCHEMAS)
        .join("lanes")
        .join(format!("{lane}.toml"));
    let lane: toml::Table = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    lane["rules"].clone().try_into().unwrap()
}

/// One sample as an act, with the ids that the golden samples were made with.
fn act(source: &str, name: &str, lane: &str, id: u128) -> Encoded {
    let packages = Packages::load(Path::new(SCHEMAS)).unwrap();
    let package = packages.find(source).unwrap();
    let text = fs::read(sample(&package.id().to_string(), name)).unwrap();
    let document = parse(&text, None, &Limits::default()).unwrap();
    let rules = rules(lane);
    let context = DecodeContext {
        zone: rules.source_zone(),
        on: None,
    };
    let decoded = match package.documents(document.root()) {
        Some(_) => package.decode_document(document.root(), 0, &context),
        None => package.decode(document.root(), &context),
    };
    let now = "2026-11-22T06:00:00Z".parse().unwrap();
    let context = EncodeContext::from_uuid(now, Uuid::from_u128(id));
    let target = packages.find("eaeu/r051").unwrap();
    encode(&decoded.unwrap(), target, &rules, &context)
}

/// What an element says, whatever the white space between elements.
fn said(node: Node<'_>) -> String {
    let attributes = node.attributes();
    let attributes: String = attributes
        .map(|attribute| format!(" {}={}", attribute.name.local, attribute.value))
        .collect();
    let children: String = node.elements().map(said).collect();
    let text = node.text();
    format!(
        "<{}{attributes}>{}{children}</>",
        node.name().local,
        text.trim()
    )
}

#[track_caller]
fn same(made: &Encoded, golden: &str) {
    let xml = made
        .xml
        .as_ref()
        .unwrap_or_else(|| panic!("{:#?}", made.findings));
    let made = parse(xml, None, &Limits::default()).unwrap();
    let golden = fs::read(sample("eaeu/r051/1.0.0", golden)).unwrap();
    let golden = parse(&golden, None, &Limits::default()).unwrap();
    assert_eq!(said(made.root()), said(golden.root()));
}

fn losses(made: &Encoded, reason: LossReason) -> Vec<&str> {
    let losses = made.losses.iter().filter(|loss| loss.reason == reason);
    let mut paths: Vec<&str> = losses
        .filter_map(|loss| {
            loss.canonical
                .as_deref()?
                .strip_prefix("controlResults[1].")
        })
        .collect();
    paths.sort_unstable();
    paths
}

#[test]
fn a_result_of_china_becomes_an_act() {
    let id = 0x0198_c3f2_4b77_4c10_9a55_2611_2206_a418;
    let lane = "cn-ru-control-result-received";
    let made = act("wco/control-result", "cn-ru-tomatoes", lane, id);
    same(&made, "act-of-goods");
    let codes: Vec<&str> = made.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["officer-unknown"]);
    let withheld = [
        "officer.familyName",
        "officer.givenName",
        "officer.position",
        "officerId",
    ];
    assert_eq!(losses(&made, LossReason::Withheld), withheld);
    let lost = losses(&made, LossReason::NoTarget);
    for path in [
        "code",
        "functionCode",
        "transportEquipment[1].id",
        "transportEquipment[1].seals[1].id",
        "transportMeans[1].id",
        "ucr",
        "useRestrictionCode",
    ] {
        assert!(lost.contains(&path), "{path}: {lost:?}");
    }
}

#[test]
fn an_image_with_digest_and_time_is_referred_to_and_another_is_a_loss() {
    let id = 0x0198_c3f2_4b77_4c10_9a55_2611_2206_a417;
    let lane = "mn-ru-control-result-received";
    let made = act("wco/control-result", "mn-ru-images", lane, id);
    same(&made, "act-with-image");
    let lost = losses(&made, LossReason::NoTarget);
    assert!(lost.contains(&"controls[1].images[2].sha256"), "{lost:?}");
    assert!(!lost.contains(&"controls[1].images[1].sha256"), "{lost:?}");

    // IE4S03 gives neither: its image stays in the fact.
    let lane = "eu-ru-control-result-received";
    let made = act("eu/ie4s03", "one-result", lane, id);
    let lost = losses(&made, LossReason::NoTarget);
    assert!(lost.contains(&"controls[1].images[1].uri"), "{lost:?}");
    let xml = String::from_utf8(made.xml.unwrap()).unwrap();
    assert!(!xml.contains("ATDAttachmentsDetails"), "{xml}");
}

#[test]
fn an_office_that_is_not_listed_holds_the_act() {
    let lane = "mn-ru-control-result-received";
    let made = act("wco/control-result", "cn-ru-tomatoes", lane, 1);
    assert!(made.xml.is_none());
    let unlisted: Vec<&str> = made
        .findings
        .iter()
        .filter(|finding| finding.code == "MAP_TABLE_UNLISTED")
        .filter_map(|finding| finding.target_path.as_deref())
        .collect();
    assert_eq!(
        unlisted,
        [
            "CustomsOfficeCode",
            "InspectionDocIdDetails/CustomsOfficeCode"
        ]
    );
}
