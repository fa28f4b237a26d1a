//! No value leaves without a name: what a mapping checks, numbers, generates or says twice.

use super::*;

/// The paths of the losses, with their reasons.
fn lost(encoded: &Encoded) -> Vec<(&str, LossReason)> {
    let losses = encoded.losses.iter();
    losses
        .map(|loss| (loss.path.as_str(), loss.reason))
        .collect()
}

fn rows(map: &str) -> Bench {
    Bench::new("c?:string n?:string g*{ n:string d:string }", map)
}

const GOODS: &str = "
    [[group]]
    at = 'g'
    is = 'goodsShipment.items'
    [[group.field]]
    at = 'n'
    number = 'parent'
    [[group.field]]
    at = 'd'
    is = 'commodity.description'";

#[test]
fn another_value_than_the_constant_is_a_loss() {
    let bench = rows("[[field]]\nat = 'c'\nconst = 'R.048'");
    let same = bench.through("<m><c>R.048</c></m>", &open_lane());
    assert_eq!(lost(&same), []);
    let other = bench.through("<m><c>R.036</c></m>", &open_lane());
    assert_eq!(lost(&other), [("/m/c", LossReason::NoTarget)]);
}

#[test]
fn a_number_that_is_not_the_elements_own_is_a_loss() {
    let bench = rows(GOODS);
    let counted = "<m><g><n>1</n><d>x</d></g><g><n>02</n><d>y</d></g></m>";
    assert_eq!(lost(&bench.through(counted, &open_lane())), []);
    let skipped = counted.replace("02", "7");
    let told = bench.through(&skipped, &open_lane());
    assert_eq!(lost(&told), [("/m/g[2]/n", LossReason::NoTarget)]);
    assert!(text(&told).contains("<g><n>2</n><d>y</d></g>"));
}

#[test]
fn what_is_only_written_is_a_loss_where_it_says_something_else() {
    let bench = rows(
        "[[field]]
        at = 'c'
        is = 'goodsShipment.ucr'
        [[field]]
        at = 'n'
        is = 'goodsShipment.ucr'
        encode_only = true",
    );
    let same = bench.through("<m><c>U</c><n>U</n></m>", &open_lane());
    assert_eq!(lost(&same), []);
    let other = bench.through("<m><c>U</c><n>V</n></m>", &open_lane());
    assert_eq!(lost(&other), [("/m/n", LossReason::NoTarget)]);
}

#[test]
fn what_is_generated_or_looked_up_is_a_loss_where_it_is_read() {
    let bench = rows(
        "[[field]]
        at = 'c'
        generate = 'document-id'
        [[field]]
        at = 'n'
        table = { name = 'office', keys = ['goodsShipment.ucr'] }",
    );
    let told = bench.through("<m><c>A</c><n>B</n></m>", &open_lane());
    let both = [
        ("/m/c", LossReason::NoTarget),
        ("/m/n", LossReason::NoTarget),
    ];
    assert_eq!(lost(&told), both);
}

#[test]
fn a_sum_or_count_that_differs_or_cannot_be_compared_is_a_loss() {
    let bench = Bench::new(
        "t?:decimal n?:integer g*{ w?:decimal }",
        "
        [[field]]
        at = 't'
        sum = 'goodsShipment.items.grossMass'
        unit = 'kg'
        [[field]]
        at = 'n'
        count = 'goodsShipment.items'
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'w'
        is = 'grossMass'
        unit = 'kg'",
    );
    let right = "<m><t>3</t><n>2</n><g><w>1</w></g><g><w>2</w></g></m>";
    assert_eq!(lost(&bench.through(right, &open_lane())), []);
    let wrong = "<m><t>4</t><n>3</n><g><w>1</w></g><g><w>2</w></g></m>";
    let told = bench.through(wrong, &open_lane());
    let both = [
        ("/m/t", LossReason::NoTarget),
        ("/m/n", LossReason::NoTarget),
    ];
    assert_eq!(lost(&told), both);
    // Nothing to compare with: the sum is all that is known.
    let told = bench.through("<m><t>4</t></m>", &open_lane());
    assert_eq!(lost(&told), [("/m/t", LossReason::NoTarget)]);
}

