//! Tests of the room: every suite signs and verifies, every attack is refused with its own code.

mod agreed;
mod attacks;
mod certificates;
mod covers;
mod edits;
mod keys;
mod ocsp;
mod pki;
mod policies;
mod properties;
mod property;
mod shown;
mod signing;
mod status;
mod suites;
mod transforms;
mod xades;
