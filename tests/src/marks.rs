//! What a fixture tells its test.

use std::{io::Write, time::SystemTime};

/// Writes that the fixture has come to this point.
pub fn mark(name: &str) {
    mark_with(name, serde_json::json!({}));
}

/// Writes that the fixture has come to this point, with what it knows there.
///
/// The line goes to standard output, with the wall clock's `unix_ns`, so that
/// a reader that is late does not spoil the times.
///
/// # Panics
///
/// If `facts` is no object.
pub fn mark_with(name: &str, mut facts: serde_json::Value) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    facts["mark"] = name.into();
    facts["unix_ns"] = u64::try_from(now.as_nanos()).unwrap_or_default().into();
    let line = format!("{facts}\n");
    let mut out = std::io::stdout().lock();
    // The test may be over.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}
