//! A flat JSON object.

use std::fmt::Write as _;

use super::{
    super::{
        fields::{MAX_LINE, Value, start_of},
        text::is_unfit,
    },
    Record,
};

/// Keys of the line itself; a field of that name is shown as `field_…`.
const OWN_KEYS: [&str; 5] = ["timestamp", "level", "target", "message", "truncated"];

pub(super) fn write(out: &mut String, record: &Record<'_>, limit: usize) {
    // Writing to a string does not fail.
    let _ = write!(out, r#"{{"timestamp":"{:.6}","level":"{}","target":"#, record.at, record.level);
    push_string(out, record.target, limit);
    out.push_str(r#","message":"#);
    push_string(out, record.message, limit);
    if limit < MAX_LINE {
        out.push_str(r#","truncated":true"#);
    }
    for (name, value) in &record.fields {
        out.push(',');
        if OWN_KEYS.contains(name) {
            push_string(out, &format!("field_{name}"), limit);
        } else {
            push_string(out, name, limit);
        }
        out.push(':');
        push_value(out, value, limit);
    }
    out.push('}');
}

fn push_value(out: &mut String, value: &Value, limit: usize) {
    let _ = match value {
        Value::Text(text) => {
            push_string(out, text, limit);
            Ok(())
        }
        Value::Signed(number) => write!(out, "{number}"),
        Value::Unsigned(number) => write!(out, "{number}"),
        Value::Float(number) if number.is_finite() => write!(out, "{number}"),
        // JSON has no other numbers.
        Value::Float(_) => write!(out, "null"),
        Value::Bool(value) => write!(out, "{value}"),
    };
}

/// Whether it is a char of its own that stands as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// Escapes more than JSON asks for: a line is also looked at on terminals.
fn push_string(out: &mut String, text: &str, limit: usize) {
    let shown = start_of(text, limit);
    out.push('"');
    let mut rest = shown;
    loop {
        // Nearly every text is plain from end to end.
        let (plain, other) =
            rest.split_at(rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len()));
        out.push_str(plain);
        let mut chars = other.chars();
        let Some(char) = chars.next() else { break };
        rest = chars.as_str();
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if is_unfit(char) => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            char => out.push(char),
        }
    }
    if shown.len() < text.len() {
        out.push('…');
    }
    out.push('"');
}
