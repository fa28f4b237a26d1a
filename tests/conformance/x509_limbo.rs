//! Certificate paths: the cases of x509-limbo, with extended key usage and peer name as parameters.
//! What a case wants and how it is judged stands in the case; the rules by which certificates must
//! be made are those of its group.

use std::path::Path;

use corridor::crypto::{Demand, Form, Purpose, Suites, TrustStore};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;

use crate::exceptions::Verdicts;

/// Most cases in which we may differ from the suite.
const EXCEPTIONS_MAX: usize = 25;

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    validation_kind: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<String>,
    extended_key_usage: Vec<String>,
    expected_result: String,
    expected_peer_name: Option<Name>,
    max_chain_depth: Option<usize>,
    #[serde(default)]
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct Name {
    value: String,
}

impl Case {
    /// `online` cases are chains of web servers.
    fn form(&self) -> Form {
        match self.id.split("::").next().unwrap() {
            "online" | "webpki" => Form::WebPki,
            _ => Form::Rfc5280,
        }
    }

    fn purpose(&self) -> Purpose {
        let named = self.extended_key_usage.first().map(String::as_str);
        match (named, self.validation_kind.as_str()) {
            (Some("clientAuth"), _) | (None, "CLIENT") => Purpose::TlsClient,
            (Some("serverAuth"), _) | (None, "SERVER") => Purpose::TlsServer,
            other => panic!("{}: {other:?}", self.id),
        }
    }

    /// `SUCCESS`, or the code of the refusal.
    fn judge(&self, suites: &Suites) -> Result<(), &'static str> {
        let lists: Vec<Vec<u8>> = self.crls.iter().map(|it| it.clone().into_bytes()).collect();
        let anchors = self.trusted_certs.concat();
        let store = TrustStore::from_pem(anchors.as_bytes(), b"", &lists);
        let mut store = store
            .and_then(|store| store.in_form(self.form()))
            .map_err(|error| error.code())?;
        if !lists.is_empty() {
            store = store.requiring_revocation();
        }
        let leaf = std::iter::once(&self.peer_certificate);
        let presented = leaf.chain(&self.untrusted_intermediates);
        let presented = presented.map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()));
        let presented: Vec<Vec<u8>> = presented.map(|der| der.unwrap().to_vec()).collect();
        let demand = Demand {
            purpose: self.purpose(),
            peer: self.expected_peer_name.as_ref().map(|it| it.value.as_str()),
            intermediates_max: self.max_chain_depth,
        };
        // A case without a time is meant for any day; the suite was made in 2025.
        let now = self.validation_time.as_deref();
        let now: Timestamp = now.unwrap_or("2025-07-01T00:00:00Z").parse().unwrap();
        let path = store.check_path(&presented, &demand, suites, now);
        path.map(drop).map_err(|fault| fault.code())
    }
}

#[test]
fn every_case_of_x509_limbo() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/vectors/x509-limbo.json"
    );
    if !Path::new(file).exists() {
        println!("skipped: no reference data");
        return;
    }
    let suite: Suite = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(suite.testcases.len(), 208);
    let suites = Suites::standard();
    let mut verdicts = Verdicts::new("x509-limbo");
    let mut differ = 0;
    for case in &suite.testcases {
        let judged = case.judge(&suites);
        let expected = case.expected_result.as_str();
        // What should fail may fail for any reason; nothing that should fail is an exception.
        let actual = match (expected, judged) {
            ("FAILURE", Err(_)) => "FAILURE",
            (_, Ok(())) => "SUCCESS",
            (_, Err(code)) => code,
        };
        assert!(
            expected == "SUCCESS" || actual == "FAILURE",
            "{} should fail and passes",
            case.id
        );
        differ += usize::from(actual != expected);
        verdicts.add(&case.id, expected, actual);
    }
    assert!(differ <= EXCEPTIONS_MAX, "{differ} cases differ");
    verdicts.conclude();
}
