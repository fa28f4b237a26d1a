//! Keys, unique values and references to keys (XSD 1.0 Part 1 section 3.11).

use super::{Case, case, refused};

macro_rules! parts {
    ($constraints:literal) => {
        concat!(
            r#"<xs:complexType name="part"><xs:sequence>
            <xs:element name="a" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
                <xs:element name="k" type="xs:decimal" minOccurs="0" maxOccurs="2"/>
                <xs:element name="l" type="xs:int" nillable="true" minOccurs="0"/>
                <xs:element name="m" type="xs:int" default="7" minOccurs="0"/>
                <xs:element name="q" type="xs:QName" minOccurs="0"/>
                <xs:element name="e" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="f" type="xs:date" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>
            </xs:sequence><xs:attribute name="n" type="xs:decimal"/><xs:attribute name="s" type="xs:string"/><xs:attribute name="u" type="xs:anyURI"/><xs:attribute name="d" default="x" type="xs:string"/><xs:attribute name="i" type="xs:int"/></xs:complexType></xs:element>
            <xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:integer"/><xs:attribute name="s" type="xs:string"/></xs:complexType></xs:element>
            <xs:element name="p" type="t:part" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType>
        <xs:element name="r" type="t:part">"#,
            $constraints,
            "</xs:element>"
        )
    };
}

