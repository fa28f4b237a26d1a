//! The listeners' sections: where they listen, with which certificate, for how many.
//!
//! Start at [`Listener`].

use std::net::SocketAddr;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::certificate::{Pair, TlsIdentity};
use super::source::Source;

/// Connections that one listener keeps open at once when the file does not say: a thousand partners'
/// worth, at about 30 KiB of TLS state each.
const CONNECTIONS_DEFAULT: u64 = 1024;

/// Most connections that a file may ask for; beyond it, file descriptors run out first.
const CONNECTIONS_MAX: u64 = 65_536;

/// Where a listener listens and what it shows.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// The server certificate and key.
    pub tls: TlsIdentity,
    /// Connections kept open at once.
    pub connections_max: usize,
}

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenerSection {
    address: Spanned<String>,
    key: Spanned<String>,
    certificates: Spanned<String>,
    connections_max: Option<Spanned<u64>>,
}

impl ListenerSection {
    pub(super) fn check(
        &self,
        source: &mut Source,
        table: &str,
        now: Timestamp,
    ) -> Option<Listener> {
        let address = source.value(
            &self.address,
            &format!("{table}.address"),
            "an address with a port, such as 127.0.0.1:8443",
        );
        let pair = Pair {
            key: &self.key,
            certificates: &self.certificates,
            table,
        };
        let tls = pair.read(source, now);
        let connections = source.number(
            self.connections_max.as_ref(),
            &format!("{table}.connections_max"),
            CONNECTIONS_DEFAULT,
            1..=CONNECTIONS_MAX,
        );
        Some(Listener {
            address: address?,
            tls: tls?,
            connections_max: usize::try_from(connections).unwrap_or(usize::MAX),
        })
    }

    /// Where the certificate is named, for faults about it.
    pub(super) fn certificates_span(&self) -> std::ops::Range<usize> {
        self.certificates.span()
    }
}
