//! Gateways on this machine with throw-away keys, for `corridor demo` and `corridor bench`.
//!
//! Start at [`World::build`](world::World::build), then
//! [`Children::start`](children::Children::start).

pub(in crate::cli) mod children;
pub(in crate::cli) mod world;
