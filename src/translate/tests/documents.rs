//! `[document] for_each`, groups in the document element itself, `fits` and `finding`.

use serde_json::json;

use super::*;

const SPLIT: &str = "[document]\nfor_each = 'r'\nnumber = 'controlResults.partNumeric'\n";

const CONTENT: &str = "id:string r*{ code:string }";

const MAP: &str = "
    [[group]]
    at = '.'
    is = 'controlResults'
    field = [{ at = 'id', is = 'id' }]
    [[group.group]]
    at = 'r'
    is = 'controls'
    field = [{ at = 'code', is = 'code' }]";

fn split() -> Bench {
    Bench::with(&format!("{HEAD}{SPLIT}"), CONTENT, MAP)
}

#[test]
fn a_group_may_stand_in_the_document_element_itself() {
    split().both_ways(
        "<m><id>7</id><r><code>a</code></r><r><code>b</code></r></m>",
        json!({"controlResults": [{"id": "7", "controls": [{"code": "a"}, {"code": "b"}]}]}),
    );
    split().both_ways(
        "<m><id>7</id></m>",
        json!({"controlResults": [{"id": "7"}]}),
    );
}

#[test]
fn each_document_has_what_stands_outside_and_its_own() {
    let packages = split().load();
    let package = packages.find("t/m").unwrap();
    assert_eq!(package.document_name(), Some("r"));
    let document = document("<m><id>7</id><r><code>a</code></r><r><code>b</code></r></m>");
    let view = document.root();
    assert_eq!(package.documents(view), Some(2));
    for (number, code) in [(0, "a"), (1, "b")] {
        let context = DecodeContext::default();
        let decoded = package.decode_document(view, number, &context).unwrap();
        assert_eq!(
            decoded.canonical_json().unwrap(),
            json!({"controlResults": [
                {"id": "7", "partNumeric": number + 1, "controls": [{"code": code}]}
            ]})
        );
        // What belongs to the other document is not lost here.
        assert!(decoded.unmapped.is_empty());
        let encoded = encode(&decoded, package, &open_lane(), &super::context());
        assert_eq!(encoded.losses, []);
        assert_eq!(
            text(&encoded),
            format!("<m><id>7</id><r><code>{code}</code></r></m>")
        );
    }
    let beyond = package.decode_document(view, 2, &DecodeContext::default());
    assert!(beyond.is_none());
}

#[test]
fn the_only_document_has_no_number_and_none_is_none() {
    let packages = split().load();
    let package = packages.find("t/m").unwrap();
    let one = document("<m><id>7</id><r><code>a</code></r></m>");
    let decoded = package.decode_document(one.root(), 0, &DecodeContext::default());
    assert_eq!(
        decoded.unwrap().canonical_json().unwrap(),
        json!({"controlResults": [{"id": "7", "controls": [{"code": "a"}]}]})
    );
    let none = document("<m><id>7</id></m>");
    assert_eq!(package.documents(none.root()), Some(0));
    let whole = Bench::new(CONTENT, MAP).load();
    assert_eq!(whole.find("t/m").unwrap().documents(none.root()), None);
}

#[test]
fn a_split_that_cannot_be_is_a_fault() {
    for (keys, says) in [
        ("for_each = 'x'", "the schema has no `x`"),
        ("for_each = '.'", "names an element below"),
        (
            "for_each = 'r'\nnumber = 'controlResults.id'",
            "path of a whole number",
        ),
        ("for_each = 'r'\nnumbers = 'x'", "numbers"),
    ] {
        let head = format!("{HEAD}[document]\n{keys}\n");
        let faults = Bench::with(&head, CONTENT, MAP).faults();
        assert!(
            faults.iter().any(|fault| fault.contains(says)),
            "{faults:?}"
        );
    }
}

#[test]
fn a_value_that_does_not_fit_gives_way_to_the_next_row() {
    let bench = Bench::new(
        "id:string n:string",
        "[[field]]\nat = 'id'\nis = 'documentId'\n\
         [[field]]\nat = 'n'\nis = 'documentId'\nfits = 4\nencode_only = true\n\
         [[field]]\nat = 'n'\ngenerate = 'lrn'\n",
    );
    let kept = bench.through("<m><id>1234</id><n>x</n></m>", &open_lane());
    assert_eq!(text(&kept), "<m><id>1234</id><n>1234</n></m>");
    let made = bench.through("<m><id>12345</id><n>x</n></m>", &open_lane());
    assert!(
        text(&made).starts_with("<m><id>12345</id><n>0"),
        "{}",
        text(&made)
    );
}

#[test]
fn an_empty_element_says_that_nobody_is_named() {
    let bench = Bench::new(
        "name?:string officer { name?:string }",
        "[[field]]\nat = 'name'\nis = 'declarant.name'\n\
         [[field]]\nat = 'officer'\nempty = true\nfinding = 'officer-unknown'\n\
         [[field]]\nat = 'officer/name'\nis = 'declarant.shortName'\n",
    );
    let nobody = bench.through("<m><name>A</name><officer/></m>", &open_lane());
    assert_eq!(text(&nobody), "<m><name>A</name><officer/></m>");
    let codes: Vec<&str> = nobody.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["officer-unknown"]);
    assert_eq!(nobody.findings[0].target_path.as_deref(), Some("officer"));
    let named = "<m><officer><name>B</name></officer></m>";
    let somebody = bench.through(named, &open_lane());
    assert_eq!(
        (text(&somebody).as_str(), somebody.findings.len()),
        (named, 0)
    );

    let faults = Bench::new(
        "officer { name?:string }",
        "[[field]]\nat = 'officer'\nempty = true\nfinding = 'OFFICER'",
    )
    .faults();
    assert!(faults[0].contains("lower-case"), "{faults:?}");
}
