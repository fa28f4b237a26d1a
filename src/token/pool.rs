//! Sessions with a token: a few, logged in, shared by whoever signs. Start at [`Pool::with`].

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error as Cryptoki, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use super::error::Error;
use super::module::{self, Module};
use crate::crypto::{DeviceKey, DeviceKeyName};

/// Most sessions at once. Small tokens allow some ten; a network device with 1 ms a signature gives
/// thousands in a second through eight.
const SESSIONS_MAX: usize = 8;

/// Longest that a signature waits for a session: as long as a partner waits for a TLS handshake.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// A session that is logged in, with the key that it found.
pub(super) struct Seat {
    pub(super) session: Session,
    pub(super) key: ObjectHandle,
}

/// Sessions with one token.
pub(super) struct Pool {
    place: DeviceKey,
    pin: Zeroizing<String>,
    seats: Mutex<Seats>,
    freed: Condvar,
}

#[derive(Default)]
struct Seats {
    idle: Vec<Seat>,
    /// Idle ones and those in use.
    open: usize,
    /// The token did not take the PIN: it may lock itself when it is asked again.
    refused: Option<Error>,
}

impl Pool {
    pub(super) fn new(place: DeviceKey, pin: Zeroizing<String>) -> Self {
        Self {
            place,
            pin,
            seats: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Does `work` in a session. Where the session turns out to be gone - the token was taken out and
    /// put back, the device restarted - a new one is tried, once.
    pub(super) fn with<T>(&self, work: impl Fn(&Seat) -> Result<T, Cryptoki>) -> Result<T, Error> {
        let module = module::load(&self.place.module)?;
        let _calls = module.calls();
        let seat = self.take(&module)?;
        match work(&seat) {
            Ok(done) => {
                self.give(seat);
                return Ok(done);
            }
            Err(error) if !is_gone(&error) => {
                // An operation may be left unfinished in it.
                self.lose([seat]);
                return Err(Error::call(&error));
            }
            Err(_) => {
                let idle = std::mem::take(&mut self.seats().idle);
                self.lose(idle);
                self.lose([seat]);
            }
        }
        let seat = self.take(&module)?;
        match work(&seat) {
            Ok(done) => {
                self.give(seat);
                Ok(done)
            }
            Err(error) => {
                self.lose([seat]);
                Err(Error::call(&error))
            }
        }
    }

    /// Begins the module anew and forgets all sessions, unless the token refused the PIN.
    pub(super) fn anew(&self) -> Result<(), Error> {
        let idle = {
            let mut seats = self.seats();
            if let Some(refused) = &seats.refused {
                return Err(refused.clone());
            }
            std::mem::take(&mut seats.idle)
        };
        self.lose(idle);
        module::load(&self.place.module)?.anew()
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, module: &Module) -> Result<Seat, Error> {
        let mut seats = self.seats();
        loop {
            if let Some(seat) = seats.idle.pop() {
                return Ok(seat);
            }
            if let Some(refused) = &seats.refused {
                return Err(refused.clone());
            }
            if seats.open < SESSIONS_MAX {
                break;
            }
            let waited = self.freed.wait_timeout(seats, WAIT_MAX);
            let (again, over) = waited.unwrap_or_else(PoisonError::into_inner);
            if over.timed_out() {
                return Err(Error::Busy);
            }
            seats = again;
        }
        seats.open += 1;
        drop(seats);
        self.open(module).inspect_err(|error| {
            let mut seats = self.seats();
            seats.open -= 1;
            if matches!(error, Error::Login { .. }) {
                seats.refused = Some(error.clone());
            }
            drop(seats);
            self.freed.notify_one();
        })
    }

    fn give(&self, seat: Seat) {
        self.seats().idle.push(seat);
        self.freed.notify_one();
    }

    /// Closes sessions that are of no use any more.
    fn lose(&self, seats: impl IntoIterator<Item = Seat>) {
        for seat in seats {
            // One that is gone cannot be closed.
            let _ = seat.session.close();
            self.seats().open -= 1;
            self.freed.notify_one();
        }
    }

    fn open(&self, module: &Module) -> Result<Seat, Error> {
        let session = self.log_in(module, false)?;
        let key = self.key(&session)?;
        Ok(Seat { session, key })
    }

    /// A session that is logged in, and writes if it must.
    pub(super) fn log_in(&self, module: &Module, writes: bool) -> Result<Session, Error> {
        let slot = self.slot(&module.context)?;
        let session = match writes {
            true => module.context.open_rw_session(slot),
            false => module.context.open_ro_session(slot),
        };
        let session = session.map_err(|error| Error::call(&error))?;
        let pin = AuthPin::new(self.pin.as_str().into());
        match session.login(UserType::User, Some(&pin)) {
            // A login counts for all sessions of the program with this token.
            Ok(()) | Err(Cryptoki::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(Error::login(&error)),
        }
        Ok(session)
    }

    fn slot(&self, module: &Pkcs11) -> Result<Slot, Error> {
        let slots = module.get_slots_with_token();
        let slots = slots.map_err(|error| Error::call(&error))?;
        let named = |slot: &Slot| {
            let info = module.get_token_info(*slot);
            info.is_ok_and(|info| info.label().trim_end() == self.place.token)
        };
        let mut found = slots.into_iter().filter(named);
        let key = || self.place.clone();
        let first = found
            .next()
            .ok_or_else(|| Error::TokenAbsent { key: key() })?;
        match found.next() {
            None => Ok(first),
            Some(_) => Err(Error::Several {
                what: "token",
                key: key(),
            }),
        }
    }

    pub(super) fn key(&self, session: &Session) -> Result<ObjectHandle, Error> {
        let name = match &self.place.key {
            DeviceKeyName::Label(label) => Attribute::Label(label.as_bytes().to_vec()),
            DeviceKeyName::Id(id) => Attribute::Id(id.clone()),
        };
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), name];
        let found = session.find_objects(&template);
        let key = self.place.clone();
        match found.map_err(|error| Error::call(&error))?.as_slice() {
            [] => Err(Error::KeyAbsent { key }),
            [one] => Ok(*one),
            _ => Err(Error::Several { what: "key", key }),
        }
    }
}

/// Whether a session, its login or what was found in it is gone.
fn is_gone(error: &Cryptoki) -> bool {
    matches!(
        error,
        Cryptoki::Pkcs11(
            RvError::DeviceError
                | RvError::DeviceRemoved
                | RvError::FunctionFailed
                | RvError::GeneralError
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid
                | RvError::SessionClosed
                | RvError::SessionHandleInvalid
                | RvError::SlotIdInvalid
                | RvError::TokenNotPresent
                | RvError::UserNotLoggedIn,
            _
        )
    )
}
