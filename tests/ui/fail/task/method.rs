use tasks_runtime::task;

struct Tidier;

impl Tidier {
    #[task]
    async fn tidy(&self) {}
}

fn main() {}
