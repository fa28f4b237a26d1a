//! Integration tests: rooms together, over real files and real sockets.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod codelists;
#[cfg(test)]
mod control;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod import;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod large;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod operate;
#[cfg(test)]
mod own_packages;
#[cfg(test)]
mod pki;
#[cfg(test)]
mod posts;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod recognise;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod start;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;
#[cfg(test)]
mod translate;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod wrapping;
