//! A registry by `inventory` and nothing else.

use start::{Entry, first};

include!(concat!(env!("OUT_DIR"), "/inventory_1.rs"));

fn main() -> std::io::Result<()> {
    start::program(inventory::iter::<Entry>.into_iter())
}
