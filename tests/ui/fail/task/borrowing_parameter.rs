use std::borrow::Cow;

use tasks_runtime::{State, task};

#[task]
async fn tidy(_name: State<Cow<'_, str>>) {}

fn main() {}
