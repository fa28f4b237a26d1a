//! Content of a restriction (Part 1 sections 3.4.6 and 3.9.6): it takes nothing that the base does not
//! take, and what widens it is refused at load.

use super::*;

const TYPES: &str = r#"<xs:simpleType name="w"><xs:restriction base="xs:token"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
<xs:simpleType name="v"><xs:restriction base="t:w"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>
<xs:complexType name="c"><xs:simpleContent><xs:extension base="t:w"><xs:attribute name="x"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:element name="h" type="t:w" abstract="true"/><xs:element name="m" type="t:w" substitutionGroup="t:h"/><xs:element name="n" type="t:v" substitutionGroup="t:h"/>"#;

/// A type and one that restricts it, on a line of its own.
fn restricted(base: &str, own: &str) -> Result<Schema, Error> {
    compile(&format!(
        "{TYPES}<xs:complexType name=\"b\">{base}</xs:complexType>\n<xs:complexType name=\"d\">\
         <xs:complexContent><xs:restriction base=\"t:b\">{own}</xs:restriction></xs:complexContent>\
         </xs:complexType>"
    ))
}

/// The message of the refusal, which names the line.
fn refusal(base: &str, own: &str) -> String {
    let error = restricted(base, own).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "SCHEMA_LOAD_INVALID", "{own}: {error}");
    let line = error.place().unwrap().position.line;
    assert_eq!(line, 5, "{own}: {error}");
    error.to_string()
}

/// An element of a type.
fn e(name: &str, rest: &str) -> String {
    let rest = if rest.contains("type=") || rest.contains("ref=") {
        rest.to_owned()
    } else {
        format!("type=\"t:w\" {rest}")
    };
    let name = if rest.contains("ref=") {
        String::new()
    } else {
        format!("name=\"{name}\"")
    };
    format!("<xs:element {name} {rest}/>")
}

fn seq(parts: &[String]) -> String {
    format!("<xs:sequence>{}</xs:sequence>", parts.concat())
}

#[test]
fn an_element_narrows_that_of_its_name() {
    let base = |rest: &str| seq(&[e("a", rest)]);
    for (first, second) in [
        ("", ""),
        ("", "type=\"t:v\""),
        ("minOccurs=\"0\" maxOccurs=\"5\"", "maxOccurs=\"4\""),
        ("maxOccurs=\"unbounded\"", "maxOccurs=\"unbounded\""),
        ("nillable=\"true\"", ""),
        ("fixed=\"x\"", "fixed=\"x\""),
        ("fixed=\"x y\"", "fixed=\" x  y\""),
        ("", "fixed=\"x\""),
        ("type=\"t:c\"", "type=\"t:c\""),
        ("type=\"xs:anyType\"", "type=\"t:c\""),
        ("block=\"extension\"", "block=\"#all\""),
    ] {
        let made = restricted(&base(first), &base(second));
        assert!(made.is_ok(), "{first} -> {second}: {}", made.unwrap_err());
    }
    for (first, second, why) in [
        ("type=\"t:v\"", "type=\"t:w\"", "element `a`, whose type"),
        ("", "type=\"t:c\"", "element `a`, whose type"),
        ("", "type=\"xs:anyType\"", "element `a`, whose type"),
        ("", "nillable=\"true\"", "element `a`, which is nillable"),
        ("fixed=\"x\"", "", "element `a`, whose value is fixed"),
        (
            "fixed=\"x\"",
            "fixed=\"y\"",
            "element `a`, whose value is fixed",
        ),
        ("block=\"extension\"", "", "element `a`, which blocks less"),
        ("", "minOccurs=\"0\"", "element `a`, which the base demands"),
        (
            "",
            "maxOccurs=\"2\"",
            "element `a` where the base does not take it",
        ),
    ] {
        let said = refusal(&base(first), &base(second));
        assert!(said.contains(why), "{first} -> {second}: {said}");
    }
}

