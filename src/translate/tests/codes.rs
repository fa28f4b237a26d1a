//! Codes that are doubtful, numbers that are not of their form.

use serde_json::json;

use super::*;

const COUNTRIES: &str = "name = 'country'\nversion = '7'\ncanonical = 'a2'\n\
    columns = ['a2', 'n3', 'valid_from', 'valid_until']\n\
    rows = [['RU', '643', '', ''], ['AN', '530', '', '2010-12-15']]";
const MONEY: &str = "name = 'currency'\nversion = '1'\ncanonical = 'a3'\ncolumns = ['a3', 'n3']\n\
    rows = [['EUR', '978'], ['CNY', '156']]";
const HEAD_DATED: &str = "party = 't'\nmessage = 'm'\nversion = '1'\ntitle = 'test'\n\
    root = 'm'\nschema = ['m.xsd']\n[identity]\nissued = 'made'\n";

fn bench(head: &str, content: &str, map: &str) -> Bench {
    let bench = Bench::with(head, content, map);
    bench.write("codelists/country.toml", COUNTRIES);
    bench.write("codelists/currency.toml", MONEY);
    bench
}

fn decode(bench: &Bench, message: &str, on: Option<&str>) -> Vec<Finding> {
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let on = on.map(|on| on.parse().unwrap());
    let context = DecodeContext { zone: None, on };
    let document = document(message);
    package.decode(document.root(), &context).unwrap().findings
}

const MAP: &str = "field = [\n\
    { at = 'made', is = 'issueDateTime' },\n\
    { at = 'from', is = 'goodsShipment.exportCountry', code = 'country:a2' },\n\
    { at = 'to', is = 'goodsShipment.destinationCountry', code = 'country:n3' },\n]";

#[test]
fn an_unknown_code_names_list_version_value_and_place() {
    let bench = bench(HEAD, "made?:string from?:string to?:string", MAP);
    let good = "<m><from>RU</from><to>643</to></m>";
    assert_eq!(decode(&bench, good, Some("2026-01-01")), []);
    let findings = decode(&bench, "<m>\n <from>RX</from><to>999</to></m>", None);
    let said = |finding: &Finding| {
        let place = finding.source.clone().unwrap();
        (
            finding.code.clone(),
            finding.list.clone().unwrap(),
            finding.value.clone().unwrap(),
            format!("{}:{}", place.line, place.path),
            finding.severity,
        )
    };
    let expected = |list: &str, value: &str, place: &str| {
        let code = "MAP_CODE_UNKNOWN".to_owned();
        let [list, value, place] = [list, value, place].map(str::to_owned);
        (code, list, value, place, Severity::Note)
    };
    assert_eq!(
        findings.iter().map(said).collect::<Vec<_>>(),
        [
            expected("country:a2@7", "RX", "2:/m/from"),
            expected("country:n3@7", "999", "2:/m/to"),
        ]
    );
    let text = &findings[0].text;
    assert_eq!(text, "is a code that country:a2@7 does not list");
}

#[test]
fn codes_are_looked_up_for_the_day_of_the_message_else_of_the_caller() {
    let content = "made?:string from?:string to?:string";
    let dated = bench(HEAD_DATED, content, MAP);
    let message = |made: &str| format!("<m><made>{made}</made><from>AN</from><to>530</to></m>");
    for (made, on, doubtful) in [
        ("2010-12-14T23:00:00Z", Some("2026-01-01"), false),
        ("2010-12-15", None, true),
        ("20101215093000", None, true),
        // A day that cannot be read is none.
        ("yesterday", Some("2010-12-14"), false),
        ("yesterday", Some("2010-12-15"), true),
    ] {
        let findings = decode(&dated, &message(made), on);
        let found = findings.iter().filter(|f| f.list.is_some());
        let codes: Vec<&str> = found.map(|finding| finding.code.as_str()).collect();
        let expected = if doubtful {
            &["MAP_CODE_NOT_IN_FORCE"; 2][..]
        } else {
            &[]
        };
        assert_eq!(codes, expected, "{made} {on:?}");
    }
    let undated = bench(HEAD, content, MAP);
    let message = message("2010-12-14");
    assert_eq!(decode(&undated, &message, Some("2010-12-15")).len(), 2);
    assert_eq!(decode(&undated, &message, None), []);
}

#[test]
fn a_code_that_held_once_is_still_read_and_written() {
    let map =
        "field = [{ at = 'to', is = 'goodsShipment.destinationCountry', code = 'country:n3' }]";
    let bench = bench(HEAD, "to:string", map);
    let (canonical, findings, _) = bench.decode_json("<m><to>530</to></m>");
    assert_eq!(
        canonical,
        json!({"goodsShipment": {"destinationCountry": "AN"}})
    );
    assert_eq!(findings, []);
    let encoded = bench.through("<m><to>530</to></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><to>530</to></m>");
}

