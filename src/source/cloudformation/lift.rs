//! Functions over values that depend on switches: applied arm by arm, with one switch on several
//! sides taken to stand the same way on all of them.

use std::cell::Cell;
use std::sync::Arc;

use crate::model::{Choice, Reason, Switch, Value};

/// More alternatives than this are not tried.
pub(super) const MAX_LEAVES: usize = 256;

/// A choice between arms; the value itself when all arms are the same.
pub(super) fn choose(switch: &Arc<Switch>, arms: Vec<Value>) -> Value {
    let arms: Vec<Value> = arms
        .into_iter()
        .enumerate()
        .map(|(index, arm)| restrict(arm, switch.id, index))
        .collect();
    match arms.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
        _ => bounded(Value::Choice(Arc::new(Choice {
            switch: switch.clone(),
            arms: arms.into_boxed_slice(),
        }))),
    }
}

/// What is left of a value once a switch stands at one arm.
pub(super) fn restrict(value: Value, switch: u32, arm: usize) -> Value {
    let Value::Choice(choice) = &value else {
        return value;
    };
    if choice.switch.id == switch {
        let chosen = choice.arms.get(arm).cloned().unwrap_or_default();
        return restrict(chosen, switch, arm);
    }
    if !mentions(&value, switch) {
        return value;
    }
    let arms = choice.arms.iter().map(|a| restrict(a.clone(), switch, arm));
    choose(&choice.switch, arms.collect())
}

fn mentions(value: &Value, switch: u32) -> bool {
    match value {
        Value::Choice(choice) => {
            choice.switch.id == switch || choice.arms.iter().any(|arm| mentions(arm, switch))
        }
        _ => false,
    }
}

fn leaves(value: &Value) -> usize {
    let mut count = 0;
    value.for_each_arm(&mut |_| count += 1);
    count
}

fn bounded(value: Value) -> Value {
    if leaves(&value) > MAX_LEAVES {
        Value::unknown(Reason::TooManyAlternatives)
    } else {
        value
    }
}

/// Changes every leaf under the choices of a value.
pub(super) fn map_leaves(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Choice(choice) => {
            let arms = choice.arms.iter().map(|arm| map_leaves(arm, change));
            choose(&choice.switch, arms.collect())
        }
        other => change(other),
    }
}

/// Applies a function to values once for every way their switches can stand.
pub(super) fn lift(values: &[Value], function: &dyn Fn(&[Value]) -> Value) -> Value {
    let budget = Cell::new(MAX_LEAVES);
    let result = split(values, function, &budget);
    if budget.get() == 0 {
        Value::unknown(Reason::TooManyAlternatives)
    } else {
        result
    }
}

fn split(values: &[Value], function: &dyn Fn(&[Value]) -> Value, budget: &Cell<usize>) -> Value {
    if budget.get() == 0 {
        return Value::Null;
    }
    let first = values.iter().find_map(|value| match value {
        Value::Choice(choice) => Some(choice),
        _ => None,
    });
    let Some(choice) = first else {
        budget.set(budget.get().saturating_sub(1));
        return function(values);
    };
    let arms = (0..choice.arms.len()).map(|arm| {
        let standing: Vec<Value> = values
            .iter()
            .map(|value| restrict(value.clone(), choice.switch.id, arm))
            .collect();
        split(&standing, function, budget)
    });
    choose(&choice.switch, arms.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(id: u32, arms: usize) -> Arc<Switch> {
        Arc::new(Switch {
            id,
            name: format!("S{id}").into(),
            domain: (0..arms).map(|i| i.to_string().into()).collect(),
            default: None,
            conditions: Box::default(),
        })
    }

    fn numbers(switch: &Arc<Switch>) -> Value {
        let arms = (0..switch.domain.len()).map(|i| Value::Int(i as i64));
        choose(switch, arms.collect())
    }

    fn sum(values: &[Value]) -> Value {
        Value::Int(
            values
                .iter()
                .map(|v| if let Value::Int(i) = v { *i } else { 0 })
                .sum(),
        )
    }

    #[test]
    fn one_switch_on_two_sides_stands_the_same_way() {
        let a = numbers(&switch(1, 2));
        let twice = lift(&[a.clone(), a], &sum);
        assert_eq!(
            twice,
            choose(&switch(1, 2), vec![Value::Int(0), Value::Int(2)])
        );
    }

    #[test]
    fn equal_arms_are_no_choice() {
        assert_eq!(choose(&switch(1, 3), vec![Value::Int(7); 3]), Value::Int(7));
    }

    #[test]
    fn too_many_combinations_are_not_tried() {
        let (a, b) = (numbers(&switch(1, 20)), numbers(&switch(2, 20)));
        assert_eq!(
            lift(&[a, b], &sum),
            Value::unknown(Reason::TooManyAlternatives)
        );
    }
}
