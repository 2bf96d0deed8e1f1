//! What keys of all families can do.

use super::outcome::{KeyOf, give};
use crate::crypto::Output;
use crate::crypto::key::Format;
use crate::host::arguments::{ArgumentError, FromV8};

/// By its name.
impl<'s> FromV8<'s> for Format {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        match String::from_v8(scope, value)?.as_str() {
            "raw" => Ok(Self::Raw),
            "spki" => Ok(Self::Spki),
            "pkcs8" => Ok(Self::Pkcs8),
            _ => Err(ArgumentError::Invalid("unknown format of a key")),
        }
    }
}

/// `cryptoKeyExport(key, format)`
pub(crate) fn export<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key, format): (KeyOf, Format),
    mut result: v8::ReturnValue<'s>,
) {
    let output = key.get().and_then(|key| Ok(Output::Bytes(key.export(format)?)));
    give(scope, &mut result, &output);
}

/// `cryptoKeyToJwk(key)`: a list of the members that its family has.
pub(crate) fn to_jwk<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key,): (KeyOf,),
    mut result: v8::ReturnValue<'s>,
) {
    let output = key.get().map(|key| Output::Texts(key.to_jwk()));
    give(scope, &mut result, &output);
}
