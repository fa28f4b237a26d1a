//! `[[group]]`, pivots, routes and what goes with them.

use serde_json::json;

use super::*;

const ITEMS: &str = "
    [[group]]
    at = 'i'
    is = 'goodsShipment.items'
    [[group.field]]
    at = 'n'
    is = 'sequenceNumeric'
";

#[test]
fn groups_nest_and_share_the_steps_before_the_last() {
    Bench::new(
        "h?{ i*{ n:string d*{ k:string } } }",
        "
        [[group]]
        at = 'h/i'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'n'
        is = 'sequenceNumeric'
        [[group.group]]
        at = 'd'
        is = 'documents'
        [[group.group.field]]
        at = 'k'
        is = 'id'",
    )
    .both_ways(
        "<m><h><i><n>1</n><d><k>a</k></d><d><k>b</k></d></i><i><n>2</n></i></h></m>",
        json!({"goodsShipment": {"items": [
            {"sequenceNumeric": 1, "documents": [{"id": "a"}, {"id": "b"}]},
            {"sequenceNumeric": 2},
        ]}}),
    );
}

#[test]
fn objects_of_joined_parts_alone_stay_apart() {
    Bench::new(
        "d*{ c:string t:string }",
        "
        [[group]]
        at = 'd'
        is = 'goodsShipment.documents'
        [[group.field]]
        at = 'c'
        is = 'typeCode'
        slice = [0, 1]
        [[group.field]]
        at = 't'
        is = 'typeCode'
        slice = [1, 4]",
    )
    .both_ways(
        "<m><d><c>N</c><t>380</t></d><d><c>C</c><t>505</t></d></m>",
        json!({"goodsShipment": {"documents": [{"typeCode": "N380"}, {"typeCode": "C505"}]}}),
    );
}

#[test]
fn what_is_only_read_is_not_the_text_of_a_group() {
    let bench = Bench::new(
        "d*:string s*:string",
        "
        [[field]]
        at = 'd'
        is = 'executionPlace'
        decode_only = true
        [[group]]
        at = 'd'
        is = 'goodsShipment.additionalInformation'
        encode_only = true
        [[group.field]]
        at = '.'
        is = 'text'
        [[group]]
        at = 's'
        is = 'goodsShipment.additionalInformation'
        decode_only = true
        [[group.field]]
        at = '.'
        is = 'text'",
    );
    let encoded = bench.through("<m><d>X</d><s>a</s><s>b</s></m>", &open_lane());
    let xml = String::from_utf8(encoded.xml.unwrap()).unwrap();
    assert!(xml.contains("<d>a</d><d>b</d>"), "{xml}");
    assert!(!xml.contains('X'), "{xml}");
}

#[test]
fn groups_that_were_several_become_one_list() {
    let bench = Bench::new(
        "h*{ i*{ n:string } }",
        "
        [[group]]
        at = 'h/i'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'n'
        is = 'sequenceNumeric'",
    );
    let (canonical, findings, _) =
        bench.decode_json("<m><h><i><n>1</n></i></h><h><i><n>2</n></i></h></m>");
    assert_eq!(findings[0].code, "MAP_GROUPS_JOINED");
    assert_eq!(canonical["goodsShipment"]["items"][1]["sequenceNumeric"], 2);
}

#[test]
fn containers_per_item_are_equipment_per_consignment() {
    let map = format!(
        "{ITEMS}
        [[group.pivot]]
        at = 'c/x'
        is = '/goodsShipment.consignment.transportEquipment'
        by = 'id'
        refs = 'goodsReferences'
        ref = 'sequenceNumeric'
        [[group.pivot.field]]
        at = 'id'
        is = 'id'"
    );
    Bench::new("i*{ n:string c?{ x*{ id:string } } }", &map).both_ways(
        "<m><i><n>1</n><c><x><id>TKRU4073186</id></x></c></i>\
         <i><n>2</n><c><x><id>TKRU4073186</id></x><x><id>CXDU1204566</id></x></c></i></m>",
        json!({"goodsShipment": {
            "consignment": {"transportEquipment": [
                {"id": "TKRU4073186",
                 "goodsReferences": [{"sequenceNumeric": 1}, {"sequenceNumeric": 2}]},
                {"id": "CXDU1204566", "goodsReferences": [{"sequenceNumeric": 2}]},
            ]},
            "items": [{"sequenceNumeric": 1}, {"sequenceNumeric": 2}],
        }}),
    );
}

