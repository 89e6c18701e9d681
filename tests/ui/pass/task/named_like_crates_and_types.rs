use tasks_runtime::{registration, task};

#[task]
async fn tokio() -> Result<usize, String> {
    ::tokio::task::yield_now().await;
    let text: &str = "text";
    Ok(str::len(text))
}

#[task]
async fn str() {
    ::tokio::task::yield_now().await;
}

#[task]
async fn std() {}

#[task]
async fn tasks_runtime() {}

#[task]
async fn r#match() {}

#[task]
fn r#async() {}

fn main() {
    assert_eq!(registration!(r#match).task().definition().name, "match");
    assert_eq!(registration!(r#async).task().definition().name, "async");
    let _ = (tokio, str, std, tasks_runtime);
}
