//! Patterns against texts: what matches, what does not, and what is no pattern.

use super::*;

fn check(source: &str, good: &[&str], bad: &[&str]) {
    let pattern = Pattern::new(source).unwrap_or_else(|e| panic!("{source}: {e}"));
    let regex = Lazy::new(&parse(source).unwrap());
    for (texts, expected) in [(good, true), (bad, false)] {
        for text in texts {
            assert_eq!(pattern.matches(text), expected, "{source} on {text:?}");
            assert_eq!(
                regex.is_match(text),
                expected,
                "regex of {source} on {text:?}"
            );
        }
    }
}

fn is_direct(source: &str) -> bool {
    matches!(Pattern::new(source).unwrap().matcher, Matcher::Runs(_))
}

#[test]
fn patterns_match_whole_texts() {
    check(
        ".{1,3}",
        &["a", "abc", "\u{416}\u{416}\u{416}"],
        &["", "abcd", "a\nb", "\r"],
    );
    check(
        "[A-Z]{2}[0-9]{6}",
        &["AB123456"],
        &["AB12345", "AB1234567", "aB123456", "\u{416}B123456"],
    );
    check("([0-9])*", &["", "0123"], &["a", "1a"]);
    check("a|bc|", &["a", "bc", ""], &["b", "abc", "ab"]);
    check("(UN)\\d{4}", &["UN1234"], &["UN123", "1234"]);
    check("[1-9]\\d*(\\.\\d+)?", &["1", "10.5"], &["0", "1.", ".5"]);
    check("a{2,}", &["aa", "aaaa"], &["a", ""]);
    check("x?y", &["y", "xy"], &["x", "xxy"]);
    check("", &[""], &["a"]);
    check("$^", &["$^"], &["", "$"]);
}

#[test]
fn classes_of_the_standard() {
    check("\\d", &["7", "\u{661}"], &["a", "\u{2160}"]);
    check("\\w+", &["a\u{416}7$"], &["a-b", "a b", "."]);
    check("\\W", &["-", " "], &["a"]);
    check("\\i\\c*", &["_a-1", ":x"], &["1a", "-"]);
    check("[\\i-[:]][\\c-[:]]*", &["_a-1"], &[":x", "a:b"]);
    check("\\s", &[" ", "\t", "\n", "\r"], &["\u{A0}", "\u{B}"]);
    check("\\S", &["a", "\u{A0}"], &[" "]);
    check("\\p{Lu}\\P{Lu}", &["Aa", "\u{416}1"], &["aA", "AA"]);
    check("\\p{IsBasicLatin}+", &["abc~"], &["\u{80}"]);
    check("\\P{Z}(.*\\P{Z})?", &["a", "a b"], &["", " ", " a", "a "]);
    check("[a-z-[aeiou]]", &["b"], &["a", "B"]);
    check("[^a-z-[0-9]]", &["A", "-"], &["a", "5"]);
    check("[^\\n\\r]*", &["", "a b"], &["a\nb"]);
    check("[a-]", &["a", "-"], &["b"]);
    check("[-a]", &["a", "-"], &["b"]);
    check("[\\-\\]\\[\\^&~]", &["-", "]", "[", "^", "&", "~"], &["\\"]);
    check(
        "[\u{410}-\u{42F}]{2}",
        &["\u{416}\u{42F}"],
        &["\u{436}\u{42F}", "AB"],
    );
    check("[ -~]{1,3}", &[" ~a"], &["\t", "\u{416}"]);
}

#[test]
fn what_is_no_pattern() {
    for source in [
        "(",
        ")",
        "[",
        "[]",
        "a{",
        "a{2",
        "a{3,2}",
        "a{x}",
        "*",
        "a**",
        "\\",
        "\\q",
        "\\p{Xx}",
        "\\p{IsKlingon}",
        "[b-a]",
        "[a-z-[b]c]",
        "]",
        "a{1000000}",
    ] {
        assert!(Pattern::new(source).is_err(), "{source}");
    }
    assert!(Pattern::new(".{90000}").is_ok());
    assert!(Pattern::new("(ab){90000}").is_err());
    let deep = "(".repeat(1000) + &")".repeat(1000);
    assert!(Pattern::new(&deep).is_err());
}

#[test]
fn counted_runs_need_no_regex() {
    for source in [
        ".{1,35}",
        "[0-9]{1}",
        "\\d{2}|\\d{4}",
        "[A-Z]{2}.{1,33}",
        "([0-9])*",
        "(UN)\\d{4}",
    ] {
        assert!(is_direct(source), "{source}");
    }
    for source in ["(ab)*", "a*b", "\\P{Z}(.*\\P{Z})?"] {
        assert!(!is_direct(source), "{source}");
    }
}

#[test]
fn the_largest_pattern_compiles() {
    let pattern = Pattern::new("(\\p{L}|b){2000}").unwrap();
    assert!(pattern.matches(&"b".repeat(2000)));
    assert!(!pattern.matches(&"b".repeat(1999)));
}
