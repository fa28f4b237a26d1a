//! The national listener: nobody is anybody without a credential, and roles keep to their own.

use corridor::http::Credential;
use corridor::model::{Posts, Principal, Role};

use super::pki::Identity;
use super::service::RECEIPT;
use super::{Running, get, post};

fn principal(name: &str, role: Role) -> Principal {
    Principal {
        name: name.to_owned(),
        role,
        posts: Posts::All,
    }
}

fn token(name: &str, role: Role) -> (Principal, Credential) {
    let secret = format!("{name}-token");
    let hash = corridor::evidence::sha256(secret.as_bytes());
    (principal(name, role), Credential::TokenSha256(hash))
}

fn bearer(name: &str) -> String {
    format!("authorization: Bearer {name}-token\r\n")
}

async fn running() -> Running {
    Running::national(vec![
        token("post", Role::Submitter),
        token("desk", Role::Officer),
        token("audit", Role::Auditor),
        token("watch", Role::Operator),
    ])
    .await
}

#[tokio::test]
async fn health_and_readiness_are_open() {
    let running = running().await;
    assert_eq!(
        running
            .send(None, &get("/healthz", ""))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        running
            .send(None, &get("/readyz", ""))
            .await
            .unwrap()
            .status,
        200
    );
    *running.service.broken.lock().unwrap() = true;
    let reply = running.send(None, &get("/readyz", "")).await.unwrap();
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("does not accept commits"));
    assert!(running.service.asked().is_empty());
}

#[tokio::test]
async fn without_a_known_token_nothing_is_shown_not_even_on_loopback() {
    let running = running().await;
    for extra in [
        "",
        "authorization: Bearer wrong\r\n",
        "authorization: Basic cG9zdA==\r\n",
    ] {
        for path in [
            "/v1/inbox",
            "/metrics",
            "/v1/log/checkpoint",
            "/no/such/path",
        ] {
            let reply = running.send(None, &get(path, extra)).await.unwrap();
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (401, "HTTP_UNAUTHORIZED")
            );
            assert!(reply.head.contains("www-authenticate: bearer"));
        }
    }
    assert!(running.service.asked().is_empty());
}

#[tokio::test]
async fn each_role_keeps_to_its_own() {
    let running = running().await;
    for (name, request, status) in [
        ("post", post("/v1/messages", &bearer("post"), "<a/>"), 200),
        ("desk", post("/v1/messages", &bearer("desk"), "<a/>"), 403),
        ("watch", post("/v1/messages", &bearer("watch"), "<a/>"), 403),
        ("post", get("/v1/inbox", &bearer("post")), 403),
        (
            "desk",
            get("/v1/inbox?after=3&limit=5", &bearer("desk")),
            200,
        ),
        (
            "audit",
            get("/v1/inbox/x?original=1", &bearer("audit")),
            200,
        ),
        ("audit", post("/v1/inbox/x/ack", &bearer("audit"), ""), 403),
        ("desk", post("/v1/inbox/x/ack", &bearer("desk"), ""), 200),
        (
            "desk",
            post("/v1/inbox/twice/ack", &bearer("desk"), ""),
            409,
        ),
        ("watch", get("/metrics", &bearer("watch")), 200),
        ("audit", get("/metrics", &bearer("audit")), 403),
        ("post", get("/v1/messages/known", &bearer("post")), 200),
        ("post", get("/v1/messages/unknown", &bearer("post")), 404),
        ("audit", get("/v1/receipts/r-1", &bearer("audit")), 200),
        (
            "audit",
            get("/v1/receipts/r-1/proof", &bearer("audit")),
            200,
        ),
        ("watch", get("/v1/receipts/r-1", &bearer("watch")), 403),
        ("watch", get("/v1/held", &bearer("watch")), 200),
        ("desk", get("/v1/held/x", &bearer("desk")), 404),
    ] {
        let reply = running.send(None, &request).await.unwrap();
        let line = String::from_utf8_lossy(&request);
        let line = line.lines().next().unwrap();
        assert_eq!(reply.status, status, "{name}: {line}");
    }
    let asked = running.service.asked();
    assert_eq!(asked[..2], ["post: POST /v1/messages", "post: <a/>"]);
    assert!(asked.contains(&"desk: GET /v1/inbox".to_owned()));
    // Nothing that was forbidden was asked.
    assert!(!asked.iter().any(|line| line.starts_with("watch: POST")));
}

#[tokio::test]
async fn a_submission_gets_its_receipt_and_a_supplement_must_be_json() {
    let running = running().await;
    let request = post("/v1/messages", &bearer("post"), "<a/>");
    assert_eq!(running.send(None, &request).await.unwrap().body, RECEIPT);
    let supplement = |body: &str, media_type: &str| {
        format!(
            "POST /v1/held/h/supplement HTTP/1.1\r\nhost: localhost\r\ncontent-type: {media_type}\r\n\
             content-length: {}\r\n{}\r\n{body}",
            body.len(),
            bearer("desk")
        )
        .into_bytes()
    };
    for (body, media_type, status) in [
        ("{\"values\":[]}", "application/json", 200),
        ("{", "application/json", 400),
        ("{}", "application/xml", 415),
    ] {
        let reply = running
            .send(None, &supplement(body, media_type))
            .await
            .unwrap();
        assert_eq!(reply.status, status, "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_shown() {
    let running = running().await;
    *running.service.broken.lock().unwrap() = true;
    let reply = running
        .send(None, &get("/v1/inbox", &bearer("desk")))
        .await
        .unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (500, "HTTP_FAULT"));
    assert!(!reply.body.contains("limit"));
}

#[tokio::test]
async fn a_client_certificate_does_instead_of_a_token() {
    let (desk, stranger) = (Identity::new("desk"), Identity::new("desk"));
    let running = Running::national(vec![(
        principal("desk", Role::Officer),
        Credential::TlsSpki(desk.pin()),
    )])
    .await;
    let request = get("/v1/inbox", "");
    assert_eq!(
        running.send(Some(&desk), &request).await.unwrap().status,
        200
    );
    assert!(running.send(Some(&stranger), &request).await.is_err());
    assert_eq!(running.send(None, &request).await.unwrap().status, 401);
    assert_eq!(running.service.asked(), ["desk: GET /v1/inbox"]);
}
