use tasks_runtime::registration;

async fn tidy() {}

fn main() {
    let _ = registration!(tidy);
}