const EQUIPMENT: &str = "
    [[group]]
    at = 's'
    is = 'goodsShipment.consignment.seals'
    decode_only = true
    [[group.field]]
    at = '.'
    is = 'id'
    [[group]]
    at = 'e'
    is = 'goodsShipment.consignment.transportEquipment'
    adopt = { from = 'goodsShipment.consignment.seals', into = 'seals', key = 'id', spread = 'single' }
    [[group.field]]
    at = 'id'
    is = 'id'
    [[group.field]]
    at = 'n'
    count = 'seals'
    [[group.group]]
    at = 's'
    is = 'seals'
    [[group.group.field]]
    at = 'n'
    number = 'parent'
    [[group.group.field]]
    at = 'i'
    is = 'id'
";
const EQUIPMENT_XSD: &str = "s*:string e*{ id?:string n:string s*{ n:string i:string } }";

#[test]
fn equipment_that_a_group_has_named_is_the_one_that_items_refer_to() {
    let bench = Bench::new(
        "e*{ id?:string k?:string } i*{ n:string c*{ id:string } }",
        "
        [[group]]
        at = 'e'
        is = 'goodsShipment.consignment.transportEquipment'
        [[group.field]]
        at = 'id'
        is = 'id'
        [[group.field]]
        at = 'k'
        is = 'characteristicCode'
        [[group]]
        at = 'i'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'n'
        is = 'sequenceNumeric'
        [[group.pivot]]
        at = 'c'
        is = '/goodsShipment.consignment.transportEquipment'
        by = 'id'
        refs = 'goodsReferences'
        ref = 'sequenceNumeric'
        [[group.pivot.field]]
        at = 'id'
        is = 'id'",
    );
    let (canonical, findings, _) = bench.decode_json(
        "<m><e><k>x</k></e><e><id>A</id><k>y</k></e><i><n>1</n><c><id>A</id></c></i>\
         <i><n>2</n><c><id>A</id></c><c><id>B</id></c></i></m>",
    );
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        canonical["goodsShipment"]["consignment"]["transportEquipment"],
        json!([
            {"characteristicCode": "x"},
            {"id": "A", "characteristicCode": "y",
             "goodsReferences": [{"sequenceNumeric": 1}, {"sequenceNumeric": 2}]},
            {"id": "B", "goodsReferences": [{"sequenceNumeric": 2}]},
        ])
    );
}

#[test]
fn seals_in_equipment_and_loose() {
    let bench = Bench::new(EQUIPMENT_XSD, EQUIPMENT);
    bench.both_ways(
        "<m><e><id>A</id><n>1</n><s><n>1</n><i>S1</i></s></e></m>",
        json!({"goodsShipment": {"consignment": {"transportEquipment": [
            {"id": "A", "seals": [{"id": "S1"}]},
        ]}}}),
    );
    // Seals of no container stand in an equipment without a number, and are loose in the model.
    bench.both_ways(
        "<m><e><n>2</n><s><n>1</n><i>S1</i></s><s><n>2</n><i>S2</i></s></e></m>",
        json!({"goodsShipment": {"consignment": {"seals": [{"id": "S1"}, {"id": "S2"}]}}}),
    );
    let single = bench.through("<m><s>S1</s><e><id>A</id><n>0</n></e></m>", &open_lane());
    assert_eq!(
        text(&single),
        "<m><e><id>A</id><n>1</n><s><n>1</n><i>S1</i></s></e></m>"
    );
    assert!(single.losses.is_empty());
}

#[test]
fn seals_of_several_containers_are_not_guessed() {
    let bench = Bench::new(EQUIPMENT_XSD, EQUIPMENT);
    let message = "<m><s>S1</s><e><id>A</id><n>0</n></e><e><id>B</id><n>0</n></e></m>";
    let encoded = bench.through(message, &open_lane());
    assert_eq!(encoded.xml, None);
    let found = encoded
        .findings
        .iter()
        .find(|f| f.code == "MAP_SPREAD_UNKNOWN")
        .unwrap();
    assert_eq!(found.severity, Severity::Hold);
    assert_eq!(found.source.as_ref().unwrap().path, "/m/s");
}

