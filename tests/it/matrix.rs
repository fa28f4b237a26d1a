//! The data matrix says what the mappings do.

use serde_json::Value;

use crate::support::corridor;

#[test]
fn gross_mass_stands_where_the_mappings_have_it() {
    let said = corridor(["matrix", "--format", "json", "--mapped"]).ok();
    let matrix: Value = serde_json::from_str(&said).unwrap();
    let packages = matrix["packages"].as_array().unwrap();
    // An envelope has no mapping and no column.
    assert!(
        !packages
            .iter()
            .any(|id| id.as_str().unwrap().starts_with("fcs/ed-container"))
    );
    let elements = matrix["elements"].as_array().unwrap();
    let of = |path: &str| {
        let found = elements.iter().find(|line| line["element"] == path);
        found.unwrap_or_else(|| panic!("no {path}"))
    };
    let mass = of("goodsShipment.items.grossMass");
    assert_eq!(
        (&mass["kind"], &mass["mark"]),
        (&"mass".into(), &"identity".into())
    );
    let cells = mass["cells"].as_array().unwrap();
    let in_package = |id: &str| {
        let found = cells
            .iter()
            .find(|cell| cell["package"].as_str().unwrap().starts_with(id));
        found.unwrap_or_else(|| panic!("no {id}"))
    };
    let eu = in_package("eu/cc015c/51.8.6");
    assert!(
        eu["path"]
            .as_str()
            .unwrap()
            .ends_with("GoodsMeasure/grossMass"),
        "{eu}"
    );
    assert_eq!(
        (&eu["repeats"], &eu["direction"]),
        (&true.into(), &"both".into())
    );
    // What each control says becomes the words of an act, and is not told apart when it is read.
    let said = of("controlResults.controls.text");
    let cells = said["cells"].as_array().unwrap();
    let mut r051 = cells
        .iter()
        .filter(|cell| cell["package"] == "eaeu/r051/1.0.0")
        .peekable();
    assert!(r051.peek().is_some() && r051.all(|cell| cell["direction"] == "encode"));
}

#[test]
fn tables_have_a_column_for_each_package_and_a_row_for_each_element() {
    let both = [
        "--package",
        "eu/cc015c/51.8.6",
        "--package",
        "fcs/esadout-cu",
    ];
    let csv = corridor(["matrix"].into_iter().chain(both)).ok();
    let mut lines = csv.lines();
    let heads = lines.next().unwrap();
    assert_eq!(
        heads,
        "element,kind,mark,eu/cc015c/51.8.6,fcs/esadout-cu/5.23.0"
    );
    let mut country = lines
        .clone()
        .filter(|line| line.starts_with("goodsShipment.exportCountry,"));
    let country = country.next().unwrap();
    assert!(
        country.contains("Consignment/countryOfDispatch [0..1] country:a2,"),
        "{country}"
    );
    // Also what neither has.
    assert!(lines.any(|line| line.ends_with(",,")));
    let html = corridor(["matrix", "--format", "html"].into_iter().chain(both)).ok();
    assert_eq!(html.matches("<tr>").count(), csv.lines().count());
    corridor(["matrix", "--package", "eu/none"]).fails(1, "PACKAGE_UNKNOWN");
}
