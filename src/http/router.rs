//! What a request asks for: method, path and query, matched once.
//!
//! Start at [`Route`]. A route knows nothing of who asks; the access table does.

use std::borrow::Cow;

use http::Method;

use percent_encoding::percent_decode_str;

use super::problem::Problem;
use super::service::{Entry, View};
use crate::exchange::InboxForm;
use crate::model::{CaseKey, KeyKind, Ucr};

/// Longest id in a path: a UUID has 36 characters, package ids less than 64.
const ID_BYTES_MAX: usize = 64;

/// Longest key of a case, in bytes: the longest published identifiers have 70 characters.
const KEY_BYTES_MAX: usize = 256;

/// Items of one inbox page when the query does not say.
const PAGE_DEFAULT: usize = 100;

/// Most items of one inbox page: their descriptions stay below a megabyte.
const PAGE_MAX: usize = 1000;

/// What a partner asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartnerRoute {
    /// `GET /v1/log/checkpoint`
    Checkpoint,
    /// `POST /v1/messages`
    Post,
}

/// What a submitter states beside a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Beside {
    /// The id of what it stands in the place of.
    pub(super) replaces: Option<String>,
    /// The UCR of its consignment.
    pub(super) ucr: Option<Ucr>,
}

/// What somebody on the national side asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `GET /v1/log/checkpoint`
    Checkpoint,
    /// What is entered: `POST /v1/messages/{id}/cancel`; about a case, `POST /v1/cases/join`, `POST /v1/presentations`,
    /// `POST /v1/cases/{id}/arrival` and `/release`,
    /// `POST /v1/alerts/{id}/ack`.
    Enter(Entry),
    /// `GET /healthz`
    Health,
    /// `GET /v1/held`
    Held,
    /// `GET /v1/held/{id}`
    HeldEntry(String),
    /// `GET /v1/inbox?after=&limit=`
    Inbox { after: Option<u64>, limit: usize },
    /// `POST /v1/inbox/{id}/ack`
    InboxAcknowledge(String),
    /// `GET /v1/inbox/{id}`, `?original=1`, `?translated=1`
    InboxItem { id: String, form: InboxForm },
    /// What is known of cases: `GET /v1/cases?ucr=|mrn=|container=|...`, `GET /v1/cases/{id}`,
    /// `GET /v1/recognitions?ucr=|mrn=`, `GET /v1/recognitions/{id}`, `/facts`, `GET /v1/alerts`.
    Look(View),
    /// `GET /v1/messages/{id}`
    Message(String),
    /// `GET /metrics`
    Metrics,
    /// `POST /v1/messages?function=amend&replaces=&ucr=`, each as it is wanted.
    Post(Beside),
    /// `GET /v1/partners/{party}/receipt`
    PartnerReceipt(String),
    /// `GET /v1/receipts/{id}/proof`
    Proof(String),
    /// `GET /v1/queue?partner=`
    Queue { partner: Option<String> },
    /// `POST /v1/queue/{id}/drop`
    QueueDrop(String),
    /// `POST /v1/queue/{id}/hold`
    QueueHold(String),
    /// `POST /v1/queue/{id}/retry`
    QueueRetry(String),
    /// `POST /v1/queue/retry`
    QueueRetryAll,
    /// `GET /readyz`
    Ready,
    /// `GET /v1/receipts/{id}`
    Receipt(String),
    /// `GET /v1/status`
    Status,
    /// `POST /v1/held/{id}/supplement`
    Supplement(String),
}

/// What a partner asks for.
pub(super) fn partner(
    method: &Method,
    path: &str,
    query: Option<&str>,
) -> Result<PartnerRoute, Problem> {
    match segments(path)?.as_slice() {
        ["v1", "messages"] => post(method, query, PartnerRoute::Post),
        ["v1", "log", "checkpoint"] => get(method, query, PartnerRoute::Checkpoint),
        _ => Err(Problem::NotFound),
    }
}

