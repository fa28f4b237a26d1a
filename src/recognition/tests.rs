//! Recognition judged: each rule three ways, the scenarios of the domain, and what must always hold.

mod agreements;
mod facts;
mod property;
mod rules;
mod scenarios;
mod setting;
