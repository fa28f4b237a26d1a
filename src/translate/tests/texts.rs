//! Slices, lengths, sums, generated values: what a row does to its value.

use serde_json::json;

use super::*;

#[test]
fn slices_make_one_value() {
    let bench = Bench::new(
        "a:string b?:string",
        "
        [[field]]
        at = 'a'
        is = 'goodsShipment.ucr'
        slice = [0, 6]
        [[field]]
        at = 'b'
        is = 'goodsShipment.ucr'
        slice = [6, 8]",
    );
    bench.both_ways(
        "<m><a>870323</a><b>90</b></m>",
        json!({"goodsShipment": {"ucr": "87032390"}}),
    );
    bench.both_ways(
        "<m><a>870323</a></m>",
        json!({"goodsShipment": {"ucr": "870323"}}),
    );
}

#[test]
fn what_no_slice_takes_is_cut() {
    let bench = Bench::new(
        "w?:string a?:string b?:string",
        "
        [[field]]
        at = 'w'
        is = 'goodsShipment.ucr'
        decode_only = true
        [[field]]
        at = 'a'
        is = 'goodsShipment.ucr'
        slice = [0, 6]
        encode_only = true
        [[field]]
        at = 'b'
        is = 'goodsShipment.ucr'
        slice = [6, 8]
        encode_only = true",
    );
    let encoded = bench.through("<m><w>8703239089</w></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a>870323</a><b>90</b></m>");
    let losses: Vec<LossReason> = encoded.losses.iter().map(|loss| loss.reason).collect();
    assert_eq!(losses, [LossReason::Cut]);
}

/// The first two are taken as they stand, for the others the element is visited.
#[test]
fn a_value_is_the_same_however_it_is_written() {
    let bench = Bench::new("a:string", "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'");
    for written in [
        "<a>FI</a>",
        "<a> FI\n</a>",
        "<a>F&#73;</a>",
        "<a><![CDATA[FI]]></a>",
        "<a>F<!--c-->I</a>",
        "<a xmlns:x='urn:x'>FI</a>",
    ] {
        let (json, findings, kept) = bench.decode_json(&format!("<m>{written}</m>"));
        assert_eq!(json, json!({"goodsShipment": {"ucr": "FI"}}), "{written}");
        assert!(findings.is_empty() && kept.is_empty(), "{written}");
    }
    for written in ["<a y='1'>FI</a>", "<a>FI<y>1</y></a>"] {
        let (_, _, kept) = bench.decode_json(&format!("<m>{written}</m>"));
        assert!(kept.iter().any(|path| path.ends_with('y')), "{kept:?}");
    }
}

#[test]
fn letters_and_lengths() {
    let bench = Bench::new(
        "a:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\ntransliterate = true\ncut = 5",
    );
    let encoded = bench.through("<m><a>Щукин</a></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a>Shchu</a></m>");
    let losses: Vec<LossReason> = encoded.losses.iter().map(|loss| loss.reason).collect();
    assert_eq!(losses, [LossReason::Transliterated, LossReason::Cut]);
    assert!(
        bench
            .through("<m><a>Abc</a></m>", &open_lane())
            .losses
            .is_empty()
    );
}

#[test]
fn plates_keep_their_shape() {
    let map = "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\ntransliterate = 'look-alike'";
    let bench = Bench::new("a:string", map);
    let encoded = bench.through("<m><a>В525ОР178</a></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><a>B525OP178</a></m>");
    let losses: Vec<LossReason> = encoded.losses.iter().map(|loss| loss.reason).collect();
    assert_eq!(losses, [LossReason::Transliterated]);
    // The Latin form stays what it is: nobody guesses the Cyrillic one.
    bench.both_ways(
        "<m><a>B525OP178</a></m>",
        json!({"goodsShipment": {"ucr": "B525OP178"}}),
    );
    let twin = Bench::new("a:string", &map.replace("look-alike", "look-like"));
    let faults = twin.faults();
    assert!(faults[0].contains("map.toml:4"), "{faults:?}");
    assert!(faults[0].contains("look-alike"), "{faults:?}");
}

#[test]
fn a_cut_never_splits_a_character() {
    let bench = Bench::new(
        "a:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\ncut = 3",
    );
    assert_eq!(
        text(&bench.through("<m><a>ÄÖÜß</a></m>", &open_lane())),
        "<m><a>ÄÖÜ</a></m>"
    );
}

#[test]
fn long_texts_in_pieces() {
    let bench = Bench::new(
        "a2:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\nchunk = 3",
    );
    bench.both_ways(
        "<m><a>абв</a><a>гд</a></m>",
        json!({"goodsShipment": {"ucr": "абвгд"}}),
    );
}

#[test]
fn several_values_in_one_place() {
    let bench = Bench::new(
        "g{ s?:string h?:string a?:string }",
        "
        [[field]]
        at = 'g/s'
        is = 'goodsShipment.consignment.destinationAddress.street'
        decode_only = true
        [[field]]
        at = 'g/h'
        is = 'goodsShipment.consignment.destinationAddress.building'
        decode_only = true
        [[field]]
        at = 'g/a'
        is = ['goodsShipment.consignment.destinationAddress.street', 'goodsShipment.consignment.destinationAddress.building']
        with = ', '
        encode_only = true",
    );
    let encoded = bench.through("<m><g><s>Main</s><h>1</h></g></m>", &open_lane());
    assert_eq!(text(&encoded), "<m><g><a>Main, 1</a></g></m>");
    assert!(encoded.losses.is_empty());
}

