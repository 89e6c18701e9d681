use std::rc::Rc;

use tasks_runtime::task;

#[task]
async fn tidy() -> Result<Rc<u8>, String> {
    Ok(Rc::new(1))
}

fn main() {}
