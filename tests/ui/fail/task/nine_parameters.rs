use tasks_runtime::{Context, task};

#[task]
async fn tidy(
    _a: Context,
    _b: Context,
    _c: Context,
    _d: Context,
    _e: Context,
    _f: Context,
    _g: Context,
    _h: Context,
    _i: Context,
) {
}

fn main() {}
