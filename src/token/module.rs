//! Modules, each loaded once and kept: PKCS#11 knows one application, and whoever ends a module ends
//! it for all. Start at [`load`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as Cryptoki, RvError};

use super::error::{Error, said};

/// Most modules of one process: own keys are in one device or two.
const MODULES_MAX: usize = 8;

static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module that was loaded.
pub(super) struct Module {
    path: PathBuf,
    pub(super) context: Pkcs11,
    /// Held by whoever calls it, and alone by whoever begins it anew.
    calls: RwLock<()>,
}

/// The module in this file.
pub(super) fn load(path: &Path) -> Result<Arc<Module>, Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(path) {
        return Ok(Arc::clone(module));
    }
    let failed = |problem| Error::Module {
        path: path.to_owned(),
        problem,
    };
    if loaded.len() == MODULES_MAX {
        return Err(failed(format!("{MODULES_MAX} others are loaded")));
    }
    let context = Pkcs11::new(path).map_err(|error| failed(said(&error)))?;
    let module = Arc::new(Module {
        path: path.to_owned(),
        context,
        calls: RwLock::new(()),
    });
    module.begin()?;
    loaded.insert(path.to_owned(), Arc::clone(&module));
    Ok(module)
}

impl Module {
    /// To be held during calls.
    pub(super) fn calls(&self) -> RwLockReadGuard<'_, ()> {
        self.calls.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the module and begins it again, when nobody calls it: many notice in no other way that
    /// their device is back. All sessions are gone afterwards.
    pub(super) fn anew(&self) -> Result<(), Error> {
        let _alone = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        // One that was not at work cannot be ended.
        let _ = self.context.clone().finalize();
        self.begin()
    }

    fn begin(&self) -> Result<(), Error> {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.context.initialize(arguments) {
            Ok(()) | Err(Cryptoki::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(Error::Module {
                path: self.path.clone(),
                problem: said(&error),
            }),
        }
    }
}
