use tasks_runtime::task;

fn worth_it(_: &String) -> bool {
    true
}

#[task(retry(max = 3, on = worth_it))]
async fn tidy() {}

fn main() {}
