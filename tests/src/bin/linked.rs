//! Gets its tasks from a crate that it only names.

use mail_jobs as _;

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
