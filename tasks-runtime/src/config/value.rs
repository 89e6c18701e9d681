//! Values as code gives them.

use std::{borrow::Cow, time::Duration};

use tasks_core::policy::{Misfire, OnShutdown, Overlap, Priority, RestartPolicy, Start};
use tasks_options::{Form, Written};
use tasks_schedule::format_duration;

use super::Given;
use crate::{list::IntoList as _, text::joined};

/// The value of an option, as [`TaskSettings`](crate::TaskSettings) takes it.
///
/// Whatever an annotation may hold becomes one: a text (also where an
/// annotation has a number or `true`, so that a value of an application's own
/// configuration can be passed on as it is), a [`Duration`], a number, a
/// `bool`, a list of words, the enums of [`policy`](crate::policy). `None`
/// leaves the option as it is.
#[derive(Clone, Debug)]
pub struct SettingValue(pub(super) Option<Given>);

impl SettingValue {
    fn form(form: Form, text: String) -> Self {
        Self(Some(Given::Written(Written { form, text })))
    }

    fn text(text: impl Into<String>) -> Self {
        Self(Some(Given::Text(text.into())))
    }

    fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<Written> = words.into_iter().map(Written::quoted).into_list();
        let text = format!("[{}]", joined(words.iter().map(|word| &word.text), ", "));
        Self::form(Form::List(words), text)
    }
}

impl<T: Into<Self>> From<Option<T>> for SettingValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(None), Into::into)
    }
}

impl From<Duration> for SettingValue {
    fn from(length: Duration) -> Self {
        Self::text(format_duration(length).to_string())
    }
}

impl From<bool> for SettingValue {
    fn from(flag: bool) -> Self {
        Self::form(Form::Bool(flag), flag.to_string())
    }
}

impl From<f64> for SettingValue {
    fn from(number: f64) -> Self {
        Self::form(Form::Float(number), number.to_string())
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for SettingValue {
            fn from(number: $number) -> Self {
                Self::form(Form::Integer(i128::try_from(number).unwrap_or(i128::MAX)), number.to_string())
            }
        }
    )*};
}

whole_numbers!(i32 i64 u8 u16 u32 u64 usize);

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl From<$text> for SettingValue {
            fn from(text: $text) -> Self {
                Self::text(text)
            }
        }
    )*};
}

texts!(&str &String String Cow<'_, str>);

impl<const N: usize> From<[&str; N]> for SettingValue {
    fn from(words: [&str; N]) -> Self {
        Self::words(words)
    }
}

impl From<&[&str]> for SettingValue {
    fn from(words: &[&str]) -> Self {
        Self::words(words.iter().copied())
    }
}

impl From<Vec<String>> for SettingValue {
    fn from(words: Vec<String>) -> Self {
        Self::words(words.iter().map(String::as_str))
    }
}

macro_rules! policies {
    ($($policy:ty)*) => {$(
        impl From<$policy> for SettingValue {
            fn from(policy: $policy) -> Self {
                Self::text(policy.as_str())
            }
        }
    )*};
}

policies!(OnShutdown Priority RestartPolicy Start);

impl From<Overlap> for SettingValue {
    fn from(overlap: Overlap) -> Self {
        Self::text(overlap.to_string())
    }
}

impl From<Misfire> for SettingValue {
    fn from(misfire: Misfire) -> Self {
        Self::text(misfire.to_string())
    }
}
