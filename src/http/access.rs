//! Who may do what on the national side: credentials to principals, roles to routes.
//!
//! Start at [`Principals`] and [`permitted`]. Loopback is no credential.

use std::collections::HashMap;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};

use super::peers::{Pins, sha256};
use super::router::Route;
use super::service::Entry;
use crate::model::{Principal, Role, Sha256};

/// Longest bearer token that is hashed: 64 random bytes in any usual writing are shorter.
const TOKEN_BYTES_MAX: usize = 256;

/// By what a principal is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// SHA-256 of the SubjectPublicKeyInfo of its client certificate.
    TlsSpki(Sha256),
    /// SHA-256 of its bearer token.
    TokenSha256(Sha256),
}

/// Everybody who may use the national listener.
#[derive(Debug)]
pub struct Principals {
    tokens: Vec<(Sha256, Arc<Principal>)>,
    certificates: Arc<Pins<Arc<Principal>>>,
}

impl Principals {
    /// The table of these principals.
    pub fn new(entries: impl IntoIterator<Item = (Principal, Credential)>) -> Self {
        let mut tokens = Vec::new();
        let mut certificates = HashMap::new();
        for (principal, credential) in entries {
            let principal = Arc::new(principal);
            match credential {
                Credential::TlsSpki(spki) => drop(certificates.insert(spki, principal)),
                Credential::TokenSha256(token) => tokens.push((token, principal)),
            }
        }
        Self {
            tokens,
            certificates: Arc::new(Pins::new(certificates)),
        }
    }

    pub(super) fn certificates(&self) -> Arc<Pins<Arc<Principal>>> {
        Arc::clone(&self.certificates)
    }

    /// Whose client certificate this is.
    pub(super) fn by_certificate(
        &self,
        leaf: &CertificateDer<'_>,
        now: UnixTime,
    ) -> Result<Option<Arc<Principal>>, CertificateError> {
        Ok(self.certificates.identify(leaf, now)?.map(Arc::clone))
    }

    /// Whose bearer token the header holds (RFC 6750). Every entry is compared, each in constant
    /// time, so that the time says nothing about a token.
    pub(super) fn by_token(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (value, more) = (values.next()?.as_bytes(), values.next());
        let (scheme, token) = value.split_at_checked("Bearer ".len())?;
        let fits = (1..=TOKEN_BYTES_MAX).contains(&token.len());
        if more.is_some() || !scheme.eq_ignore_ascii_case(b"Bearer ") || !fits {
            return None;
        }
        let digest = sha256(token);
        let mut found = None;
        for (hash, principal) in &self.tokens {
            if equal(hash, &digest) {
                found = Some(Arc::clone(principal));
            }
        }
        found
    }
}

/// Compares two digests in a time that does not depend on where they differ.
fn equal(one: &Sha256, other: &Sha256) -> bool {
    let pairs = one.as_bytes().iter().zip(other.as_bytes());
    std::hint::black_box(pairs.fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

/// Whether a role may take a route. Health and readiness are open and never come here.
pub(super) fn permitted(role: Role, route: &Route) -> bool {
    match route {
        Route::Post(_) => role == Role::Submitter,
        // Whose submission it is, the conductor looks at.
        Route::Enter(Entry::Cancel(_)) => matches!(role, Role::Officer | Role::Submitter),
        Route::Enter(_) | Route::InboxAcknowledge(_) | Route::Supplement(_) => {
            role == Role::Officer
        }
        Route::Inbox { .. } | Route::InboxItem { .. } | Route::Look(_) => {
            matches!(role, Role::Auditor | Role::Officer)
        }
        Route::Message(_) | Route::Proof(_) | Route::Receipt(_) => role != Role::Operator,
        Route::Held | Route::HeldEntry(_) => role != Role::Submitter,
        Route::Metrics
        | Route::PartnerReceipt(_)
        | Route::Queue { .. }
        | Route::QueueDrop(_)
        | Route::QueueHold(_)
        | Route::QueueRetry(_)
        | Route::QueueRetryAll
        | Route::Status => role == Role::Operator,
        Route::Checkpoint | Route::Health | Route::Ready => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::router::Beside;
    use super::super::service::View;
    use super::*;
    use crate::model::Posts;

    fn principals() -> Principals {
        let principal = Principal {
            name: "post".to_owned(),
            role: Role::Submitter,
            posts: Posts::All,
        };
        Principals::new([(principal, Credential::TokenSha256(sha256(b"secret")))])
    }

    fn bearer(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        headers
    }

    #[test]
    fn a_token_finds_its_principal() {
        let found = principals().by_token(&bearer("Bearer secret")).unwrap();
        assert_eq!(found.name, "post");
        assert!(principals().by_token(&bearer("bearer secret")).is_some());
    }

    #[test]
    fn anything_else_finds_nobody() {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer secrets",
            "Basic secret",
            "secret",
        ] {
            assert!(principals().by_token(&bearer(value)).is_none(), "{value}");
        }
        assert!(principals().by_token(&HeaderMap::new()).is_none());
        let mut twice = bearer("Bearer secret");
        twice.append(AUTHORIZATION, "Bearer secret".parse().unwrap());
        assert!(principals().by_token(&twice).is_none());
        let long = format!("Bearer {}", "a".repeat(TOKEN_BYTES_MAX + 1));
        assert!(principals().by_token(&bearer(&long)).is_none());
    }

    #[test]
    fn roles_take_their_routes_only() {
        let id = || "x".to_owned();
        for (route, roles) in [
            (Route::Post(Beside::default()), vec![Role::Submitter]),
            (Route::Supplement(id()), vec![Role::Officer]),
            (Route::InboxAcknowledge(id()), vec![Role::Officer]),
            (Route::Enter(Entry::Join), vec![Role::Officer]),
            (
                Route::Look(View::Case(id())),
                vec![Role::Auditor, Role::Officer],
            ),
            (
                Route::Held,
                vec![Role::Auditor, Role::Officer, Role::Operator],
            ),
            (
                Route::Receipt(id()),
                vec![Role::Auditor, Role::Officer, Role::Submitter],
            ),
            (Route::Metrics, vec![Role::Operator]),
            (Route::Status, vec![Role::Operator]),
            (Route::PartnerReceipt(id()), vec![Role::Operator]),
            (Route::Queue { partner: None }, vec![Role::Operator]),
            (Route::QueueDrop(id()), vec![Role::Operator]),
            (Route::QueueHold(id()), vec![Role::Operator]),
            (Route::QueueRetry(id()), vec![Role::Operator]),
            (Route::QueueRetryAll, vec![Role::Operator]),
            (Route::Checkpoint, Role::ALL.to_vec()),
        ] {
            let may: Vec<Role> = Role::ALL
                .into_iter()
                .filter(|role| permitted(*role, &route))
                .collect();
            assert_eq!(may, roles, "{route:?}");
        }
    }
}
