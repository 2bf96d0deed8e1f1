//! Calls of the functions that a script exports.

use bytes::Bytes;
use serde::Serialize;

use crate::budget::{BudgetExceeded, TenantBudget};
use crate::vocabulary::body::charge;

/// A call of a function that a module exports by name: `export function price(order) { … }`.
///
/// The function may be async. It is called with `this.env` and `this.ctx`, which are what a handler gets as its second
/// and third argument.
#[derive(Clone, Debug)]
pub struct CallEvent {
    function: String,
    /// The text of a JSON array.
    arguments: Bytes,
}

/// Why arguments cannot be given to a function.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// They cannot be written as JSON.
    #[error("the arguments cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// They are one value and not a list of them.
    #[error("the arguments are not a list: one argument is given as (argument,)")]
    NotAList,
    /// There is no room for them in the worker's budget.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

impl CallEvent {
    /// A call of `function`, whose arguments are the elements of `arguments`: a tuple (`(argument,)` for one), an array,
    /// or `()` for none. Their text is charged to `budget` until the function has them.
    ///
    /// # Errors
    /// [`ArgumentsError`].
    pub fn new<A: Serialize + ?Sized>(
        function: impl Into<String>,
        arguments: &A,
        budget: &TenantBudget,
    ) -> Result<Self, ArgumentsError> {
        let json = match serde_json::to_vec(arguments)? {
            json if json == b"null" => b"[]".to_vec(),
            json if json.starts_with(b"[") => json,
            _ => return Err(ArgumentsError::NotAList),
        };
        Ok(Self { function: function.into(), arguments: charge(json.into(), budget)? })
    }

    /// The name under which the function is exported.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The arguments, as the text of a JSON array.
    pub fn arguments(&self) -> &str {
        // It was written by `serde_json`.
        std::str::from_utf8(&self.arguments).unwrap_or("[]")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::budget::{ProcessBudget, TenantLimits};

    fn arguments(of: &impl Serialize) -> Result<String, ArgumentsError> {
        CallEvent::new("f", of, &TenantBudget::unlimited()).map(|call| call.arguments().to_owned())
    }

    #[test]
    fn arguments_are_a_list() {
        assert_eq!(arguments(&(1, "a")).unwrap(), r#"[1,"a"]"#);
        assert_eq!(arguments(&vec![1, 2]).unwrap(), "[1,2]");
        assert_eq!(arguments(&([1, 2],)).unwrap(), "[[1,2]]");
        assert_eq!(arguments(&()).unwrap(), "[]");
        assert!(matches!(arguments(&"a"), Err(ArgumentsError::NotAList)));
        assert!(matches!(arguments(&HashMap::from([((1, 2), 3)])), Err(ArgumentsError::Json(_))));
    }

    #[test]
    fn arguments_are_charged_while_they_are_there() {
        let limits = TenantLimits { bytes: 10, ..TenantLimits::default() };
        let budget = TenantBudget::new(limits, &ProcessBudget::default());
        let call = CallEvent::new("f", &(1, 2), &budget).unwrap();
        assert_eq!(budget.usage().bytes, 5);
        assert!(matches!(CallEvent::new("f", &(12345,), &budget), Err(ArgumentsError::Budget(_))));
        drop(call);
        assert_eq!(budget.usage().bytes, 0);
    }
}
