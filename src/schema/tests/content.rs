//! Content models: sequences, choices, counts, `all`, groups, mixed and empty content.

use super::*;

/// A schema whose element `r` has this content.
fn with(model: &str) -> Schema {
    schema(&format!(
        r#"<xs:element name="r"><xs:complexType>{model}</xs:complexType></xs:element>"#
    ))
}

/// Each letter is an empty element; checks which words are content.
fn words(model: &str, good: &[&str], bad: &[&str]) {
    let names = ["a", "b", "c"];
    let mut model = model.to_owned();
    for name in names {
        model = model.replace(
            &format!("<{name}"),
            &format!(r#"<xs:element name="{name}" type="t:none""#),
        );
    }
    let schema = schema(&format!(
        r#"<xs:complexType name="none"/><xs:element name="r"><xs:complexType>{model}</xs:complexType></xs:element>"#
    ));
    for (words, expected) in [(good, true), (bad, false)] {
        for word in words {
            let children: String = word.chars().map(|c| format!("<{c}/>")).collect();
            let found = faults(&schema, &format!("<r>{children}</r>"));
            assert_eq!(found.is_empty(), expected, "{model} on {word:?}: {found:?}");
        }
    }
}

#[test]
fn sequences_and_choices() {
    words(
        "<xs:sequence><a/><b/></xs:sequence>",
        &["ab"],
        &["", "a", "b", "ba", "abb", "aab"],
    );
    words(
        r#"<xs:sequence><a minOccurs="0"/><b maxOccurs="unbounded"/></xs:sequence>"#,
        &["b", "ab", "bbb"],
        &["", "a", "aab"],
    );
    words(
        "<xs:choice><a/><b/></xs:choice>",
        &["a", "b"],
        &["", "ab", "aa"],
    );
    words(
        r#"<xs:choice minOccurs="0" maxOccurs="unbounded"><a/><xs:sequence><b/><c/></xs:sequence></xs:choice>"#,
        &["", "a", "bc", "abcabc", "aa"],
        &["b", "cb", "ab"],
    );
    words(
        r#"<xs:sequence><xs:choice minOccurs="0"><a/><b/></xs:choice><c/></xs:sequence>"#,
        &["c", "ac", "bc"],
        &["a", "abc", "cc"],
    );
}

#[test]
fn a_choice_of_nothing_is_never_made() {
    words(r#"<xs:choice/>"#, &[], &["", "a"]);
    words(r#"<xs:choice minOccurs="0"/>"#, &[""], &["a"]);
    let sequence = |choice: &str| {
        format!(
            r#"<xs:sequence><xs:element name="a" minOccurs="0"/>{choice}<xs:element name="b" minOccurs="0"/></xs:sequence>"#
        )
    };
    words(&sequence("<xs:choice/>"), &[], &["", "a", "b", "ab"]);
    words(
        &sequence(r#"<xs:choice minOccurs="0"/>"#),
        &["", "a", "b", "ab"],
        &["ba"],
    );
    words(
        r#"<xs:choice><xs:choice/><xs:element name="a"/></xs:choice>"#,
        &["a"],
        &["", "aa"],
    );
    words(
        r#"<xs:choice><xs:element name="a" maxOccurs="0" minOccurs="0"/></xs:choice>"#,
        &[],
        &["", "a"],
    );
}

#[test]
fn counts() {
    words(
        r#"<xs:sequence><a minOccurs="2" maxOccurs="3"/><b/></xs:sequence>"#,
        &["aab", "aaab"],
        &["ab", "aaaab", "aa"],
    );
    words(
        r#"<xs:sequence minOccurs="2" maxOccurs="3"><a/><b minOccurs="0"/></xs:sequence>"#,
        &["aa", "abab", "aaba"],
        &["a", "ab", "aaaa", "abb", "ba"],
    );
    words(
        r#"<xs:sequence><a minOccurs="2" maxOccurs="2"/><a minOccurs="0"/></xs:sequence>"#,
        &["aa", "aaa"],
        &["a", "aaaa"],
    );
    words(
        r#"<xs:sequence minOccurs="2" maxOccurs="2"><a minOccurs="0"/><b minOccurs="0"/></xs:sequence>"#,
        &["", "a", "ab", "ba", "abab", "bb"],
        &["aaa", "babab"],
    );
    words(
        r#"<xs:choice minOccurs="3" maxOccurs="unbounded"><a/><b/></xs:choice>"#,
        &["aba", "bbbbb"],
        &["", "ab"],
    );
    words(
        r#"<xs:sequence maxOccurs="unbounded"><a maxOccurs="2"/></xs:sequence>"#,
        &["a", "aaaaa"],
        &[""],
    );
    words(
        r#"<xs:sequence><a minOccurs="0" maxOccurs="0"/><b/></xs:sequence>"#,
        &["b"],
        &["ab"],
    );
}

#[test]
fn large_counts_cost_nothing() {
    let schema = with(
        r#"<xs:sequence><xs:element name="a" minOccurs="0" maxOccurs="9999999"/><xs:element name="b" minOccurs="3000" maxOccurs="3000"/></xs:sequence>"#,
    );
    let body = |a: usize, b: usize| format!("<r>{}{}</r>", "<a/>".repeat(a), "<b/>".repeat(b));
    valid(&schema, &body(5000, 3000));
    broken(&schema, &body(5000, 2999), &["SCHEMA_ELEMENT_MISSING"]);
    broken(&schema, &body(0, 3001), &["SCHEMA_ELEMENT_UNEXPECTED"]);
}

#[test]
fn all_groups() {
    words(
        r#"<xs:all><a/><b minOccurs="0"/></xs:all>"#,
        &["a", "ab", "ba"],
        &["", "b", "aa", "abc"],
    );
    words(
        r#"<xs:all minOccurs="0"><a/><b/></xs:all>"#,
        &["", "ab", "ba"],
        &["a", "b"],
    );
    assert_eq!(
        compile(
            r#"<xs:complexType name="c"><xs:sequence><xs:all/></xs:sequence></xs:complexType>"#
        )
        .unwrap_err()
        .code(),
        "SCHEMA_LOAD_INVALID"
    );
}

#[test]
fn model_groups() {
    let text = r#"<xs:group name="g"><xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:sequence></xs:group>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:group ref="t:g" minOccurs="0" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element>"#;
    let schema = schema(text);
    valid(&schema, "<r/>");
    valid(&schema, "<r><a>1</a><b>2</b><a>1</a><b>2</b></r>");
    broken(
        &schema,
        "<r><a>1</a><a>1</a></r>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
    broken(&schema, "<r><a>1</a></r>", &["SCHEMA_ELEMENT_MISSING"]);
    let circular = r#"<xs:group name="g"><xs:sequence><xs:group ref="t:g"/></xs:sequence></xs:group>
        <xs:complexType name="c"><xs:group ref="t:g"/></xs:complexType>"#;
    assert_eq!(
        compile(circular).unwrap_err().code(),
        "SCHEMA_LOAD_CIRCULAR"
    );
}

#[test]
fn text_between_elements() {
    let plain = with(r#"<xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence>"#);
    valid(&plain, "<r> <!-- note --> <a/>\n</r>");
    broken(&plain, "<r>x<a/>y</r>", &["SCHEMA_TEXT_UNEXPECTED"]);
    let mixed = schema(
        r#"<xs:element name="r"><xs:complexType mixed="true"><xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&mixed, "<r>x<a/>y</r>");
    broken(&mixed, "<r>x<b/>y</r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    let empty = with("");
    valid(&empty, "<r/>");
    valid(&empty, "<r><!-- note --></r>");
    broken(&empty, "<r> </r>", &["SCHEMA_TEXT_UNEXPECTED"]);
    broken(&empty, "<r><a/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
}

#[test]
fn faults_name_place_and_need_but_no_values() {
    let schema = with(
        r#"<xs:sequence><xs:element name="a" maxOccurs="2"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction></xs:simpleType></xs:element><xs:element name="b" type="xs:int" minOccurs="0"/></xs:sequence>"#,
    );
    let found = faults(
        &schema,
        "<r>\n  <a>abc</a>\n  <a>secret</a>\n <q/>\n<b>secret</b></r>",
    );
    let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "line 3, column 3 /r/a[2]: SCHEMA_FACET_MAX_LENGTH: found text of 6 characters, expected length at most 3",
            "line 4, column 2 /r/q: SCHEMA_ELEMENT_UNEXPECTED: found q, expected b or the end of the element",
            "line 5, column 1 /r/b: SCHEMA_VALUE: found text of 6 characters, expected xs:int",
        ]
    );
    let long = "n".repeat(200);
    let found = faults(&schema, &format!("<r><{long}/></r>"));
    assert_eq!(found[0].found.chars().count(), 83);
}

#[test]
fn faults_are_capped() {
    let schema = with(
        r#"<xs:sequence><xs:element name="a" type="xs:int" maxOccurs="unbounded"/></xs:sequence>"#,
    );
    let found = faults(&schema, &format!("<r>{}</r>", "<a>x</a>".repeat(1000)));
    assert_eq!(found.len(), 10);
}

#[test]
fn a_hidden_element_is_not_there() {
    let schema = with(r#"<xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence>"#);
    let document = parse(
        br#"<r xmlns="urn:t"><a>1</a><s><a/></s></r>"#,
        None,
        &Limits::default(),
    )
    .unwrap();
    let root = document.root();
    let signature = root.child("urn:t", "s").unwrap();
    assert_eq!(schema.validate(root, 10).len(), 1);
    assert!(schema.validate(root.without(signature.id()), 10).is_empty());
}

#[test]
fn ambiguous_counts_are_refused_only_where_they_explode() {
    let model = |max: u32| {
        format!(
            r#"<xs:complexType name="c"><xs:sequence minOccurs="2" maxOccurs="{max}"><xs:element name="a" maxOccurs="{max}"/></xs:sequence></xs:complexType>"#
        )
    };
    assert!(compile(&model(4)).is_ok());
    assert_eq!(
        compile(&model(1000)).unwrap_err().code(),
        "SCHEMA_LOAD_AMBIGUOUS"
    );
    words(
        r#"<xs:sequence minOccurs="2" maxOccurs="2"><a minOccurs="2" maxOccurs="3"/></xs:sequence>"#,
        &["aaaa", "aaaaa", "aaaaaa"],
        &["aaa", "aaaaaaa"],
    );
}

#[test]
fn depth_is_bounded() {
    let schema = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:r" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let text = |depth: usize| {
        format!(
            r#"<r xmlns="urn:t">{}{}</r>"#,
            "<r>".repeat(depth),
            "</r>".repeat(depth)
        )
    };
    let limits = Limits {
        depth: 1000,
        ..Limits::default()
    };
    let judge = |depth| {
        let document = parse(text(depth).as_bytes(), None, &limits).unwrap();
        schema.validate(document.root(), 10).len()
    };
    assert_eq!(judge(200), 0);
    assert_eq!(judge(500), 1);
}
