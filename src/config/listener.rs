//! The listeners' sections: where they listen, with which certificate, for how many.
//!
//! Start at [`Listener`].

use std::net::SocketAddr;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::certificate::{OwnKey, TlsIdentity};
use super::secret::SecretPlace;
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
    key: Option<Spanned<String>>,
    certificates: Option<Spanned<String>>,
    pkcs12: Option<Spanned<String>>,
    passphrase: Option<Spanned<SecretPlace>>,
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
        let tls = self.own_key(table).read(source, now);
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

    /// Where its key and certificates are.
    pub(super) fn own_key<'a>(&'a self, table: &'a str) -> OwnKey<'a> {
        OwnKey {
            key: self.key.as_ref(),
            certificates: self.certificates.as_ref(),
            pkcs12: self.pkcs12.as_ref(),
            passphrase: self.passphrase.as_ref(),
            table,
            span: self.address.span(),
        }
    }
}
