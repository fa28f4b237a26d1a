//! `[[field]]` and its keys.

use serde_json::json;

use super::*;

#[test]
fn renamed_and_nested() {
    Bench::new(
        "a { b:string c?:string }",
        "[[field]]\nat = 'a/b'\nis = 'goodsShipment.exportCountry'\n\
         [[field]]\nat = 'a/c'\nis = 'goodsShipment.consignor.name'",
    )
    .both_ways(
        "<m><a><b>GE</b><c>ТЕСТ &amp; Co</c></a></m>",
        json!({"goodsShipment": {"exportCountry": "GE", "consignor": {"name": "ТЕСТ & Co"}}}),
    );
}

#[test]
fn codes_cross_lists() {
    let bench = Bench::new(
        "a?:string b?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.exportCountry'\ncode = 'country:n3'\n\
         [[field]]\nat = 'b'\nis = 'typeCode'\ncode = 'kind:x'",
    );
    bench.write(
        "codelists/country.toml",
        "name = 'country'\ncanonical = 'a2'\ncolumns = ['a2', 'n3']\nrows = [['RU', '643']]",
    );
    bench.write(
        "codelists/kind.toml",
        "name = 'kind'\ncolumns = ['x', 'y']\nrows = [['1', 'A']]",
    );
    bench.both_ways(
        "<m><a>643</a><b>1</b></m>",
        json!({
            "goodsShipment": {"exportCountry": "RU"},
            "typeCode": {"value": "1", "list": "kind:x"},
        }),
    );
    let (canonical, findings, _) = bench.decode_json("<m><a>999</a></m>");
    assert_eq!(findings[0].code, "MAP_CODE_UNKNOWN");
    assert_eq!(canonical["goodsShipment"]["exportCountry"]["value"], "999");
}

#[test]
fn a_code_without_counterpart_is_a_loss() {
    let bench = Bench::new(
        "b?:string c?:string",
        "
        [[field]]
        at = 'b'
        is = 'typeCode'
        code = 'kind:x'
        decode_only = true
        [[field]]
        at = 'c'
        is = 'typeCode'
        code = 'kind:y'
        encode_only = true",
    );
    bench.write(
        "codelists/kind.toml",
        "name = 'kind'\ncolumns = ['x', 'y']\nrows = [['1', 'A']]",
    );
    assert_eq!(
        text(&bench.through("<m><b>1</b></m>", &open_lane())),
        "<m><c>A</c></m>"
    );
    let encoded = bench.through("<m><b>2</b></m>", &open_lane());
    assert_eq!(text(&encoded), "<m></m>".replace("></m>", "/>"));
    assert_eq!(encoded.losses[0].reason, LossReason::CodeUnmapped);
    assert_eq!(encoded.losses[0].path, "/m/b");
}

#[test]
fn constants_numbers_and_empty_elements() {
    let bench = Bench::new(
        "c:string g*{ n:string k:string e{ z?:string } a:string }",
        "
        [[field]]
        at = 'c'
        const = 'R.048'
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'n'
        number = 'parent'
        [[group.field]]
        at = 'k'
        number = 'message'
        pad = 3
        [[group.field]]
        at = 'e'
        empty = true
        [[group.field]]
        at = 'a'
        is = 'commodity.description'",
    );
    bench.both_ways(
        "<m><c>R.048</c><g><n>1</n><k>001</k><e/><a>x</a></g><g><n>2</n><k>002</k><e/><a>y</a></g></m>",
        json!({"goodsShipment": {"items": [
            {"commodity": {"description": "x"}}, {"commodity": {"description": "y"}},
        ]}}),
    );
    let (_, findings, _) = bench.decode_json("<m><c>R.036</c></m>");
    assert_eq!(findings[0].code, "MAP_CONST_DIFFERS");
}

