//! Addresses of host functions, for snapshots.

use std::ptr;

/// The addresses of the host functions and texts that a snapshot refers to, in an order that must be the same when it is
/// built and when it is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExternalReferences(&'static [v8::ExternalReference]);

// SAFETY: the slice is immutable and holds addresses of functions and static texts, which are the same on every thread.
unsafe impl Send for ExternalReferences {}
// SAFETY: as above.
unsafe impl Sync for ExternalReferences {}

impl ExternalReferences {
    /// Keeps the list for the rest of the process. To be called once, not per isolate. A string that V8 was given one of
    /// `texts` for refers to it in isolates from the snapshot too; the text of any other is copied.
    pub fn new(
        functions: impl IntoIterator<Item = v8::ExternalReference>,
        texts: impl IntoIterator<Item = &'static v8::OneByteConst>,
    ) -> Self {
        let texts = texts
            .into_iter()
            .map(|text| v8::ExternalReference { pointer: ptr::from_ref(text).cast_mut().cast() });
        let mut references: Vec<_> = functions.into_iter().chain(texts).collect();
        // V8 wants the list to end with a null pointer; with one in place the `v8` crate does not copy it.
        references.push(v8::ExternalReference { pointer: ptr::null_mut() });
        Self(references.leak())
    }

    /// The list with its terminating null.
    pub(crate) fn as_slice(self) -> &'static [v8::ExternalReference] {
        self.0
    }
}
