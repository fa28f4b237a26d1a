//! Problem documents: the only place where a reason becomes an HTTP status (RFC 9457).
//!
//! Start at [`Problem`]. A problem is what a peer is told when no receipt can exist: before the body
//! is complete, for a wrong path, for somebody unknown. Once there is a receipt, the receipt is the
//! answer and only its status comes from here ([`status`]). No payload value is ever in a problem.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use super::service::{AnswerStatus, Failure};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// When to come again after a 503, in seconds: a commit takes milliseconds, a restart seconds.
pub(super) const BUSY_RETRY_S: u32 = 2;

/// When to come again after a 503 for want of room, in seconds: somebody has to make it.
const ROOM_RETRY_S: u32 = 60;

/// When to come again after a 429, in seconds: the quota is of a day.
const QUOTA_RETRY_S: u32 = 3600;

/// Why a request got no receipt and no content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The body ended before its announced length, or broke its framing.
    BodyIncomplete,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is longer than this listener takes.
    BodyTooLarge {
        /// Bytes of the largest body.
        limit: usize,
    },
    /// Too much is under way; the same request may be sent again.
    Busy {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// The state of the thing does not allow it any more.
    Conflict,
    /// The gateway itself failed; the same request may be sent again.
    Fault,
    /// The principal's role does not allow it.
    Forbidden,
    /// The body is not the JSON that is expected; where and why, without values.
    Malformed(String),
    /// The path exists, not with this method.
    Method {
        /// What it takes.
        allow: &'static str,
    },
    /// The content type or encoding is not what the path takes.
    MediaType {
        /// What it takes.
        expected: &'static str,
    },
    /// The disk is nearly full; the same request may be sent again.
    NoRoom {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// Nothing is there.
    NotFound,
    /// A query parameter is unknown or out of range.
    Query,
    /// The partner has used up what is kept of its refused messages today.
    Quota {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// What an entry asks for cannot be done.
    Refused(&'static str),
    /// Neither a known token nor a known client certificate.
    Unauthorized,
    /// A held message cannot go on with what was supplied; it waits as before.
    Unhelped {
        /// The conductor's code of the reason.
        code: &'static str,
    },
}

/// The receipt's status: what an answer of the conductor is on the wire.
pub(super) fn status(answer: AnswerStatus) -> StatusCode {
    match answer {
        AnswerStatus::Accepted => StatusCode::OK,
        AnswerStatus::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        AnswerStatus::Conflict => StatusCode::CONFLICT,
    }
}

/// The conductor's failure as a problem.
pub(super) fn of(failure: Failure) -> Problem {
    match failure {
        Failure::Busy => Problem::Busy {
            retry_after_s: BUSY_RETRY_S,
        },
        Failure::Conflict => Problem::Conflict,
        Failure::Fault => Problem::Fault,
        Failure::Forbidden => Problem::Forbidden,
        Failure::Malformed(text) => Problem::Malformed(text),
        Failure::NoRoom => Problem::NoRoom {
            retry_after_s: ROOM_RETRY_S,
        },
        Failure::NotFound => Problem::NotFound,
        Failure::Quota => Problem::Quota {
            retry_after_s: QUOTA_RETRY_S,
        },
        Failure::Refused(text) => Problem::Refused(text),
        Failure::Unhelped { code } => Problem::Unhelped { code },
    }
}

/// Whether the gateway takes messages, for probes: 200, or 503 with the reason; and what will soon
/// need a person.
pub(super) fn readiness(unready: Option<String>, warnings: &[String]) -> Response<Full<Bytes>> {
    let document = match &unready {
        None => json!({ "ready": true, "warnings": warnings }),
        Some(reason) => json!({ "ready": false, "reason": reason, "warnings": warnings }),
    };
    let mut response = Response::new(Full::from(document.to_string()));
    if unready.is_some() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl Problem {
    /// The status that it is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BodyIncomplete | Self::Malformed(_) | Self::Query => StatusCode::BAD_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy { .. } | Self::NoRoom { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Quota { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unhelped { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BodyIncomplete => "HTTP_BODY_INCOMPLETE",
            Self::BodyTimeout => "HTTP_BODY_TIMEOUT",
            Self::BodyTooLarge { .. } => "HTTP_BODY_TOO_LARGE",
            Self::Busy { .. } => "HTTP_BUSY",
            Self::Conflict => "HTTP_CONFLICT",
            Self::Fault => "HTTP_FAULT",
            Self::Forbidden => "HTTP_FORBIDDEN",
            Self::Malformed(_) => "HTTP_MALFORMED",
            Self::Method { .. } => "HTTP_METHOD",
            Self::MediaType { .. } => "HTTP_MEDIA_TYPE",
            Self::NoRoom { .. } => "HTTP_NO_ROOM",
            Self::NotFound => "HTTP_NOT_FOUND",
            Self::Query => "HTTP_QUERY",
            Self::Quota { .. } => "HTTP_QUOTA",
            Self::Refused(_) => "HTTP_REFUSED",
            Self::Unauthorized => "HTTP_UNAUTHORIZED",
            Self::Unhelped { .. } => "HTTP_UNHELPED",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::BodyIncomplete => "the body is incomplete",
            Self::BodyTimeout => "the body did not arrive in time",
            Self::BodyTooLarge { .. } => "the body is too large",
            Self::Busy { .. } => "not now; send the same again later",
            Self::Conflict => "its state does not allow this any more",
            Self::Fault => "the gateway failed; send the same again later",
            Self::Forbidden => "the role does not allow this",
            Self::Malformed(_) => "the JSON is not what is expected here",
            Self::Method { .. } => "the path does not take this method",
            Self::MediaType { .. } => "the content type or encoding is not taken here",
            Self::NoRoom { .. } => "the disk is nearly full; send the same again later",
            Self::NotFound => "nothing is there",
            Self::Query => "a query parameter is unknown or out of range",
            Self::Quota { .. } => "too many refused messages today",
            Self::Refused(_) => "the entry asks for what cannot be done",
            Self::Unauthorized => "a bearer token or a client certificate is needed",
            Self::Unhelped { .. } => "the held message cannot go on with these values",
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::BodyTooLarge { limit } => Some(format!("at most {limit} bytes")),
            Self::MediaType { expected } => Some(format!("send {expected}, not encoded")),
            Self::Method { allow } => Some(format!("it takes {allow}")),
            Self::Malformed(text) => Some(text.clone()),
            Self::Refused(text) => Some((*text).to_owned()),
            Self::Unhelped { code } => Some((*code).to_owned()),
            Self::BodyIncomplete
            | Self::BodyTimeout
            | Self::Busy { .. }
            | Self::Conflict
            | Self::Fault
            | Self::Forbidden
            | Self::NoRoom { .. }
            | Self::NotFound
            | Self::Query
            | Self::Quota { .. }
            | Self::Unauthorized => None,
        }
    }

    /// The problem as a response.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut document = json!({
            "type": format!("urn:corridor:problem:{}", self.code()),
            "title": self.title(),
            "status": self.status().as_u16(),
            "code": self.code(),
        });
        if let (Some(fields), Some(detail)) = (document.as_object_mut(), self.detail()) {
            fields.insert("detail".to_owned(), detail.into());
        }
        let mut response = Response::new(Full::from(document.to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self {
            Self::Busy { retry_after_s }
            | Self::NoRoom { retry_after_s }
            | Self::Quota { retry_after_s } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
            }
            Self::Method { allow } => {
                headers.insert(ALLOW, HeaderValue::from_static(allow));
            }
            Self::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::BodyIncomplete
            | Self::BodyTimeout
            | Self::BodyTooLarge { .. }
            | Self::Conflict
            | Self::Fault
            | Self::Forbidden
            | Self::Malformed(_)
            | Self::MediaType { .. }
            | Self::Refused(_)
            | Self::NotFound
            | Self::Query
            | Self::Unhelped { .. } => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_code_and_status_and_how_to_go_on() {
        let response = Problem::Busy { retry_after_s: 3 }.response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "3");
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        let response = Problem::Method { allow: "POST" }.response();
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], "POST");
        assert_eq!(
            Problem::Unauthorized.response().headers()[WWW_AUTHENTICATE],
            "Bearer"
        );
    }

    /// Every problem stands in the operators' guide, with its status.
    #[test]
    fn every_code_is_documented_with_its_status() {
        let guide = include_str!("../../docs/operating.md");
        let all = [
            Problem::BodyIncomplete,
            Problem::BodyTimeout,
            Problem::BodyTooLarge { limit: 1 },
            Problem::Busy { retry_after_s: 1 },
            Problem::Conflict,
            Problem::Fault,
            Problem::Forbidden,
            Problem::Malformed(String::new()),
            Problem::Method { allow: "GET" },
            Problem::MediaType { expected: "XML" },
            Problem::NoRoom { retry_after_s: 1 },
            Problem::NotFound,
            Problem::Query,
            Problem::Quota { retry_after_s: 1 },
            Problem::Refused("why"),
            Problem::Unauthorized,
            Problem::Unhelped { code: "LANE_GONE" },
        ];
        for problem in &all {
            let row = format!("| {} | `{}` |", problem.status().as_u16(), problem.code());
            assert!(guide.contains(&row), "docs/operating.md has no row {row}");
        }
        assert_eq!(guide.matches("| `HTTP_").count(), all.len());
    }

    #[test]
    fn answers_have_their_statuses() {
        assert_eq!(status(AnswerStatus::Accepted), 200);
        assert_eq!(status(AnswerStatus::Refused), 422);
        assert_eq!(status(AnswerStatus::Conflict), 409);
    }
}
