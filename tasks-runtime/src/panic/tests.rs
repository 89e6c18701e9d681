use std::{error::Error, panic::panic_any};

use super::*;

fn caught<T: fmt::Debug>(body: impl FnOnce() -> T) -> PanicInfo {
    install_hook();
    catch(EarlierHook::Skipped, body).unwrap_err()
}

#[test]
fn a_value_passes_through() {
    assert_eq!(catch(EarlierHook::Skipped, || 7), Ok(7));
}

#[test]
fn message_and_place_are_told() {
    let line = line!() + 1;
    let info = caught(|| panic!("at {}", 7));
    assert_eq!(info.message, "at 7");
    let location = info.location.clone().unwrap();
    assert!(location.contains(file!()) && location.contains(&format!(":{line}:")), "{location}");
    assert_eq!(info.to_string(), format!("at 7, at {location}"));
}

#[test]
fn every_kind_of_payload_has_a_text() {
    let error = || std::io::Error::other("disk on fire");
    assert_eq!(caught(|| panic_any("static")).message, "static");
    assert_eq!(caught(|| panic_any("owned".to_owned())).message, "owned");
    assert_eq!(caught(|| panic_any::<Box<dyn Error + Send + Sync>>(error().into())).message, "disk on fire");
    assert_eq!(caught(|| panic_any::<Box<dyn Error + Send>>(Box::new(error()))).message, "disk on fire");
    assert_eq!(caught(|| panic_any(7)).message, "non-string panic payload");
}

#[test]
fn a_message_is_one_line_of_bounded_length() {
    let info = caught(|| panic_any(format!("a\n\u{1b}[31m{}", "x".repeat(1 << 20))));
    assert!(info.message.starts_with("a\\n\\u{1b}[31mxxx"), "{}", &info.message[..20]);
    assert!(info.message.len() <= 4096);
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_is_contained() {
    struct Twice(u32);
    impl Drop for Twice {
        fn drop(&mut self) {
            panic_any(Twice(self.0 + 1));
        }
    }
    assert_eq!(caught(|| panic_any(Twice(0))).message, "non-string panic payload");
}

#[test]
fn an_error_whose_text_panics_is_contained() {
    #[derive(Debug)]
    struct Mute;
    impl fmt::Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no text")
        }
    }
    impl Error for Mute {}
    let info = caught(|| panic_any::<Box<dyn Error + Send + Sync>>(Box::new(Mute)));
    assert_eq!(info.message, "an error whose text panics");
}

#[test]
fn nested_panics_keep_their_own_places() {
    let outer_line = line!() + 3;
    let info = caught(|| {
        let inner = catch(EarlierHook::Skipped, || panic!("inner")).unwrap_err();
        panic!("outer after {inner}");
    });
    assert!(info.message.starts_with("outer after inner, at "), "{}", info.message);
    assert!(info.location.unwrap().contains(&format!(":{outer_line}:")));
}

#[test]
fn a_catch_in_a_destructor_keeps_the_place_of_the_panic() {
    struct Catches;
    impl Drop for Catches {
        fn drop(&mut self) {
            assert_eq!(catch(EarlierHook::Skipped, || 7), Ok(7));
        }
    }
    let line = line!() + 3;
    let info = caught(|| {
        let _catches = Catches;
        panic!("outer");
    });
    assert!(info.location.unwrap().contains(&format!(":{line}:")));
}

#[test]
fn an_old_place_is_not_given_to_a_panic_that_has_none() {
    install_hook();
    let seen = catch(EarlierHook::Skipped, || {
        // The body's own business: it noted a place.
        let _ = std::panic::catch_unwind(|| panic!("handled by the body"));
    });
    assert_eq!(seen, Ok(()));
    let info = caught(|| std::panic::resume_unwind(Box::new("resumed")));
    assert_eq!((info.message.as_str(), info.location), ("resumed", None));
}

#[test]
fn a_caught_panic_that_goes_on_stays_as_it_is() {
    let mut inner = None;
    let outer = caught(|| {
        let info = catch(EarlierHook::Skipped, || panic!("on another thread")).unwrap_err();
        inner = Some(info.clone());
        std::panic::resume_unwind(Box::new(info));
    });
    assert_eq!(Some(outer), inner);
}

#[test]
fn it_works_on_a_plain_thread() {
    let info = std::thread::spawn(|| caught(|| panic!("there"))).join().unwrap();
    assert_eq!(info.message, "there");
    assert!(info.location.is_some());
}
