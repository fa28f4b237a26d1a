//! A signer whose key is in a token. Start at [`TokenSigner::open`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cryptoki::error::Error as Cryptoki;
use ring::rand::SecureRandom;
use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::{error, info};
use zeroize::Zeroizing;

use super::error::Error;
use super::operation;
use super::pool::{Pool, Seat};
use crate::crypto::{
    self, DeviceKey, DeviceOperation, PublicKey, Signer, Suite, Suites, device_operation,
};

/// What is signed to see whether the key is the certificate's: no message begins so, and random bytes
/// follow.
const PROBE: &[u8] = b"corridor: is this the key of the certificate?\n";

/// A signer whose key is in a token.
pub struct TokenSigner {
    suite: String,
    certificates: Vec<Vec<u8>>,
    desk: Arc<Desk>,
}

/// The token's side of a signer, which outlives it while it is looked for.
struct Desk {
    pool: Pool,
    place: DeviceKey,
    operation: DeviceOperation,
    public: PublicKey,
    suites: Suites,
    suite: String,
    /// Why it did not sign last, if it did not.
    fault: Mutex<Option<Error>>,
    /// Whether somebody looks whether it is back.
    looking: AtomicBool,
}

impl TokenSigner {
    /// Finds the key, logs in, and has it sign something that is verified with the first of the
    /// certificates (DER, the key's own first). Without a suite named, the usual one of such a key is
    /// taken, as for keys in files.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(
        place: DeviceKey,
        pin: Zeroizing<String>,
        certificates: Vec<Vec<u8>>,
        suite: Option<&str>,
        random: &dyn SecureRandom,
    ) -> Result<Self, Error> {
        let leaf = certificates.first();
        let public = leaf.and_then(|der| PublicKey::of_certificate(der));
        let public = public.ok_or(Error::Certificate)?;
        Self::with((place, pin), public, certificates, suite, random)
    }

    /// The same for a key that has no certificate yet, with this public half.
    ///
    /// # Errors
    /// [`Error`].
    pub fn uncertified(
        place: DeviceKey,
        pin: Zeroizing<String>,
        public: PublicKey,
        random: &dyn SecureRandom,
    ) -> Result<Self, Error> {
        Self::with((place, pin), public, Vec::new(), None, random)
    }

    fn with(
        (place, pin): (DeviceKey, Zeroizing<String>),
        public: PublicKey,
        certificates: Vec<Vec<u8>>,
        suite: Option<&str>,
        random: &dyn SecureRandom,
    ) -> Result<Self, Error> {
        let chosen = device_operation(public.kind, suite);
        let (suite, operation) = chosen.ok_or_else(|| Error::Suite {
            suite: suite.unwrap_or("any").to_owned(),
        })?;
        let desk = Desk {
            pool: Pool::new(place.clone(), pin),
            place,
            operation,
            public,
            suites: Suites::standard(),
            suite: suite.to_owned(),
            fault: Mutex::default(),
            looking: AtomicBool::new(false),
        };
        let mut probe = PROBE.to_vec();
        let mut fresh = [0; 32];
        random.fill(&mut fresh).map_err(|_| Error::Call {
            problem: "the system gives no random bytes".to_owned(),
        })?;
        probe.extend_from_slice(&fresh);
        off_the_runtime(|| desk.value(&probe))?;
        Ok(Self {
            suite: suite.to_owned(),
            certificates,
            desk: Arc::new(desk),
        })
    }
}

impl Signer for TokenSigner {
    fn suite(&self) -> &str {
        &self.suite
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign(&self, message: &[u8], _: &dyn SecureRandom) -> Result<Vec<u8>, crypto::Error> {
        let made = off_the_runtime(|| self.desk.value(message));
        self.desk.note(made.as_ref().err());
        Ok(made?)
    }

    fn ready(&self) -> Result<(), crypto::Error> {
        let fault = self.desk.fault().clone();
        let Some(fault) = fault else { return Ok(()) };
        self.desk.look();
        Err(fault.into())
    }
}

impl Desk {
    /// A signature value that verifies with the certificate: whatever goes wrong in a device, what it
    /// gives is looked at before it leaves the gateway.
    fn value(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let sign = |seat: &Seat| -> Result<Vec<u8>, Cryptoki> {
            operation::value(&seat.session, seat.key, self.operation, message)
        };
        let value = self.pool.with(sign)?;
        let suite: Option<&dyn Suite> = self.suites.signature(&self.suite);
        match suite.map(|suite| suite.verify(&self.public, message, &value)) {
            Some(Ok(())) => Ok(value),
            Some(Err(_)) | None => Err(Error::KeyMismatch {
                key: self.place.clone(),
            }),
        }
    }

    fn fault(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, fault: Option<&Error>) {
        let mut known = self.fault();
        match (known.is_some(), fault) {
            (false, Some(fault)) => {
                error!(code = fault.code(), token = %self.place, %fault, "the key's device fails");
            }
            (true, None) => info!(token = %self.place, "the key's device signs again"),
            (true, Some(_)) | (false, None) => {}
        }
        *known = fault.cloned();
    }

    /// Has a thread look whether the device is back, unless one does.
    fn look(self: &Arc<Self>) {
        if self.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let desk = Arc::clone(self);
        let looked = thread::Builder::new()
            .name("token".to_owned())
            .spawn(move || {
                let made = desk.pool.anew().and_then(|()| desk.value(PROBE));
                desk.note(made.as_ref().err());
                desk.looking.store(false, Ordering::Release);
            });
        if looked.is_err() {
            // Without a thread there is nobody to say so; the next look tries again.
            self.looking.store(false, Ordering::Release);
        }
    }
}

/// Waits for a device without keeping other work of the runtime waiting.
fn off_the_runtime<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        Ok(_) | Err(_) => work(),
    }
}
