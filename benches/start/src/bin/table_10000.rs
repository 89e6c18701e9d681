//! A registry that is a static table.

use start::{Entry, first};

include!(concat!(env!("OUT_DIR"), "/table_10000.rs"));

fn main() -> std::io::Result<()> {
    start::program(TABLE.iter())
}