#[test]
fn a_sequence_leaves_out_only_what_may_be_missing() {
    let base = seq(&[e("a", ""), e("b", "minOccurs=\"0\""), e("c", "")]);
    assert!(restricted(&base, &seq(&[e("a", ""), e("c", "")])).is_ok());
    assert!(restricted(&base, &seq(&[e("a", ""), e("b", ""), e("c", "")])).is_ok());
    for (own, why) in [
        (vec![e("a", "")], "the base demands one of `b`, `c`"),
        (
            vec![e("a", ""), e("b", "")],
            "element `c`, which the base demands",
        ),
        (vec![e("c", ""), e("a", "")], "element `c` where"),
        (
            vec![e("a", ""), e("c", ""), e("x", "")],
            "element `x` where",
        ),
        (Vec::new(), "element `a`, which the base demands"),
    ] {
        let said = refusal(&base, &seq(&own));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn wildcards_substitutes_and_empty_content() {
    let any = |rest: &str| seq(&[format!("<xs:any {rest}/>")]);
    let lax = "processContents=\"lax\"";
    let local = r###"namespace="##local""###;
    for (base, own) in [
        (any(""), seq(&[e("a", "")])),
        (any(lax), any("")),
        (any(""), any(local)),
        (
            any("maxOccurs=\"2\""),
            seq(&[e("a", ""), e("b", "minOccurs=\"0\"")]),
        ),
        (seq(&[e("", "ref=\"t:h\"")]), seq(&[e("", "ref=\"t:m\"")])),
        (seq(&[e("", "ref=\"t:h\"")]), seq(&[e("", "ref=\"t:h\"")])),
        (seq(&[e("a", "minOccurs=\"0\"")]), String::new()),
        (String::new(), String::new()),
    ] {
        let made = restricted(&base, &own);
        assert!(made.is_ok(), "{base} -> {own}: {}", made.unwrap_err());
    }
    for (base, own, why) in [
        (any(local), seq(&[e("a", "")]), "element `a` where"),
        (any(""), any(lax), "xs:any that takes more"),
        (any(local), any(""), "xs:any that takes more"),
        (any(""), seq(&[e("a", ""), e("b", "")]), "element `b` where"),
        (seq(&[e("a", "")]), any(""), "xs:any that takes more"),
        (
            seq(&[e("", "ref=\"t:m\"")]),
            seq(&[e("", "ref=\"t:h\"")]),
            "element `n`",
        ),
        (seq(&[e("a", "")]), String::new(), "element `a`, which"),
        (String::new(), seq(&[e("a", "")]), "element `a` where"),
    ] {
        let said = refusal(&base, &own);
        assert!(said.contains(why), "{base} -> {own}: {said}");
    }
}

#[test]
fn mixed_and_simple_content() {
    let whole = |base: &str, own: &str| {
        compile(&format!(
            "{TYPES}{base}\n<xs:complexType name=\"d\" {own}</xs:complexType>"
        ))
    };
    let of = |mixed: &str, min: &str| {
        format!(
            "<xs:complexType name=\"b\" mixed=\"{mixed}\">{}</xs:complexType>",
            seq(&[e("a", min)])
        )
    };
    let optional = "minOccurs=\"0\"";
    let complex = |mixed: &str| {
        format!(
            "mixed=\"{mixed}\"><xs:complexContent><xs:restriction base=\"t:b\">{}</xs:restriction></xs:complexContent>",
            seq(&[e("a", "")])
        )
    };
    let simple = |base: &str, kind: &str| {
        format!(
            "><xs:simpleContent><xs:restriction base=\"t:{base}\"><xs:simpleType><xs:restriction base=\"{kind}\"/></xs:simpleType></xs:restriction></xs:simpleContent>"
        )
    };
    for (base, own) in [
        (of("true", ""), complex("true")),
        (of("true", ""), complex("false")),
        (of("false", ""), complex("false")),
        (of("true", optional), simple("b", "xs:int")),
        (String::new(), simple("c", "t:v")),
    ] {
        let made = whole(&base, &own);
        assert!(made.is_ok(), "{base} -> {own}: {}", made.unwrap_err());
    }
    let on_value = format!(
        "><xs:complexContent><xs:restriction base=\"t:c\">{}</xs:restriction></xs:complexContent>",
        seq(&[e("a", "")])
    );
    for (base, own, why) in [
        (of("false", ""), complex("true"), "mixed content"),
        (
            of("true", ""),
            simple("b", "xs:int"),
            "without simple content",
        ),
        (
            of("false", optional),
            simple("b", "xs:int"),
            "without simple content",
        ),
        (String::new(), simple("c", "xs:token"), "not derived"),
        (String::new(), on_value.clone(), "content of elements"),
        (
            String::new(),
            on_value.replace("t:c", "t:w"),
            "complex content on a simple type",
        ),
    ] {
        let error = whole(&base, &own).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("s:5:"), "{error}");
        assert!(error.contains(why), "{base} -> {own}: {error}");
    }
}

#[test]
fn attributes_narrow_those_of_the_base() {
    let at = |rest: &str| format!("<xs:attribute name=\"x\" {rest}/>");
    let any = |rest: &str| format!("<xs:anyAttribute {rest}/>");
    let lax = "processContents=\"lax\"";
    let local = r###"namespace="##local""###;
    for (base, own) in [
        (at("type=\"t:w\""), at("type=\"t:v\"")),
        (at(""), at("type=\"t:v\"")),
        (
            at("type=\"t:w\" fixed=\"a\""),
            at("type=\"t:v\" fixed=\" a \""),
        ),
        (
            at("type=\"t:w\" default=\"a\""),
            at("type=\"t:w\" fixed=\"b\""),
        ),
        (any(lax), any("")),
        (any(""), any(local)),
        (any(""), String::new()),
    ] {
        let made = restricted(&base, &own);
        assert!(made.is_ok(), "{base} -> {own}: {}", made.unwrap_err());
    }
    for (base, own, why) in [
        (
            at("type=\"t:v\""),
            at("type=\"t:w\""),
            "attribute `x`, whose type",
        ),
        (
            at("type=\"t:w\""),
            at("type=\"xs:int\""),
            "attribute `x`, whose type",
        ),
        (at("fixed=\"a\""), at(""), "attribute `x`, whose value"),
        (
            at("fixed=\"a\""),
            at("fixed=\"b\""),
            "attribute `x`, whose value",
        ),
        (any(""), any(lax), "xs:anyAttribute"),
        (any(local), any(""), "xs:anyAttribute"),
        (String::new(), any(""), "xs:anyAttribute"),
    ] {
        let said = refusal(&base, &own);
        assert!(said.contains(why), "{base} -> {own}: {said}");
    }
}

#[test]
fn a_group_that_is_redefined_without_itself_is_a_restriction() {
    let old = document(&format!(
        "{TYPES}<xs:group name=\"g\">{}</xs:group><xs:attributeGroup name=\"u\">\
         <xs:attribute name=\"x\" use=\"required\"/><xs:attribute name=\"y\"/></xs:attributeGroup>",
        seq(&[e("a", "minOccurs=\"0\""), e("b", "")])
    ));
    let load = |redefinition: &str| {
        let main = document(&format!(
            "<xs:redefine schemaLocation=\"old\">{redefinition}</xs:redefine>"
        ));
        Schema::compile(&["main"], &Files::new(&[("main", &main), ("old", &old)]))
    };
    let group = |parts: &[String]| format!("<xs:group name=\"g\">{}</xs:group>", seq(parts));
    let uses = |uses: &str| format!("<xs:attributeGroup name=\"u\">{uses}</xs:attributeGroup>");
    let x = "<xs:attribute name=\"x\" use=\"required\"/>";
    for good in [group(&[e("b", "type=\"t:v\"")]), uses(x)] {
        let made = load(&good);
        assert!(made.is_ok(), "{good}: {}", made.unwrap_err());
    }
    for (bad, why) in [
        (group(&[e("a", "")]), "element `b`, which the base demands"),
        (
            group(&[e("b", "type=\"xs:token\"")]),
            "element `b`, whose type",
        ),
        (uses(""), "attribute `x`, which the base demands"),
        (
            uses(&format!("{x}<xs:attribute name=\"z\"/>")),
            "attribute `z`",
        ),
    ] {
        let error = load(&bad).map(|_| ()).unwrap_err();
        assert_eq!(error.place().unwrap().file, "main");
        assert!(error.to_string().contains(why), "{bad}: {error}");
    }
}

/// Counts as the NCTS has them, which the table settles; and a model that only steps could show, with
/// more of them than are taken.
#[test]
fn the_work_is_bounded() {
    let large = |max: &str| {
        let parts = (0..60).map(|n| {
            e(
                &format!("e{n}"),
                &format!("minOccurs=\"0\" maxOccurs=\"{max}\""),
            )
        });
        seq(&parts.collect::<Vec<_>>())
    };
    assert!(restricted(&large("99999"), &large("9999")).is_ok());
    let many = "minOccurs=\"0\" maxOccurs=\"unbounded\"";
    let base = format!("<xs:choice {many}>{}{}</xs:choice>", e("a", ""), e("b", ""));
    let counted = |max: &str| {
        seq(&[
            e("a", &format!("minOccurs=\"0\" maxOccurs=\"{max}\"")),
            e("b", many),
        ])
    };
    assert!(restricted(&base, &counted("500")).is_ok());
    let said = refusal(&base, &counted("999999999"));
    assert!(said.contains("is not shown"), "{said}");
}

/// Small random models: a restriction is accepted where every row of up to eight elements that it
/// takes is taken by the base, and refused where one is not.
#[test]
fn verdicts_are_those_of_all_short_documents() {
    let rows: Vec<String> = (0..=8)
        .flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)))
        .map(|(length, bits)| {
            let row = (0..length).map(|at| {
                if bits >> at & 1 == 1 {
                    "<a>1</a>"
                } else {
                    "<b>1</b>"
                }
            });
            format!("<r>{}</r>", row.collect::<String>())
        })
        .collect();
    let taken = |content: &str| {
        let s = schema(&format!(
            "{TYPES}<xs:element name=\"r\"><xs:complexType>{content}</xs:complexType></xs:element>"
        ));
        let valid = rows.iter().map(|row| codes(&s, row).is_empty());
        valid.collect::<Vec<_>>()
    };
    let mut random = 1_u64;
    let mut counts = (0, 0);
    for number in 0..150 {
        let base = model(&mut random, 2);
        let own = if number % 3 == 0 {
            model(&mut random, 2)
        } else {
            narrowed(&base, &mut random)
        };
        let (of_base, of_own) = (taken(&base), taken(&own));
        let wider = of_own
            .iter()
            .zip(&of_base)
            .position(|(own, base)| *own && !base);
        match (restricted(&base, &own), wider) {
            (Ok(_), None) => counts.0 += 1,
            (Err(_), Some(_)) => counts.1 += 1,
            (Ok(_), Some(row)) => panic!("taken: {base} -> {own}, with {}", rows[row]),
            (Err(e), None) => panic!("refused: {base} -> {own}: {e}"),
        }
    }
    assert!(counts.0 > 40 && counts.1 > 40, "{counts:?}");
}

