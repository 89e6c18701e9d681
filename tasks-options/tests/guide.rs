//! The values that `docs/coming-from.md` shows are values.

use tasks_options::{Written, option, read};

const GUIDE: &str = include_str!("../../docs/coming-from.md");

/// Each `key = "value"` in the guide.
fn shown() -> Vec<(&'static str, &'static str)> {
    let parts: Vec<&str> = GUIDE.split(" = \"").collect();
    let pairs = parts.windows(2).map(|pair| {
        let key =
            pair[0].rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '_').next();
        (key.unwrap_or_default(), pair[1].split('"').next().unwrap_or_default())
    });
    pairs.collect()
}

#[test]
fn every_value_of_an_option_in_the_guide_can_be_read() {
    let mut count = 0;
    for (key, value) in shown() {
        // What stands for any value, and how Spring switches a schedule off.
        let Some(row) =
            option(key).filter(|_| !value.contains('…') && !["-", "${report.cron}"].contains(&value))
        else {
            continue;
        };
        // In configuration every schedule can be off; and n stands for a number.
        let value = value.replace("(n)", "(2)");
        if (key, &*value) != ("cron", "off") {
            assert!(read(row, &Written::quoted(&value)).is_ok(), "{key} = {value:?}");
            count += 1;
        }
    }
    assert!(count >= 40, "{count} values were looked at");
}
