//! Lists of what there is little of.

/// Puts what an iterator gives into a list, as `collect` does.
///
/// `collect` finds out how much there will be and how best to take it over,
/// and all of that is compiled anew for each iterator: some 400 lines of LLVM IR,
/// where this has 100. Where lists are made on the way of a run, or of
/// thousands of tasks, `collect` is the one to use.
pub(crate) trait IntoList: Iterator + Sized {
    fn into_list(self) -> Vec<Self::Item> {
        let mut list = Vec::new();
        for item in self {
            list.push(item);
        }
        list
    }
}

impl<I: Iterator> IntoList for I {}
