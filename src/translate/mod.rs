//! Room `translate`.
