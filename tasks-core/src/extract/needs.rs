use std::any::{TypeId, type_name};

use super::input::{InputType, InputValue};

/// What a task's parameters need, collected without running anything.
#[derive(Debug, Default)]
pub struct Needs {
    states: Vec<(TypeId, &'static str)>,
    inputs: Vec<InputType>,
    listens: bool,
    depth: u32,
}

/// Deeper nesting than this can only be a circle.
const MAX_DEPTH: u32 = 64;

impl Needs {
    /// Makes an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that [`State<T>`](super::State) must have been given to the builder.
    pub fn state<T: 'static>(&mut self) {
        let id = TypeId::of::<T>();
        if !self.states.iter().any(|(known, _)| *known == id) {
            self.states.push((id, type_name::<T>()));
        }
    }

    /// Declares that the body can see that it is asked to stop.
    pub fn listens(&mut self) {
        self.listens = true;
    }

    /// Returns whether the body listens.
    pub fn is_listening(&self) -> bool {
        self.listens
    }

    /// Returns the types of state that are needed, with their names.
    pub fn states(&self) -> impl Iterator<Item = (TypeId, &'static str)> + '_ {
        self.states.iter().copied()
    }

    pub(super) fn input<T: InputValue>(&mut self) {
        self.inputs.push(InputType::of::<T>());
    }

    /// Returns the name of the type of the [`Input`](super::Input), if there is one.
    pub fn input_type(&self) -> Option<&'static str> {
        self.inputs.first().map(|input| input.name)
    }

    #[doc(hidden)]
    pub fn __inputs(&self) -> &[InputType] {
        &self.inputs
    }

    pub(crate) fn nested(&mut self, walk: impl FnOnce(&mut Self)) {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            walk(self);
            self.depth -= 1;
        }
    }
}
