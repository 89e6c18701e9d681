use tasks_runtime::{State, task};

struct Db;

#[task]
async fn tidy(_db: State<Db>) {}

fn main() {}
