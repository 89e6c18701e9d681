//! Depends on a crate with tasks and never names it, so that it has none.

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
