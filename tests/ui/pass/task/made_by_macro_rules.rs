use tasks_runtime::{Context, registration, scheduled, task};

macro_rules! tasks {
    ($($(#[$attribute:meta])* $vis:vis $name:ident: $parameter:ty => $returned:ty, $limit:literal;)*) => {$(
        $(#[$attribute])*
        #[task(timeout = $limit)]
        $vis async fn $name(_parameter: $parameter) -> $returned {
            Ok(())
        }
    )*};
}

tasks! {
    /// The first.
    pub first: Context => Result<(), String>, "1s";
    pub(crate) second: () => anyhow::Result<()>, "2s";
}

macro_rules! hygienic {
    () => {
        #[scheduled(every = "5m", retry(max = 1, on = predicate))]
        async fn third(cx: Context) -> Result<(), String> {
            Err(cx.task().to_owned())
        }

        fn predicate(_: &String) -> bool {
            true
        }
    };
}

hygienic!();

fn main() {
    let first = registration!(first);
    let definition = first.task().definition();
    assert_eq!(definition.description, "The first.");
    assert_eq!(definition.location.line, 15);
    assert_eq!(registration!(second).task().definition().name, "second");
    assert_eq!(registration!(third).task().definition().location.line, 32);
}
