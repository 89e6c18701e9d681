use tasks_runtime::task;

struct Tidier;

impl Tidier {
    #[task]
    async fn tidy() {}
}

fn main() {}