/// What somebody on the national side asks for.
pub(super) fn national(method: &Method, path: &str, query: Option<&str>) -> Result<Route, Problem> {
    match segments(path)?.as_slice() {
        ["healthz"] => get(method, query, Route::Health),
        ["readyz"] => get(method, query, Route::Ready),
        ["metrics"] => get(method, query, Route::Metrics),
        ["v1", "messages"] => post(method, None, submission(query)?),
        ["v1", "messages", one, "cancel"] => {
            post(method, query, Route::Enter(Entry::Cancel(id(one)?)))
        }
        ["v1", "messages", one] => get(method, query, Route::Message(id(one)?)),
        ["v1", "inbox"] => {
            let (after, limit) = page(query)?;
            get(method, None, Route::Inbox { after, limit })
        }
        ["v1", "inbox", one] => {
            let (id, form) = (id(one)?, form(query)?);
            get(method, None, Route::InboxItem { id, form })
        }
        ["v1", "inbox", one, "ack"] => post(method, query, Route::InboxAcknowledge(id(one)?)),
        ["v1", "held"] => get(method, query, Route::Held),
        ["v1", "held", one] => get(method, query, Route::HeldEntry(id(one)?)),
        ["v1", "held", one, "supplement"] => post(method, query, Route::Supplement(id(one)?)),
        ["v1", "cases"] => get(method, None, Route::Look(View::Cases(case_key(query)?))),
        ["v1", "cases", "join"] => post(method, query, Route::Enter(Entry::Join)),
        ["v1", "cases", one, "arrival"] => {
            post(method, query, Route::Enter(Entry::Arrival(id(one)?)))
        }
        ["v1", "cases", one, "release"] => {
            post(method, query, Route::Enter(Entry::Release(id(one)?)))
        }
        ["v1", "cases", one] => get(method, query, Route::Look(View::Case(id(one)?))),
        ["v1", "queue"] => {
            let partner = partner_named(query)?;
            get(method, None, Route::Queue { partner })
        }
        ["v1", "queue", "retry"] => post(method, query, Route::QueueRetryAll),
        ["v1", "queue", one, "drop"] => post(method, query, Route::QueueDrop(id(one)?)),
        ["v1", "queue", one, "hold"] => post(method, query, Route::QueueHold(id(one)?)),
        ["v1", "queue", one, "retry"] => post(method, query, Route::QueueRetry(id(one)?)),
        ["v1", "partners", one, "receipt"] => get(method, query, Route::PartnerReceipt(id(one)?)),
        ["v1", "status"] => get(method, query, Route::Status),
        ["v1", "alerts"] => get(method, query, Route::Look(View::Alerts)),
        ["v1", "alerts", one, "ack"] => {
            post(method, query, Route::Enter(Entry::AlertTaken(id(one)?)))
        }
        ["v1", "presentations"] => post(method, query, Route::Enter(Entry::Presentation)),
        ["v1", "recognitions"] => {
            let key = case_key(query)?;
            get(method, None, Route::Look(View::Recognitions(key)))
        }
        ["v1", "recognitions", one] => get(method, query, Route::Look(View::Decision(id(one)?))),
        ["v1", "recognitions", one, "facts"] => {
            get(method, query, Route::Look(View::DecisionFacts(id(one)?)))
        }
        ["v1", "receipts", one] => get(method, query, Route::Receipt(id(one)?)),
        ["v1", "receipts", one, "proof"] => get(method, query, Route::Proof(id(one)?)),
        ["v1", "log", "checkpoint"] => get(method, query, Route::Checkpoint),
        _ => Err(Problem::NotFound),
    }
}

/// The path without its leading slash, cut at slashes; at most five are of use.
fn segments(path: &str) -> Result<Vec<&str>, Problem> {
    let path = path.strip_prefix('/').ok_or(Problem::NotFound)?;
    Ok(path.splitn(6, '/').collect())
}

fn get<R>(method: &Method, query: Option<&str>, route: R) -> Result<R, Problem> {
    only(method, &Method::GET, "GET", query, route)
}

fn post<R>(method: &Method, query: Option<&str>, route: R) -> Result<R, Problem> {
    only(method, &Method::POST, "POST", query, route)
}

fn only<R>(
    method: &Method,
    taken: &Method,
    allow: &'static str,
    query: Option<&str>,
    route: R,
) -> Result<R, Problem> {
    if method != taken {
        return Err(Problem::Method { allow });
    }
    match query {
        None | Some("") => Ok(route),
        Some(_) => Err(Problem::Query),
    }
}

fn id(segment: &str) -> Result<String, Problem> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if segment.is_empty() || segment.len() > ID_BYTES_MAX || !segment.bytes().all(legal) {
        return Err(Problem::NotFound);
    }
    Ok(segment.to_owned())
}

fn page(query: Option<&str>) -> Result<(Option<u64>, usize), Problem> {
    let (mut after, mut limit) = (None, PAGE_DEFAULT);
    for (name, value) in parameters(query) {
        match name {
            "after" => after = Some(value.parse().map_err(|_| Problem::Query)?),
            "limit" => limit = value.parse().map_err(|_| Problem::Query)?,
            _ => return Err(Problem::Query),
        }
    }
    if limit == 0 || limit > PAGE_MAX {
        return Err(Problem::Query);
    }
    Ok((after, limit))
}

