use tasks_runtime::{Registration, registration};

mod jobs {
    pub mod mail {
        use tasks_runtime::{registration, task};

        #[task]
        pub async fn send() {}

        #[task]
        pub(super) async fn receive() {}

        pub fn both() -> [tasks_runtime::Registration; 2] {
            [registration!(self::send), registration!(super::mail::receive)]
        }
    }

    pub use self::mail::*;
}

const SEND: Registration = registration!(crate::jobs::mail::send);

fn main() {
    assert_eq!(SEND.task().definition().name, "send");
    assert_eq!(jobs::mail::both().map(|one| one.task().definition().name.to_owned()), ["send", "receive"]);
    assert_eq!(registration!(jobs::send,).task().definition().name, "send");
}
