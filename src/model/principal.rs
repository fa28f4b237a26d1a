//! Who acts on the national side: a principal with one role and the posts it may act for.
//!
//! Start at [`Principal`]. How a principal proves who it is belongs to the listener, not here.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a principal may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads receipts, proofs, and what happened to any message; changes nothing.
    Auditor,
    /// Reads and acknowledges the inbox, supplements held messages.
    Officer,
    /// Watches the machine: metrics, queues, checkpoints; sees no payload.
    Operator,
    /// Submits messages and follows its own.
    Submitter,
}

impl Role {
    /// Every role, in the order of their names.
    pub const ALL: [Self; 4] = [
        Self::Auditor,
        Self::Officer,
        Self::Operator,
        Self::Submitter,
    ];

    /// The word used in configuration and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Officer => "officer",
            Self::Operator => "operator",
            Self::Submitter => "submitter",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is auditor, officer, operator or submitter")]
pub struct UnknownRole;

/// The customs posts that a principal may act for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Posts {
    /// Every post of the service.
    All,
    /// These posts only, by their office codes.
    Only(BTreeSet<String>),
}

impl Posts {
    /// Whether `post` is among them.
    pub fn include(&self, post: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(posts) => posts.contains(post),
        }
    }

    /// Whether any of `posts` is among them. What is of no known post is for those alone who act for
    /// every post: what is not known is never a yes.
    pub fn meet(&self, posts: &[String]) -> bool {
        match self {
            Self::All => true,
            Self::Only(_) => posts.iter().any(|post| self.include(post)),
        }
    }
}

/// An authenticated actor on the national side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The name under which its actions are recorded.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For which posts it may act.
    pub posts: Posts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_and_written_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn a_post_is_in_scope_only_when_named() {
        let posts = Posts::Only(["10702070".to_owned()].into());
        assert!(posts.include("10702070"));
        assert!(!posts.include("10702071"));
        assert!(Posts::All.include("10702071"));
    }

    #[test]
    fn any_of_several_posts_suffices_and_none_is_for_those_of_all_posts() {
        let posts = Posts::Only(["10702070".to_owned()].into());
        let of = |posts: &[&str]| posts.iter().map(|post| (*post).to_owned()).collect();
        let (both, other): (Vec<String>, Vec<String>) =
            (of(&["10702071", "10702070"]), of(&["10702071"]));
        assert!(posts.meet(&both));
        assert!(!posts.meet(&other) && !posts.meet(&[]));
        assert!(Posts::All.meet(&other) && Posts::All.meet(&[]));
    }
}
