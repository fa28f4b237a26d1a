//! The customs data-exchange gateway.

pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod evidence;
pub mod exchange;
pub mod http;
pub mod model;
pub mod queue;
pub mod schema;
pub mod store;
pub mod telemetry;
pub mod translate;
pub mod xml;
