//! Crates that must take part.

/// Links a crate that holds tasks, and demands that it registered some.
///
/// A dependency that no code names is not linked, so its tasks are missing
/// without a word. `use my_jobs as _;` links it; this also makes it a start-up
/// error, with this place, if no task of it is there.
///
/// The name is the one that code writes, with underscores; a dependency that
/// is renamed in `Cargo.toml` keeps its own name here, so link it with `use`.
///
/// # Examples
///
/// ```
/// // `std` stands for a crate of yours.
/// tasks_runtime::require!(std);
/// ```
#[macro_export]
macro_rules! require {
    ($($krate:ident),+ $(,)?) => {
        $(const _: () = {
            #[allow(unused_imports, reason = "named to be linked")]
            use $krate as _;
            $crate::__private::demand!(::core::stringify!($krate));
        };)+
    };
}
