//! What is no module, or has no such token, is refused with its name. Keys in a token sign in
//! `tests/it/token.rs`, where SoftHSM is installed: a module takes its settings from the environment,
//! which tests of one process share.

use std::path::Path;

use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::*;
use crate::crypto::{DeviceKey, DeviceKeyName, Signer};

const PIN: &str = "8071236";

fn open(module: &Path) -> Result<TokenSigner, Error> {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["signer".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    let place = DeviceKey {
        module: module.to_owned(),
        token: "corridor".to_owned(),
        key: DeviceKeyName::Label("signing".to_owned()),
    };
    let pin = Zeroizing::new(PIN.to_owned());
    TokenSigner::open(place, pin, vec![certificate], None, &SystemRandom::new())
}

#[test]
fn what_is_no_module_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("module.so");
    for absent in [true, false] {
        if !absent {
            std::fs::write(&path, "no module").unwrap();
        }
        let fault = open(&path).err().unwrap();
        assert_eq!(fault.code(), "TOKEN_MODULE");
        let said = format!("{fault} {fault:?}");
        assert!(said.contains("module.so") && !said.contains(PIN), "{said}");
    }
}

#[test]
fn keys_are_named_as_the_configuration_names_them() {
    let place = |key| DeviceKey {
        module: "/usr/lib/module.so".into(),
        token: "corridor".to_owned(),
        key,
    };
    let label = place(DeviceKeyName::Label("signing".to_owned()));
    assert_eq!(label.to_string(), "token corridor, key signing");
    let id = place(DeviceKeyName::Id(vec![0, 0xA1]));
    assert_eq!(id.to_string(), "token corridor, key 0x00a1");
    // A signer is used from many threads.
    fn shared<T: Signer + Send + Sync>() {}
    shared::<TokenSigner>();
}
