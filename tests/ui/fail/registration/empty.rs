use tasks_runtime::registration;

fn main() {
    let _ = registration!();
}
