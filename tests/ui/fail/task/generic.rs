use tasks_runtime::task;

#[task]
async fn tidy<T: Clone>(_of: tasks_runtime::State<T>) {}

fn main() {}
