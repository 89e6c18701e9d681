use tasks_runtime::{registration, scheduled, task};

fn main() {
    #[task(timeout = "3s")]
    async fn inner() {}

    #[scheduled(every = "5m")]
    fn other() {}

    assert_eq!(registration!(inner).task().definition().name, "inner");
    {
        #[task(name = "inner-two")]
        async fn inner() {}
        assert_eq!(registration!(inner).task().definition().name, "inner-two");
    }
    let _ = other;
}
