//! Text of foreign origin, made safe for one line of a log or a terminal.

/// An error's text is cut at this many bytes.
pub(crate) const MAX_TEXT: usize = 4096;
const ELLIPSIS: char = '…';

/// Escapes whatever could break a line, steer a terminal or reorder what a
/// reader sees, and cuts at 4 KiB.
pub(crate) fn clean_text(text: &str) -> String {
    clean_to(text, MAX_TEXT)
}

/// As [`clean_text`], cut at `max` bytes, the ellipsis included.
pub(crate) fn clean_to(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(max));
    for char in text.chars() {
        // The last byte that leaves room for an ellipsis, should another char follow.
        let before = clean.len();
        push_clean(&mut clean, char);
        if clean.len() > max {
            clean.truncate(before);
            while clean.len() + ELLIPSIS.len_utf8() > max {
                if clean.pop().is_none() {
                    return clean;
                }
            }
            clean.push(ELLIPSIS);
            return clean;
        }
    }
    clean
}

/// Appends a char, escaped if it is not fit for a line.
pub(crate) fn push_clean(out: &mut String, char: char) {
    match char {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        char if is_unfit(char) => out.extend(char.escape_unicode()),
        char => out.push(char),
    }
}

/// Controls (C0, DEL, C1), line and paragraph separators, and what changes the
/// direction of the text around it or hides in it.
pub(crate) fn is_unfit(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays() {
        assert_eq!(clean_text("naïve \"text\" \\ 漢字 🦀"), "naïve \"text\" \\ 漢字 🦀");
    }

    #[test]
    fn lines_terminals_and_direction_are_escaped() {
        assert_eq!(clean_text("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(clean_text("\u{1b}[31mred\u{7f}\u{9b}"), "\\u{1b}[31mred\\u{7f}\\u{9b}");
        assert_eq!(clean_text("a\u{202e}b\u{2066}c\u{2028}d"), "a\\u{202e}b\\u{2066}c\\u{2028}d");
        assert_eq!(clean_text("\0"), "\\u{0}");
    }

    #[test]
    fn it_is_cut_on_a_char_boundary() {
        assert_eq!(clean_to("abcdef", 6), "abcdef");
        assert_eq!(clean_to("abcdefg", 6), "abc…");
        assert_eq!(clean_to("äöüß", 6), "ä…");
        assert_eq!(clean_to("ab\ncd", 5), "ab…");
        for max in 0..40 {
            assert!(clean_to("🦀\u{1b}é\n漢字, and so on", max).len() <= max);
        }
        let long = clean_text(&"é".repeat(5000));
        assert!(long.len() <= MAX_TEXT && long.ends_with('…'));
    }
}
