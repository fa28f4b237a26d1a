//! A signing key in a device: which module, which token, which key, and where the PIN is.
//!
//! Start at [`TokenSection`]. Whether it is there and signs is seen when it is used; this room opens no
//! device.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::error::Problem;
use super::secret::{self, SecretPlace};
use super::source::{Source, unreadable};
use crate::crypto::{DeviceKey, DeviceKeyName};

/// Longest `CKA_ID`: programs write one byte, or a digest of the public key.
const ID_BYTES_MAX: usize = 64;

/// What others may not do with a module: it runs within the gateway.
const WRITABLE: u32 = 0o022;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenSection {
    module: Spanned<String>,
    token: String,
    key: Option<String>,
    id: Option<Spanned<String>>,
    pin: Spanned<SecretPlace>,
}

impl TokenSection {
    /// The key's place and the PIN; `table` is that of the signing key.
    pub(super) fn check(
        &self,
        source: &mut Source,
        span: Range<usize>,
        table: &str,
    ) -> Option<(DeviceKey, Zeroizing<String>)> {
        let module = self.module(source, table);
        let key = self.name(source, span, table);
        let pin = secret::get(Some(&self.pin), source, &format!("{table}.token.pin"));
        let pin = pin.ok().flatten();
        let place = DeviceKey {
            module: module?,
            token: self.token.clone(),
            key: key?,
        };
        Some((place, pin?))
    }

    /// Where the PIN is.
    pub(super) fn pin_place(&self) -> SecretPlace {
        self.pin.get_ref().clone()
    }

    fn module(&self, source: &mut Source, table: &str) -> Option<PathBuf> {
        let path = source.resolve(self.module.get_ref());
        let problem = match fs::metadata(&path) {
            Ok(facts) if facts.permissions().mode() & WRITABLE == 0 => return Some(path),
            Ok(_) => Problem::Changeable { path },
            Err(error) => unreadable(&path, &error),
        };
        source.fault(
            self.module.span(),
            &format!("{table}.token.module"),
            problem,
        );
        None
    }

    fn name(&self, source: &mut Source, span: Range<usize>, table: &str) -> Option<DeviceKeyName> {
        let bytes = |id: &Spanned<String>| {
            let bytes = hex::decode(id.get_ref()).ok()?;
            (1..=ID_BYTES_MAX).contains(&bytes.len()).then_some(bytes)
        };
        match (&self.key, &self.id) {
            (Some(label), None) => return Some(DeviceKeyName::Label(label.clone())),
            (None, Some(id)) => {
                if let Some(bytes) = bytes(id) {
                    return Some(DeviceKeyName::Id(bytes));
                }
            }
            _ => {}
        }
        let expected =
            "a key by its label (key = \"...\") or its id in hexadecimal digits (id = \"...\")";
        source.fault(span, &format!("{table}.token"), Problem::Value { expected });
        None
    }
}
