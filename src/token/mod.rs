//! Keys in devices: a signer whose key stays in a token that is reached by PKCS#11 (OASIS, version
//! 2.40 and later).
//!
//! Start at [`TokenSigner::open`]. The manufacturer's module is loaded when the program runs, so that
//! building needs none. Sessions are few and shared; whatever waits for a device does so off the
//! runtime. A device that is away makes the gateway unready, and it goes on when the device is back.

mod error;
mod make;
mod module;
mod operation;
mod pool;
mod signer;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use make::make_key;
pub use signer::TokenSigner;
