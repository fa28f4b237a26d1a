//! Gateways on this machine with throw-away keys, for `corridor demo` and `corridor bench`.
//!
//! Start at [`World::build`](world::World::build), then
//! [`Children::start`](children::Children::start).

pub mod children;
pub mod world;
