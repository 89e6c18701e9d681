use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
};

/// The application's state: one value of each type.
#[derive(Default)]
pub struct States {
    values: HashMap<TypeId, (&'static str, Box<dyn Any + Send + Sync>)>,
    duplicates: Vec<&'static str>,
}

impl States {
    /// Makes an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value. A second one of the same type is remembered as a
    /// [duplicate](Self::duplicates), and the first one stays.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        let name = type_name::<T>();
        match self.values.entry(TypeId::of::<T>()) {
            std::collections::hash_map::Entry::Occupied(_) => self.duplicates.push(name),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert((name, Box::new(value)));
            }
        }
    }

    /// Adds all values of another collection.
    pub fn merge(&mut self, other: Self) {
        self.duplicates.extend(other.duplicates);
        for (id, (name, value)) in other.values {
            match self.values.entry(id) {
                std::collections::hash_map::Entry::Occupied(_) => self.duplicates.push(name),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert((name, value));
                }
            }
        }
    }

    /// Returns the value of a type.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>())?.1.downcast_ref()
    }

    /// Returns whether there is a value of a type.
    pub fn contains(&self, id: TypeId) -> bool {
        self.values.contains_key(&id)
    }

    /// Returns the names of the types that were given more than once, sorted.
    pub fn duplicates(&self) -> Vec<&'static str> {
        let mut names = self.duplicates.clone();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.values().map(|(name, _)| name)).finish()
    }
}
