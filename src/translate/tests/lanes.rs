//! Lane rules: what is missing, what may pass, tables, supplements.

use super::*;

fn guarantees() -> Bench {
    Bench::new(
        "s?:string g+{ n:string t:string r?{ n:string q:string } } o:string",
        "
        [[field]]
        at = 's'
        is = 'goodsShipment.consignment.borderOffice.id'
        decode_only = true
        [[group]]
        at = 'g'
        is = 'obligationGuarantees'
        [[group.field]]
        at = 'n'
        number = 'parent'
        [[group.field]]
        at = 't'
        is = 'typeCode'
        [[group.field]]
        at = 'r/n'
        const = '1'
        [[group.field]]
        at = 'r/q'
        is = 'id'
        [[field]]
        at = 'o'
        is = 'goodsShipment.consignment.destinationOffice.id'
        table = { name = 'office', keys = ['goodsShipment.consignment.borderOffice.id'] }",
    )
}

const OFFICES: &str = "[[table.office]]\nkey = ['10702070']\nvalue = 'FI002000'\n";

#[test]
fn without_a_word_what_is_missing_is_held() {
    let bench = guarantees();
    let held = bench.through("<m><s>10702070</s></m>", &lane(OFFICES));
    assert_eq!(held.xml, None);
    let found: Vec<(&str, Option<&str>)> = held
        .findings
        .iter()
        .map(|f| (f.code.as_str(), f.target_path.as_deref()))
        .collect();
    assert_eq!(found, [("MAP_VALUE_MISSING", Some("g[1]/t"))]);
    assert_eq!(held.severity(), Severity::Hold);
}

#[test]
fn the_lane_supplies_with_its_ground() {
    let rules = format!(
        "{OFFICES}
        [[value]]
        at = 'g/t'
        do = 'supply'
        value = '1'
        legal_note = 'Agreement, article 5'
        [[value]]
        at = 'g/r/q'
        do = 'supply'
        value = '24XX'
        legal_note = 'Agreement, article 5'"
    );
    let bench = guarantees();
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    assert_eq!(lane(&rules).faults(package), []);
    let encoded = bench.through("<m><s>10702070</s></m>", &lane(&rules));
    assert_eq!(
        text(&encoded),
        "<m><g><n>1</n><t>1</t><r><n>1</n><q>24XX</q></r></g><o>FI002000</o></m>"
    );
    let supplied: Vec<&str> = encoded.supplied.iter().map(|s| s.path.as_str()).collect();
    assert_eq!(supplied, ["g[1]/t", "g[1]/r/q"]);
    assert_eq!(encoded.supplied[0].legal_note, "Agreement, article 5");
}

#[test]
fn an_office_that_is_not_listed_is_held_with_its_place() {
    let rules =
        format!("{OFFICES}[[value]]\nat = 'g/t'\ndo = 'supply'\nvalue = '1'\nlegal_note = 'x'");
    let bench = guarantees();
    let held = bench.through("<m><s>99999999</s></m>", &lane(&rules));
    assert_eq!(held.xml, None);
    let finding = &held.findings[0];
    assert_eq!(finding.code, "MAP_TABLE_UNLISTED");
    assert_eq!(finding.target_path.as_deref(), Some("o"));
    assert_eq!(finding.source.as_ref().unwrap().path, "/m/s");
    assert_eq!(held.findings.len(), 1);
    let without = bench.through("<m/>", &lane(&rules));
    assert_eq!(without.findings[0].code, "MAP_TABLE_KEY_MISSING");
    let supplements = [Supplement {
        path: "o".to_owned(),
        value: "FI003000".to_owned(),
    }];
    let officer = EncodeContext {
        supplements: &supplements,
        ..context()
    };
    let sent = bench.with_context("<m><s>99999999</s></m>", &lane(&rules), &officer);
    assert!(text(&sent).ends_with("<o>FI003000</o></m>"));
    assert_eq!(sent.supplied.last().unwrap().by, SuppliedBy::Officer);
    // What the officer was not asked stays a loss.
    assert_eq!(sent.losses[0].path, "/m/s");
}

#[test]
fn a_lane_may_refuse_instead() {
    let rules = format!("{OFFICES}[[value]]\nat = 'g/t'\ndo = 'reject'");
    let rejected = guarantees().through("<m><s>10702070</s></m>", &lane(&rules));
    assert_eq!(rejected.severity(), Severity::Reject);
}

#[test]
fn facts_of_control_need_a_ground() {
    let bench = Bench::new(
        "Seal:string",
        "[[field]]\nat = 'Seal'\nis = 'goodsShipment.ucr'",
    );
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let rules = lane("zone = 'Mars/Base'\n[[value]]\nat = 'Seal'\ndo = 'supply'\nvalue = '1'");
    let faults = rules.faults(package);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let rules = lane("[[value]]\nat = 'Sael'\ndo = 'supply'\nvalue = '1'");
    assert!(rules.faults(package)[0].text.contains("no place"));
}

#[test]
fn what_may_not_pass_is_withheld() {
    let bench = Bench::new(
        "a?:decimal b?:string c?:string",
        "
        [[field]]
        at = 'a'
        is = 'goodsShipment.customsValue'
        basis = 'customs'
        [[field]]
        at = 'b'
        is = 'declarant.contact.name'
        [[field]]
        at = 'c'
        is = 'goodsShipment.ucr'",
    );
    let message = "<m><a>1</a><b>N</b><c>U</c></m>";
    let closed = bench.through(message, &LaneRules::default());
    assert_eq!(text(&closed), "<m><c>U</c></m>");
    assert!(
        closed
            .losses
            .iter()
            .all(|loss| loss.reason == LossReason::Withheld)
    );
    let rules =
        lane("pass = ['personal', 'goodsShipment.customsValue']\nwithheld = ['goodsShipment.ucr']");
    let other = bench.through(message, &rules);
    assert_eq!(text(&other), "<m><a>1</a><b>N</b></m>");
}

