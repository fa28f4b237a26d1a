//! A customs data-exchange gateway: preliminary information and control results travel between
//! customs services as signed XML, each side in its own format, with receipts that anybody can
//! verify offline.
//!
//! The path of a message, room by room (`ARCHITECTURE.md` is the map):
//!
//! 1. [`http`] authenticates the peer and reads the body under a cap.
//! 2. [`exchange`] conducts: it is the only room that knows the whole path.
//! 3. [`xml`] parses once, bounded, with positions.
//! 4. [`crypto`] verifies the signature: `Document` becomes `Verified<Document>`.
//! 5. [`translate`] names the package, validates it ([`schema`]), decodes it to the canonical
//!    [`model`] and encodes it for each lane.
//! 6. [`store`] commits; [`evidence`] seals the receipt, a leaf of the Merkle log.
//! 7. [`recognition`] decides whether a partner's control result may be relied on.
//! 8. [`queue`] delivers the signed bytes until the partner's own receipt is here.
//!
//! [`revocation`] keeps fresh what authorities say of revoked certificates, [`token`] signs where the key
//! stays in a device. [`config`] reads the files, [`cli`] is the command line, [`clock`] the only reader of
//! time and [`telemetry`] logs and metrics.

pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod datafile;
pub mod evidence;
pub mod exchange;
pub mod http;
pub mod model;
pub mod queue;
pub mod recognition;
pub mod revocation;
pub mod schema;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod translate;
pub mod xml;
