//! Bodies that panic in every way.

use std::{panic::panic_any, time::Duration};

use tasks_runtime::{Context, scheduled, task};
use tests::mark_with;
use tokio::time::sleep;

#[task]
async fn boom() {
    sleep(Duration::from_millis(50)).await;
    panic!("boom {}", 1);
}

#[scheduled(every = "100ms")]
async fn booms() {
    panic!("again");
}

#[task]
fn boom_on_a_thread() {
    panic!("boom on a thread");
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[task(timeout = "100ms")]
async fn drop_panics() {
    let _panics = PanicsWhenDropped;
    sleep(Duration::from_secs(10)).await;
}

#[task]
async fn drop_panics_at_shutdown() {
    let _panics = PanicsWhenDropped;
    sleep(Duration::from_secs(60)).await;
}

struct Payload(u32);

impl Drop for Payload {
    fn drop(&mut self) {
        if self.0 < 3 {
            panic_any(Self(self.0 + 1));
        }
        panic!("the payload");
    }
}

#[task]
async fn payload_panics() {
    panic_any(Payload(0));
}

macro_rules! bystanders {
    ($($name:ident)*) => {$(
        #[scheduled(every = "100ms")]
        async fn $name(cx: Context) {
            let due = cx.scheduled_at().map(|at| u64::try_from(at.as_nanosecond()).unwrap_or_default());
            mark_with("bystander", serde_json::json!({ "task": cx.task(), "due": due }));
        }
    )*};
}
bystanders! { one_of_9 two_of_9 three_of_9 four_of_9 five_of_9 six_of_9 seven_of_9 eight_of_9 nine_of_9 }
