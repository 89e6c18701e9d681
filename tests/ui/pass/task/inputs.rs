use std::collections::HashMap;

use tasks_runtime::{Context, Handle, Input, State, scheduled, task};

#[derive(Clone)]
struct Db;

#[derive(serde::Serialize, serde::Deserialize)]
struct Mail {
    to: String,
}

#[task]
async fn first(Input(mail): Input<Mail>, _: State<Db>) -> Result<usize, String> {
    Ok(mail.to.len())
}

#[task]
async fn in_the_middle(_: Context, Input(to): Input<Vec<String>>, _: State<Db>) -> Result<usize, String> {
    Ok(to.len())
}

#[task(start = "manual")]
fn last(_: State<Db>, input: tasks_runtime::Input<HashMap<String, u8>>) -> Result<usize, String> {
    Ok(input.len())
}

#[task]
async fn whole(Input(()): Input<()>) {}

#[task]
async fn pair(Input((to, copies)): Input<(String, u8)>) -> Result<String, String> {
    Ok(to.repeat(copies.into()))
}

mod own {
    use tasks_runtime::{BoxError, FromContext};

    pub struct Input<T>(pub T);

    impl FromContext for Input<u8> {
        type Needs = ();

        async fn from_context((): ()) -> Result<Self, BoxError> {
            Ok(Self(1))
        }
    }
}

#[scheduled(every = "5m")]
async fn an_extractor_of_this_name(_: own::Input<u8>, _: own::Input<u8>) {}

#[task]
async fn spawns(handle: Handle) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _: usize = handle.spawn(first, Mail { to: String::new() })?.await?;
    let _: usize = handle.spawn(in_the_middle, Vec::new())?.await?;
    let _: usize = handle.spawn(last, HashMap::new())?.await?;
    let _: String = handle.spawn(pair, (String::new(), 1))?.await?;
    handle.spawn(whole, ())?.await?;
    handle.spawn(an_extractor_of_this_name, ())?.await?;
    let refused = handle.spawn(first, Mail { to: String::new() }).map_err(|refused| refused.into_input());
    if let Err(mail) = refused {
        let _: Mail = mail;
    }
    Ok(())
}

fn main() {}