#[test]
fn a_number_below_the_targets_first_holds() {
    let bench = Bench::new(
        "g*{ n:positiveInteger a:string }",
        "
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'n'
        is = 'sequenceNumeric'
        number = 'message'
        [[group.field]]
        at = 'a'
        is = 'commodity.description'",
    );
    let first = "<m><g><n>1</n><a>x</a></g></m>";
    let encoded = bench.through(first, &open_lane());
    assert_eq!((text(&encoded).as_str(), encoded.losses.len()), (first, 0));
    // One that the source may state and the target may not.
    let low = first.replace('1', "0");
    let held = bench.through(&low, &open_lane());
    assert_eq!((&held.xml, held.severity()), (&None, Severity::Hold));
    let [finding] = held.findings.as_slice() else {
        panic!("{:?}", held.findings);
    };
    assert_eq!(finding.code, "MAP_NUMBER_LOW");
    assert_eq!(finding.target_path.as_deref(), Some("g[1]/n"));
    assert_eq!(finding.source.as_ref().unwrap().path, "/m/g/n");
    assert!(finding.text.contains("less than 1"), "{}", finding.text);
    // An officer says which; what the source says is lost then, and named.
    let given = [Supplement {
        path: "g[1]/n".to_owned(),
        value: "1".to_owned(),
    }];
    let mut context = context();
    context.supplements = &given;
    let encoded = bench.with_context(&low, &open_lane(), &context);
    assert_eq!(text(&encoded), first);
    let [loss] = encoded.losses.as_slice() else {
        panic!("{:?}", encoded.losses);
    };
    assert_eq!(
        (loss.path.as_str(), loss.reason),
        ("/m/g/n", LossReason::Renumbered)
    );
}

#[test]
fn a_constant_with_a_condition_stands_exactly_then() {
    let bench = Bench::new(
        "p?{ c:string } g*:string",
        "
        [[field]]
        at = 'p/c'
        const = '1'
        when = { is = 'obligationGuarantees', present = true }
        [[group]]
        at = 'g'
        is = 'obligationGuarantees'
        [[group.field]]
        at = '.'
        is = 'id'",
    );
    bench.both_ways(
        "<m><p><c>1</c></p><g>A</g></m>",
        json!({"obligationGuarantees": [{"id": "A"}]}),
    );
    bench.both_ways("<m/>", json!({}));
}

#[test]
fn masses_keep_their_unit() {
    let map = "[[field]]\nat = 'a'\nis = 'totalGrossMass'\nunit = { at = '@u', codes = { '166' = 'kg', '168' = 't' } }";
    let bench = Bench::new("a?:unit-decimal", map);
    bench.both_ways(
        "<m><a u=\"166\">1435.5</a></m>",
        json!({"totalGrossMass": {"value": "1435.5", "unit": "kg"}}),
    );
    let encoded = bench.through("<m><a u=\"168\">1.5</a></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a u=\"166\">1500</a></m>");
    let (canonical, findings, unmapped) = bench.decode_json("<m><a u=\"999\">1.5</a></m>");
    assert_eq!(
        (canonical, findings[0].code.as_str()),
        (json!({}), "MAP_UNIT_UNKNOWN")
    );
    assert_eq!(unmapped, ["/m/a"]);
}

#[test]
fn amounts_keep_currency_and_basis() {
    let bench = Bench::new(
        "v?:decimal c?:string w?:decimal",
        "
        [[field]]
        at = 'v'
        is = 'goodsShipment.customsValue'
        currency = 'c'
        basis = 'customs'
        [[field]]
        at = 'w'
        is = 'goodsShipment.customsValue'
        basis = 'invoice'
        encode_only = true",
    );
    bench.both_ways(
        "<m><v>12158</v><c>USD</c></m>",
        json!({"goodsShipment": {"customsValue":
            {"value": "12158", "currency": "USD", "basis": "customs"}}}),
    );
    // A currency without an amount is not forgotten.
    let (_, _, unmapped) = bench.decode_json("<m><c>USD</c></m>");
    assert_eq!(unmapped, ["/m/c"]);
}

#[test]
fn digits_that_do_not_fit_are_a_loss() {
    let bench = Bench::new(
        "a:decimal",
        "[[field]]\nat = 'a'\nis = 'totalGrossMass'\nunit = 'kg'\ndecimals = 2",
    );
    let encoded = bench.through("<m><a>1.005</a></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a>1.01</a></m>");
    assert_eq!(encoded.losses[0].reason, LossReason::Precision);
    assert_eq!(encoded.losses[0].value.as_deref(), Some("1.005"));
}

#[test]
fn times_know_their_zone_or_do_not() {
    let map = "[[field]]\nat = 'a'\nis = 'issueDateTime'\nformat = 'local'";
    let bench = Bench::new("a:string", map);
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let document = document("<m><a>2024-05-02T22:29:06</a></m>");
    let zone = jiff::tz::TimeZone::get("Europe/Moscow").ok();
    let decoded = package
        .decode(document.root(), &DecodeContext { zone, on: None })
        .unwrap();
    let json = decoded.canonical_json().unwrap();
    assert_eq!(json, json!({"issueDateTime": "2024-05-02T22:29:06+03:00"}));
    let helsinki = lane("zone = 'Europe/London'");
    let encoded = encode(&decoded, package, &helsinki, &context());
    assert_eq!(text(&encoded), "<m><a>2024-05-02T20:29:06</a></m>");
    let unknown = bench.through("<m><a>2024-05-02T22:29:06</a></m>", &helsinki);
    assert_eq!(text(&unknown), "<m><a>2024-05-02T22:29:06</a></m>");
}

