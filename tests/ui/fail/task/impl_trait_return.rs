use tasks_runtime::task;

#[task]
fn tidy() -> impl Future<Output = ()> {
    async {}
}

fn main() {}
