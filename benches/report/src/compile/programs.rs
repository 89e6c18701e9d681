//! The programs that are compiled.

use std::{fmt::Write as _, fs};

use anyhow::{Result, bail};

use crate::build;

/// Files of a project, by their paths.
pub(super) struct Program {
    pub(super) files: Vec<(&'static str, String)>,
}

/// Both programs of 1,000 functions, for a number that their bodies contain.
pub(super) const THOUSAND: [fn(usize) -> Program; 2] = [annotated, by_example];

const FUNCTIONS: usize = 1_000;

const TOKIO: &str = "tokio = { version = \"1\", features = [\"rt-multi-thread\", \"macros\", \"time\", \"sync\", \"signal\"] }\n";

fn program(dependencies: &str, main: impl Into<String>) -> Program {
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{dependencies}"
    );
    Program { files: vec![("Cargo.toml", manifest), ("src/main.rs", main.into())] }
}

/// A dependency on this framework as it lies here.
fn framework(more: &str) -> String {
    format!("tasks-runtime = {{ path = {:?}{more} }}\n", build::project().join("tasks-runtime"))
}

fn main_of(body: &str) -> String {
    format!("#[tokio::main]\nasync fn main() {{\n{body}\n}}\n")
}

/// The hello world of a contender.
pub(super) fn hello_of(contender: &str) -> Result<Program> {
    let with = |dependencies: &str, main: String| program(&format!("{TOKIO}{dependencies}"), main);
    Ok(match contender {
        "tasks" => with(
            &framework(""),
            format!("{HELLO}fn main() -> std::process::ExitCode {{ tasks_runtime::main() }}\n"),
        ),
        "tasks-bare" => with(
            &framework(", default-features = false"),
            format!(
                "{HELLO}fn main() -> std::process::ExitCode {{ \
                 tasks_runtime::builder().register(tasks_runtime::registration!(hello)).main() }}\n"
            ),
        ),
        "raw" => with("", main_of("tokio::spawn(async {}).await.unwrap();")),
        "hand" => by_hand()?,
        "task-supervisor" => with(
            "task-supervisor = \"0.5\"\n",
            SUPERVISOR.to_owned()
                + &main_of(
                    "task_supervisor::SupervisorBuilder::new().with_task(\"hello\", Hello).spawn().shutdown().await.unwrap();",
                ),
        ),
        "tokio-graceful-shutdown" => with("tokio-graceful-shutdown = \"0.20\"\n", GRACEFUL.to_owned()),
        "ractor" => with(
            "ractor = \"0.16\"\n",
            RACTOR.to_owned() + &main_of("ractor::Actor::spawn(None, Hello, ()).await.unwrap();"),
        ),
        "apalis" => with("apalis = \"1\"\napalis-cron = \"1\"\ncron = \"0.17\"\n", APALIS.to_owned()),
        "tokio-cron-scheduler" => with(
            "tokio-cron-scheduler = \"0.15\"\n",
            main_of(
                "    use tokio_cron_scheduler::{Job, JobScheduler};\n    let scheduler = JobScheduler::new().await.unwrap();\n    \
             let job = Job::new_async(\"* * * * * *\", |_, _| Box::pin(async {})).unwrap();\n    \
             scheduler.add(job).await.unwrap();\n    scheduler.start().await.unwrap();",
            ),
        ),
        other => bail!("{other} has no hello world"),
    })
}

const HELLO: &str = "#[tasks_runtime::scheduled(every = \"1s\", timeout = \"30s\")]\nasync fn hello() {}\n\n";

/// The reference as it is measured everywhere else.
fn by_hand() -> Result<Program> {
    let supervisor = fs::read_to_string(build::benches().join("base/src/supervisor.rs"))?;
    let dependencies = "futures-util = { version = \"0.3\", default-features = false, features = [\"std\"] }\n\
         tokio-util = { version = \"0.7\", features = [\"rt\"] }\ntracing = \"0.1\"\n";
    let main = "mod supervisor;\n\n".to_owned()
        + &main_of(
            "    let supervisor = supervisor::Supervisor::new();\n    \
             supervisor.spawn(\"hello\", std::time::Duration::from_secs(30), |_| async { Ok(()) });\n    \
             supervisor.all_ended().await;",
        );
    let mut program = program(&format!("{TOKIO}{dependencies}"), main);
    program.files.push(("src/supervisor.rs", supervisor));
    Ok(program)
}

