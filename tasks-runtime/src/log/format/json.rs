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
fn is_own_key(name: &str) -> bool {
    matches!(name, "timestamp" | "level" | "target" | "message" | "truncated")
}

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
        push_key(out, name, limit);
        push_value(out, value, limit);
    }
    out.push('}');
}

/// Appends what stands between a value and the next.
pub(super) fn push_key(out: &mut String, name: &str, limit: usize) {
    if is_own_key(name) {
        out.push_str(",\"field_");
        out.push_str(name);
        out.push_str("\":");
    } else if name.len() <= limit && plain_start(name) == name.len() {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
    } else {
        out.push(',');
        push_string(out, name, limit);
        out.push(':');
    }
}

fn push_value(out: &mut String, value: &Value, limit: usize) {
    match value {
        Value::Text(text) => push_string(out, text, limit),
        Value::Signed(number) => push_number(out, *number < 0, number.unsigned_abs()),
        Value::Unsigned(number) => push_number(out, false, *number),
        Value::Float(number) => push_float(out, *number),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
    }
}

pub(super) fn push_float(out: &mut String, number: f64) {
    // JSON has no other numbers. Writing to a string does not fail.
    let _ = if number.is_finite() { write!(out, "{number}") } else { write!(out, "null") };
}

pub(super) fn push_number(out: &mut String, is_negative: bool, mut rest: u64) {
    // As many digits as the largest has.
    let mut digits = [0_u8; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if is_negative {
        out.push('-');
    }
    // They are digits, and one by one each would ask for room.
    out.push_str(std::str::from_utf8(&digits[from..]).unwrap_or_default());
}

/// Whether it is a char of its own that stands as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// Whether each of eight bytes is plain: all are looked at in one word.
fn are_plain(bytes: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let word = u64::from_ne_bytes(bytes);
    // What has no top bit here is zero; only what has one in the word itself may be taken for it.
    let is = |byte: u8| {
        let rest = word ^ (ONES * u64::from(byte));
        rest.wrapping_sub(ONES) & !rest
    };
    0 == (word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES) | is(b'"') | is(b'\\')) & TOPS
}

/// How many bytes from the start are plain.
fn plain_start(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (eights, _) = bytes.as_chunks::<8>();
    let plain = 8 * eights.iter().take_while(|eight| are_plain(**eight)).count();
    plain + bytes[plain..].iter().take_while(|byte| is_plain(**byte)).count()
}

pub(super) fn push_string(out: &mut String, text: &str, limit: usize) {
    let shown = start_of(text, limit);
    out.push('"');
    push_escaped(out, shown);
    if shown.len() < text.len() {
        out.push('…');
    }
    out.push('"');
}

/// Escapes more than JSON asks for: a line is also looked at on terminals.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        // Nearly every text is plain from end to end.
        let (plain, other) = rest.split_at(plain_start(rest));
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
                    // Writing to a string does not fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            char => out.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_are_plain_if_each_is() {
        for before in [b'a', b' ', b'~', 0x1f, 0x7f, 0x80, 0xff, b'"'] {
            for byte in 0..=u8::MAX {
                for at in 0..8 {
                    let mut bytes = [before; 8];
                    bytes[at] = byte;
                    assert_eq!(are_plain(bytes), bytes.into_iter().all(is_plain), "{bytes:?}");
                }
            }
        }
    }
}
