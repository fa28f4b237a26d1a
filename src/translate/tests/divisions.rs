//! `each` and `of`: elements that stand once for each entry of a list.

use serde_json::json;

use super::*;

/// Shipments with parties and items of their own, as in R.048.
const XSD: &str = "s*{ o?:string c?:string p?{ n?:string a*:string } d?:string g?:string \
                   i+{ n?:string t:string k*:string } }";

const SHIPMENTS: &str = "
    [[group]]
    at = 's'
    is = 'goodsShipment'
    each = 'houses'
    field = [
      { at = 'o', number = 'parent' },
      { at = 'c', is = 'houses.exportCountry', when = { is = 'houses.exportCountry', present = true } },
      { at = 'c', is = 'exportCountry' },
      { at = 'g', is = 'houses.grossMass', unit = 'kg' },
    ]
    [[group.group]]
    at = 'p'
    is = 'houses.consignor'
    field = [{ at = 'n', is = 'name' }]
    [[group.group.group]]
    at = 'a'
    is = 'addresses'
    field = [{ at = '.', is = 'city' }]
    [[group.group]]
    at = 'p'
    is = 'consignor'
    when = { is = '/goodsShipment.houses.consignor', present = false }
    field = [{ at = 'n', is = 'name' }]
    [[group.group.group]]
    at = 'a'
    is = 'addresses'
    field = [{ at = '.', is = 'city' }]
    [[group.group]]
    at = 'd'
    is = 'houses.documents'
    field = [{ at = '.', is = 'id' }]
    [[group.group]]
    at = 'd'
    is = 'consignment.documents'
    when = { is = '/goodsShipment.houses.documents', present = false }
    field = [{ at = '.', is = 'id' }]
    [[group.group]]
    at = 'i'
    is = 'items'
    of = 'houseNumeric'
    field = [
      { at = 'n', is = 'sequenceNumeric', number = 'division' },
      { at = 't', is = 'commodity.description' },
    ]
    [[group.group.pivot]]
    at = 'k'
    is = '/goodsShipment.consignment.transportEquipment'
    by = 'id'
    refs = 'goodsReferences'
    ref = 'sequenceNumeric'
    field = [{ at = '.', is = 'id' }]
";

fn bench() -> Bench {
    Bench::new(XSD, SHIPMENTS)
}

#[test]
fn each_of_several_elements_is_an_entry() {
    bench().both_ways(
        "<m><s><o>1</o><c>CN</c><p><n>A</n><a>X</a><a>Y</a></p><d>W1</d><g>10</g>\
         <i><n>1</n><t>tea</t><k>C1</k></i><i><n>2</n><t>cups</t></i></s>\
         <s><o>2</o><c>MN</c><p><n>B</n><a>Z</a></p><d>W2</d><g>5.5</g>\
         <i><n>1</n><t>wool</t><k>C2</k></i></s></m>",
        json!({"goodsShipment": {
            "consignment": {"transportEquipment": [
                {"id": "C1", "goodsReferences": [{"sequenceNumeric": 1}]},
                {"id": "C2", "goodsReferences": [{"sequenceNumeric": 3}]},
            ]},
            "houses": [
                {"exportCountry": "CN", "grossMass": {"value": "10", "unit": "kg"},
                 "consignor": {"name": "A", "addresses": [{"city": "X"}, {"city": "Y"}]},
                 "documents": [{"id": "W1"}]},
                {"exportCountry": "MN", "grossMass": {"value": "5.5", "unit": "kg"},
                 "consignor": {"name": "B", "addresses": [{"city": "Z"}]},
                 "documents": [{"id": "W2"}]},
            ],
            "items": [
                {"sequenceNumeric": 1, "houseNumeric": 1, "commodity": {"description": "tea"}},
                {"sequenceNumeric": 2, "houseNumeric": 1, "commodity": {"description": "cups"}},
                {"sequenceNumeric": 3, "houseNumeric": 2, "commodity": {"description": "wool"}},
            ],
        }}),
    );
}

#[test]
fn a_single_element_is_the_whole() {
    bench().both_ways(
        "<m><s><o>1</o><c>CN</c><p><n>A</n><a>X</a></p><d>W1</d>\
         <i><n>1</n><t>tea</t></i></s></m>",
        json!({"goodsShipment": {
            "exportCountry": "CN",
            "consignor": {"name": "A", "addresses": [{"city": "X"}]},
            "consignment": {"documents": [{"id": "W1"}]},
            "items": [{"sequenceNumeric": 1, "commodity": {"description": "tea"}}],
        }}),
    );
}

