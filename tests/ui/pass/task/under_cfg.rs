use tasks_runtime::{registration, task};

#[cfg(any())]
#[task(timeout = "no such thing is looked at")]
async fn never(_: NoSuchType) {}

#[task(timeout = "nor here")]
#[cfg(any())]
async fn neither(_: NoSuchType) {}

#[cfg(all())]
#[task]
async fn always() {}

#[cfg_attr(all(), task(timeout = "3s"))]
async fn attached() {}

#[task]
async fn parameters(#[allow(unused_variables)] cx: tasks_runtime::Context) {}

fn main() {
    let _ = (registration!(always), registration!(attached), registration!(parameters));
}
