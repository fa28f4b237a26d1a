//! Exchanges between real gateways: what is accepted, held, refused, delivered and proven.

mod held;
mod identity;
mod proof;
mod revisions;
mod routes;
