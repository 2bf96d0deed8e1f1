//! Objects of the host in a worker's `env`.
//!
//! A [`Binding`] answers the calls of an object that JavaScript finds in `env`: `await env.KV.get('key')`. All bindings go
//! through one operation of the host, which carries a method, arguments and an answer.
//!
//! # Contract
//! * JavaScript holds an object with an async method for each name of [`methods`](Binding::methods), and nothing that could
//!   be made up or passed on to another worker: a call goes to the bindings of the request whose code makes it.
//! * A call is an operation, as a `fetch()` is: it counts in the limits of its request and in the budget of its worker, and
//!   is cancelled (its future dropped) with its request. Arguments and answer are charged as bytes.
//! * An error rejects the promise with its message. So does a panic, with a message that tells nothing of the host.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::budget::{BudgetExceeded, TenantBudget};
use crate::vocabulary::body::charge;
use crate::vocabulary::operations::OperationError;

/// What stands behind an object in a worker's `env`. See the [module](self) documentation.
///
/// ```
/// use std::collections::HashMap;
///
/// use exec::{Binding, BindingAnswer, BindingCall, OperationError, Script, async_trait};
///
/// struct Settings(HashMap<String, String>);
///
/// #[async_trait]
/// impl Binding for Settings {
///     fn methods(&self) -> &[&str] {
///         &["get"]
///     }
///
///     async fn call(&self, call: BindingCall) -> Result<BindingAnswer, OperationError> {
///         BindingAnswer::json(&self.0.get(&call.argument::<String>(0)?))
///     }
/// }
///
/// let script = Script::new("export const colour = async function () { return this.env.SETTINGS.get('colour') }")
///     .with_binding("SETTINGS", Settings(HashMap::from([("colour".into(), "green".into())])));
/// # let _ = script;
/// ```
#[async_trait]
pub trait Binding: Send + Sync + 'static {
    /// The names of its methods. They are looked at once, when the binding is given to a script.
    fn methods(&self) -> &[&str];

    /// Answers a call of one of them. Runs on the tokio runtime of whoever executes the event; the future is dropped when
    /// the request ends first.
    ///
    /// # Errors
    /// Whatever is to reject the promise: see [`OperationError`].
    async fn call(&self, call: BindingCall) -> Result<BindingAnswer, OperationError>;
}

/// A call of a method of a binding.
#[derive(Debug)]
pub struct BindingCall {
    method: String,
    arguments: Vec<Argument>,
    budget: TenantBudget,
}

/// An argument as it crossed.
#[derive(Debug)]
pub(crate) enum Argument {
    /// Of a value: its JSON text.
    Json(Bytes),
    /// Of an `ArrayBuffer`, a typed array or a `DataView`.
    Bytes(Bytes),
}

impl Argument {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(body) | Self::Bytes(body) => body.len(),
        }
    }

    fn charge(&mut self, budget: &TenantBudget) -> Result<(), BudgetExceeded> {
        let (Self::Json(body) | Self::Bytes(body)) = self;
        *body = charge(std::mem::take(body), budget)?;
        Ok(())
    }
}

impl BindingCall {
    /// A call whose arguments are charged to `budget`.
    pub(crate) fn new(
        method: String,
        mut arguments: Vec<Argument>,
        budget: TenantBudget,
    ) -> Result<Self, BudgetExceeded> {
        arguments.iter_mut().try_for_each(|argument| argument.charge(&budget))?;
        Ok(Self { method, arguments, budget })
    }

    /// Which method: one of [`Binding::methods`].
    pub fn method(&self) -> &str {
        &self.method
    }

    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.arguments.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// The argument at `index` as a `T`. One that is missing or `undefined` is read as `null`.
    ///
    /// # Errors
    /// It is no `T`, which the error tells the worker; or it is bytes.
    pub fn argument<T: DeserializeOwned>(&self, index: usize) -> Result<T, OperationError> {
        let json = match self.arguments.get(index) {
            Some(Argument::Json(json)) => json.as_ref(),
            Some(Argument::Bytes(_)) => return Err(self.refuse(index, "bytes are not expected")),
            None => b"null",
        };
        serde_json::from_slice(json).map_err(|error| self.refuse(index, &error.to_string()))
    }

