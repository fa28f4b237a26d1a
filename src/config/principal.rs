//! Principals of the national listener: who, in which role, for which posts, proven by what.
//!
//! Start at [`PrincipalEntry`]. Tokens stand here only as their SHA-256.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::error::Problem;
use super::source::Source;
use crate::model::{Posts, Principal, Role, Sha256};

/// Most principals in one file: the posts of a large service, each with a handful of systems.
const PRINCIPALS_MAX: usize = 10_000;

/// Longest name of a principal, in bytes: it stands in every access event.
const NAME_BYTES_MAX: usize = 64;

/// As whom the gateway enters what it does by itself.
const RESERVED: &str = "gateway";

/// How a principal proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// SHA-256 of the SubjectPublicKeyInfo of its client certificate.
    TlsSpki(Sha256),
    /// SHA-256 of its bearer token.
    TokenSha256(Sha256),
}

/// A principal with its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// Who.
    pub principal: Principal,
    /// Proven by what.
    pub credential: Credential,
}

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrincipalSection {
    name: Spanned<String>,
    role: Spanned<String>,
    posts: Vec<Spanned<String>>,
    token_sha256: Option<Spanned<String>>,
    tls_spki_sha256: Option<Spanned<String>>,
}

/// Checks all principals: names and credentials are unique.
pub(super) fn check_all(source: &mut Source, sections: &[PrincipalSection]) -> Vec<PrincipalEntry> {
    let mut names = BTreeSet::new();
    let mut credentials = BTreeSet::new();
    let mut entries = Vec::new();
    for section in sections.iter().take(PRINCIPALS_MAX) {
        let span = section.name.span();
        if !names.insert(section.name.get_ref().as_str()) {
            let problem = duplicate("this name");
            source.fault(span.clone(), "principal.name", problem);
        }
        let Some(entry) = section.check(source) else {
            continue;
        };
        if !credentials.insert(entry.credential) {
            source.fault(span, "principal", duplicate("this credential"));
        }
        entries.push(entry);
    }
    if let Some(beyond) = sections.get(PRINCIPALS_MAX) {
        let problem = Problem::Range {
            got: u64::try_from(sections.len()).unwrap_or(u64::MAX),
            min: 0,
            max: u64::try_from(PRINCIPALS_MAX).unwrap_or(u64::MAX),
        };
        source.fault(beyond.name.span(), "principal", problem);
    }
    entries
}

impl PrincipalSection {
    fn check(&self, source: &mut Source) -> Option<PrincipalEntry> {
        let name = self.name.get_ref();
        let printable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(printable) {
            let expected = "1 to 64 characters of A-Z, a-z, 0-9, '-', '_', '.' and '@'";
            source.fault(
                self.name.span(),
                "principal.name",
                Problem::Value { expected },
            );
        }
        if name == RESERVED {
            let expected =
                "another name: what the gateway does by itself is entered under this one";
            source.fault(
                self.name.span(),
                "principal.name",
                Problem::Value { expected },
            );
        }
        let role: Option<Role> = source.value(
            &self.role,
            "principal.role",
            "a role: submitter, officer, auditor or operator",
        );
        let credential = self.credential(source);
        let posts = self.posts(source);
        Some(PrincipalEntry {
            principal: Principal {
                name: name.clone(),
                role: role?,
                posts: posts?,
            },
            credential: credential?,
        })
    }

    fn credential(&self, source: &mut Source) -> Option<Credential> {
        let expected = "a SHA-256 of 64 hexadecimal digits";
        match (&self.token_sha256, &self.tls_spki_sha256) {
            (Some(token), None) => source
                .value(token, "principal.token_sha256", expected)
                .map(Credential::TokenSha256),
            (None, Some(spki)) => source
                .value(spki, "principal.tls_spki_sha256", expected)
                .map(Credential::TlsSpki),
            (None, None) | (Some(_), Some(_)) => {
                source.fault(self.name.span(), "principal", Problem::Credential);
                None
            }
        }
    }

    fn posts(&self, source: &mut Source) -> Option<Posts> {
        let expected = "at least one post; [\"*\"] stands for every post";
        match self.posts.as_slice() {
            [] => {
                source.fault(
                    self.name.span(),
                    "principal.posts",
                    Problem::Value { expected },
                );
                None
            }
            [all] if all.get_ref() == "*" => Some(Posts::All),
            some => {
                let faulty = |post: &&Spanned<String>| {
                    post.get_ref().is_empty() || post.get_ref().contains('*')
                };
                if let Some(post) = some.iter().find(faulty) {
                    source.fault(post.span(), "principal.posts", Problem::Value { expected });
                    return None;
                }
                Some(Posts::Only(
                    some.iter().map(|post| post.get_ref().clone()).collect(),
                ))
            }
        }
    }
}

fn duplicate(what: &'static str) -> Problem {
    Problem::Duplicate {
        what,
        other: "another [[principal]]".to_owned(),
    }
}
