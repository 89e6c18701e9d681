//! What plans hold, and which of them are refused, on tasks written by hand.

mod configuration;
mod defaults;
mod definitions;
mod order;
mod program;
mod same;
mod selection;
mod state;
