use tasks_runtime::task;

#[task]
async fn tidy()
where
    String: Clone,
{
}

fn main() {}
