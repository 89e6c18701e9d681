//! What the annotation says of the function, beside its options.

use tasks_runtime::{BodyKind, registration, task};

/// Brings the schema
/// up to date.
///
/// Nobody lists this.
#[task]
#[doc = "Nor this."]
async fn migrate() {}

/** A block comment
 * with stars.
 */
#[task]
fn block() {}

#[task]
#[rustfmt::skip]
#[doc = r" Raw and `code`."]
pub(crate)
async
fn
far_away() {}

mod jobs {
    #[tasks_runtime::task]
    pub async fn undocumented() {}
}

fn main() {
    let migrate = registration!(migrate);
    let definition = migrate.task().definition();
    assert_eq!(definition.name, "migrate");
    assert_eq!(definition.description, "Brings the schema up to date.");
    assert_eq!(definition.body, BodyKind::Async);
    assert!(!definition.scheduled);
    assert_eq!(definition.location.line, 11);
    assert!(definition.location.file.ends_with("definition.rs"));
    assert_eq!(definition.location.module_path, module_path!());

    let block = registration!(block);
    let definition = block.task().definition();
    assert_eq!(definition.description, "A block comment with stars.");
    assert_eq!(definition.body, BodyKind::Blocking);

    let far_away = registration!(far_away);
    assert_eq!(far_away.task().definition().description, "Raw and `code`.");
    assert_eq!(far_away.task().definition().location.line, 25);

    let undocumented = registration!(jobs::undocumented);
    assert_eq!(undocumented.task().definition().description, "");
    assert!(undocumented.task().definition().location.module_path.ends_with("::jobs"));
}
