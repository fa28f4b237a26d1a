//! Integration tests: rooms together, over real files and real sockets.

#[cfg(test)]
mod wire;