#[test]
fn a_mandatory_value_may_not_be_withheld() {
    let bench = Bench::new("c:string", "[[field]]\nat = 'c'\nis = 'goodsShipment.ucr'");
    let packages = bench.load();
    let faults = lane("withheld = ['goodsShipment']").faults(packages.find("t/m").unwrap());
    assert!(faults[0].text.contains("withheld"), "{faults:?}");
    assert_eq!(faults[0].keys, ["withheld", "0"]);
}

#[test]
fn a_mandatory_value_deep_in_a_message_may_not_be_withheld() {
    // The price of a line is mandatory; the person to ask is mandatory only where a contact stands.
    let bench = Bench::new(
        "g+{ d:string p:decimal k?{ n:string f:string } }",
        "
        [[group]]
        at = 'g'
        is = 'goodsShipment.items'
        [[group.field]]
        at = 'd'
        is = 'commodity.description'
        [[group.field]]
        at = 'p'
        is = 'invoiceAmount'
        basis = 'invoice'
        [[group.field]]
        at = 'k/n'
        is = 'consignor.contact.name'
        [[group.field]]
        at = 'k/f'
        is = 'consignor.contact.phone'",
    );
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let told = |rules: &str| {
        let faults = lane(rules).faults(package).into_iter();
        faults
            .map(|fault| (fault.keys.join("."), fault.text))
            .collect::<Vec<_>>()
    };
    for rules in [
        "",
        "pass = ['personal']",
        "[[value]]\nat = 'g/p'\ndo = 'reject'",
    ] {
        let faults = told(rules);
        assert_eq!(faults.len(), 1, "{rules}: {faults:?}");
        let (key, text) = &faults[0];
        assert_eq!(key, "pass");
        assert!(text.contains("`g/p`"), "{text}");
        assert!(
            text.contains("`goodsShipment.items.invoiceAmount`"),
            "{text}"
        );
    }
    for rules in [
        "pass = ['value']",
        "pass = ['goodsShipment.items.invoiceAmount']",
        "[[value]]\nat = 'g/p'\ndo = 'hold'",
        "[[value]]\nat = 'g/p'\ndo = 'supply'\nvalue = '0'",
    ] {
        assert_eq!(told(rules), [], "{rules}");
    }
    // A contact of which only the telephone may pass would always lack the name.
    let faults = told("pass = ['value', 'goodsShipment.items.consignor.contact.phone']");
    assert!(faults[0].1.contains("`g/k/n`"), "{faults:?}");
}

#[test]
fn a_mandatory_constant_whose_condition_is_withheld_needs_a_word() {
    let bench = Bench::new(
        "p:string",
        "[[field]]\nat = 'p'\nconst = '1'\nwhen = { is = 'obligationGuarantees', present = true }",
    );
    let packages = bench.load();
    let package = packages.find("t/m").unwrap();
    let withheld = "withheld = ['obligationGuarantees']";
    let faults = lane(withheld).faults(package);
    assert!(faults[0].text.contains("`p`"), "{faults:?}");
    let asked = format!("{withheld}\n[[value]]\nat = 'p'\ndo = 'hold'");
    assert_eq!(lane(&asked).faults(package), []);
    assert_eq!(lane("").faults(package), []);
}

#[test]
fn losing_identity_rejects_unless_the_lane_bears_it() {
    let bench = Bench::new(
        "a?:string",
        "[[field]]\nat = 'a'\nis = 'goodsShipment.items.commodity.description'\ndecode_only = true",
    );
    let message = "<m><a>goods</a></m>";
    let rejected = bench.through(message, &open_lane());
    assert_eq!(rejected.severity(), Severity::Reject);
    assert_eq!(rejected.xml, None);
    let rules = lane("[severity]\n'goodsShipment.items' = 'note'");
    assert!(bench.through(message, &rules).xml.is_some());
}

#[test]
fn what_is_withheld_answers_no_condition() {
    let bench = Bench::new(
        "d?{ p:string } e?:string g*:string",
        "
        [[field]]
        at = 'd/p'
        const = '1'
        when = { is = 'obligationGuarantees', present = true }
        [[field]]
        at = 'e'
        const = 'none'
        when = { is = 'obligationGuarantees', present = false }
        [[group]]
        at = 'g'
        is = 'obligationGuarantees'
        [[group.field]]
        at = '.'
        is = 'id'",
    );
    let message = "<m><d><p>1</p></d><g>26FI</g></m>";
    let open = bench.through(message, &LaneRules::default());
    assert_eq!(text(&open), message);
    // Neither that one stands nor that none does.
    let rules = lane("withheld = ['obligationGuarantees']");
    let closed = bench.through(message, &rules);
    assert_eq!(text(&closed), "<m/>");
    assert_eq!(text(&bench.through("<m/>", &rules)), "<m/>");
    let none = bench.through("<m/>", &LaneRules::default());
    assert_eq!(text(&none), "<m><e>none</e></m>");
    // What an officer says counts.
    let supplements = [Supplement {
        path: "d/p".to_owned(),
        value: "0".to_owned(),
    }];
    let officer = EncodeContext {
        supplements: &supplements,
        ..context()
    };
    let sent = bench.with_context(message, &rules, &officer);
    assert_eq!(text(&sent), "<m><d><p>0</p></d></m>");
    assert_eq!(sent.supplied[0].by, SuppliedBy::Officer);
}
