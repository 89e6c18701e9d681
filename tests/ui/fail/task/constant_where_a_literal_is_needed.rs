use tasks_runtime::task;

const NAME: &str = "tidy-up";

#[task(name = NAME)]
async fn tidy() {}

#[task(priority = config::PRIORITY, pool = mail, timeout = 3 +)]
async fn sweep() {}

fn main() {}
