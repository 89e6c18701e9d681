//! Behaviour of this module.
