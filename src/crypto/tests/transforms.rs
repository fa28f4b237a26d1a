//! Transforms: the two that are taken, in whatever spelling, and all others, which are not.

use super::attacks::resign;
use super::pki::*;

#[test]
fn transforms_other_than_enveloped_and_canonicalisation_are_refused() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let exclusive =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let other = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"></ds:Transform>");
    let refused = "SIG_TRANSFORM_REFUSED";
    for (uri, expected) in [
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "SIG_XPATH"),
        ("http://www.w3.org/2002/06/xmldsig-filter2", "SIG_XPATH"),
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", "SIG_XSLT"),
        ("http://www.w3.org/2000/09/xmldsig#base64", refused),
        ("http://www.w3.org/2002/07/decrypt#XML", refused),
    ] {
        for transforms in [other(uri), format!("{enveloped}{}", other(uri))] {
            let changed = resign(&party, &signed, |info| {
                swap(info, &format!("{enveloped}{exclusive}"), &transforms)
            });
            assert_eq!(code(&changed, &trust), expected, "{uri}");
        }
    }
    for (transforms, expected) in [
        (exclusive.to_owned(), "SIG_REFERENCE_REFUSED"),
        (format!("{exclusive}{enveloped}"), refused),
        (format!("{enveloped}{enveloped}"), refused),
        (format!("{enveloped}{exclusive}{exclusive}"), refused),
        (format!("{enveloped}{}", exclusive.repeat(4)), "SIG_LIMIT"),
        // Canonical XML 1.0 by default: another digest here, as the document has other namespaces.
        (enveloped.to_owned(), "SIG_DIGEST_MISMATCH"),
    ] {
        let changed = resign(&party, &signed, |info| {
            swap(info, &format!("{enveloped}{exclusive}"), &transforms)
        });
        assert_eq!(code(&changed, &trust), expected, "{transforms}");
    }
}

/// The one XPath expression that is taken is another spelling of enveloped-signature.
#[test]
fn enveloped_spelled_in_xpath_is_taken_and_any_other_xpath_is_not() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let verdict = |transforms: &str| {
        let changed = resign(&party, &signed, |info| swap(info, enveloped, transforms));
        code(&changed, &trust)
    };
    let xpath = |element: &str| {
        format!(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">{element}</ds:Transform>"
        )
    };
    let taken = xpath("<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>");
    for transforms in [
        taken.clone(),
        format!("{enveloped}{taken}"),
        format!("{taken}{enveloped}"),
        xpath(
            "<ds:XPath xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\">\n not ( \tancestor-or-self \
             :: s:Signature )\n</ds:XPath>",
        ),
    ] {
        assert_eq!(verdict(&transforms), "verified", "{transforms}");
    }
    for element in [
        "",
        "<ds:XPath/>",
        "<ds:XPath>not(ancestor-or-self::Signature)</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::d:Signature)</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::undeclared:Signature)</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::ds :Signature)</ds:XPath>",
        "<ds:XPath>not(ancestor::ds:Signature)</ds:XPath>",
        "<ds:XPath>ancestor-or-self::ds:Signature</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::ds:Signature) and 1</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::ds:Signature or self::d:Empty)</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::ds:SignatureValue)</ds:XPath>",
        "<ds:XPath>not(ancestor-or-self::<!-- c -->ds:Signature)</ds:XPath>",
        "<d:XPath>not(ancestor-or-self::ds:Signature)</d:XPath>",
        "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath><ds:XPath>true()</ds:XPath>",
    ] {
        assert_eq!(verdict(&xpath(element)), "SIG_XPATH", "{element}");
    }
    assert_eq!(verdict(&format!("{taken}{taken}")), "SIG_XPATH");
}
