use tasks_runtime::scheduled;

#[scheduled(every = "5m")]
fn tidy() -> Option<u32> {
    None
}

fn main() {}
