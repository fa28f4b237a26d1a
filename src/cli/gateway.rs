//! The gateway that a command works on: its configuration and its store.
//!
//! Start at [`load`] and [`open_store`].

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::failure::{Blame, chain};
use super::{Failure, assemble};
use crate::config::{self, Gateway};
use crate::evidence::CheckpointSigner;
use crate::store::{self, Identity, Options, Store};

/// Reads and checks a gateway's configuration. Every fault is printed; the failure counts them.
pub(super) fn load(config: &Path, now: Timestamp) -> Result<Gateway, Failure> {
    read(config, now).map_err(|faults| assemble::complain(config, &faults))
}

/// The same, where faults are not printed.
pub(super) fn read(config: &Path, now: Timestamp) -> Result<Gateway, Vec<Failure>> {
    config::load(config, now).map_err(|faults| {
        let faults = faults.0.into_iter();
        faults
            .map(|fault| Failure::input(fault.code(), fault))
            .collect()
    })
}

/// The log's signer, and the identity that the gateway's store must have.
pub(super) fn identity(gateway: &Gateway) -> Result<(Identity, Arc<CheckpointSigner>), Failure> {
    let signer = CheckpointSigner::from_pkcs8(&gateway.log.origin, &gateway.log.key)
        .map_err(|error| Failure::input(error.code(), error))?;
    let identity = Identity {
        gateway: gateway.party.clone(),
        log: signer.verifier().clone(),
    };
    Ok((identity, Arc::new(signer)))
}

/// Opens the gateway's store, which no other process may have open.
pub(super) fn open_store(gateway: &Gateway) -> Result<Store, Failure> {
    let (identity, signer) = identity(gateway)?;
    let options = Options {
        refusals_of: assemble::quotas(gateway),
        ..Options::default()
    };
    Store::open(&gateway.store_dir, &identity, signer, &options)
        .map_err(|error| store_failure(&error))
}

/// A store's error: a store that is damaged, not there, or another's, is bad input; all else is our
/// fault.
pub(super) fn store_failure(error: &store::Error) -> Failure {
    let asked_wrongly = matches!(
        error,
        store::Error::Damaged { .. }
            | store::Error::Exists { .. }
            | store::Error::Locked { .. }
            | store::Error::Missing { .. }
            | store::Error::NoLeaf { .. }
            | store::Error::NotPending { .. }
            | store::Error::WrongGateway { .. }
    );
    Failure {
        blame: if asked_wrongly {
            Blame::Input
        } else {
            Blame::Ours
        },
        code: error.code().to_owned(),
        text: chain(error),
    }
}
