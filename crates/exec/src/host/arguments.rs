//! The arguments of host functions, as types.
//!
//! A host function takes one tuple, such as `(InFlight, u64, String)`, and never sees a call whose arguments do not fit:
//! each type says what it is read from. They are read from left to right, and none behind one that does not fit, so
//! that nothing is copied for a call that comes to nothing.

use std::sync::Arc;

use super::throw_type_error;
use super::values::{bytes_from_js, id, resource_id, text};
use crate::isolate_state::{IsolateState, current_request};
use crate::request::{Request, StartError};
use crate::vocabulary::resources::ResourceId;

/// A type that an argument can have.
pub(super) trait FromV8<'s>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// `value` is none.
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError>;
}

/// Why a host function is not called.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArgumentError {
    /// The request that it is about has ended. Its code is not told.
    #[error("the request has ended")]
    Ended,
    /// It would start something that may not be started.
    #[error(transparent)]
    Refused(#[from] StartError),
    /// The bootstrap passes nothing of the kind.
    #[error("{0}")]
    Invalid(&'static str),
}

impl ArgumentError {
    /// Throws what the caller is to be told.
    pub(super) fn throw(&self, scope: &mut v8::PinScope<'_, '_>) {
        match self {
            Self::Ended => {}
            Self::Refused(_) | Self::Invalid(_) => throw_type_error(scope, &self.to_string()),
        }
    }
}

/// The arguments of a host function.
pub(super) trait FromArguments<'s>: Sized {
    /// Reads them.
    ///
    /// # Errors
    /// That of the first that does not fit.
    fn read(
        scope: &mut v8::PinScope<'s, '_>,
        arguments: v8::FunctionCallbackArguments<'s>,
    ) -> Result<Self, ArgumentError>;
}

macro_rules! tuples {
    ($(($($type:ident $index:literal)*))*) => {
        $(impl<'s, $($type: FromV8<'s>),*> FromArguments<'s> for ($($type,)*) {
            fn read(
                _scope: &mut v8::PinScope<'s, '_>,
                _arguments: v8::FunctionCallbackArguments<'s>,
            ) -> Result<Self, ArgumentError> {
                Ok(($($type::from_v8(_scope, _arguments.get($index))?,)*))
            }
        })*
    };
}

tuples! {
    ()
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
}

/// A request by its id, as long as it is in flight.
pub(super) struct InFlight(pub(super) Arc<Request>);

impl<'s> FromV8<'s> for InFlight {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let request = current_request::id(value).and_then(|id| IsolateState::of(scope).request(id));
        request.map(Self).ok_or(ArgumentError::Ended)
    }
}

/// The same, for what a request starts: its code is told if that is too late.
pub(super) struct Starting(pub(super) Arc<Request>);

impl<'s> FromV8<'s> for Starting {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let in_flight = InFlight::from_v8(scope, value);
        in_flight.map(|InFlight(request)| Self(request)).map_err(|_| StartError::Ended.into())
    }
}

/// `None` for what is no `T`.
impl<'s, T: FromV8<'s>> FromV8<'s> for Option<T> {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(T::from_v8(scope, value).ok())
    }
}

/// A value as it is, if it is of that kind.
impl<'s, T> FromV8<'s> for v8::Local<'s, T>
where
    v8::Local<'s, v8::Value>: TryInto<v8::Local<'s, T>>,
{
    fn from_v8(_: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        value.try_into().map_err(|_| ArgumentError::Invalid("an argument is not of its type"))
    }
}

/// One that the host has no use for.
pub(super) struct Ignored;

impl<'s> FromV8<'s> for Ignored {
    fn from_v8(_: &mut v8::PinScope<'s, '_>, _: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        Ok(Self)
    }
}

impl<'s> FromV8<'s> for http::StatusCode {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        let number = value.uint32_value(scope).and_then(|status| u16::try_from(status).ok());
        let status = number.and_then(|status| Self::from_u16(status).ok());
        status.ok_or(ArgumentError::Invalid("invalid status"))
    }
}

/// The longest text of an argument, in UTF-16 code units: nothing interrupts the copy of it. Longer than any URL, name or
/// key; what may be longer is read by whoever takes it.
pub(super) const MAX_TEXT: usize = 16 << 20;

/// Its text.
impl<'s> FromV8<'s> for String {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        match v8::Local::<v8::String>::try_from(value) {
            Ok(string) if string.length() > MAX_TEXT => Err(ArgumentError::Invalid("a text is too long")),
            _ => Ok(text(scope, value)),
        }
    }
}

/// A copy of the bytes of a view.
impl<'s> FromV8<'s> for Vec<u8> {
    fn from_v8(_: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        bytes_from_js(value).ok_or(ArgumentError::Invalid("an argument has no bytes"))
    }
}

/// Whether it is `true`.
impl<'s> FromV8<'s> for bool {
    fn from_v8(_: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        Ok(value.is_true())
    }
}

/// 0 for what is no number.
impl<'s> FromV8<'s> for f64 {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(value.number_value(scope).unwrap_or(0.0))
    }
}

/// 0 for what is no number.
impl<'s> FromV8<'s> for u32 {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(value.uint32_value(scope).unwrap_or(0))
    }
}

/// The id of a timer or an operation; 0, which is nobody's, for what is no number.
impl<'s> FromV8<'s> for u64 {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(id(scope, value))
    }
}

/// An index; 0 for what is no number.
impl<'s> FromV8<'s> for usize {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Ok(f64::from_v8(scope, value)? as usize)
    }
}

/// One that is nobody's for what is no number.
impl<'s> FromV8<'s> for ResourceId {
    fn from_v8(_: &mut v8::PinScope<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Self, ArgumentError> {
        Ok(resource_id(value))
    }
}
