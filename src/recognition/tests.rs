//! Recognition judged: each rule three ways, the scenarios of the domain, and what must always hold.

mod agreements;
mod rules;
mod setting;
