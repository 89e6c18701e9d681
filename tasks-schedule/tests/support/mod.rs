//! What several tests of this crate share: a seeded source of randomness, and
//! random cron expressions.

#![allow(dead_code, reason = "each test uses a part of it")]

use tasks_schedule::CivilDateTime;

/// SplitMix64: small, fast, and the same on every machine for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + (self.next() % (most - least + 1).unsigned_abs()).cast_signed()
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.next() as usize % items.len()]
    }

    /// A second of the years that are given.
    pub(crate) fn civil(&mut self, first_year: i16, last_year: i16) -> CivilDateTime {
        let begin = CivilDateTime::new(first_year, 1, 1, 0, 0, 0).expect("a date");
        let end = CivilDateTime::new(last_year, 12, 31, 23, 59, 59).expect("a date");
        let seconds = self.between(begin.to_seconds(), end.to_seconds());
        CivilDateTime::from_seconds(seconds).expect("between two dates")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Five,
    Six,
    Seven,
}

/// Which field an item is made for: its least and greatest value and names.
struct Kind {
    min: i64,
    max: i64,
    names: &'static [&'static str],
}

const SECOND: Kind = Kind { min: 0, max: 59, names: &[] };
const HOUR: Kind = Kind { min: 0, max: 23, names: &[] };
const DAY: Kind = Kind { min: 1, max: 31, names: &[] };
const MONTH: Kind = Kind {
    min: 1,
    max: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const WEEKDAY: Kind =
    Kind { min: 0, max: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] };
const YEAR: Kind = Kind { min: 1970, max: 2199, names: &[] };

/// A random expression: nearly always well formed, now and then not.
pub(crate) fn expression(random: &mut Random, shape: Shape) -> String {
    let mut fields = Vec::with_capacity(7);
    if shape != Shape::Five {
        fields.push(field(random, &SECOND, 3));
    }
    fields.push(field(random, &SECOND, 3));
    fields.push(field(random, &HOUR, 3));
    fields.push(field(random, &DAY, 2));
    fields.push(field(random, &MONTH, 2));
    fields.push(field(random, &WEEKDAY, 2));
    if shape == Shape::Seven {
        fields.push(field(random, &YEAR, 2));
    }
    let text = fields.join(" ");
    if random.one_in(12) { damaged(random, &text) } else { text }
}

fn field(random: &mut Random, kind: &Kind, star_in: u64) -> String {
    if random.one_in(star_in) {
        return "*".to_owned();
    }
    let items = if random.one_in(3) { random.between(2, 4) } else { 1 };
    (0..items).map(|_| item(random, kind)).collect::<Vec<_>>().join(",")
}

fn item(random: &mut Random, kind: &Kind) -> String {
    match random.between(0, 9) {
        0..=3 => value(random, kind),
        4 => format!("*/{}", step(random, kind)),
        5 | 6 => range(random, kind),
        7 => format!("{}/{}", range(random, kind), step(random, kind)),
        _ if kind.max == DAY.max => match random.between(0, 4) {
            0 | 1 => "L".to_owned(),
            2 => "LW".to_owned(),
            _ => format!("{}W", random.between(1, 31)),
        },
        _ if kind.max == WEEKDAY.max => {
            let day = value(random, kind);
            if random.one_in(2) { format!("{day}L") } else { format!("{day}#{}", random.between(1, 5)) }
        }
        _ => value(random, kind),
    }
}

fn value(random: &mut Random, kind: &Kind) -> String {
    let over = if random.one_in(200) { 1 } else { 0 };
    let value = random.between(kind.min - over * kind.min.min(1), kind.max + over);
    match kind.names.get(usize::try_from(value - kind.min.min(1)).unwrap_or(usize::MAX)) {
        Some(name) if random.one_in(3) => {
            let lower = random.one_in(3);
            if lower { name.to_ascii_lowercase() } else { (*name).to_owned() }
        }
        _ if random.one_in(20) => format!("{value:02}"),
        _ => value.to_string(),
    }
}

fn range(random: &mut Random, kind: &Kind) -> String {
    let (a, b) = (random.between(kind.min, kind.max), random.between(kind.min, kind.max));
    let (a, b) = if random.one_in(50) { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
    let name = |value: i64| kind.names[usize::try_from(value - kind.min).expect("in range")];
    if !kind.names.is_empty() && random.one_in(3) {
        format!("{}-{}", name(a), name(b))
    } else {
        format!("{a}-{b}")
    }
}

fn step(random: &mut Random, kind: &Kind) -> i64 {
    let most = if random.one_in(30) { kind.max - kind.min + 2 } else { (kind.max - kind.min) / 2 };
    if random.one_in(100) { 0 } else { random.between(1, most.clamp(1, 120)) }
}

/// A text with one character inserted, deleted or replaced.
pub(crate) fn damaged(random: &mut Random, text: &str) -> String {
    const CHARACTERS: &[u8] = b"0123456789*/,-#LW? ?xJANMON@";
    let mut bytes = text.as_bytes().to_vec();
    let at = random.next() as usize % bytes.len();
    let with = CHARACTERS[random.next() as usize % CHARACTERS.len()];
    match random.between(0, 2) {
        0 => bytes.insert(at, with),
        1 => bytes[at] = with,
        _ => {
            bytes.remove(at);
        }
    }
    String::from_utf8(bytes).expect("ASCII stays ASCII")
}
