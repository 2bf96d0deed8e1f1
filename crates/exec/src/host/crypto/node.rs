//! What `node:crypto` needs besides what `crypto.subtle` has. All of it is done in place, a bounded part at a time: its
//! functions are synchronous, and between two parts a script can be stopped.

use std::sync::Arc;

use parking_lot::Mutex;
use zeroize::Zeroizing;

use super::outcome::give;
use crate::crypto::aes::{Direction, Raw, raw};
use crate::crypto::hasher::{HashName, Hasher};
use crate::crypto::secret::Secret;
use crate::crypto::{Failure, Output};
use crate::host::arguments::{ArgumentError, FromV8};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::resources::{Resource, ResourceId};

/// A digest or an HMAC of what is not all there yet.
struct OpenHasher(Mutex<Hasher>);

impl Resource for OpenHasher {
    fn name(&self) -> &'static str {
        "hash"
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

const GONE: Failure = Failure::Operation("the hash was left unfinished for too long");

/// Iterations that one step makes: about half a millisecond.
const MOST_ITERATIONS: u32 = 500;

/// By its name in Node.js.
impl<'s> FromV8<'s> for HashName {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        Self::of(&String::from_v8(scope, value)?).ok_or(ArgumentError::Invalid("unknown hash function"))
    }
}

/// With a key it is HMAC.
fn begin(name: HashName, key: Option<Vec<u8>>) -> Hasher {
    match key {
        Some(key) => Hasher::hmac(name, &Zeroizing::new(key)),
        None => Hasher::digest(name),
    }
}

/// `hashKnows(name)`: whether there is such a function.
pub(crate) fn knows<'s>(
    _scope: &mut v8::PinScope<'s, '_>,
    (name,): (Option<HashName>,),
    mut result: v8::ReturnValue<'s>,
) {
    result.set_bool(name.is_some());
}

/// `hashOnce(name, key, data)`: the digest of all of it, or the tag if there is a key.
pub(crate) fn once<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (name, key, data): (HashName, Option<Vec<u8>>, v8::Local<'s, v8::ArrayBufferView>),
    mut result: v8::ReturnValue<'s>,
) {
    let mut hasher = begin(name, key);
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    hasher.update(data.get_contents(&mut storage));
    give(scope, &mut result, &Ok(Output::Bytes(hasher.finish())));
}

/// `hashNew(name, key)`: a handle.
pub(crate) fn open<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (name, key): (HashName, Option<Vec<u8>>),
    mut result: v8::ReturnValue<'s>,
) {
    hold(scope, begin(name, key), &mut result);
}

/// `hashClone(handle)`: another, with the same so far.
pub(crate) fn clone<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle,): (ResourceId,),
    mut result: v8::ReturnValue<'s>,
) {
    match with(scope, handle, |hasher| hasher.clone()) {
        Ok(copy) => hold(scope, copy, &mut result),
        Err(failure) => give(scope, &mut result, &Err(failure)),
    }
}

/// `hashPush(handle, data, start, end)`: true.
pub(crate) fn push<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle, data, start, end): (ResourceId, v8::Local<'s, v8::ArrayBufferView>, usize, usize),
    mut result: v8::ReturnValue<'s>,
) {
    let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
    let data = data.get_contents(&mut storage).get(start..end).unwrap_or_default();
    let pushed = with(scope, handle, |hasher| hasher.update(data));
    give(scope, &mut result, &pushed.map(|()| Output::Truth(true)));
}

/// `hashFinish(handle)`: the digest, or the tag; the handle is none any more.
pub(crate) fn finish<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle,): (ResourceId,),
    mut result: v8::ReturnValue<'s>,
) {
    let finished = with(scope, handle, |hasher| hasher.clone().finish());
    let request = current_request::get(scope);
    if let Some((table, _)) = IsolateState::of(scope).find_resource::<OpenHasher>(request, handle) {
        table.close(handle);
    }
    give(scope, &mut result, &finished.map(Output::Bytes));
}

fn hold<'s>(scope: &mut v8::PinScope<'s, '_>, hasher: Hasher, result: &mut v8::ReturnValue<'s>) {
    let request = current_request::get(scope);
    let table = IsolateState::of(scope).resources_of(request);
    match table.and_then(|table| table.add(Arc::new(OpenHasher(Mutex::new(hasher))), None).ok()) {
        Some(handle) => result.set_double(handle.as_number()),
        None => give(scope, result, &Err(Failure::Operation("too many hashes are open"))),
    }
}

fn with<T>(
    scope: &mut v8::PinScope<'_, '_>,
    handle: ResourceId,
    f: impl FnOnce(&mut Hasher) -> T,
) -> Result<T, Failure> {
    let request = current_request::get(scope);
    let open = IsolateState::of(scope).find_resource::<OpenHasher>(request, handle);
    open.map(|(_, open)| f(&mut open.0.lock())).ok_or(GONE)
}

/// `pbkdf2Step(name, key, last, sum, times)`: the last output and the sum of all after so many iterations more, one behind
/// the other. There are 500 at most.
pub(crate) fn pbkdf2<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (name, key, last, sum, times): (HashName, Vec<u8>, Vec<u8>, Vec<u8>, u32),
    mut result: v8::ReturnValue<'s>,
) {
    let (key, mut last, mut sum) = (Zeroizing::new(key), last, sum);
    Hasher::hmac(name, &key).iterate(&mut last, &mut sum, times.min(MOST_ITERATIONS));
    last.extend_from_slice(&sum);
    give(scope, &mut result, &Ok(Output::Bytes(last)));
}

impl<'s> FromV8<'s> for Raw {
    fn from_v8(
        scope: &mut v8::PinScope<'s, '_>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<Self, ArgumentError> {
        match String::from_v8(scope, value)?.as_str() {
            "cbc" => Ok(Self::Cbc),
            "ctr" => Ok(Self::Ctr),
            "ecb" => Ok(Self::Ecb),
            _ => Err(ArgumentError::Invalid("unknown mode")),
        }
    }
}

/// `cipherStep(mode, key, decrypts, iv, data)`: whole blocks, without padding.
pub(crate) fn cipher<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (mode, key, direction, iv, data): (Raw, Vec<u8>, Direction, [u8; 16], Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let output = raw(mode, direction, &Secret::new(key), iv, data);
    give(scope, &mut result, &output.map(Output::Bytes));
}

/// `gcmTag(key, iv, additional, data)`: the tag of what is encrypted, with the first counter behind it.
pub(crate) fn gcm_tag<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (key, iv, additional, data): (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let tag = crate::crypto::aes::gcm_tag(&Secret::new(key), &iv, &additional, &data);
    give(scope, &mut result, &tag.map(|(tag, first)| Output::Bytes([tag, first].concat())));
}
