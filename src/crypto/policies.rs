//! Certificate policies of a path (RFC 5280 section 6.1): under which of them its authorities certified
//! the signer. Start at [`hold`].
//!
//! webpki leaves policies alone and refuses whatever it does not know that is critical; what it lets
//! through is judged here. The tree of the RFC is kept as its last level: of each node only what it
//! stands for there, and under which policy of the anchor's domain it hangs.

use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_CERTIFICATE_POLICIES, OID_X509_EXT_INHIBIT_ANY_POLICY,
    OID_X509_EXT_POLICY_CONSTRAINTS, OID_X509_EXT_POLICY_MAPPINGS, Oid,
};
use x509_parser::prelude::X509Certificate;

use super::error::Error;
use super::trust::TrustStore;

/// anyPolicy (section 4.2.1.4).
const ANY: &str = "2.5.29.32.0";

/// Most nodes of a level: an authority certifies under a handful of policies. Trees that grow without
/// bound have stopped verifiers (CVE-2023-0464).
const NODES_MAX: usize = 64;

/// Most policies that a store accepts: an authority has one for each kind of certificate.
const ACCEPTED_MAX: usize = 16;

impl TrustStore {
    /// The same store, refusing certificates that their authorities did not issue under one of these
    /// policies, by OIDs in dotted form; none named, none is demanded.
    ///
    /// # Errors
    /// `TRUST_MALFORMED`: one is no OID, or there are too many.
    pub fn requiring_policies(mut self, accepted: &[String]) -> Result<Self, Error> {
        let fault = |problem| Error::Trust {
            file: "policies",
            problem,
        };
        if accepted.len() > ACCEPTED_MAX {
            return Err(fault("are more than 16"));
        }
        for policy in accepted {
            if !is_oid(policy) {
                return Err(fault(
                    "are no OIDs in dotted form, such as 1.2.643.100.113.1",
                ));
            }
            self.says("policy", policy.as_bytes());
        }
        self.policies = accepted.to_vec();
        Ok(self)
    }
}

/// Numbers and dots, without leading zeros (X.660 section 7.6); anyPolicy is no policy.
fn is_oid(text: &str) -> bool {
    let arc = |arc: &str| {
        let is_plain = arc == "0" || !arc.starts_with('0');
        is_plain && arc.parse::<u128>().is_ok() && !arc.starts_with('+')
    };
    let first = text.split('.').next().unwrap_or_default();
    let is_known = matches!(first, "0" | "1" | "2");
    is_known && text.split('.').count() > 1 && text.split('.').all(arc) && text != ANY
}

/// Why a path is not valid under any policy that is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyFault {
    /// No accepted policy goes down to the signer.
    None,
    /// An extension about policies is malformed, stands twice, or there are too many policies.
    Malformed,
}

/// A node of the last level.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    /// The policy that it stands for in its certificate.
    policy: String,
    /// What the next certificate may call it.
    expected: Vec<String>,
    /// The policy of the anchor's domain above it; none below anyPolicy alone.
    root: Option<String>,
}

impl Node {
    fn new(policy: &str, root: Option<&str>) -> Self {
        Self {
            policy: policy.to_owned(),
            expected: vec![policy.to_owned()],
            root: root.map(str::to_owned),
        }
    }
}

/// What is carried from certificate to certificate (section 6.1.2). A counter of zero is in force.
struct State {
    nodes: Vec<Node>,
    explicit: usize,
    mapping: usize,
    any: usize,
}

