//! Digests.

use std::sync::Arc;

use aws_lc_rs::digest::Context;
use parking_lot::Mutex;

use super::outcome::{Work, give, perform};
use crate::crypto::{Failure, Hash, Output};
use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::resources::{Resource, ResourceId};

/// A digest of what is not all there yet; without one when it has been taken out.
struct OpenDigest(Mutex<Option<Context>>);

impl Resource for OpenDigest {
    fn name(&self) -> &'static str {
        "digest"
    }

    fn may_go_early(&self) -> bool {
        true
    }
}

const GONE: Failure = Failure::Operation("the digest was left unfinished for too long");

/// `cryptoDigest(operation, hash, data)`
pub(crate) fn digest<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (operation, hash, data): (u64, Hash, Vec<u8>),
    result: v8::ReturnValue<'s>,
) {
    let work = Work::on_bytes(data.len());
    perform(scope, result, operation, work, move || Ok(Output::Bytes(hash.digest(&data).as_ref().to_vec())));
}

/// `cryptoDigestNew(hash)`: a handle.
pub(crate) fn open<'s>(scope: &mut v8::PinScope<'s, '_>, (hash,): (Hash,), mut result: v8::ReturnValue<'s>) {
    let digest = Arc::new(OpenDigest(Mutex::new(Some(Context::new(hash.digest_algorithm())))));
    let request = current_request::get(scope);
    let table = IsolateState::of(scope).resources_of(request);
    match table.and_then(|table| table.add(digest, None).ok()) {
        Some(handle) => result.set_double(handle.as_number()),
        None => give(scope, &mut result, &Err(Failure::Operation("too many digests are open"))),
    }
}

/// `cryptoDigestPush(handle, data)`: true.
pub(crate) fn push<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle, data): (ResourceId, Vec<u8>),
    mut result: v8::ReturnValue<'s>,
) {
    let request = current_request::get(scope);
    let open = IsolateState::of(scope).find_resource::<OpenDigest>(request, handle);
    let pushed = open.and_then(|(_, open)| open.0.lock().as_mut().map(|digest| digest.update(&data)));
    give(scope, &mut result, &pushed.map(|()| Output::Truth(true)).ok_or(GONE));
}

/// `cryptoDigestFinish(handle)`: the digest; the handle is none any more.
pub(crate) fn finish<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (handle,): (ResourceId,),
    mut result: v8::ReturnValue<'s>,
) {
    let request = current_request::get(scope);
    let open = IsolateState::of(scope).find_resource::<OpenDigest>(request, handle);
    let finished = open.and_then(|(table, open)| {
        table.close(handle);
        open.0.lock().take().map(Context::finish)
    });
    give(scope, &mut result, &finished.map(|digest| Output::Bytes(digest.as_ref().to_vec())).ok_or(GONE));
}
