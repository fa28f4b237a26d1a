//! Us against outside judges: published vector suites and the reference programs.

mod merkle;
mod receipt;
