//! A program without a runtime: no other can be faster.

fn main() {
    start::arrived();
}
