//! An operator's connection to the own, running gateway: its national listener, with a bearer token.
//!
//! Start at [`Console::open`]. The gateway is known by the certificate that its file names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::failure::chain;
use super::https::{Https, HttpsError};
use super::{Failure, files};
use crate::clock::Clock;
use crate::config::Gateway;
use crate::http::pinned_client;

/// A connection as one principal.
pub(super) struct Console {
    https: Https,
    authorization: String,
}

impl Console {
    /// Connects to the gateway of this file with the token in `token`.
    pub(super) async fn open(
        gateway: &Gateway,
        token: &Path,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let token = String::from_utf8(files::read(token)?);
        let token = token.map_err(|error| Failure::input("TOKEN", error))?;
        let listener = &gateway.national_listener;
        let pins = vec![listener.tls.leaf.spki_sha256];
        let tls = pinned_client(gateway.party.clone(), pins, clock)
            .map_err(|error| Failure::input(error.code(), chain(&error)))?;
        let https = Https::connect(reachable(listener.address), &tls).await;
        Ok(Self {
            https: https.map_err(|error| away(&error))?,
            authorization: format!("Bearer {}", token.trim()),
        })
    }

    /// Fetches JSON.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// Posts JSON, or nothing.
    pub(super) async fn post(&mut self, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        self.ask(Method::POST, path, body).await
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let mut headers = vec![("authorization", self.authorization.as_str())];
        let body = body.map_or_else(Bytes::new, |body| {
            headers.push(("content-type", "application/json"));
            Bytes::from(body.to_string())
        });
        let answer = self.https.request(method, path, &headers, body).await?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status.is_success() {
            return Ok(said);
        }
        let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
        let code = match text("code") {
            "" => "GATEWAY_ANSWER",
            code => code,
        };
        let words = format!("{}: {} {}", answer.status, text("title"), text("detail"));
        Err(Failure::input(code, words.trim_end()))
    }
}

/// Where a listener on this address is reached from the same machine.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listening.port())
}

fn away(error: &HttpsError) -> Failure {
    let text = format!(
        "{}; is the gateway running, and does it show the certificate that its file names now?",
        chain(error)
    );
    Failure::input("GATEWAY_AWAY", text)
}