/// What is stated beside a submission: `function=amend` with `replaces=`, or nothing, which makes an
/// original; the other functions have paths of their own, or stand in the message. `ucr=` is the UCR of
/// the consignment.
fn submission(query: Option<&str>) -> Result<Route, Problem> {
    let (mut function, mut replaces, mut ucr) = (None, None, None);
    for (name, value) in parameters(query) {
        let slot = match name {
            "function" => &mut function,
            "replaces" => &mut replaces,
            "ucr" => &mut ucr,
            _ => return Err(Problem::Query),
        };
        if slot.replace(value).is_some() {
            return Err(Problem::Query);
        }
    }
    let replaces = match (function, replaces) {
        (None, None) => None,
        (Some("amend"), Some(replaces)) => Some(id(replaces).map_err(|_| Problem::Query)?),
        _ => return Err(Problem::Query),
    };
    let read = |text| decoded(text)?.parse::<Ucr>().map_err(|_| Problem::Query);
    let ucr = ucr.map(read).transpose()?;
    Ok(Route::Post(Beside { replaces, ucr }))
}

fn partner_named(query: Option<&str>) -> Result<Option<String>, Problem> {
    let mut partner = None;
    for (name, value) in parameters(query) {
        if name != "partner" {
            return Err(Problem::Query);
        }
        partner = Some(id(value).map_err(|_| Problem::Query)?);
    }
    Ok(partner)
}

/// `0` says that a form is not wanted; two forms at once are none.
fn form(query: Option<&str>) -> Result<InboxForm, Problem> {
    let mut form = InboxForm::Canonical;
    for (name, value) in parameters(query) {
        let named = match name {
            "original" => InboxForm::Original,
            "translated" => InboxForm::Translated,
            _ => return Err(Problem::Query),
        };
        match value {
            "0" => {}
            "1" if form == InboxForm::Canonical => form = named,
            _ => return Err(Problem::Query),
        }
    }
    Ok(form)
}

/// The one key of a query, `kind=value`, percent-encoded (RFC 3986 section 2.1) where it must be.
fn case_key(query: Option<&str>) -> Result<CaseKey, Problem> {
    let mut keys = parameters(query);
    let (Some((kind, value)), None) = (keys.next(), keys.next()) else {
        return Err(Problem::Query);
    };
    let kind: KeyKind = kind.parse().map_err(|_| Problem::Query)?;
    Ok(CaseKey::new(kind, decoded(value)?))
}

/// A key of a case as it stands in a query.
fn decoded(value: &str) -> Result<Cow<'_, str>, Problem> {
    let value = percent_decode_str(value).decode_utf8();
    let value = value.map_err(|_| Problem::Query)?;
    if value.is_empty() || value.len() > KEY_BYTES_MAX {
        return Err(Problem::Query);
    }
    Ok(value)
}

