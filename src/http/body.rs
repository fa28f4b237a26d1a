//! Request bodies: their declared type, and their bytes under a cap and within a time.
//!
//! Start at [`xml`]. Nothing here looks into the bytes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::problem::Problem;

/// First allocation for a body whose length is not announced: most messages are smaller.
const FIRST_ALLOCATION_BYTES: usize = 16 * 1024;

/// Longest content type that is read: RFC 9110 sets none; real ones are below 100 characters.
const CONTENT_TYPE_BYTES_MAX: usize = 256;

/// What a body may use up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) bytes_max: usize,
    pub(super) time_max: Duration,
}

/// The body of a request that must be XML, and the charset that its header states.
pub(super) async fn xml<B>(
    headers: &HeaderMap,
    body: B,
    allowance: Allowance,
) -> Result<(Bytes, Option<String>), Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let charset = xml_charset(headers)?;
    Ok((read(headers, body, allowance).await?, charset))
}

/// The body of a request that must be JSON.
pub(super) async fn json<B>(
    headers: &HeaderMap,
    body: B,
    allowance: Allowance,
) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let expected = "application/json";
    let essence = content_type(headers).map(|(essence, _)| essence);
    if essence.as_deref() != Some(expected) || encoded(headers) {
        return Err(Problem::MediaType { expected });
    }
    read(headers, body, allowance).await
}

async fn read<B>(headers: &HeaderMap, body: B, allowance: Allowance) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let limit = allowance.bytes_max;
    let announced = announced_length(headers);
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::BodyTooLarge { limit });
    }
    match tokio::time::timeout(allowance.time_max, collect(body, limit, announced)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem::BodyTimeout),
    }
}

async fn collect<B>(mut body: B, limit: usize, announced: Option<usize>) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
{
    let first = announced.map_or(FIRST_ALLOCATION_BYTES, |length| {
        length.min(1024 * FIRST_ALLOCATION_BYTES)
    });
    let mut collected = BytesMut::with_capacity(first);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::BodyIncomplete)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > limit - collected.len() {
            return Err(Problem::BodyTooLarge { limit });
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn encoded(headers: &HeaderMap) -> bool {
    let identity = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    !headers.get_all(CONTENT_ENCODING).iter().all(identity)
}

/// The charset of an XML content type (RFC 7303): `application/xml`, `text/xml` or `+xml`.
fn xml_charset(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    const REFUSED: Problem = Problem::MediaType {
        expected: "application/xml",
    };
    let (essence, charset) = content_type(headers).ok_or(REFUSED)?;
    let xml = matches!(essence.as_str(), "application/xml" | "text/xml")
        || (essence.starts_with("application/") && essence.ends_with("+xml"));
    if !xml || encoded(headers) {
        return Err(REFUSED);
    }
    Ok(charset)
}

/// Type and subtype in lower case, and the charset parameter, of the one content type.
fn content_type(headers: &HeaderMap) -> Option<(String, Option<String>)> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let (value, more) = (all.next()?, all.next());
    if more.is_some() || value.len() > CONTENT_TYPE_BYTES_MAX {
        return None;
    }
    let mut parts = value.to_str().ok()?.split(';');
    let essence = parts.next()?.trim().to_ascii_lowercase();
    let mut charset = None;
    for parameter in parts {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("charset") {
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            if value.is_empty() || charset.replace(value).is_some() {
                return None;
            }
        }
    }
    Some((essence, charset))
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn headers(content_type: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        headers
    }

    const SMALL: Allowance = Allowance {
        bytes_max: 4,
        time_max: Duration::from_secs(5),
    };

    #[test]
    fn xml_types_are_taken_with_their_charset() {
        for (value, charset) in [
            ("application/xml", None),
            ("text/xml; charset=UTF-8", Some("utf-8")),
            (
                "Application/XML; charset=\"windows-1251\"",
                Some("windows-1251"),
            ),
            (
                "application/soap+xml; action=x; charset=utf-16",
                Some("utf-16"),
            ),
        ] {
            assert_eq!(xml_charset(&headers(value)).unwrap().as_deref(), charset);
        }
    }

    #[test]
    fn other_types_are_refused() {
        for value in [
            "application/json",
            "text/plain",
            "image/svg+xml",
            "application/xml; charset",
            "application/xml; charset=",
            "application/xml; charset=utf-8; charset=utf-16",
        ] {
            let refused = xml_charset(&headers(value)).unwrap_err();
            assert_eq!(refused.code(), "HTTP_MEDIA_TYPE", "{value}");
        }
        assert!(xml_charset(&HeaderMap::new()).is_err());
        let mut twice = headers("application/xml");
        twice.append(CONTENT_TYPE, "text/xml".parse().unwrap());
        assert!(xml_charset(&twice).is_err());
        let mut packed = headers("application/xml");
        packed.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert!(xml_charset(&packed).is_err());
        packed.insert(CONTENT_ENCODING, "identity".parse().unwrap());
        assert!(xml_charset(&packed).is_ok());
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_cap() {
        let xml_headers = headers("application/xml");
        let body = Full::new(Bytes::from_static(b"<a/>"));
        assert_eq!(xml(&xml_headers, body, SMALL).await.unwrap().0, "<a/>");
        let body = Full::new(Bytes::from_static(b"<ab/>"));
        assert_eq!(
            xml(&xml_headers, body, SMALL).await.unwrap_err(),
            Problem::BodyTooLarge { limit: 4 }
        );
        let mut announced = xml_headers;
        announced.insert(CONTENT_LENGTH, "5".parse().unwrap());
        let body = Full::new(Bytes::new());
        assert_eq!(
            xml(&announced, body, SMALL).await.unwrap_err(),
            Problem::BodyTooLarge { limit: 4 }
        );
    }
}
