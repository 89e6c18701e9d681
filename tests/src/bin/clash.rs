//! Two crates with a task of the same name.

use {mail_jobs as _, other_mail_jobs as _};

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