#[test]
fn an_ambiguous_local_time_is_a_finding() {
    let bench = Bench::new("a:string", "[[field]]\nat = 'a'\nis = 'issueDateTime'");
    let packages = bench.load();
    let document = document("<m><a>2024-10-27T03:30:00</a></m>");
    let zone = jiff::tz::TimeZone::get("Europe/Helsinki").ok();
    let package = packages.find("t/m").unwrap();
    let decoded = package
        .decode(document.root(), &DecodeContext { zone, on: None })
        .unwrap();
    assert_eq!(decoded.findings[0].code, "MAP_TIME_AMBIGUOUS");
    let json = decoded.canonical_json().unwrap();
    assert_eq!(json, json!({"issueDateTime": "2024-10-27T03:30:00"}));
}

#[test]
fn compact_times() {
    Bench::new(
        "a:string",
        "[[field]]\nat = 'a'\nis = 'issueDateTime'\nformat = 'compact'",
    )
    .both_ways(
        "<m><a>20240502222906000</a></m>",
        json!({"issueDateTime": "2024-05-02T22:29:06"}),
    );
}

#[test]
fn times_of_edifact() {
    let bench = Bench::new(
        "a:string",
        "[[field]]\nat = 'a'\nis = 'issueDateTime'\nformat = 'edifact'",
    );
    let canonical = |text: &str| json!({"issueDateTime": text});
    bench.both_ways("<m><a>20240502</a></m>", canonical("2024-05-02"));
    bench.both_ways(
        "<m><a>20240502222906Z</a></m>",
        canonical("2024-05-02T22:29:06Z"),
    );
    let (json, findings, _) = bench.decode_json("<m><a>20240502222906+03</a></m>");
    assert_eq!(json, canonical("2024-05-02T22:29:06+03:00"));
    assert!(findings.is_empty(), "{findings:?}");
    // No zone, half a date, no digits, hours that no zone has.
    for text in [
        "20240502222906",
        "202405",
        "2024-05-02",
        "20240502222906+99",
    ] {
        let (_, findings, _) = bench.decode_json(&format!("<m><a>{text}</a></m>"));
        assert_eq!(findings[0].code, "MAP_VALUE_FORM", "{text}");
    }
}

#[test]
fn date_and_time_apart() {
    let bench = Bench::new(
        "d?:string t?:string",
        "[[field]]\nat = ['d', 't']\nwith = 'T'\nis = 'goodsShipment.consignment.arrivalDateTime'",
    );
    let canonical =
        |text: &str| json!({"goodsShipment": {"consignment": {"arrivalDateTime": text}}});
    bench.both_ways(
        "<m><d>2024-05-09</d><t>10:00:00</t></m>",
        canonical("2024-05-09T10:00:00"),
    );
    bench.both_ways("<m><d>2024-05-09</d></m>", canonical("2024-05-09"));
}

#[test]
fn flags_in_any_words() {
    let map = "[[field]]\nat = 'a'\nis = 'bindingItineraryIndicator'\ntrue = 'J'\nfalse = 'N'";
    let bench = Bench::new("a:string", map);
    bench.both_ways(
        "<m><a>J</a></m>",
        json!({"bindingItineraryIndicator": true}),
    );
    let (_, findings, _) = bench.decode_json("<m><a>X</a></m>");
    assert_eq!(findings[0].code, "MAP_VALUE_FORM");
}

#[test]
fn a_default_is_listed_as_supplied() {
    let bench = Bench::new(
        "a:string b:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\n\
         [[field]]\nat = 'b'\nis = 'goodsShipment.consignment.containerIndicator'\ndefault = '0'\n\
         true = '1'\nfalse = '0'",
    );
    let encoded = bench.through("<m><a>U</a></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a>U</a><b>0</b></m>");
    assert_eq!(encoded.supplied[0].path, "b");
    assert_eq!(encoded.supplied[0].by, SuppliedBy::Package);
    let said = bench.through("<m><a>U</a><b>1</b></m>", &open_lane());
    assert!(said.supplied.is_empty());
}