#[test]
fn sums_and_counts() {
    let bench = Bench::new(
        "t:decimal n:string g*{ w?:decimal d:string }",
        "
        [[field]]
        at = 't'
        is = 'totalGrossMass'
        sum = 'goodsShipment.items.grossMass'
        unit = 'kg'
        decode_only = false
        [[field]]
        at = 'n'
        count = 'goodsShipment.items'
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'w'
        is = 'grossMass'
        unit = 'kg'
        [[group.field]]
        at = 'd'
        is = 'commodity.description'",
    );
    let whole = "<m><t>3</t><n>2</n><g><w>1</w><d>x</d></g><g><w>2</w><d>y</d></g></m>";
    assert_eq!(text(&bench.through(whole, &open_lane())), whole);
    let open = "<m><n>3</n><g><w>1.5</w><d>x</d></g><g><w>2</w><d>y</d></g></m>";
    let encoded = bench.through(open, &open_lane());
    assert!(text(&encoded).starts_with("<m><t>3.5</t><n>2</n>"));
    let (_, findings, _) = bench.decode_json(open);
    assert_eq!(findings[0].code, "MAP_COUNT_DIFFERS");
    let holes = "<m><n>2</n><g><w>1.5</w><d>x</d></g><g><d>y</d></g></m>";
    let held = bench.through(holes, &open_lane());
    assert_eq!(held.xml, None);
    assert_eq!(held.findings[0].code, "MAP_SUM_PART_MISSING");
    assert_eq!(held.findings[0].severity, Severity::Hold);
    assert_eq!(held.findings[0].source.as_ref().unwrap().path, "/m/g[2]");
    assert_eq!(held.findings[0].target_path.as_deref(), Some("t"));
}

#[test]
fn said_by_all_is_said_once() {
    let bench = Bench::new(
        "c?:string g*{ c?:string d:string }",
        "
        [[field]]
        at = 'c'
        is = 'goodsShipment.destinationCountry'
        hoist = 'goodsShipment.items.destinationCountry'
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'c'
        is = 'destinationCountry'
        decode_only = true
        [[group.field]]
        at = 'd'
        is = 'commodity.description'",
    );
    let same = "<m><g><c>FI</c><d>x</d></g><g><c>FI</c><d>y</d></g></m>";
    let encoded = bench.through(same, &open_lane());
    assert_eq!(
        text(&encoded),
        "<m><c>FI</c><g><d>x</d></g><g><d>y</d></g></m>"
    );
    assert!(encoded.losses.is_empty());
    let differ = "<m><g><c>FI</c><d>x</d></g><g><c>EE</c><d>y</d></g></m>";
    let encoded = bench.through(differ, &open_lane());
    assert_eq!(text(&encoded), "<m><g><d>x</d></g><g><d>y</d></g></m>");
    assert_eq!(encoded.losses.len(), 2);
}

#[test]
fn generated_values_are_the_contexts() {
    let bench = Bench::new(
        "a:string b:string c:string d:string",
        "
        [[field]]
        at = 'a'
        generate = 'document-id'
        is = 'documentId'
        [[field]]
        at = 'b'
        generate = 'message-id'
        [[field]]
        at = 'c'
        generate = 'lrn'
        [[field]]
        at = 'd'
        generate = 'now'
        format = 'local'",
    );
    let message = "<m><a>X</a><b>Y</b><c>Z</c><d>2020-01-01T00:00:00</d></m>";
    let rules = lane("zone = 'Europe/Helsinki'");
    let first = bench.through(message, &rules);
    assert_eq!(
        text(&first),
        "<m><a>00000000-0000-0000-0000-000000001234</a><b>00000000000000000000000000001234</b>\
         <c>0000000000000000001234</c><d>2026-03-01T11:30:00</d></m>"
    );
    assert_eq!(bench.through(message, &rules).xml, first.xml);
}

#[test]
fn qualified_rows() {
    let bench = Bench::new(
        "r?{ i:string } k?{ i:string }",
        "
        [[field]]
        at = 'r/i'
        is = 'declarant.taxId'
        where = { 'declarant.idScheme' = 'RU' }
        [[field]]
        at = 'k/i'
        is = 'declarant.taxId'
        where = { 'declarant.idScheme' = 'KZ' }",
    );
    bench.both_ways(
        "<m><k><i>123</i></k></m>",
        json!({"declarant": {"taxId": "123", "idScheme": "KZ"}}),
    );
}

#[test]
fn a_movement_reference_number_must_be_right() {
    let bench = Bench::new("a:string", "[[field]]\nat = 'a'\nis = 'mrn'");
    bench.both_ways(
        "<m><a>26ITQU71A000012343</a></m>",
        json!({"mrn": "26ITQU71A000012343"}),
    );
    let (canonical, findings, unmapped) = bench.decode_json("<m><a>26ITQU71A000012344</a></m>");
    assert_eq!(canonical, json!({}));
    assert_eq!(findings[0].code, "MODEL_MRN_CHECK_DIGIT");
    assert_eq!(unmapped, ["/m/a"]);
}

#[test]
fn nothing_is_forgotten() {
    let bench = Bench::new(
        "a?:string b?{ c:string @d?:string } e?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.ucr'\n\
         [[ignore]]\nat = 'e'\nreason = 'repeats a'",
    );
    let encoded = bench.through(
        "<m><a>1</a><b d=\"2\"><c>3</c></b><e>1</e></m>",
        &open_lane(),
    );
    let losses: Vec<&str> = encoded
        .losses
        .iter()
        .map(|loss| loss.path.as_str())
        .collect();
    assert_eq!(losses, ["/m/b/@d", "/m/b/c"]);
    assert!(
        encoded
            .losses
            .iter()
            .all(|loss| loss.reason == LossReason::NoTarget)
    );
}
