use tasks_runtime::scheduled;

mod config {
    pub(crate) const POOL: &str = "big mails";
}

#[scheduled(every = "1m", pool = config::POOL)]
async fn send() {}

fn main() {}
