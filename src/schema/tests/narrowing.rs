//! Facets of a restriction narrow those of the base; what widens or contradicts them is refused at load.

use super::*;

/// A type of some facets and one derived from it by others, as `maxLength=5 minLength=1`.
fn derived(base: &str, first: &str, second: &str) -> Result<Schema, Error> {
    let facets = |text: &str| {
        let one = |facet: &str| {
            let (name, value) = facet.split_once('=').unwrap();
            let (name, fixed) = match name.strip_suffix('!') {
                Some(name) => (name, " fixed=\"true\""),
                None => (name, ""),
            };
            format!("<xs:{name} value=\"{value}\"{fixed}/>")
        };
        text.split_whitespace().map(one).collect::<String>()
    };
    compile(&format!(
        "<xs:simpleType name=\"b\"><xs:restriction base=\"xs:{base}\">{}</xs:restriction></xs:simpleType>\n\
         <xs:simpleType name=\"d\"><xs:restriction base=\"t:b\">{}</xs:restriction></xs:simpleType>\
         <xs:element name=\"r\" type=\"t:d\"/>",
        facets(first),
        facets(second)
    ))
}

#[test]
fn a_facet_that_narrows_is_taken() {
    for (base, first, second) in [
        ("string", "maxLength=5", "maxLength=4"),
        ("string", "maxLength=5", "maxLength=5"),
        ("string", "maxLength=5", "length=4"),
        ("string", "minLength=5", "minLength=6"),
        ("string", "length=5", "length=5"),
        ("string", "length=5", "maxLength=6"),
        ("string", "whiteSpace=replace", "whiteSpace=collapse"),
        ("decimal", "totalDigits=5", "totalDigits=4 fractionDigits=4"),
        ("decimal", "fractionDigits=2", "fractionDigits=1"),
        ("decimal", "maxInclusive=10", "maxInclusive=10"),
        ("decimal", "maxInclusive=10", "maxExclusive=10"),
        ("decimal", "maxExclusive=10", "maxExclusive=10.0"),
        ("decimal", "maxExclusive=10", "maxInclusive=9"),
        ("decimal", "minInclusive=10", "minExclusive=10"),
        ("decimal", "minInclusive=10", "maxInclusive=10"),
        ("decimal", "minExclusive=10", "maxInclusive=11"),
        ("decimal", "minExclusive=10 maxExclusive=10", ""),
        ("date", "minInclusive=2020-01-01", "minInclusive=2020-01-02"),
        ("decimal", "minInclusive!=5", "minInclusive=5.0"),
        ("string", "maxLength!=5", "maxLength=5 minLength=1"),
        ("byte", "", "maxInclusive=100"),
    ] {
        let made = derived(base, first, second);
        assert!(made.is_ok(), "{first} -> {second}: {}", made.unwrap_err());
    }
}

#[test]
fn a_facet_that_widens_or_contradicts_is_an_error_with_its_place() {
    for (base, first, second) in [
        ("string", "maxLength=5", "maxLength=6"),
        ("string", "maxLength=5", "length=6"),
        ("string", "minLength=5", "minLength=4"),
        ("string", "minLength=5", "length=4"),
        ("string", "length=5", "length=4"),
        ("string", "length=5", "maxLength=4"),
        ("string", "length=5", "minLength=6"),
        ("string", "", "length=5 maxLength=5"),
        ("string", "", "minLength=5 length=5"),
        ("token", "", "whiteSpace=preserve"),
        ("decimal", "totalDigits=5", "totalDigits=6"),
        ("decimal", "", "totalDigits=0"),
        ("decimal", "fractionDigits=2", "fractionDigits=3"),
        ("decimal", "totalDigits=2", "fractionDigits=3"),
        ("decimal", "", "totalDigits=2 fractionDigits=3"),
        ("decimal", "maxInclusive=10", "maxInclusive=11"),
        ("decimal", "maxInclusive=10", "maxExclusive=11"),
        ("decimal", "maxExclusive=10", "maxInclusive=10"),
        ("decimal", "maxExclusive=10", "maxExclusive=11"),
        ("decimal", "minInclusive=10", "minInclusive=9"),
        ("decimal", "minExclusive=10", "minInclusive=10"),
        ("decimal", "minInclusive=10", "maxInclusive=9"),
        ("decimal", "minInclusive=10", "maxExclusive=10"),
        ("decimal", "", "minInclusive=10 maxExclusive=10"),
        ("decimal", "", "minInclusive=1 minExclusive=1"),
        ("decimal", "", "maxInclusive=1 maxExclusive=1"),
        ("decimal", "enumeration=1", "maxInclusive=5"),
        ("date", "minInclusive=2020-01-01", "minInclusive=2019-12-31"),
        ("string", "maxLength!=5", "maxLength=4"),
        ("decimal", "minInclusive!=5", "minInclusive=6"),
        ("decimal", "totalDigits!=5", "totalDigits=4"),
        ("string", "whiteSpace!=replace", "whiteSpace=collapse"),
        ("byte", "", "maxInclusive=200"),
        ("string", "enumeration=a", "enumeration=b"),
    ] {
        let error = derived(base, first, second).map(|_| ()).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(":2:"), "{first} -> {second}: {said}");
        let facet = second.split_whitespace().any(|facet| {
            let name = facet.split('=').next().unwrap();
            said.contains(&format!("xs:{name}"))
        });
        let named = facet || said.contains("white space") || said.contains("value");
        assert!(named, "{first} -> {second}: {said}");
    }
}

/// What a restriction does not say again still holds.
#[test]
fn a_fixed_facet_stays_fixed_for_what_is_derived_further() {
    let types = |last: &str| {
        compile(&format!(
            "<xs:simpleType name=\"a\"><xs:restriction base=\"xs:string\">\
             <xs:maxLength value=\"5\" fixed=\"true\"/></xs:restriction></xs:simpleType>\
             <xs:simpleType name=\"b\"><xs:restriction base=\"t:a\"><xs:minLength value=\"1\"/>\
             </xs:restriction></xs:simpleType>\
             <xs:simpleType name=\"c\"><xs:restriction base=\"t:b\"><xs:maxLength value=\"{last}\"/>\
             </xs:restriction></xs:simpleType>"
        ))
    };
    assert!(types("5").is_ok());
    assert!(types("4").is_err());
}

#[test]
fn a_restriction_has_the_attributes_of_its_base() {
    let restricted = |base: &str, uses: &str| {
        compile(&format!(
            "<xs:complexType name=\"b\">{base}</xs:complexType>\n<xs:complexType name=\"d\">\
             <xs:complexContent><xs:restriction base=\"t:b\">{uses}</xs:restriction>\
             </xs:complexContent></xs:complexType>"
        ))
    };
    let base = "<xs:attribute name=\"x\" use=\"required\"/><xs:attribute name=\"y\"/>";
    let open = format!("{base}<xs:anyAttribute namespace=\"##local\"/>");
    let own = |name: &str, used: &str| format!("<xs:attribute name=\"{name}\" use=\"{used}\"/>");
    for (base, uses) in [
        (base, String::new()),
        (base, own("x", "required")),
        (base, own("y", "required")),
        (base, own("y", "prohibited")),
        (&open, own("z", "optional")),
    ] {
        let made = restricted(base, &uses);
        assert!(made.is_ok(), "{uses}: {}", made.unwrap_err());
    }
    for uses in [
        own("x", "optional"),
        own("x", "prohibited"),
        own("z", "optional"),
    ] {
        let error = restricted(base, &uses).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains(":2:") && error.contains("attribute `"),
            "{error}"
        );
    }
}