fn below(random: &mut u64, end: usize) -> usize {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*random >> 33).unwrap() % end
}

const OCCURS: [&str; 6] = ["1 1", "1 1", "0 1", "0 unbounded", "1 2", "0 2"];

fn occurs(random: &mut u64) -> String {
    let (min, max) = OCCURS[below(random, 6)].split_once(' ').unwrap();
    format!("minOccurs=\"{min}\" maxOccurs=\"{max}\"")
}

/// A random content model of `a` and `b`.
fn model(random: &mut u64, depth: usize) -> String {
    let kind = ["sequence", "choice"][below(random, 2)];
    let parts = (0..1 + below(random, 2)).map(|_| match below(random, 2 + depth) {
        0 => e("a", &occurs(random)),
        1 => e("b", &occurs(random)),
        _ => model(random, depth - 1),
    });
    let parts: String = parts.collect();
    format!("<xs:{kind} {}>{parts}</xs:{kind}>", occurs(random))
}

/// The same with one of its counts changed.
fn narrowed(base: &str, random: &mut u64) -> String {
    let places: Vec<_> = base.match_indices("minOccurs").map(|(at, _)| at).collect();
    let at = places[below(random, places.len())];
    let end = at + base[at..].find(['>', '/']).unwrap();
    format!("{}{}{}", &base[..at], occurs(random), &base[end..])
}
