//! Deltas over HTTP (RFC 5280 section 5.2.4): what changed since a complete list, and over which lists
//! it is laid.

use std::fs;

use corridor::crypto::{Revocation, StatusKind};
use http::StatusCode;
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber, SigningKey as _,
};

use super::{MINUTE, Pki, SERIAL, moment, note, peer, trial_of};
use crate::support::der::{first, sequence, tlv};
use crate::support::desk::{Peer, refused};
use crate::support::site::Site;
use crate::support::trial::{Trial, until};

/// What a delta says of the signer.
#[derive(Clone, Copy)]
struct Delta {
    /// The least number of a complete list that it may be laid over.
    base: u8,
    number: u64,
    /// In minutes from now.
    issued: i64,
    reason: Option<RevocationReason>,
}

impl Delta {
    /// As this authority signs it.
    fn by(self, pki: &Pki) -> Vec<u8> {
        let entry = self.reason.map(|reason| RevokedCertParams {
            serial_number: SerialNumber::from(SERIAL),
            revocation_time: moment(self.issued * MINUTE),
            reason_code: Some(reason),
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: moment(self.issued * MINUTE),
            next_update: moment(60 * MINUTE),
            crl_number: SerialNumber::from(self.number),
            issuing_distribution_point: None,
            revoked_certs: entry.into_iter().collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&**pki.root).unwrap();
        // rcgen makes complete lists: the delta CRL indicator (section 5.2.4) is added, critical.
        let (_, _, outer, _) = first(list.der());
        let (_, _, mut inside, rest) = first(outer);
        let (_, algorithm, _, _) = first(rest);
        let indicator = sequence(&[
            &tlv(0x06, &[0x55, 0x1D, 27]),
            &tlv(0x01, &[0xFF]),
            &tlv(0x04, &tlv(0x02, &[self.base])),
        ]);
        let mut tbs = Vec::new();
        while !inside.is_empty() {
            let (tag, whole, content, rest) = first(inside);
            match tag {
                0xA0 => {
                    let (_, _, extensions, _) = first(content);
                    let more = sequence(&[extensions, &indicator]);
                    tbs.extend(tlv(0xA0, &more));
                }
                _ => tbs.extend_from_slice(whole),
            }
            inside = rest;
        }
        let tbs = tlv(0x30, &tbs);
        let value = pki.root.key().sign(&tbs).unwrap();
        let value = tlv(0x03, &[&[0], value.as_slice()].concat());
        sequence(&[&tbs, algorithm, &value])
    }
}

/// KZ, which fetches complete list and delta of RU's authority.
fn trial(pki: &Pki, server: &Site) -> Trial {
    let at = server.address;
    let urls = format!("crl_urls = [\"http://{at}/ru.crl\", \"http://{at}/ru-delta.crl\"]");
    trial_of(pki, &format!("{urls}\nrefresh_seconds = 5"))
}

/// Posts new messages until they are answered with this.
async fn until_answered(peer: &Peer, pki: &Pki, status: StatusCode) -> super::HttpsAnswer {
    until("the delta", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status == status).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn a_certificate_on_hold_by_a_delta_alone_is_refused_until_a_delta_takes_it_back() {
    let (pki, server) = (Pki::new(), Site::new());
    server.put("/ru.crl", pki.list(5, (-30 * MINUTE, 60 * MINUTE), false));
    let delta = Delta {
        base: 5,
        number: 6,
        issued: -20,
        reason: None,
    };
    server.put("/ru-delta.crl", delta.by(&pki));
    let mut trial = trial(&pki, &server);
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let known = note(&trial, &peer.post(&pki.message()).await);
    assert_eq!(known.status, Revocation::Checked);
    let kinds: Vec<_> = known.sources.iter().map(|source| source.kind).collect();
    assert_eq!(kinds, [StatusKind::Crl, StatusKind::DeltaCrl]);
    let numbers: Vec<_> = known
        .sources
        .iter()
        .map(|it| it.number.as_deref())
        .collect();
    assert_eq!(numbers, [Some("05"), Some("06")]);

    let held = Delta {
        number: 7,
        issued: -15,
        reason: Some(RevocationReason::CertificateHold),
        ..delta
    };
    server.put("/ru-delta.crl", held.by(&pki));
    let refusal = until_answered(&peer, &pki, StatusCode::UNPROCESSABLE_ENTITY).await;
    refused(trial.party("KZ"), &refusal, 422, "CERT_REVOKED");
    // It is known after a restart, while the server is down.
    server.take_down();
    trial.stop("KZ");
    trial.serve(&["KZ"]).await;
    let answer = peer.post(&pki.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOKED");

    let taken_back = Delta {
        number: 8,
        issued: -10,
        reason: Some(RevocationReason::RemoveFromCrl),
        ..delta
    };
    server.put("/ru.crl", pki.list(5, (-30 * MINUTE, 60 * MINUTE), false));
    server.put("/ru-delta.crl", taken_back.by(&pki));
    let answer = until_answered(&peer, &pki, StatusCode::OK).await;
    assert_eq!(
        note(&trial, &answer).sources[1].number.as_deref(),
        Some("08")
    );
    trial.stop("KZ");
    trial.sound("KZ");
}

#[tokio::test]
async fn a_delta_of_another_base_or_authority_is_not_laid_over_a_list() {
    let (pki, server) = (Pki::new(), Site::new());
    server.put("/ru.crl", pki.list(5, (-30 * MINUTE, 60 * MINUTE), false));
    // It tells what changed since the list of number 9, which is not the one that is here.
    let ahead = Delta {
        base: 9,
        number: 10,
        issued: -20,
        reason: Some(RevocationReason::CertificateHold),
    };
    server.put("/ru-delta.crl", ahead.by(&pki));
    let mut trial = trial(&pki, &server);
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let known = note(&trial, &peer.post(&pki.message()).await);
    assert_eq!(known.status, Revocation::Checked);
    let kinds: Vec<_> = known.sources.iter().map(|source| source.kind).collect();
    assert_eq!(kinds, [StatusKind::Crl]);

    // Another authority of the same name takes nothing back and adds nothing.
    let namesake = Delta {
        base: 5,
        number: 11,
        issued: -15,
        reason: Some(RevocationReason::KeyCompromise),
    };
    server.put("/ru-delta.crl", namesake.by(&Pki::new()));
    let log = trial.path("KZ", "gateway.log");
    until("the refusal of the delta", async || {
        let log = fs::read_to_string(&log).unwrap();
        log.contains("REVOCATION_ISSUER").then_some(())
    })
    .await;
    note(&trial, &peer.post(&pki.message()).await);

    // Over the list that it was made for it counts.
    server.put("/ru-delta.crl", ahead.by(&pki));
    server.put("/ru.crl", pki.list(9, (-25 * MINUTE, 60 * MINUTE), false));
    let refusal = until_answered(&peer, &pki, StatusCode::UNPROCESSABLE_ENTITY).await;
    refused(trial.party("KZ"), &refusal, 422, "CERT_REVOKED");
}
