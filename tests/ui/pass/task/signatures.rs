use std::{borrow::Cow, fmt, rc::Rc, sync::Arc};

use tasks_runtime::{BoxError, CancellationToken, Context, FromContext, State, scheduled, task};

#[derive(Clone)]
struct Db;

struct Connection(Db);

impl FromContext for Connection {
    type Needs = (State<Db>, Context);

    async fn from_context((State(db), _): Self::Needs) -> Result<Self, BoxError> {
        Ok(Self(db))
    }
}

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

type Outcome = Result<Vec<u8>, Broken>;

#[task]
async fn own_extractor(Connection(_db): Connection) -> Outcome {
    Ok(Vec::new())
}

#[task]
async fn eight(
    _: Context,
    mut _b: Context,
    State(_c): State<Db>,
    State(Db): State<Db>,
    _e: CancellationToken,
    _f: State<Arc<dyn for<'a> Fn(&'a str) -> &'a str + Send + Sync>>,
    _g: State<fn(&str) -> bool>,
    _h: State<Cow<'static, str>>,
) -> Result<&'static str, &'static str> {
    Ok("eight")
}

#[task]
fn plain_with_rc(cancel: CancellationToken) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let shared = Rc::new(cancel.is_cancelled());
    match *shared {
        true => Err(Broken)?,
        false => Ok(()),
    }
}

#[task]
async fn rc_before_await() -> anyhow::Result<()> {
    {
        let _ = Rc::new(1);
    }
    std::future::ready(()).await;
    Ok(())
}

#[scheduled(every = "5m")]
async fn unit() -> () {}

#[scheduled(every = "5m")]
async fn string_error() -> Result<(), String> {
    Ok(())
}

#[scheduled(every = "5m")]
fn never_ends() {
    loop {
        std::thread::park();
    }
}

fn main() {}
