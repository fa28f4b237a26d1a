//! The queue: brings what lies in the outbox to the partners, each message once.
//!
//! Start at [`Deliver`].

mod backoff;
mod breaker;
mod deliver;

pub use deliver::{Deliver, Undelivered};
