//! The log: events as `tracing` events, and the subscriber of `main()`.

mod text;

pub(crate) use self::text::clean_text;
