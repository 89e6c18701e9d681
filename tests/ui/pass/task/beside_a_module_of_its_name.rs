use tasks_runtime::{scheduled, task};

#[task]
async fn cleanup() {
    cleanup::now().await;
}

mod cleanup {
    pub async fn now() {}
}

mod metrics {
    pub fn count() -> u32 {
        1
    }
}

#[scheduled(every = "5m")]
async fn metrics() -> Result<u32, String> {
    Ok(metrics::count())
}

fn main() {}
