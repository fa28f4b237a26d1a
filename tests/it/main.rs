//! Integration tests: rooms together, over real files and real sockets.

mod gateway;
mod pki;
mod support;
mod wire;
