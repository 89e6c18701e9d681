use tasks_runtime::{BoxError, FromContext, Input, task};

struct Letter(String);

impl FromContext for Letter {
    type Needs = Input<String>;

    async fn from_context(Input(text): Input<String>) -> Result<Self, BoxError> {
        Ok(Self(text))
    }
}

#[task]
async fn send_mail(letter: Letter) {
    println!("{}", letter.0);
}

fn main() {}
