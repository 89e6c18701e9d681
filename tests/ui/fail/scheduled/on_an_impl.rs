use tasks_runtime::scheduled;

struct Tidy;

#[scheduled(every = "5m")]
impl Tidy {}

fn main() {}
