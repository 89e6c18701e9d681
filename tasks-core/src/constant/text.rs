//! Messages that are put together in const evaluation, which has no `format!`.

/// A text of limited length; what does not fit is left out, and an ellipsis says so.
pub(super) struct Text {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl Text {
    const MOST: usize = 320;
    const ELLIPSIS: &'static [u8] = "…".as_bytes();

    /// Puts parts behind one another.
    pub(super) const fn of(parts: &[&str]) -> Self {
        let mut text = Self { bytes: [0; Self::MOST], length: 0 };
        let mut part = 0;
        while part < parts.len() {
            text.push(parts[part].as_bytes());
            part += 1;
        }
        text
    }

    const fn push(&mut self, part: &[u8]) {
        let room = Self::MOST - Self::ELLIPSIS.len();
        let mut at = 0;
        while at < part.len() {
            if self.length >= room {
                self.cut();
                return;
            }
            self.bytes[self.length] = part[at];
            self.length += 1;
            at += 1;
        }
    }

    /// Ends the text before a character that may not be whole.
    const fn cut(&mut self) {
        if self.length == Self::MOST {
            return;
        }
        while self.length > 0 && self.bytes[self.length - 1] & 0x80 != 0 {
            self.length -= 1;
        }
        let mut at = 0;
        while at < Self::ELLIPSIS.len() {
            self.bytes[self.length] = Self::ELLIPSIS[at];
            self.length += 1;
            at += 1;
        }
        // Nothing comes after it.
        while self.length < Self::MOST {
            self.bytes[self.length] = b' ';
            self.length += 1;
        }
    }

    pub(super) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text.trim_ascii_end(),
            Err(_) => "the value is wrong",
        }
    }
}

/// A number as text.
pub(super) struct Digits {
    bytes: [u8; 10],
    begin: usize,
}

impl Digits {
    pub(super) const fn of(mut number: u32) -> Self {
        let mut digits = Self { bytes: [b'0'; 10], begin: 9 };
        digits.bytes[9] += (number % 10) as u8;
        while number >= 10 {
            number /= 10;
            digits.begin -= 1;
            digits.bytes[digits.begin] += (number % 10) as u8;
        }
        digits
    }

    pub(super) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.begin).1) {
            Ok(text) => text,
            Err(_) => "?",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_behind_one_another_and_cut_between_characters() {
        assert_eq!(Text::of(&["`", "every", "` is wrong"]).as_str(), "`every` is wrong");
        assert_eq!(Text::of(&[]).as_str(), "");
        for filler in ["x", "é", "漢", "🙂"] {
            let long = filler.repeat(400);
            let text = Text::of(&["y", &long, "never"]);
            let shown = text.as_str();
            assert!(shown.starts_with('y') && shown.ends_with('…') && !shown.contains("never"), "{shown}");
        }
    }

    #[test]
    fn numbers_are_written_out() {
        for number in [0, 7, 10, 4096, 1_000_000, u32::MAX] {
            assert_eq!(Digits::of(number).as_str(), number.to_string());
        }
    }
}
