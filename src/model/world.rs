//! One way the open parameters and conditions of the templates could turn out.

use std::cell::RefCell;
use std::sync::Arc;

use super::resource::Resource;
use super::unknown::{Reason, Unknown};
use super::value::{Switch, Value};

/// An assignment of some switches, and the first switch that was asked for and is not assigned.
///
/// Reading through a world is how a verdict learns which parameters it depends on: it is reached
/// once with nothing assigned, and split only on the switches it turns out to need.
#[derive(Debug, Default)]
pub struct World {
    assigned: Vec<(Arc<Switch>, usize)>,
    needs: RefCell<Option<Arc<Switch>>>,
}

/// A value as it is in a world: no longer a choice.
#[derive(Debug, Clone)]
pub enum Seen<'v> {
    /// This value, which is not a [`Value::Choice`].
    Value(&'v Value),
    /// It depends on a switch that is not assigned.
    Undecided(Unknown),
}

impl World {
    /// This world with one switch more assigned.
    #[must_use]
    pub fn with(&self, switch: Arc<Switch>, arm: usize) -> Self {
        let mut assigned = self.assigned.clone();
        assigned.push((switch, arm));
        Self {
            assigned,
            needs: RefCell::default(),
        }
    }

    /// What is assigned.
    pub fn assigned(&self) -> &[(Arc<Switch>, usize)] {
        &self.assigned
    }

    /// The first switch that was asked for and is not assigned; forgotten by asking.
    pub fn take_needs(&self) -> Option<Arc<Switch>> {
        self.needs.borrow_mut().take()
    }

    /// What a value is in this world.
    pub fn see<'v>(&self, mut value: &'v Value) -> Seen<'v> {
        while let Value::Choice(choice) = value {
            let arm = self
                .assigned
                .iter()
                .find(|(switch, _)| switch.id == choice.switch.id)
                .and_then(|(_, arm)| choice.arms.get(*arm));
            match arm {
                Some(arm) => value = arm,
                None => {
                    self.needs
                        .borrow_mut()
                        .get_or_insert_with(|| Arc::clone(&choice.switch));
                    return Seen::Undecided(Arc::new(Reason::Undecided(
                        choice.switch.name.clone(),
                    )));
                }
            }
        }
        Seen::Value(value)
    }

    /// The same, for those to whom a value that nobody knows is as good as one that is not decided.
    ///
    /// # Errors
    ///
    /// Why the value is not known.
    pub fn known<'v>(&self, value: &'v Value) -> Result<&'v Value, Unknown> {
        match self.see(value) {
            Seen::Value(Value::Unknown(why)) => Err(Arc::clone(why)),
            Seen::Value(value) => Ok(value),
            Seen::Undecided(why) => Err(why),
        }
    }

    /// Whether a resource exists in this world.
    pub fn exists(&self, resource: &Resource) -> Result<bool, Unknown> {
        match self.known(&resource.exists)? {
            Value::Bool(exists) => Ok(*exists),
            other => Err(Arc::new(Reason::Mistyped {
                expected: "a condition".into(),
                found: other.kind().into(),
            })),
        }
    }
}