#[test]
fn lists_are_gathered_once_each() {
    let map = format!(
        "
        [[group]]
        at = 't'
        is = 'goodsShipment.documents'
        gather = ['goodsShipment.items.documents']
        distinct = ['typeCode', 'id']
        [[group.field]]
        at = 'k'
        is = 'typeCode'
        [[group.field]]
        at = 'id'
        is = 'id'
        {ITEMS}
        [[group.group]]
        at = 'd'
        is = 'documents'
        decode_only = true
        [[group.group.field]]
        at = 'k'
        is = 'typeCode'
        [[group.group.field]]
        at = 'id'
        is = 'id'"
    );
    let bench = Bench::new(
        "t*{ k:string id:string } i*{ n:string d*{ k:string id:string } }",
        &map,
    );
    let encoded = bench.through(
        "<m><i><n>1</n><d><k>02015</k><id>7</id></d></i>\
         <i><n>2</n><d><k>02015</k><id>7</id></d><d><k>04021</k><id>8</id></d></i></m>",
        &open_lane(),
    );
    assert_eq!(
        text(&encoded),
        "<m><t><k>02015</k><id>7</id></t><t><k>04021</k><id>8</id></t><i><n>1</n></i><i><n>2</n></i></m>"
    );
    assert!(encoded.losses.is_empty(), "{:#?}", encoded.losses);
}

const BRANCHES: &str = "
        [[group.route]]
        is = 'documents'
        on = 'typeCode'
        by = 'kind:branch'
        [[group.route.branch]]
        kind = ['transport']
        at = 't'
        [[group.route.branch.field]]
        at = 'k'
        is = 'typeCode'
        code = 'kind:eu'
        [[group.route.branch.field]]
        at = 'id'
        is = 'id'
        [[group.route.branch]]
        kind = ['supporting', 'other']
        at = 's'
        needs = ['typeCode', 'id']
        [[group.route.branch.field]]
        at = 'k'
        is = 'typeCode'
        code = 'kind:eu'
        [[group.route.branch.field]]
        at = 'id'
        is = 'id'
        [[group.group]]
        at = 'd'
        is = 'documents'
        decode_only = true
        [[group.group.field]]
        at = 'k'
        is = 'typeCode'
        code = 'kind:eaeu'
        [[group.group.field]]
        at = 'id'
        is = 'id'";

#[test]
fn a_list_branches_by_kind() {
    let map = format!("{ITEMS}{BRANCHES}");
    let bench = Bench::new(
        "i*{ n:string d*{ k:string id?:string } s*{ k:string id:string } t*{ k:string id:string } }",
        &map,
    );
    bench.write(
        "codelists/kind.toml",
        "name = 'kind'\ncolumns = ['eaeu', 'eu', 'branch']\n\
         rows = [['02015', 'N730', 'transport'], ['04021', 'N380', 'supporting']]",
    );
    let kind = |code: &str| json!({"value": code, "list": "kind:eu"});
    bench.both_ways(
        "<m><i><n>1</n><s><k>N380</k><id>8</id></s><t><k>N730</k><id>7</id></t></i></m>",
        json!({"goodsShipment": {"items": [{"sequenceNumeric": 1, "documents": [
            {"typeCode": kind("N380"), "id": "8"}, {"typeCode": kind("N730"), "id": "7"},
        ]}]}}),
    );
    let encoded = bench.through(
        "<m><i><n>1</n><d><k>04021</k><id>8</id></d><d><k>09023</k><id>9</id></d>\
         <d><k>04021</k></d><d><k>02015</k><id>7</id></d></i></m>",
        &open_lane(),
    );
    assert_eq!(
        text(&encoded),
        "<m><i><n>1</n><s><k>N380</k><id>8</id></s><t><k>N730</k><id>7</id></t></i></m>"
    );
    let losses: Vec<(&str, LossReason)> = encoded
        .losses
        .iter()
        .map(|loss| (loss.path.as_str(), loss.reason))
        .collect();
    assert_eq!(
        losses,
        [
            ("/m/i/d[2]/k", LossReason::CodeUnmapped),
            ("/m/i/d[2]/id", LossReason::CodeUnmapped),
            ("/m/i/d[3]/k", LossReason::NoTarget),
        ]
    );
}

#[test]
fn as_the_declarant() {
    let party = |at: &str, is: &str, more: &str| {
        format!(
            "[[group]]\nat = '{at}'\nis = '{is}'\n{more}\n\
             [[group.field]]\nat = 'n'\nis = 'name'\n\
             [[group.group]]\nat = 'a'\nis = 'addresses'\n\
             [[group.group.field]]\nat = 'c'\nis = 'country'\n"
        )
    };
    let same = "same_as = { at = 'e', is = '/declarant' }";
    let map = party("d", "declarant", "") + &party("c", "goodsShipment.consignee", same);
    let bench = Bench::new(
        "d{ n?:string a*{ c:string } } c?{ n?:string a*{ c:string } e?:boolean }",
        &map,
    );
    let declarant = json!({"name": "N", "addresses": [{"country": "KZ"}]});
    bench.both_ways(
        "<m><d><n>N</n><a><c>KZ</c></a></d><c><e>true</e></c></m>",
        json!({"declarant": declarant, "goodsShipment": {"consignee": declarant}}),
    );
    bench.both_ways(
        "<m><d><n>N</n></d><c><n>O</n></c></m>",
        json!({"declarant": {"name": "N"}, "goodsShipment": {"consignee": {"name": "O"}}}),
    );
}

