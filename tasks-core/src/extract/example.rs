//! What the JSON of a type looks like, asked of its own `Deserialize`.

use std::fmt;

use serde_core::{
    Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};

/// Returns a sketch of the JSON of a type: `{"to": …, "text": …}` for a struct
/// with these fields. Where the type says nothing of its shape it is `JSON`.
pub(super) fn of<T: DeserializeOwned>() -> String {
    match T::deserialize(Probe) {
        Err(Seen(shape)) => shape,
        // It asked for nothing at all.
        Ok(_) => "null".to_owned(),
    }
}

/// Answers nothing; what it is asked for is the shape.
struct Probe;

/// The shape, handed back the way of an error.
#[derive(Debug)]
struct Seen(String);

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Seen {}

impl Error for Seen {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("JSON".to_owned())
    }
}

macro_rules! shapes {
    ($($method:ident => $shape:literal),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Seen> {
            Err(Seen($shape.to_owned()))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Seen;

    shapes! {
        deserialize_bool => "true",
        deserialize_i8 => "1", deserialize_i16 => "1", deserialize_i32 => "1", deserialize_i64 => "1",
        deserialize_i128 => "1", deserialize_u8 => "1", deserialize_u16 => "1", deserialize_u32 => "1",
        deserialize_u64 => "1", deserialize_u128 => "1", deserialize_f32 => "0.5", deserialize_f64 => "0.5",
        deserialize_char => "\"…\"", deserialize_str => "\"…\"", deserialize_string => "\"…\"",
        deserialize_unit => "null", deserialize_seq => "[…]", deserialize_map => "{…}",
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Seen> {
        let fields: Vec<String> = fields.iter().map(|field| format!("{field:?}: …")).collect();
        Err(Seen(format!("{{{}}}", fields.join(", "))))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Seen> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Seen> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Seen> {
        Err(Seen("JSON".to_owned()))
    }

    serde_core::forward_to_deserialize_any! {
        bytes byte_buf unit_struct tuple tuple_struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::of;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by nobody")]
    struct Mail {
        to: String,
        copies: u8,
        #[serde(rename = "re:")]
        subject: Option<String>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by nobody")]
    struct Wrapped(Mail);

    #[derive(Deserialize)]
    enum Choice {
        One,
    }

    #[test]
    fn a_sketch_shows_the_names_of_the_fields() {
        assert_eq!(of::<Mail>(), r#"{"to": …, "copies": …, "re:": …}"#);
        assert_eq!(of::<Wrapped>(), of::<Mail>());
        assert_eq!(of::<Option<u64>>(), "1");
        assert_eq!(of::<Vec<Mail>>(), "[…]");
        assert_eq!(of::<std::collections::BTreeMap<String, u8>>(), "{…}");
        assert_eq!(of::<String>(), "\"…\"");
        assert_eq!(of::<()>(), "null");
        assert_eq!(of::<Choice>(), "JSON");
    }
}
