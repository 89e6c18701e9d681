use std::rc::Rc;

use tasks_runtime::task;

async fn pause() {}

#[task]
async fn tidy() {
    let shared = Rc::new(1);
    pause().await;
    drop(shared);
}

fn main() {}