    /// The bytes of the argument at `index`, if it is an `ArrayBuffer`, a typed array or a `DataView`.
    pub fn bytes(&self, index: usize) -> Option<Bytes> {
        match self.arguments.get(index)? {
            Argument::Bytes(bytes) => Some(bytes.clone()),
            Argument::Json(_) => None,
        }
    }

    /// The budget of the worker, for what the binding itself holds for it. The call and its arguments are taken from it
    /// already, the answer will be.
    pub fn budget(&self) -> &TenantBudget {
        &self.budget
    }

    fn refuse(&self, index: usize, why: &str) -> OperationError {
        OperationError::plain(format!("{}: argument {}: {why}", self.method, index + 1))
    }
}

/// What a binding answers.
#[derive(Clone, Debug)]
pub struct BindingAnswer(Answer);

#[derive(Clone, Debug)]
enum Answer {
    Json(Bytes),
    Bytes(Bytes),
}

impl BindingAnswer {
    /// A value, which JavaScript gets as JSON has it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, OperationError> {
        match serde_json::to_vec(value) {
            Ok(json) => Ok(Self(Answer::Json(json.into()))),
            Err(error) => Err(OperationError::new("the answer is no JSON value", error.to_string())),
        }
    }

    /// Bytes, which JavaScript gets as a `Uint8Array`.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Answer::Bytes(bytes.into()))
    }

    /// `null`.
    pub fn null() -> Self {
        Self(Answer::Json(Bytes::from_static(b"null")))
    }

    /// The same answer, charged to `budget`.
    pub(crate) fn charged(self, budget: &TenantBudget) -> Result<Self, BudgetExceeded> {
        Ok(Self(match self.0 {
            Answer::Json(body) => Answer::Json(charge(body, budget)?),
            Answer::Bytes(body) => Answer::Bytes(charge(body, budget)?),
        }))
    }

    /// The JSON text, or else the bytes.
    pub(crate) fn content(&self) -> Result<&str, &[u8]> {
        match &self.0 {
            // It was written by `serde_json`.
            Answer::Json(json) => Ok(std::str::from_utf8(json).unwrap_or("null")),
            Answer::Bytes(bytes) => Err(bytes),
        }
    }
}

/// The bindings of a script, in order of their names. Cloning is cheap; none costs nothing.
#[derive(Clone, Default)]
pub(crate) struct Bindings(Option<Arc<[Bound]>>);

/// A binding under its name.
#[derive(Clone)]
pub(crate) struct Bound {
    pub(crate) name: Arc<str>,
    pub(crate) methods: Arc<[String]>,
    pub(crate) binding: Arc<dyn Binding>,
}

impl Bindings {
    /// These, and one more, which takes the place of one with the same name.
    pub(crate) fn with(&self, name: &str, binding: Arc<dyn Binding>) -> Self {
        let methods = binding.methods().iter().map(|method| (*method).to_owned()).collect();
        let mut bound: Vec<_> = self.iter().filter(|bound| *bound.name != *name).cloned().collect();
        bound.push(Bound { name: name.into(), methods, binding });
        bound.sort_by(|a, b| a.name.cmp(&b.name));
        Self(Some(bound.into()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Bound> {
        self.0.iter().flat_map(|bound| bound.iter())
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Bound> {
        self.0.as_ref()?.get(index)
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|bound| (&bound.name, &bound.methods))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: Vec<Argument>) -> BindingCall {
        BindingCall::new("get".into(), arguments, TenantBudget::unlimited()).unwrap()
    }

    #[test]
    fn arguments_are_read_as_what_they_should_be() {
        let call = call(vec![Argument::Json("\"a\"".into()), Argument::Bytes("b".into())]);
        assert_eq!((call.method(), call.len()), ("get", 2));
        assert_eq!(call.argument::<String>(0).unwrap(), "a");
        assert_eq!(call.bytes(1).as_deref(), Some(&b"b"[..]));
        assert_eq!((call.bytes(0), call.bytes(2)), (None, None));
        assert_eq!(call.argument::<Option<String>>(2).unwrap(), None);
        let refused = call.argument::<u32>(0).unwrap_err();
        assert!(refused.message.starts_with("get: argument 1: invalid type"), "{refused}");
        assert_eq!(
            call.argument::<String>(1).unwrap_err().message,
            "get: argument 2: bytes are not expected"
        );
    }
}
