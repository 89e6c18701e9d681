use tasks_runtime::task;

#[derive(Clone)]
struct Db;

#[task]
async fn tidy(_db: Db) {}

fn main() {}
