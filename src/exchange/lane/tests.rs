//! What a lane takes, and which files are no lanes.

use super::*;

const FILE: &str = r#"
id = "ru-kz-transit"
from = "RU"
to = "KZ"
package_in = "fcs/esadout-cu/5.23.0"
package_out = "eaeu/r048/1.0.0"
route = ["KZ"]
origin = "attested"
valid_from = "2026-01-01T00:00:00Z"
valid_until = "2027-01-01T00:00:00Z"
"#;

fn wanted<'a>(from: &'a PartyId, package: &'a PackageId, route: &'a [String]) -> Wanted<'a> {
    Wanted {
        from,
        package,
        route,
        function: None,
        revision: None,
        procedure: None,
        origin: Suffices::Attested,
        now: "2026-11-23T10:00:00Z".parse().unwrap(),
    }
}

#[test]
fn a_lane_takes_what_it_was_agreed_for_and_nothing_else() {
    let lanes = Lanes::new(vec![Lane::parse(FILE, "lane.toml").unwrap()]).unwrap();
    let (ru, kz): (PartyId, PartyId) = ("RU".parse().unwrap(), "KZ".parse().unwrap());
    let package: PackageId = "fcs/esadout-cu/5.23.0".parse().unwrap();
    let other: PackageId = "fcs/esadout-cu/5.24.0".parse().unwrap();
    let (via_kz, via_fi) = (["GE".into(), "KZ".into()], ["FI".into()]);

    assert_eq!(lanes.matching(&wanted(&ru, &package, &via_kz)).len(), 1);
    assert!(lanes.matching(&wanted(&ru, &package, &via_fi)).is_empty());
    assert!(lanes.matching(&wanted(&kz, &package, &via_kz)).is_empty());
    assert!(lanes.matching(&wanted(&ru, &other, &via_kz)).is_empty());
    for moment in ["2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"] {
        let late = Wanted {
            now: moment.parse().unwrap(),
            ..wanted(&ru, &package, &via_kz)
        };
        assert!(lanes.matching(&late).is_empty(), "{moment}");
    }
}

#[test]
fn a_lane_may_want_the_route_to_end_somewhere() {
    let text = FILE.replace("route = [\"KZ\"]", "ends = [\"KZ\", \"FI\"]");
    let lane = Lane::parse(&text, "lane.toml").unwrap();
    let ru: PartyId = "RU".parse().unwrap();
    let package: PackageId = "fcs/esadout-cu/5.23.0".parse().unwrap();
    for (route, takes) in [
        (&["GE", "RU", "KZ"][..], true),
        (&["KZ", "RU", "FI"], true),
        (&["FI", "RU", "CN"], false),
        (&[], false),
    ] {
        let route: Vec<String> = route.iter().map(|country| (*country).to_owned()).collect();
        assert_eq!(
            lane.takes(&wanted(&ru, &package, &route)),
            takes,
            "{route:?}"
        );
    }
}

#[test]
fn an_attested_message_does_not_pass_where_a_signature_is_wanted() {
    let text = FILE.replace("\"attested\"", "\"signed\"");
    let lanes = Lanes::new(vec![Lane::parse(&text, "lane.toml").unwrap()]).unwrap();
    let ru: PartyId = "RU".parse().unwrap();
    let package: PackageId = "fcs/esadout-cu/5.23.0".parse().unwrap();
    let route = ["KZ".to_owned()];
    assert!(lanes.matching(&wanted(&ru, &package, &route)).is_empty());
    let signed = Wanted {
        origin: Suffices::Signed,
        ..wanted(&ru, &package, &route)
    };
    assert_eq!(lanes.matching(&signed).len(), 1);
}

#[test]
fn a_function_that_is_not_known_is_not_allowed() {
    let text = FILE.replace("origin =", "functions = [\"9\"]\norigin =");
    let lane = Lane::parse(&text, "lane.toml").unwrap();
    let ru: PartyId = "RU".parse().unwrap();
    let package: PackageId = "fcs/esadout-cu/5.23.0".parse().unwrap();
    let route = ["KZ".to_owned()];
    assert!(!lane.takes(&wanted(&ru, &package, &route)));
    let original = Wanted {
        function: Some("9"),
        ..wanted(&ru, &package, &route)
    };
    assert!(lane.takes(&original));
}

#[test]
fn faulty_lane_files_are_refused_by_name() {
    for (text, says) in [
        (FILE.replace("from = \"RU\"", "from = \"ru\""), "party"),
        (FILE.replace("eaeu/r048/1.0.0", "eaeu"), "package_out"),
        (format!("{FILE}\ncolour = 1\n"), "colour"),
    ] {
        let error = Lane::parse(&text, "lane.toml").unwrap_err().to_string();
        assert!(
            error.contains("lane.toml") && error.contains(says),
            "{error}"
        );
    }
    let twice = vec![
        Lane::parse(FILE, "a").unwrap(),
        Lane::parse(FILE, "b").unwrap(),
    ];
    assert!(matches!(
        Lanes::new(twice),
        Err(LaneError::Duplicate { .. })
    ));
}

#[test]
fn a_lane_that_withholds_what_its_target_demands_is_named_with_file_and_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let packages = Packages::load(std::path::Path::new(folder)).unwrap();
    let ru: PartyId = "RU".parse().unwrap();
    let text = include_str!("../../../schemas/lanes/ru-mn-export.toml");
    let check = |text: &str| {
        let lane = Lane::parse(text, "lanes/ru-mn.toml").unwrap();
        lane.check(&ru, &packages)
            .map_err(|error| error.to_string())
    };
    assert_eq!(check(text), Ok(()));
    let allowed = "pass        = [\"goodsShipment.items.invoiceAmount\"]";
    assert!(text.contains(allowed));
    let line = 1 + text.lines().position(|line| line == allowed).unwrap();
    let withheld = check(&text.replace(allowed, "pass        = []")).unwrap_err();
    assert!(
        withheld.contains(&format!("lanes/ru-mn.toml:{line}: "))
            && withheld.contains("`GovernmentAgencyGoodsItem/InvoiceAmount`"),
        "{withheld}"
    );
    // Who keeps it back may leave it to an officer.
    let held = "pass        = []\n[[rules.value]]\nat = \"GovernmentAgencyGoodsItem/InvoiceAmount\"\n\
                    do = \"hold\"";
    let end = text.replace(allowed, "pass        = []") + &held.replace("pass        = []\n", "\n");
    assert_eq!(check(&end), Ok(()));
    let unknown = text.replace("at         = \"SenderID\"", "at         = \"Sender\"");
    let line = 1 + unknown
        .lines()
        .position(|line| line.ends_with("\"Sender\""))
        .unwrap();
    let told = check(&unknown).unwrap_err();
    // The rule begins a line above its `at`.
    assert!(
        told.contains(&format!("lanes/ru-mn.toml:{}: ", line - 1)),
        "{told}"
    );
}
