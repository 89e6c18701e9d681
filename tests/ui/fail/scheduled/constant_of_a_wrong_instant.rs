use tasks_runtime::scheduled;

const OPENING: &str = "2030-01-31T09:00:00";

#[scheduled(at = OPENING)]
async fn open() {}

#[scheduled(at = concat!("2030-02-", "30T09:00:00Z"))]
async fn close() {}

fn main() {}
