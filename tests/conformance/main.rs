//! Us against outside judges: published vector suites and the reference programs.

mod c14n;
mod exceptions;
mod merkle;
mod receipt;