fn parameters(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query
        .unwrap_or("")
        .split('&')
        .filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn national_get(path: &str, query: Option<&str>) -> Result<Route, Problem> {
        national(&Method::GET, path, query)
    }

    #[test]
    fn paths_become_routes() {
        assert_eq!(
            partner(&Method::POST, "/v1/messages", None),
            Ok(PartnerRoute::Post)
        );
        assert_eq!(
            partner(&Method::GET, "/v1/log/checkpoint", None),
            Ok(PartnerRoute::Checkpoint)
        );
        assert_eq!(
            national_get("/v1/inbox", Some("after=7&limit=2")),
            Ok(Route::Inbox {
                after: Some(7),
                limit: 2
            })
        );
        assert_eq!(
            national_get("/v1/inbox/0198-a", Some("original=1")),
            Ok(Route::InboxItem {
                id: "0198-a".to_owned(),
                form: InboxForm::Original
            })
        );
        assert_eq!(
            national_get("/v1/inbox/0198-a", Some("translated=1&original=0")),
            Ok(Route::InboxItem {
                id: "0198-a".to_owned(),
                form: InboxForm::Translated
            })
        );
        for query in ["translated=1&original=1", "translated=2", "translation=1"] {
            assert_eq!(
                national_get("/v1/inbox/0198-a", Some(query)),
                Err(Problem::Query)
            );
        }
        assert_eq!(
            national(&Method::POST, "/v1/held/x/supplement", None),
            Ok(Route::Supplement("x".to_owned()))
        );
        let kz = Some("KZ".to_owned());
        assert_eq!(
            national_get("/v1/queue", Some("partner=KZ")),
            Ok(Route::Queue { partner: kz })
        );
        assert_eq!(
            national(&Method::POST, "/v1/queue/retry", None),
            Ok(Route::QueueRetryAll)
        );
        assert_eq!(
            national(&Method::POST, "/v1/queue/x/hold", None),
            Ok(Route::QueueHold("x".to_owned()))
        );
        assert_eq!(
            national_get("/v1/receipts/x/proof", None),
            Ok(Route::Proof("x".to_owned()))
        );
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/messages/",
            "/v1/inbox",
            "/metrics",
            "//v1/messages",
        ] {
            assert_eq!(
                partner(&Method::GET, path, None),
                Err(Problem::NotFound),
                "{path}"
            );
        }
        assert_eq!(
            partner(&Method::GET, "/v1/messages", None),
            Err(Problem::Method { allow: "POST" })
        );
        assert_eq!(
            national(&Method::DELETE, "/v1/inbox/x", None),
            Err(Problem::Method { allow: "GET" })
        );
        for path in [
            "/v1/messages/..%2f",
            "/v1/held/x/y",
            "/v1/receipts/x/proof/z/1/2/3",
        ] {
            assert_eq!(national_get(path, None), Err(Problem::NotFound), "{path}");
        }
        let long = format!("/v1/messages/{}", "a".repeat(65));
        assert_eq!(national_get(&long, None), Err(Problem::NotFound));
    }

    #[test]
    fn a_case_is_asked_for_by_one_key() {
        for (query, kind, value) in [
            (
                "ucr=6CN91230900MA18X7-2026-000417",
                KeyKind::Ucr,
                "6CN91230900MA18X7-2026-000417",
            ),
            (
                "declaration=10702070/231126/0000417",
                KeyKind::Declaration,
                "10702070/231126/0000417",
            ),
            (
                "transport-document=CMR%20N%C2%B07",
                KeyKind::TransportDocument,
                "CMR N°7",
            ),
        ] {
            let key = CaseKey::new(kind, value);
            assert_eq!(
                national_get("/v1/cases", Some(query)),
                Ok(Route::Look(View::Cases(key)))
            );
        }
        let long = format!("ucr={}", "7".repeat(257));
        for query in ["", "ucr=", "colour=red", "ucr=1&mrn=2", "ucr=%FF", &long] {
            assert_eq!(
                national_get("/v1/cases", Some(query)),
                Err(Problem::Query),
                "{query}"
            );
        }
    }

    #[test]
    fn a_submission_says_what_it_stands_in_the_place_of() {
        let submit = |query| national(&Method::POST, "/v1/messages", query);
        let beside = |replaces: Option<&str>, ucr: Option<&str>| {
            Route::Post(Beside {
                replaces: replaces.map(str::to_owned),
                ucr: ucr.map(|ucr| ucr.parse().unwrap()),
            })
        };
        assert_eq!(submit(None), Ok(beside(None, None)));
        assert_eq!(
            submit(Some("ucr=6CN91230900MA18X7-2026-000417")),
            Ok(beside(None, Some("6CN91230900MA18X7-2026-000417")))
        );
        assert_eq!(
            submit(Some("ucr=6GB1%28A%29&function=amend&replaces=0198-a")),
            Ok(beside(Some("0198-a"), Some("6GB1(A)")))
        );
        let amendment = beside(Some("0198-a"), None);
        for query in [
            "function=amend&replaces=0198-a",
            "replaces=0198-a&function=amend",
        ] {
            assert_eq!(submit(Some(query)), Ok(amendment.clone()), "{query}");
        }
        for query in [
            "function=amend",
            "replaces=0198-a",
            "function=cancel&replaces=0198-a",
            "function=amend&replaces=",
            "function=amend&replaces=a%2Fb",
            "function=amend&function=amend&replaces=0198-a",
            "ucr=",
            "ucr=cn417",
            "ucr=6CN417&ucr=6CN418",
            "colour=red",
        ] {
            assert_eq!(submit(Some(query)), Err(Problem::Query), "{query}");
        }
        assert_eq!(
            national(&Method::POST, "/v1/messages/0198-a/cancel", None),
            Ok(Route::Enter(Entry::Cancel("0198-a".to_owned())))
        );
        assert_eq!(
            national_get("/v1/messages/0198-a/cancel", None),
            Err(Problem::Method { allow: "POST" })
        );
    }

    #[test]
    fn queries_are_checked() {
        for query in ["limit=0", "limit=1001", "after=-1", "x=1", "limit"] {
            assert_eq!(
                national_get("/v1/inbox", Some(query)),
                Err(Problem::Query),
                "{query}"
            );
        }
        assert_eq!(national_get("/v1/queue", Some("x=1")), Err(Problem::Query));
        assert_eq!(national_get("/v1/held", Some("x=1")), Err(Problem::Query));
        assert_eq!(national_get("/v1/held", Some("")), Ok(Route::Held));
    }
}
