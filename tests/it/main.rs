//! Integration tests: rooms together, over real files and real sockets.

#[cfg(test)]
mod gateway;
mod pki;
mod support;
mod wire;
