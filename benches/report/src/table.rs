//! The one table.

use std::fmt::Write as _;

use crate::{
    contenders::CONTENDERS,
    goals::{FIGURES, Figure, Goal, goal},
    numbers::{Sample, median},
    store::{Measured, Store},
};

/// Makes the table of everything that was measured, or of these sections.
pub(crate) fn render(store: &Store, only: Option<&[&str]>) -> String {
    let mut text = String::from("| workload | figure | goal |");
    for (contender, _) in CONTENDERS {
        // Writing to a string does not fail, here and below.
        let _ = write!(text, " {contender} |");
    }
    text.push_str("\n|---|---|---|");
    text.push_str(&"---:|".repeat(CONTENDERS.len()));
    text.push('\n');
    for measured in &store.sections {
        if only.is_none_or(|only| only.contains(&measured.section.as_str())) {
            section(&mut text, measured);
        }
    }
    text
}

fn section(text: &mut String, measured: &Measured) {
    let mut workloads: Vec<&str> = Vec::new();
    for sample in &measured.samples {
        if !workloads.contains(&sample.workload.as_str()) {
            workloads.push(&sample.workload);
        }
    }
    for workload in workloads {
        let samples: Vec<&Sample> =
            measured.samples.iter().filter(|sample| sample.workload == workload).collect();
        let mut title = workload;
        for figure in FIGURES {
            // Who never ended has no figure, and a cell that says so.
            let known = |sample: &&Sample| {
                let figures = &sample.figures;
                figures.contains_key(figure.key) || figure.key == "exit_ms" && figures.contains_key("never")
            };
            if samples.iter().any(known) {
                row(text, (title, workload), figure, &samples);
                // Said once for the rows below it.
                title = "";
            }
        }
    }
}

fn row(text: &mut String, (title, workload): (&str, &str), figure: &Figure, samples: &[&Sample]) {
    let judged = goal(workload, figure.key).map(|goal| judge(goal, figure, samples)).unwrap_or_default();
    let _ = write!(text, "| {title} | {} | {judged} |", figure.label);
    for (contender, _) in CONTENDERS {
        let _ = write!(text, " {} |", cell(figure, samples, contender));
    }
    text.push('\n');
}

fn cell(figure: &Figure, samples: &[&Sample], contender: &str) -> String {
    let own: Vec<&&Sample> = samples.iter().filter(|sample| sample.contender == contender).collect();
    if own.is_empty() {
        return String::new();
    }
    let never = own.iter().filter(|sample| sample.figures.contains_key("never")).count();
    if figure.key == "exit_ms" && never * 2 > own.len() {
        return "never".to_owned();
    }
    let Some(value) = middle(samples, contender, figure.key) else {
        let failed = own.iter().all(|sample| sample.figures.is_empty());
        return if failed { "failed".to_owned() } else { String::new() };
    };
    match ratio(samples, contender, figure.key) {
        Some(ratio) if figure.ratio && contender != "hand" => format!("{} ({ratio:.2})", shown(value)),
        _ => shown(value),
    }
}

/// The median of a figure over all turns.
fn middle(samples: &[&Sample], contender: &str, key: &str) -> Option<f64> {
    let own = samples.iter().filter(|sample| sample.contender == contender);
    median(own.filter_map(|sample| sample.figures.get(key).copied()).collect())
}

/// The median of the ratios to `hand`, each of one turn.
fn ratio(samples: &[&Sample], contender: &str, key: &str) -> Option<f64> {
    let figure = |contender: &str, rep: usize| {
        let sample = samples.iter().find(|sample| sample.contender == contender && sample.rep == rep)?;
        sample.figures.get(key).copied()
    };
    let turns = samples.iter().filter(|sample| sample.contender == contender).map(|sample| sample.rep);
    let ratios = turns.filter_map(|rep| Some(figure(contender, rep)? / figure("hand", rep)?));
    median(ratios.filter(|ratio| ratio.is_finite()).collect())
}

fn judge(goal: Goal, figure: &Figure, samples: &[&Sample]) -> String {
    let (words, reached) = match goal {
        Goal::Ratio(most) => {
            (format!("≤ {most} × hand"), ratio(samples, "tasks", figure.key).map(|ratio| ratio <= most))
        }
        Goal::Most(most) => {
            (format!("≤ {}", shown(most)), middle(samples, "tasks", figure.key).map(|value| value <= most))
        }
        Goal::Least(least) => {
            (format!("≥ {}", shown(least)), middle(samples, "tasks", figure.key).map(|value| value >= least))
        }
    };
    match reached {
        Some(true) => format!("{words}: met"),
        Some(false) => format!("**{words}: missed**"),
        // Nobody is judged by what only others were measured by.
        None => String::new(),
    }
}

/// Three digits that count, and groups of three.
fn shown(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 || size >= 100.0 {
        let digits = format!("{size:.0}");
        let groups: Vec<&str> = digits
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|group| std::str::from_utf8(group).unwrap_or(""))
            .collect();
        return format!("{}{}", if value < 0.0 { "-" } else { "" }, groups.join(","));
    }
    if size >= 10.0 { format!("{value:.1}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(contender: &str, rep: usize, ns: f64) -> Sample {
        Sample::new("W1 ends at once", contender, rep).with("ns", ns)
    }

    #[test]
    fn a_ratio_is_taken_in_each_turn_and_not_of_the_medians() {
        let samples = [
            turn("hand", 0, 100.0),
            turn("tasks", 0, 50.0),
            turn("hand", 1, 1000.0),
            turn("tasks", 1, 600.0),
            turn("hand", 2, 10.0),
            turn("tasks", 2, 90.0),
        ];
        let samples: Vec<&Sample> = samples.iter().collect();
        assert_eq!(ratio(&samples, "tasks", "ns"), Some(0.6), "and not 90 / 100");
        assert_eq!(cell(&FIGURES[0], &samples, "tasks"), "90 (0.60)");
        assert_eq!(cell(&FIGURES[0], &samples, "hand"), "100");
        assert_eq!(cell(&FIGURES[0], &samples, "raw"), "");
        assert_eq!(judge(Goal::Ratio(0.5), &FIGURES[0], &samples), "**≤ 0.5 × hand: missed**");
        assert_eq!(judge(Goal::Ratio(0.85), &FIGURES[0], &samples), "≤ 0.85 × hand: met");
    }

    #[test]
    fn what_fails_and_what_never_ends_is_said() {
        let failed = Sample::new("W1", "ractor", 0);
        assert_eq!(cell(&FIGURES[0], &[&failed], "ractor"), "failed");
        let exit = FIGURES.iter().find(|figure| figure.key == "exit_ms").expect("it is there");
        let never = Sample::new("W7", "hand", 0).with("never", 1.0);
        assert_eq!(cell(exit, &[&never], "hand"), "never");
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in
            [(1234567.8, "1,234,568"), (99.94, "99.9"), (4.0, "4"), (0.333, "0.33"), (-1234.0, "-1,234")]
        {
            assert_eq!(shown(value), text);
        }
    }
}
