//! Gateways that die, partners that are away, stores that are damaged: nothing acknowledged is
//! lost, and nothing is delivered twice.

mod kill;
mod repair;
