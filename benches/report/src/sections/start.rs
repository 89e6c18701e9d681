//! W5: how programs with few and many tasks start. What a program by hand has
//! is a static table; `raw` is a program without a runtime.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{
    build, children,
    numbers::{Sample, median},
};

/// Starts of each program in one turn, in rounds: what happens on the machine
/// happens to all of them.
const ROUNDS: usize = 9;

const SIZES: [usize; 3] = [1, 1_000, 10_000];

pub(super) fn start(rep: usize) -> Result<Vec<Sample>> {
    let mut programs = vec![Program::new("floor".to_owned())];
    for n in SIZES {
        for kind in ["annotated", "table", "inventory"] {
            programs.push(Program::new(format!("{kind}_{n}")));
        }
    }
    for _ in 0..ROUNDS {
        for program in &mut programs {
            program.round()?;
        }
    }
    let us = |name: &str| {
        let program = programs.iter().find(|program| program.name == name);
        program.map(|program| program.medians()).with_context(|| format!("{name} was not started"))
    };
    let floor = us("floor")?.0;
    let mut samples = Vec::new();
    for n in SIZES {
        let title = match n {
            1 => "W5 start, 1 task".to_owned(),
            n => format!("W5 start, {},000 tasks", n / 1_000),
        };
        for (kind, who) in [("annotated", "tasks"), ("table", "hand"), ("inventory", "hand")] {
            let title = match kind {
                "inventory" => format!("{title}, by `inventory` alone"),
                _ => title.clone(),
            };
            let (first, list) = us(&format!("{kind}_{n}"))?;
            let one = us(&format!("{kind}_1"))?.0;
            let mut sample = Sample::new(title, who, rep).with("first_us", first).with("list_us", list);
            if kind != "inventory" {
                sample = sample.with("over_floor", first / floor);
            }
            if kind != "inventory" && n > 1 {
                sample = sample.with("over_one", first / one);
            }
            samples.push(sample);
        }
        samples.push(Sample::new(title, "raw", rep).with("first_us", floor));
    }
    Ok(samples)
}

struct Program {
    name: String,
    first: Vec<f64>,
    list: Vec<f64>,
}

impl Program {
    fn new(name: String) -> Self {
        Self { name, first: Vec::new(), list: Vec::new() }
    }

    fn round(&mut self) -> Result<()> {
        let path = build::program(&self.name)?;
        let started = children::start(&mut Command::new(&path))?;
        let arrived = started.arrived.with_context(|| format!("{} did not arrive", self.name))?;
        self.first.push(arrived.as_secs_f64() * 1e6);
        if self.name != "floor" {
            let listed = children::start(Command::new(&path).arg("--list-tasks"))?;
            self.list.push(listed.ended.as_secs_f64() * 1e6);
        }
        Ok(())
    }

    fn medians(&self) -> (f64, f64) {
        (median(self.first.clone()).unwrap_or(f64::NAN), median(self.list.clone()).unwrap_or(f64::NAN))
    }
}
