//! Which types an `Input` can carry: those that serde reads and writes.

use serde_core::{Serialize, de::DeserializeOwned};

use super::{example, input::InputValue};

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> InputValue for T {
    fn read(json: &str) -> Result<T, String> {
        let mut json = serde_json::Deserializer::from_str(json);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (path, error) = (error.path().to_string(), error.inner());
            // The path of the whole is a dot, which says nothing.
            if path == "." { error.to_string() } else { format!("at `{path}`: {error}") }
        })?;
        json.end().map_err(|error| error.to_string())?;
        Ok(value)
    }

    fn write(&self) -> Result<Box<str>, String> {
        serde_json::to_string(self).map(String::into_boxed_str).map_err(|error| error.to_string())
    }

    fn example() -> String {
        example::of::<T>()
    }
}
