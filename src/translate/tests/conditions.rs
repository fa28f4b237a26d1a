//! What a row or group looks at before it writes, and what is left to the next one.

use super::*;

/// A condition that only chooses the place is not said by it: what reads the place sets something else.
#[test]
fn what_chooses_a_place_is_lost_where_the_place_does_not_say_it() {
    let map = "
        [[field]]
        at = 'p'
        is = 'declarant.taxId'
        where = { 'declarant.idScheme' = 'AM' }
        [[field]]
        at = 'p'
        is = 'declarant.taxId'
        encode_only = true
        where = { 'declarant.country' = 'AM' }
        when = { is = 'declarant.idScheme', present = false }
        [[field]]
        at = 'q'
        is = 'declarant.taxId'
        decode_only = true
        [[field]]
        at = 'r'
        is = 'declarant.country'
        decode_only = true";
    let made = |map: &str| {
        let bench = Bench::new("p?:string q?:string r?:string", map);
        bench.through("<m><q>7</q><r>AM</r></m>", &open_lane())
    };
    let lost = |map: &str| {
        let made = made(map);
        assert_eq!(text(&made), "<m><p>7</p></m>");
        let lost = made.losses.iter().map(|loss| loss.path.clone());
        lost.collect::<Vec<_>>()
    };
    assert_eq!(lost(map), ["/m/r"]);
    // Where the one that reads the place sets it, the place says it.
    let told = map.replace(
        "'declarant.idScheme' = 'AM' }",
        "'declarant.country' = 'AM' }",
    );
    assert!(lost(&told).is_empty());
}

/// What a place has room for goes there, and the rest goes to the other one.
#[test]
fn objects_that_stand_elsewhere_are_skipped() {
    let map = "
        [[group]]
        at = 'f'
        is = 'goodsShipment.documents'
        when = { is = 'typeCode', in = ['T'] }
        [[group.field]]
        at = 't'
        is = 'typeCode'
        [[group.field]]
        at = 'n'
        is = 'id'
        [[group]]
        at = 'r'
        is = 'goodsShipment.documents'
        encode_only = true
        skip = 1
        when = { is = 'typeCode', in = ['T'] }
        [[group.field]]
        at = 't'
        is = 'typeCode'
        [[group.field]]
        at = 'n'
        is = 'id'
        [[group]]
        at = 's'
        is = 'goodsShipment.documents'
        decode_only = true
        [[group.field]]
        at = 't'
        is = 'typeCode'
        [[group.field]]
        at = 'n'
        is = 'id'";
    let content = "f?{ t:string n:string } r*{ t:string n:string } s*{ t:string n:string }";
    let of = |all: &str| {
        let source = all.split(' ').map(|one| {
            let (kind, number) = one.split_at(1);
            format!("<s><t>{kind}</t><n>{number}</n></s>")
        });
        let source = format!("<m>{}</m>", source.collect::<String>());
        Bench::new(content, map).through(&source, &open_lane())
    };
    let made = of("T1 U2 T3 T4");
    assert_eq!(
        text(&made),
        "<m><f><t>T</t><n>1</n></f><r><t>T</t><n>3</n></r><r><t>T</t><n>4</n></r></m>"
    );
    let lost = made.losses.iter().map(|loss| loss.value.as_deref());
    assert_eq!(lost.collect::<Vec<_>>(), [Some("U"), Some("2")]);
    assert_eq!(text(&of("T1")), "<m><f><t>T</t><n>1</n></f></m>");
    let both = map.replace("encode_only = true\n        skip", "skip");
    let faults = Bench::new(content, &both).faults();
    assert!(
        faults.iter().any(|fault| fault.contains("`skip`")),
        "{faults:?}"
    );
}

#[test]
fn a_condition_looks_at_how_a_value_begins() {
    let map = "
        [[field]]
        at = 'n'
        is = 'declarant.id'
        [[field]]
        at = 'c'
        is = 'declarant.id'
        slice = [0, 2]
        encode_only = true
        when = { is = 'declarant.id', begins = ['FI', 'SE'] }";
    let content = "n?:string c?:string";
    for (number, country) in [
        ("FI12", "<c>FI</c>"),
        ("SE1", "<c>SE</c>"),
        ("12FI", ""),
        ("F", ""),
    ] {
        let message = format!("<m><n>{number}</n></m>");
        let made = Bench::new(content, map).through(&message, &open_lane());
        assert_eq!(text(&made), format!("<m><n>{number}</n>{country}</m>"));
        assert!(made.losses.is_empty(), "{:?}", made.losses);
    }
    let message = map.replace("is = 'declarant.id', begins", "at = 'n', begins");
    let faults = Bench::new(content, &message).faults();
    assert!(
        faults.iter().any(|fault| fault.contains("`begins`")),
        "{faults:?}"
    );
}

#[test]
fn what_no_row_fills_is_named_at_the_group_that_it_stands_in() {
    let map = "
        [[group]]
        at = 'd'
        is = 'goodsShipment.documents'
        [[group.field]]
        at = 'n'
        is = 'id'";
    let faults = Bench::new("d*{ n:string t:string }", map).faults();
    assert_eq!(
        faults,
        ["t/m/1/map.toml:2: the schema demands `d/t`, and no row fills it"]
    );
    assert!(
        Bench::new("d*{ n:string t?:string }", map)
            .faults()
            .is_empty()
    );
}
