//! The store against its promises: what was acknowledged stays, in order, once.

mod commits;
mod setting;