pub(super) const CASES: &[Case] = &[
    case(
        "unique",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:unique>"#
        ),
        &[
            "<r/>",
            r#"<r><a n="1"/><a n="2"/><a/><a/></r>"#,
            r#"<r><a n="1"/><p><a n="1"/></p></r>"#,
        ],
        &[
            r#"<r><a n="1"/><a n="1"/></r>"#,
            r#"<r><a n="1"/><a n="+1.0"/></r>"#,
            r#"<r><a n="0"/><a n="2"/><a n="-0.0"/></r>"#,
        ],
    ),
    case(
        "unique with two fields",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@n"/><xs:field xpath="t:k"/></xs:unique>"#
        ),
        &[
            r#"<r><a n="1"/><a n="1"/></r>"#,
            r#"<r><a n="1"><k>1</k></a><a n="1"><k>2</k></a><a n="2"><k>1</k></a></r>"#,
        ],
        &[
            r#"<r><a n="1"><k>1</k></a><a n="1.0"><k>1.00</k></a></r>"#,
            r#"<r><a n="1"><k>1</k><k>2</k></a></r>"#,
        ],
    ),
    case(
        "key",
        parts!(
            r#"<xs:key name="k"><xs:selector xpath="t:a | t:p/t:a"/><xs:field xpath="@n"/><xs:field xpath="t:k|@s"/></xs:key>"#
        ),
        &[
            r#"<r><a n="1"><k>1</k></a><a n="1" s="1"/><a n="2" s="1"/><p><a n="3" s=""/></p></r>"#,
            r#"<r><p><p><a/></p></p></r>"#,
        ],
        &[
            r#"<r><a n="1"/></r>"#,
            r#"<r><a s="1"/></r>"#,
            r#"<r><p><a n="1"/></p></r>"#,
            r#"<r><a n="1" s="x"/><p><a n="1" s="x"/></p></r>"#,
            r#"<r><a n="1" s="x"><k>1</k></a></r>"#,
        ],
    ),
    case(
        "key anywhere below",
        parts!(
            r#"<xs:key name="k"><xs:selector xpath=".//t:a"/><xs:field xpath=".//t:f"/></xs:key>"#
        ),
        &["<r><a><e><f>2024-01-01</f></e></a><p><p><a><e><f>2024-01-02</f></e></a></p></p></r>"],
        &[
            "<r><a><e><f>2024-01-01</f></e></a><p><p><a><e><f>2024-01-01</f></e></a></p></p></r>",
            "<r><p><p><a/></p></p></r>",
        ],
    ),
    case(
        "the element itself",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int" maxOccurs="9"/></xs:sequence><xs:attribute name="n"/></xs:complexType><xs:unique name="u"><xs:selector xpath="*"/><xs:field xpath="."/></xs:unique><xs:key name="k"><xs:selector xpath="."/><xs:field xpath="@n"/></xs:key></xs:element>"#,
        &[r#"<r n=""><a>1</a><a>2</a></r>"#],
        &[
            r#"<r n=""><a>1</a><a>01</a></r>"#,
            "<r><a>1</a><a>2</a></r>",
        ],
    ),
    case(
        "a nillable field of a unique",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="t:l"/></xs:unique>"#
        ),
        &[
            r#"<r><a><l>1</l></a><a><l xsi:nil="true"/></a><a><l>2</l></a></r>"#,
            r#"<r><a><l xsi:nil="true"/></a><a><l xsi:nil="true"/></a></r>"#,
        ],
        &[r#"<r><a><l>1</l></a><a><l xsi:nil="false">1</l></a></r>"#],
    ),
    case(
        "a nillable field of a key",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="t:l"/></xs:key>"#),
        &["<r/>"],
        &[
            "<r><a><l>1</l></a></r>",
            r#"<r><a><l xsi:nil="true"/></a></r>"#,
            "<r><a/></r>",
        ],
    ),
    case(
        "default of an element",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="t:m"/></xs:unique>"#
        ),
        &["<r><a><m/></a><a><m>8</m></a><a/></r>"],
        &["<r><a><m/></a><a><m>7</m></a></r>"],
    ),
    case(
        "default of an attribute",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="@d"/></xs:key>"#),
        &[r#"<r><a/><a d="y"/></r>"#],
        &[r#"<r><a/><a d="x"/></r>"#, "<r><a/><a/></r>"],
    ),
    case(
        "names as values",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="t:q"/></xs:unique>"#
        ),
        &[r#"<r><a><q>t:x</q></a><a><q xmlns:t="urn:other">t:x</q></a></r>"#],
        &["<r><a><q>t:x</q></a><a><q>x</q></a></r>"],
    ),
    case(
        "values of different types",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@n|@s|@i"/></xs:unique>"#
        ),
        &[r#"<r><a n="1"/><a s="1"/></r>"#],
        &[r#"<r><a n="1"/><a i="1"/></r>"#],
    ),
    case(
        "strings and addresses",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@s|@u"/></xs:unique>"#
        ),
        &[r#"<r><a s="x"/><a u="x"/></r>"#],
        &[
            r#"<r><a s="x"/><a s="x"/></r>"#,
            r#"<r><a u="x"/><a u=" x "/></r>"#,
        ],
    ),
    case(
        "a field without a simple type",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="t:e"/></xs:unique>"#
        ),
        &["<r><a/></r>"],
        &["<r><a><e/></a></r>"],
    ),
    case(
        "keyref",
        parts!(
            r#"<xs:keyref name="f" refer="t:k"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref><xs:key name="k"><xs:selector xpath=".//t:a"/><xs:field xpath="@n"/></xs:key>"#
        ),
        &[
            r#"<r><a n="1.0"/><b n="1"/><b n="2"/><b n="1"/><b/><p><a n="2"/></p></r>"#,
            r#"<r><p><b n="7"/></p></r>"#,
        ],
        &[
            r#"<r><a n="1"/><b n="2"/><b n="1"/></r>"#,
            r#"<r><b n="1"/></r>"#,
        ],
    ),
    case(
        "keyref with two fields to a unique",
        parts!(
            r#"<xs:unique name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/><xs:field xpath="@s"/></xs:unique><xs:keyref name="f" refer="t:k"><xs:selector xpath="t:b"/><xs:field xpath="@n"/><xs:field xpath="@s"/></xs:keyref>"#
        ),
        &[r#"<r><a n="1" s="x"/><a n="1"/><b n="1" s="x"/><b n="2"/></r>"#],
        &[
            r#"<r><a n="1" s="x"/><a n="1"/><b n="1" s="y"/></r>"#,
            r#"<r><a n="1" s="x"/><a n="2" s="y"/><b n="1" s="y"/></r>"#,
        ],
    ),
    case(
        "keyref to keys of children",
        r#"<xs:element name="r"><xs:complexType><xs:sequence>
            <xs:element name="p" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:int"/></xs:complexType></xs:element></xs:sequence></xs:complexType>
                <xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:key></xs:element>
            <xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:int"/></xs:complexType></xs:element>
        </xs:sequence></xs:complexType><xs:keyref name="f" refer="t:k"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref></xs:element>"#,
        &[r#"<r><p><a n="1"/><a n="2"/></p><p><a n="1"/><a n="3"/></p><b n="2"/><b n="3"/></r>"#],
        &[
            r#"<r><p><a n="1"/><a n="2"/></p><p><a n="1"/></p><b n="1"/></r>"#,
            r#"<r><p><a n="1"/></p><p><a n="1"/></p><p><a n="1"/></p><b n="1"/></r>"#,
            r#"<r><p><a n="1"/><a n="1"/></p></r>"#,
        ],
    ),
    case(
        "keyref to a key of an ancestor",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="p"><xs:complexType><xs:sequence><xs:element name="b" type="xs:int" minOccurs="0"/></xs:sequence></xs:complexType><xs:keyref name="f" refer="t:k"><xs:selector xpath="t:b"/><xs:field xpath="."/></xs:keyref></xs:element></xs:sequence></xs:complexType><xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="."/></xs:key></xs:element>"#,
        &["<r><a>1</a><p/></r>"],
        // Section 3.11.5: the table of an element has nothing of what its ancestors hold.
        &["<r><a>1</a><p><b>1</b></p></r>"],
    ),
    case(
        "keys of elements inside each other",
        r#"<xs:complexType name="e"><xs:sequence><xs:element ref="t:e" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:attribute name="n" type="xs:int"/><xs:attribute name="f" type="xs:int"/></xs:complexType>
        <xs:element name="e" type="t:e"><xs:unique name="u"><xs:selector xpath="t:e"/><xs:field xpath="@n"/></xs:unique></xs:element>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:e" maxOccurs="unbounded"/></xs:sequence></xs:complexType><xs:keyref name="k" refer="t:u"><xs:selector xpath=".//t:e"/><xs:field xpath="@f"/></xs:keyref></xs:element>"#,
        &[
            r#"<r><e f="1"><e n="1"><e n="1"/></e><e n="2"><e n="1"/></e></e></r>"#,
            r#"<r><e f="2"><e n="1"><e n="2"/></e><e n="3"><e n="4"/></e></e></r>"#,
        ],
        &[
            r#"<r><e f="1"><e n="3"><e n="1"/></e><e n="2"><e n="1"/></e></e></r>"#,
            r#"<r><e f="5"><e n="3"><e n="1"/></e></e></r>"#,
            r#"<r><e><e n="3"><e n="1"/><e n="1"/></e></e></r>"#,
        ],
    ),
    case(
        "fields under a lax wildcard",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:any processContents="lax" minOccurs="0"/></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType><xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="*"/></xs:unique></xs:element><xs:element name="n" type="xs:int"/>"#,
        &["<r><a><n>1</n></a><a><n>2</n></a><a/></r>"],
        &[
            "<r><a><n>1</n></a><a><n>01</n></a></r>",
            "<r><a><unheard/></a></r>",
        ],
    ),
    case(
        "a key under a wildcard that skips",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:any processContents="skip" maxOccurs="9"/></xs:sequence></xs:complexType><xs:key name="k"><xs:selector xpath=".//t:a"/><xs:field xpath="@n"/></xs:key></xs:element>"#,
        &[r#"<r><b n="1"/></r>"#],
        &[r#"<r><b><a n="1"/></b></r>"#, "<r><b><a/></b></r>"],
    ),
    case(
        "all attributes as a field",
        parts!(
            r#"<xs:unique name="u"><xs:selector xpath="t:b"/><xs:field xpath="@*"/></xs:unique>"#
        ),
        &[r#"<r><b n="1"/><b n="2"/><b s="1"/><b/></r>"#],
        &[
            r#"<r><b n="1"/><b n="1"/></r>"#,
            r#"<r><b n="1" s="1"/></r>"#,
        ],
    ),
    refused(
        "a selector from the root",
        parts!(r#"<xs:key name="k"><xs:selector xpath="/t:a"/><xs:field xpath="@n"/></xs:key>"#),
    ),
    refused(
        "a selector of an attribute",
        parts!(r#"<xs:key name="k"><xs:selector xpath="@n"/><xs:field xpath="@n"/></xs:key>"#),
    ),
    refused(
        "a selector with a condition",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a[1]"/><xs:field xpath="@n"/></xs:key>"#),
    ),
    refused(
        "a field with a function",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="text()"/></xs:key>"#),
    ),
    refused(
        "descendants in the middle",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a//t:k"/><xs:field xpath="."/></xs:key>"#),
    ),
    refused(
        "an unknown prefix in an XPath",
        parts!(r#"<xs:key name="k"><xs:selector xpath="u:a"/><xs:field xpath="@n"/></xs:key>"#),
    ),
    refused(
        "a reference to no key",
        parts!(
            r#"<xs:keyref name="f" refer="t:k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:keyref>"#
        ),
    ),
    refused(
        "a reference of another width",
        parts!(
            r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:key><xs:keyref name="f" refer="t:k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/><xs:field xpath="@s"/></xs:keyref>"#
        ),
    ),
    refused(
        "two constraints of one name",
        parts!(
            r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:key><xs:unique name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:unique>"#
        ),
    ),
    refused(
        "a key without fields",
        parts!(r#"<xs:key name="k"><xs:selector xpath="t:a"/></xs:key>"#),
    ),
];