/// Whether a path, the anchor's certificate left out and the signer's last, is valid under one of the
/// accepted policies, by OIDs in dotted form; where none is named, under any, and under none where no
/// authority demands one.
pub(super) fn hold(path: &[X509Certificate<'_>], accepted: &[String]) -> Result<(), PolicyFault> {
    let beyond = path.len() + 1;
    let mut state = State {
        nodes: vec![Node::new(ANY, None)],
        explicit: match accepted.is_empty() {
            true => beyond,
            false => 0,
        },
        mapping: beyond,
        any: beyond,
    };
    for (at, certificate) in path.iter().enumerate() {
        let is_last = at + 1 == path.len();
        state.certified(certificate, is_last)?;
        match is_last {
            false => state.prepare(certificate)?,
            true => state.wrap_up(certificate)?,
        }
    }
    let is_accepted = |node: &Node| match &node.root {
        None => true,
        Some(root) => accepted.is_empty() || accepted.contains(root),
    };
    match state.explicit > 0 || state.nodes.iter().any(is_accepted) {
        true => Ok(()),
        false => Err(PolicyFault::None),
    }
}

impl State {
    /// Section 6.1.3 (d) to (f).
    fn certified(
        &mut self,
        certificate: &X509Certificate<'_>,
        is_last: bool,
    ) -> Result<(), PolicyFault> {
        let stated = policies(certificate)?;
        let mut next: Vec<Node> = Vec::new();
        for policy in stated.iter().filter(|policy| *policy != ANY) {
            let before = next.len();
            for node in &self.nodes {
                if node.expected.contains(policy) {
                    next.push(Node::new(policy, node.root.as_deref()));
                }
            }
            if next.len() == before && self.nodes.iter().any(|node| node.policy == ANY) {
                next.push(Node::new(policy, Some(policy)));
            }
            bounded(&next)?;
        }
        let is_self_issued = certificate.subject().as_raw() == certificate.issuer().as_raw();
        let takes_any = self.any > 0 || !is_last && is_self_issued;
        if takes_any && stated.iter().any(|policy| policy == ANY) {
            for node in &self.nodes {
                for expected in &node.expected {
                    let is_there = |it: &Node| it.policy == *expected && it.root == node.root;
                    if !next.iter().any(is_there) {
                        next.push(Node::new(expected, node.root.as_deref()));
                    }
                }
            }
        }
        bounded(&next)?;
        self.nodes = next;
        match self.explicit > 0 || !self.nodes.is_empty() {
            true => Ok(()),
            false => Err(PolicyFault::None),
        }
    }

    /// Section 6.1.4 (a), (b) and (h) to (j).
    fn prepare(&mut self, certificate: &X509Certificate<'_>) -> Result<(), PolicyFault> {
        let mappings = mappings(certificate)?;
        if mappings.iter().any(|(from, to)| from == ANY || to == ANY) {
            return Err(PolicyFault::Malformed);
        }
        for (from, _) in &mappings {
            if self.mapping == 0 {
                self.nodes.retain(|node| node.policy != *from);
                continue;
            }
            let to = mappings.iter().filter(|(other, _)| other == from);
            let to: Vec<String> = to.map(|(_, to)| to.clone()).collect();
            let mut mapped = false;
            for node in self.nodes.iter_mut().filter(|node| node.policy == *from) {
                node.expected.clone_from(&to);
                mapped = true;
            }
            if !mapped && self.nodes.iter().any(|node| node.policy == ANY) {
                self.nodes.push(Node {
                    expected: to,
                    ..Node::new(from, Some(from))
                });
            }
            bounded(&self.nodes)?;
        }
        if certificate.subject().as_raw() != certificate.issuer().as_raw() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        let (explicit, mapping) = constraints(certificate)?;
        self.explicit = least(self.explicit, explicit);
        self.mapping = least(self.mapping, mapping);
        self.any = least(self.any, inhibited(certificate)?);
        Ok(())
    }

    /// Section 6.1.5 (a) and (b).
    fn wrap_up(&mut self, certificate: &X509Certificate<'_>) -> Result<(), PolicyFault> {
        self.explicit = self.explicit.saturating_sub(1);
        if constraints(certificate)?.0 == Some(0) {
            self.explicit = 0;
        }
        Ok(())
    }
}

fn bounded(nodes: &[Node]) -> Result<(), PolicyFault> {
    match nodes.len() <= NODES_MAX {
        true => Ok(()),
        false => Err(PolicyFault::Malformed),
    }
}

fn least(now: usize, stated: Option<u32>) -> usize {
    let stated = stated.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    stated.map_or(now, |stated| now.min(stated))
}

/// An extension that may stand once.
fn find<'a>(
    certificate: &'a X509Certificate<'_>,
    oid: &Oid<'_>,
) -> Result<Option<&'a ParsedExtension<'a>>, PolicyFault> {
    let found = certificate.get_extension_unique(oid);
    let found = found.map_err(|_| PolicyFault::Malformed)?;
    Ok(found.map(X509Extension::parsed_extension))
}

/// The policies of a certificate; none where it states none.
fn policies(certificate: &X509Certificate<'_>) -> Result<Vec<String>, PolicyFault> {
    match find(certificate, &OID_X509_EXT_CERTIFICATE_POLICIES)? {
        None => Ok(Vec::new()),
        Some(ParsedExtension::CertificatePolicies(policies)) => {
            let mut ids: Vec<String> = policies
                .iter()
                .map(|policy| policy.policy_id.to_id_string())
                .collect();
            ids.sort_unstable();
            ids.dedup();
            Ok(ids)
        }
        Some(_) => Err(PolicyFault::Malformed),
    }
}

/// Which policies of the issuer's domain are which of the subject's (section 4.2.1.5).
fn mappings(certificate: &X509Certificate<'_>) -> Result<Vec<(String, String)>, PolicyFault> {
    match find(certificate, &OID_X509_EXT_POLICY_MAPPINGS)? {
        None => Ok(Vec::new()),
        Some(ParsedExtension::PolicyMappings(mappings)) => match mappings.mappings.len() {
            ..=NODES_MAX => {
                let mappings = mappings.mappings.iter();
                let ids = mappings.map(|it| {
                    let from = it.issuer_domain_policy.to_id_string();
                    (from, it.subject_domain_policy.to_id_string())
                });
                Ok(ids.collect())
            }
            _ => Err(PolicyFault::Malformed),
        },
        Some(_) => Err(PolicyFault::Malformed),
    }
}

/// After how many certificates a policy must be explicit, and mapping is inhibited (section 4.2.1.11).
fn constraints(
    certificate: &X509Certificate<'_>,
) -> Result<(Option<u32>, Option<u32>), PolicyFault> {
    match find(certificate, &OID_X509_EXT_POLICY_CONSTRAINTS)? {
        None => Ok((None, None)),
        Some(ParsedExtension::PolicyConstraints(constraints)) => Ok((
            constraints.require_explicit_policy,
            constraints.inhibit_policy_mapping,
        )),
        Some(_) => Err(PolicyFault::Malformed),
    }
}

/// After how many certificates anyPolicy counts no more (section 4.2.1.14).
fn inhibited(certificate: &X509Certificate<'_>) -> Result<Option<u32>, PolicyFault> {
    match find(certificate, &OID_X509_EXT_INHIBIT_ANY_POLICY)? {
        None => Ok(None),
        Some(ParsedExtension::InhibitAnyPolicy(inhibit)) => Ok(Some(inhibit.skip_certs)),
        Some(_) => Err(PolicyFault::Malformed),
    }
}