const SUPERVISOR: &str = "#[derive(Clone)]
struct Hello;

impl task_supervisor::SupervisedTask for Hello {
    async fn run(self, _: task_supervisor::CancellationToken) -> task_supervisor::TaskResult {
        Ok(())
    }
}

";

const GRACEFUL: &str = "use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Root = SubsystemHandle<Fault>;

#[tokio::main]
async fn main() {
    let top = Toplevel::<Fault>::new(async |root: &mut Root| {
        root.start(SubsystemBuilder::new(\"hello\", async |_: &mut Root| Ok::<(), Fault>(())));
    });
    let _ = top.catch_signals().handle_shutdown_requests(std::time::Duration::from_secs(1)).await;
}
";

const RACTOR: &str = "struct Hello;

impl ractor::Actor for Hello {
    type Msg = ();
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ractor::ActorRef<()>, _: ()) -> Result<(), ractor::ActorProcessingErr> {
        Ok(())
    }
}

";

const APALIS: &str = "use std::str::FromStr;

use apalis::prelude::*;
use apalis_cron::{CronScheduler, Tick};

async fn hello(_: Tick) {}

#[tokio::main]
async fn main() {
    let schedule = cron::Schedule::from_str(\"* * * * * *\").unwrap();
    WorkerBuilder::new(\"hello\").backend(CronScheduler::new(schedule)).build(hello).run().await.unwrap();
}
";

/// The body of a function: a little work, some awaits, an error.
fn body(function: usize, edit: usize) -> String {
    let (from, to) = (function, function + 3);
    format!(
        "{{\n    let mut k = {from};\n    while k < {to} {{\n        k += step(k, {edit}).await.min(1) + 1;\n    }}\n    \
         if k == 0 {{\n        return Err(\"zero\".into());\n    }}\n    Ok(())\n}}\n"
    )
}

const STEP: &str = "async fn step(i: u32, edit: u32) -> u32 {\n    std::future::ready(i + edit).await\n}\n\n";

fn annotated(edit: usize) -> Program {
    let mut main = format!("use tasks_runtime::{{BoxError, Context, task}};\n\n{STEP}");
    for function in 0..FUNCTIONS {
        // Only the first changes: an edit is one function.
        let edit = if function == 0 { edit } else { 0 };
        // Writing to a string does not fail, here and below.
        let _ = write!(
            main,
            "#[task(timeout = \"30s\")]\nasync fn f_{function}(_cx: Context) -> Result<(), BoxError> {}\n",
            body(function, edit)
        );
    }
    main.push_str("fn main() -> std::process::ExitCode {\n    tasks_runtime::main()\n}\n");
    program(&framework(""), main)
}

/// What a macro by example can do: a value for each function, in a registry,
/// with its name, a limit and a boxed call.
fn by_example(edit: usize) -> Program {
    let mut main = format!("{RULES}{STEP}");
    for function in 0..FUNCTIONS {
        let edit = if function == 0 { edit } else { 0 };
        let _ = write!(
            main,
            "async fn f_{function}(_cx: Cx) -> Result<(), Fault> {}task!(T{function}, f_{function}, 30_000);\n\n",
            body(function, edit)
        );
    }
    main.push_str(
        "fn main() {\n    let limits = inventory::iter::<Entry>.into_iter().map(|entry| entry.0.limit_ms());\n    \
         println!(\"{}\", limits.sum::<u64>());\n}\n",
    );
    program("inventory = \"0.3\"\n", main)
}

const RULES: &str = "#![allow(dead_code)]

use std::{future::Future, pin::Pin};

pub struct Cx;
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
pub type Body = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

pub trait Task: Sync {
    fn name(&self) -> &'static str;
    fn limit_ms(&self) -> u64;
    fn run(&self, cx: Cx) -> Body;
}

pub struct Entry(&'static dyn Task);
inventory::collect!(Entry);

macro_rules! task {
    ($task:ident, $function:ident, $limit_ms:literal) => {
        struct $task;
        impl Task for $task {
            fn name(&self) -> &'static str {
                stringify!($function)
            }
            fn limit_ms(&self) -> u64 {
                $limit_ms
            }
            fn run(&self, cx: Cx) -> Body {
                Box::pin($function(cx))
            }
        }
        inventory::submit! { Entry(&$task) }
    };
}

";
