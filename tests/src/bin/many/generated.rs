//! Tasks that no function stands for.

use std::{process::ExitCode, time::Duration};

use tasks_runtime::{
    BodyKind, Context, Definition, Location, Registration, Task, TaskFuture,
    policy::{Options, Schedule},
};

struct Generated {
    name: String,
    schedule: Option<Schedule<'static>>,
}

impl Task for Generated {
    fn definition(&self) -> Definition<'_> {
        let mut options = Options::NONE;
        options.schedule = self.schedule;
        Definition {
            name: &self.name,
            description: "One of many.",
            location: Location { file: file!(), line: line!(), module_path: module_path!() },
            body: BodyKind::Async,
            scheduled: self.schedule.is_some(),
            options,
        }
    }

    fn run(&self, _cx: Context) -> TaskFuture {
        Box::pin(async { Ok(()) })
    }
}

fn run(tasks: impl Iterator<Item = Generated>) -> ExitCode {
    let program = tasks_runtime::builder().without_discovery();
    tasks.fold(program, |program, task| program.register(Registration::new(task))).main()
}

pub(crate) fn ten_thousand() -> ExitCode {
    run((0..10_000).map(|number| Generated { name: format!("task_{number:05}"), schedule: None }))
}

pub(crate) fn hundred_hourly() -> ExitCode {
    let hourly = |number: u32| match number % 2 {
        0 => Schedule::Every(Duration::from_secs(3600)),
        // Not at a moment that a short test could meet by chance every time.
        _ => Schedule::Cron("17 * * * *"),
    };
    run((0..100).map(|number| Generated { name: format!("task_{number}"), schedule: Some(hourly(number)) }))
}