#[test]
fn what_all_say_alike_is_of_the_whole() {
    let party = "<p><n>A</n><a>X</a><a>Y</a></p>";
    let message = format!(
        "<m><s><o>1</o><c>CN</c>{party}<d>W1</d><i><n>1</n><t>tea</t></i></s>\
         <s><o>2</o><c>CN</c>{party}<d>W1</d><i><n>1</n><t>wool</t></i></s></m>"
    );
    bench().both_ways(
        &message,
        json!({"goodsShipment": {
            "exportCountry": "CN",
            "consignor": {"name": "A", "addresses": [{"city": "X"}, {"city": "Y"}]},
            "consignment": {"documents": [{"id": "W1"}]},
            "houses": [{}, {}],
            "items": [
                {"sequenceNumeric": 1, "houseNumeric": 1, "commodity": {"description": "tea"}},
                {"sequenceNumeric": 2, "houseNumeric": 2, "commodity": {"description": "wool"}},
            ],
        }}),
    );
    // Of three, one that says nothing says it not alike: the two others keep theirs.
    let message = "<m><s><c>CN</c><i><t>a</t></i></s><s><c>CN</c><i><t>b</t></i></s>\
                   <s><i><t>c</t></i></s></m>";
    let (canonical, findings, unmapped) = bench().decode_json(message);
    assert_eq!((findings, unmapped), (vec![], vec![]));
    assert_eq!(canonical["goodsShipment"]["exportCountry"], Value::Null);
    assert_eq!(
        canonical["goodsShipment"]["houses"],
        json!([{"exportCountry": "CN"}, {"exportCountry": "CN"}, {}])
    );
}

#[test]
fn a_number_that_counts_neither_anew_nor_on_is_kept() {
    let message = "<m><s><i><n>1</n><t>a</t></i></s><s><i><n>2</n><t>b</t></i></s>\
                   <s><i><n>7</n><t>c</t></i></s></m>";
    let (canonical, _, unmapped) = bench().decode_json(message);
    assert_eq!(unmapped, ["/m/s[3]/i/n"]);
    let numbers: Vec<&Value> = canonical["goodsShipment"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["sequenceNumeric"])
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn what_the_mapping_reads_of_the_whole_alone_conflicts() {
    let map = "
        [[group]]
        at = 's'
        is = 'goodsShipment'
        each = 'houses'
        field = [{ at = 'c', is = 'exportCountry' }]
        [[group.group]]
        at = 'i'
        is = 'items'
        of = 'houseNumeric'
        field = [{ at = 't', is = 'commodity.description' }]";
    let (_, findings, unmapped) = Bench::new(XSD, map)
        .decode_json("<m><s><c>CN</c><i><t>a</t></i></s><s><c>MN</c><i><t>b</t></i></s></m>");
    assert_eq!(findings[0].code, "MAP_VALUE_CONFLICT");
    assert_eq!(unmapped, ["/m/s[2]/c"]);
}

/// Sums are those of the entry's own items.
#[test]
fn a_sum_is_of_one_division() {
    let map = "
        [[group]]
        at = 'h'
        is = 'goodsShipment.houses'
        field = [
          { at = 'n', is = 'ucr' },
          { at = 'g', is = 'grossMass', unit = 'kg', sum = '/goodsShipment.items.grossMass' },
        ]
        [[group.group]]
        at = 'i'
        is = '/goodsShipment.items'
        of = 'houseNumeric'
        field = [{ at = 'g', is = 'grossMass', unit = 'kg' }]";
    let bench = Bench::new("h*{ n?:string g?:decimal i*{ g?:decimal } }", map);
    let encoded = bench.through(
        "<m><h><n>a</n><i><g>1</g></i><i><g>2.5</g></i></h><h><n>b</n><i><g>4</g></i></h></m>",
        &open_lane(),
    );
    assert_eq!(
        text(&encoded),
        "<m><h><n>a</n><g>3.5</g><i><g>1</g></i><i><g>2.5</g></i></h>\
         <h><n>b</n><g>4</g><i><g>4</g></i></h></m>"
    );
    let held = bench.through(
        "<m><h><n>a</n><i><g>1</g></i></h><h><n>b</n><g>7</g><i/></h><h><n>c</n><i/></h></m>",
        &open_lane(),
    );
    assert_eq!(held.severity(), Severity::Hold);
}

/// Time grows with the message, not with its square.
#[test]
fn many_entries_with_items_of_their_own() {
    let shipments: String = (1..=4_000)
        .map(|number| {
            format!("<s><o>{number}</o><p><n>P{number}</n></p><i><n>1</n><t>T{number}</t></i></s>")
        })
        .collect();
    let message = format!("<m>{shipments}</m>");
    assert_eq!(text(&bench().through(&message, &open_lane())), message);
}
