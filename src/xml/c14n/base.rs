//! Joining `xml:base` values (Canonical XML 1.1 section 2.4): RFC 3986 section 5.2, changed so that
//! relative references join to relative references.

/// The parts of a URI reference (RFC 3986 appendix B).
#[derive(Clone, Copy)]
struct Reference<'u> {
    scheme: Option<&'u str>,
    authority: Option<&'u str>,
    path: &'u str,
    query: Option<&'u str>,
}

/// Joins the values from the outermost to the innermost.
pub(super) fn join_all(values: &[&str]) -> String {
    let mut joined = String::new();
    for (number, value) in values.iter().enumerate() {
        joined = if number == 0 {
            (*value).to_owned()
        } else {
            join(&joined, value)
        };
    }
    joined
}

fn join(base: &str, reference: &str) -> String {
    let (base, fragment) = (
        split(base),
        reference.split_once('#').map(|(_, fragment)| fragment),
    );
    let found = split(reference);
    let mut target = found;
    let path;
    if found.scheme.is_some() || found.authority.is_some() {
        target.scheme = found.scheme.or(base.scheme);
        path = without_dots(found.path);
    } else {
        target.scheme = base.scheme;
        target.authority = base.authority;
        if found.path.is_empty() {
            // A base that ends in ".." names a folder.
            path = without_dots(base.path);
            target.query = found.query.or(base.query);
        } else if found.path.starts_with('/') {
            path = without_dots(found.path);
        } else {
            path = without_dots(&merge(base, found.path));
        }
    }
    compose(target, &path, fragment)
}

fn split(reference: &str) -> Reference<'_> {
    let rest = reference
        .split_once('#')
        .map_or(reference, |(before, _)| before);
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, after)) if !scheme.contains(['/', '?']) && !scheme.is_empty() => {
            (Some(scheme), after)
        }
        _ => (None, rest),
    };
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(path, query)| (path, Some(query)));
    let Some(after) = rest.strip_prefix("//") else {
        return Reference {
            scheme,
            authority: None,
            path: rest,
            query,
        };
    };
    let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
    Reference {
        scheme,
        authority: Some(authority),
        path,
        query,
    }
}

/// RFC 3986 section 5.2.3. A trailing ".." in the base counts as a folder.
fn merge(base: Reference<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    if base.path == ".." || base.path.ends_with("/..") {
        return format!("{}/{path}", base.path);
    }
    let folder = base
        .path
        .rfind('/')
        .map_or("", |slash| base.path.get(..=slash).unwrap_or_default());
    format!("{folder}{path}")
}

/// RFC 3986 section 5.2.4 with the changes of Canonical XML 1.1: leading ".." segments of a
/// relative path stay, runs of slashes become one, a trailing ".." is followed by a slash.
fn without_dots(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').collect();
    let folder = matches!(segments.last(), Some(&("" | "." | "..")));
    for segment in segments {
        match segment {
            "" | "." => {}
            ".." => match kept.last() {
                Some(&last) if last != ".." => {
                    kept.pop();
                }
                _ if absolute => {}
                _ => kept.push(".."),
            },
            _ => kept.push(segment),
        }
    }
    let mut out = String::new();
    if absolute {
        out.push('/');
    }
    out.push_str(&kept.join("/"));
    if folder && !kept.is_empty() {
        out.push('/');
    }
    out
}

fn compose(target: Reference<'_>, path: &str, fragment: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(scheme) = target.scheme {
        out.push_str(scheme);
        out.push(':');
    }
    if let Some(authority) = target.authority {
        out.push_str("//");
        out.push_str(authority);
    }
    out.push_str(path);
    if let Some(query) = target.query {
        out.push('?');
        out.push_str(query);
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_as_the_recommendation_shows() {
        let check = |values: &[&str], expected: &str| {
            assert_eq!(join_all(values), expected, "{values:?}");
        };
        check(
            &["http://www.example.com/x/y/"],
            "http://www.example.com/x/y/",
        );
        check(&["http://example.org/a/b", "c"], "http://example.org/a/c");
        check(
            &["http://example.org/a/b/", "../c"],
            "http://example.org/a/c",
        );
        check(&["http://example.org", "c"], "http://example.org/c");
        check(&["http://example.org/a", "//other/x"], "http://other/x");
        check(
            &["http://example.org/a", "ftp://other/x/../y"],
            "ftp://other/y",
        );
        check(&["http://example.org/a?q", ""], "http://example.org/a?q");
        check(&["a/b/", "c"], "a/b/c");
        check(&["..", ".."], "../../");
        check(&["../..", "x"], "../../x");
        check(&["a", "../.."], "../../");
        check(&["/a/b", "../../../c"], "/c");
        check(&["a//b/", "c"], "a/b/c");
        check(&["http://h/a/", "b", "c"], "http://h/a/c");
        check(&["a/", ".."], "");
    }
}
