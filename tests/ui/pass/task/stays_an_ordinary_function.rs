//! The function can be called, named and documented as if nothing stood on it.
#![deny(rustdoc::broken_intra_doc_links)]

use tasks_runtime::{State, task};

/// See also [`double`] and [`caller`].
#[task]
async fn double(State(number): State<u8>) -> Result<u8, String> {
    number.checked_mul(2).ok_or_else(|| "too large".to_owned())
}

async fn caller() -> Result<u8, String> {
    let function = double;
    function(State(3)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(double(State(2)).await, Ok(4));
    assert_eq!(caller().await, Ok(6));
    assert!(double(State(200)).await.is_err());
}