#[test]
fn of_two_objects_that_count_as_one_what_differs_is_a_loss() {
    let bench = Bench::new(
        "d*{ k:string t?:string }",
        "
        [[group]]
        at = 'd'
        is = 'goodsShipment.documents'
        distinct = ['id']
        [[group.field]]
        at = 'k'
        is = 'id'
        [[group.field]]
        at = 't'
        is = 'name'",
    );
    let message = "<m><d><k>1</k><t>a</t></d><d><k>1</k><t>a</t></d><d><k>1</k><t>b</t></d></m>";
    let told = bench.through(message, &open_lane());
    assert_eq!(text(&told), "<m><d><k>1</k><t>a</t></d></m>");
    assert_eq!(lost(&told), [("/m/d[3]/t", LossReason::NoTarget)]);
}

#[test]
fn of_several_values_in_one_place_each_is_named_that_lost_something() {
    let bench = Bench::new(
        "a?:string b?:string c?:string",
        "
        [[field]]
        at = 'a'
        is = 'goodsShipment.consignor.name'
        decode_only = true
        [[field]]
        at = 'b'
        is = 'goodsShipment.consignor.shortName'
        decode_only = true
        [[field]]
        at = 'c'
        is = ['goodsShipment.consignor.name', 'goodsShipment.consignor.shortName']
        with = ', '
        cut = 7
        encode_only = true",
    );
    let told = bench.through("<m><a>Aurora</a><b>North</b></m>", &open_lane());
    assert_eq!(text(&told), "<m><c>Aurora,</c></m>");
    let both = [("/m/a", LossReason::Cut), ("/m/b", LossReason::Cut)];
    assert_eq!(lost(&told), both);
    let short = bench.through("<m><a>A</a><b>B</b></m>", &open_lane());
    assert_eq!(lost(&short), []);
}

#[test]
fn a_constant_that_stands_for_several_codes_does_not_say_which() {
    let bench = Bench::new(
        "a?:string b?:string",
        "
        [[field]]
        at = 'a'
        is = 'goodsShipment.consignment.inlandModeCode'
        decode_only = true
        [[field]]
        at = 'b'
        const = 'road'
        encode_only = true
        when = { is = 'goodsShipment.consignment.inlandModeCode', in = ['30', '31'] }",
    );
    let told = bench.through("<m><a>31</a></m>", &open_lane());
    assert_eq!(text(&told), "<m><b>road</b></m>");
    assert_eq!(lost(&told), [("/m/a", LossReason::NoTarget)]);
}

#[test]
fn parts_of_a_second_and_a_zone_that_find_no_place_are_lost_by_name() {
    let bench = |format: &str| {
        Bench::new(
            "a?:string b?:string",
            &format!(
                "
                [[field]]
                at = 'a'
                is = 'acceptanceDateTime'
                decode_only = true
                [[field]]
                at = 'b'
                is = 'acceptanceDateTime'
                encode_only = true
                format = '{format}'"
            ),
        )
    };
    let zoned = lane("zone = 'Europe/Helsinki'");
    for (format, time, rules, precise) in [
        ("local", "2026-11-23T10:00:00Z", &zoned, true),
        ("local", "2026-11-23T10:00:00.5Z", &zoned, false),
        ("local", "2026-11-23T10:00:00Z", &open_lane(), false),
        ("local", "2026-11-23T10:00:00", &open_lane(), true),
        ("utc", "2026-11-23T10:00:00.25Z", &zoned, false),
        ("local", "2026-11-23", &zoned, false),
        ("edifact", "2026-11-23", &zoned, true),
        ("compact", "2026-11-23T10:00:00.417Z", &zoned, true),
        ("compact", "2026-11-23T10:00:00.4171Z", &zoned, false),
        ("date-time", "2026-11-23T10:00:00.4171Z", &open_lane(), true),
    ] {
        let told = bench(format).through(&format!("<m><a>{time}</a></m>"), rules);
        let precision = [("/m/a", LossReason::Precision)];
        let expected: &[_] = if precise { &[] } else { &precision };
        assert_eq!(lost(&told), expected, "{format} {time}");
    }
}