#[test]
fn the_code_of_an_amount_is_that_of_its_currency() {
    let map = "field = [{ at = 'sum', is = 'goodsShipment.customsValue', basis = 'customs',\n\
        currency = '@u', code = 'currency:n3' }]";
    let bench = bench(HEAD, "sum:unit-decimal", map);
    bench.both_ways(
        "<m><sum u=\"156\">7.5</sum></m>",
        json!({"goodsShipment": {"customsValue":
            {"value": "7.5", "currency": "CNY", "basis": "customs"}}}),
    );
    let findings = decode(&bench, "<m><sum u=\"643\">1</sum></m>", None);
    assert_eq!(findings[0].list.as_deref(), Some("currency:n3@1"));
    assert_eq!(findings[0].value.as_deref(), Some("643"));
}

#[test]
fn a_value_may_be_looked_up_in_a_list_that_leaves_it_as_it_is() {
    let map = "field = [{ at = 'hs', is = 'goodsShipment.items.commodity.classification.id',\n\
        listed = 'hs:code' }]";
    let map = &map.replace(
        "field",
        "[[group]]\nat = 'g'\nis = 'goodsShipment.items'\nfield",
    );
    let map = &map.replace("'goodsShipment.items.commodity", "'commodity");
    let bench = bench(HEAD, "g*{ hs:string }", map);
    let message = "<m><g><hs>0101210000</hs></g><g><hs>9999990000</hs></g></m>";
    // The list is one that an operator imports: without it nothing is doubtful.
    assert_eq!(decode(&bench, message, None), []);
    bench.write(
        "codelists/hs.toml",
        "name = 'hs'\nversion = '2022'\nfirst = 6\ncolumns = ['code']\nrows = [['010121']]",
    );
    let findings = decode(&bench, message, None);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].value.as_deref(), Some("9999990000"));
    assert_eq!(findings[0].list.as_deref(), Some("hs:code@2022"));
    bench.write("t/m/1/map.toml", &map.replace("hs:code", "hx:code"));
    assert!(bench.faults()[0].contains("there is no code list `hx`; did you mean `hs`?"));
}

#[test]
fn numbers_that_are_not_of_their_form_are_findings() {
    let map = "field = [\n\
        { at = 'ucr', is = 'goodsShipment.ucr', form = 'ucr' },\n\
        { at = 'post', is = 'goodsShipment.consignment.manifestId', form = 'postal-item' },\n]\n\
        [[group]]\nat = 'c'\nis = 'goodsShipment.consignment.transportEquipment'\n\
        field = [{ at = '.', is = 'id', form = 'container' }]\n\
        [[group]]\nat = 'd'\nis = 'goodsShipment.documents'\n\
        field = [{ at = 'n', is = 'id' }, { at = 'k', is = 'typeCode' }]";
    let bench = bench(
        HEAD,
        "ucr?:string post?:string c*:string d*{ n:string k:string }",
        map,
    );
    let document = |number: &str, kind: &str| format!("<d><n>{number}</n><k>{kind}</k></d>");
    let message = |ucr: &str, post: &str, container: &str, documents: &[String]| {
        let documents = documents.concat();
        format!("<m><ucr>{ucr}</ucr><post>{post}</post><c>{container}</c>{documents}</m>")
    };
    let good = message(
        "6CN91230900MA18X7",
        "RR473124829GB",
        "CSQU 305438-3",
        &[
            document("26ITQU71A000012343", "NMRN"),
            document("RR473124829GB", "N750"),
            document("CN37/417", "N750"),
            document("417", "N730"),
        ],
    );
    assert_eq!(decode(&bench, &good, None), []);
    let bad = message(
        "417",
        "RR473124828GB",
        "CSQU3054384",
        &[
            document("26ITQU71A000012344", "NMRN"),
            document("RR473124828GB", "750"),
        ],
    );
    let findings = decode(&bench, &bad, None);
    let codes: Vec<&str> = findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "MODEL_UCR_FORM",
            "MODEL_POSTAL_ITEM_CHECK_DIGIT",
            "MODEL_CONTAINER_CHECK_DIGIT",
            "MODEL_MRN_CHECK_DIGIT",
            "MODEL_POSTAL_ITEM_CHECK_DIGIT",
        ]
    );
    assert_eq!(findings[2].value.as_deref(), Some("CSQU3054384"));
    assert!(
        findings
            .iter()
            .all(|finding| finding.severity == Severity::Note)
    );
    // Where the mapping says nothing of a form, a number is free.
    bench.write("t/m/1/map.toml", &map.replace(", form = 'container'", ""));
    assert_eq!(decode(&bench, &bad, None).len(), 4);
    bench.write("t/m/1/map.toml", &map.replace("postal-item", "s10"));
    assert!(
        bench.faults()[0].contains("`form` is one of `container`, `mrn`, `postal-item`, `ucr`")
    );
}
