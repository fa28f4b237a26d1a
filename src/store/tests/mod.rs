//! The store against its promises: what was acknowledged stays, in order, once.

mod commits;
mod damage;
mod decisions;
mod faults;
mod kill;
mod lists;
mod memory;
mod pending;
mod revisions;
mod setting;