#[test]
fn of_what_exceeds_the_schema_the_rest_is_cut() {
    let bench = Bench::new(
        "s2:string t*:string",
        "
        [[group]]
        at = 's'
        is = 'goodsShipment.consignment.seals'
        encode_only = true
        [[group.field]]
        at = '.'
        is = 'id'
        [[group]]
        at = 't'
        is = 'goodsShipment.consignment.seals'
        decode_only = true
        [[group.field]]
        at = '.'
        is = 'id'",
    );
    let rules = lane("[severity]\n'goodsShipment.consignment.seals' = 'note'");
    let encoded = bench.through("<m><t>A</t><t>B</t><t>C</t></m>", &rules);
    assert_eq!(text(&encoded), "<m><s>A</s><s>B</s></m>");
    assert_eq!(encoded.losses[0].reason, LossReason::Cut);
    assert_eq!(encoded.losses[0].path, "/m/t[3]");
}

#[test]
fn the_message_decides_where_it_says_so() {
    let bench = Bench::new(
        "p*{ q?:string k:string }",
        "
        [[group]]
        at = 'p'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'q'
        is = 'packageQuantity'
        when = { at = 'k', in = ['1'] }
        [[group.field]]
        at = 'k'
        is = 'packagingAvailabilityCode'",
    );
    let (canonical, _, unmapped) =
        bench.decode_json("<m><p><q>5</q><k>1</k></p><p><q>6</q><k>0</k></p></m>");
    assert_eq!(canonical["goodsShipment"]["items"][0]["packageQuantity"], 5);
    assert_eq!(
        canonical["goodsShipment"]["items"][1]["packageQuantity"],
        Value::Null
    );
    assert_eq!(unmapped, ["/m/p[2]/q"]);
}

/// Time grows with the message, not with its square: a hostile list of containers ends soon.
#[test]
fn many_items_with_a_container_each() {
    let map = format!(
        "{ITEMS}
        [[group.pivot]]
        at = 'c'
        is = '/goodsShipment.consignment.transportEquipment'
        by = 'id'
        refs = 'goodsReferences'
        ref = 'sequenceNumeric'
        [[group.pivot.field]]
        at = '.'
        is = 'id'"
    );
    let bench = Bench::new("i*{ n:string c*:string }", &map);
    let items: String = (1..=20_000)
        .map(|number| format!("<i><n>{number}</n><c>C{number}</c></i>"))
        .collect();
    let message = format!("<m>{items}</m>");
    assert_eq!(text(&bench.through(&message, &open_lane())), message);
}

#[test]
fn many_equipments_without_number() {
    let bench = Bench::new(EQUIPMENT_XSD, EQUIPMENT);
    let equipment: String = (1..=5_000)
        .map(|number| {
            let id = if number % 2 == 0 {
                format!("<id>A{number}</id>")
            } else {
                String::new()
            };
            format!("<e>{id}<n>1</n><s><n>1</n><i>S{number}</i></s></e>")
        })
        .collect();
    let (canonical, findings, _) = bench.decode_json(&format!("<m>{equipment}</m>"));
    assert_eq!(findings, []);
    let consignment = &canonical["goodsShipment"]["consignment"];
    assert_eq!(consignment["seals"].as_array().unwrap().len(), 2_500);
    assert_eq!(
        consignment["transportEquipment"].as_array().unwrap().len(),
        2_500
    );
    assert_eq!(consignment["transportEquipment"][1]["seals"][0]["id"], "S4");
}

#[test]
fn a_flood_of_findings_is_bounded() {
    let bench = Bench::new(
        "i*{ n:string d:string }",
        "[[group]]\nat = 'i'\nis = 'goodsShipment.items'\n\
         [[group.field]]\nat = 'n'\nis = 'sequenceNumeric'\n\
         [[group.field]]\nat = 'd'\nis = 'commodity.description'",
    );
    let items = "<i><n>1</n></i>".repeat(3_000);
    let held = bench.through(&format!("<m>{items}</m>"), &open_lane());
    assert_eq!(held.severity(), Severity::Hold);
    assert_eq!(held.findings.len(), FINDINGS_MAX);
}
