//! Tasks written by hand, for tests of plans and listings.

use tasks_core::{
    __private::Facts, BodyKind, Context, Definition, Location, Needs, Registration, Registry, Task,
    TaskFuture, policy::Options,
};

use super::{Checked, Plan, PlanInputs};
use crate::list::IntoList as _;

/// A task that is all definition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) definition: Definition<'static>,
    pub(crate) needs: fn(&mut Needs),
    /// Has to be asked, as a `Task` of somebody's own. Otherwise it is as an annotated function.
    pub(crate) by_hand: bool,
}

impl Sample {
    fn new(name: &'static str, scheduled: bool) -> Self {
        let location = Location { file: "src/jobs.rs", line: 1, module_path: "my_app::jobs" };
        let definition = Definition {
            name,
            description: "",
            location,
            body: BodyKind::Async,
            scheduled,
            options: Options::NONE,
        };
        Self { definition, needs: |_| (), by_hand: false }
    }

    /// A task without a schedule.
    pub(crate) fn task(name: &'static str) -> Self {
        Self::new(name, false)
    }

    /// A task with a schedule, which is still to be set.
    pub(crate) fn scheduled(name: &'static str) -> Self {
        Self::new(name, true)
    }

    /// Sets options.
    pub(crate) fn with(mut self, set: impl FnOnce(&mut Options<'static>)) -> Self {
        set(&mut self.definition.options);
        self
    }

    /// Sets the place.
    pub(crate) fn at(mut self, file: &'static str, line: u32) -> Self {
        self.definition.location.file = file;
        self.definition.location.line = line;
        self
    }
}

impl Task for Sample {
    fn definition(&self) -> Definition<'_> {
        self.definition
    }

    fn run(&self, _: Context) -> TaskFuture {
        Box::pin(async { Ok(()) })
    }

    fn needs(&self, needs: &mut Needs) {
        (self.needs)(needs);
    }

    fn __facts(&self) -> Option<Facts<'_>> {
        (!self.by_hand).then(|| self.definition.__facts())
    }
}

/// Registers samples.
pub(crate) fn inputs(samples: impl IntoIterator<Item = Sample>) -> PlanInputs {
    let mut registry = Registry::new();
    for sample in samples {
        registry.add(Registration::new(sample));
    }
    PlanInputs::new(registry)
}

/// Plans samples with everything else at its default.
pub(crate) fn plan(samples: impl IntoIterator<Item = Sample>) -> Checked {
    Plan::build(inputs(samples))
}

/// The problems, one line each.
pub(crate) fn problems(samples: impl IntoIterator<Item = Sample>) -> Vec<String> {
    plan(samples).problems.iter().map(ToString::to_string).into_list()
}
