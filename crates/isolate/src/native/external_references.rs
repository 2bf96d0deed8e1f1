//! Addresses of host functions, for snapshots.

use std::ptr;

/// The addresses of the host functions that a snapshot refers to, in an order that must be the same when it is
/// built and when it is used.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExternalReferences(&'static [v8::ExternalReference]);

// SAFETY: the slice is immutable and holds addresses of functions, which are the same on every thread.
unsafe impl Send for ExternalReferences {}
// SAFETY: as above.
unsafe impl Sync for ExternalReferences {}

impl ExternalReferences {
    /// Keeps `functions` for the rest of the process. To be called once, not per isolate.
    pub fn new(functions: impl IntoIterator<Item = v8::FunctionCallback>) -> Self {
        let mut references: Vec<_> =
            functions.into_iter().map(|function| v8::ExternalReference { function }).collect();
        // V8 wants the list to end with a null pointer; with one in place the `v8` crate does not copy it.
        references.push(v8::ExternalReference { pointer: ptr::null_mut() });
        Self(references.leak())
    }

    /// The list with its terminating null.
    pub(crate) fn as_slice(self) -> &'static [v8::ExternalReference] {
        self.0
    }
}
