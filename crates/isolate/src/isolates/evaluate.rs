//! What safe code may do with an entered isolate.

use crate::native::EnteredIsolate;

/// Why [`EnteredIsolate::evaluate`] has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The source is longer than a string of V8 can be.
    #[error("the source is too long")]
    TooLong,
    /// It could not be compiled, or threw. The exception, as text.
    #[error("{0}")]
    Exception(String),
    /// It was stopped by a limit.
    #[error("terminated")]
    Terminated,
}

impl EnteredIsolate {
    /// Evaluates `source` as a classic script in a new context, and runs the microtasks that follow from it. The result
    /// is what `String()` makes of the value of the script, and as large as that.
    ///
    /// A new context costs a few tenths of a millisecond. It has what the isolate's snapshot gives every context.
    ///
    /// # Errors
    /// [`EvaluationError`].
    pub fn evaluate(&mut self, source: &str) -> Result<String, EvaluationError> {
        v8::scope!(let scope, self.inner());
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        v8::tc_scope!(let scope, scope);
        let source = v8::String::new(scope, source).ok_or(EvaluationError::TooLong)?;
        let text = v8::Script::compile(scope, source, None)
            .and_then(|script| script.run(scope))
            .and_then(|value| value.to_string(scope));
        if let Some(text) = text {
            let text = text.to_rust_string_lossy(scope);
            scope.perform_microtask_checkpoint();
            return Ok(text);
        }
        if scope.has_terminated() {
            return Err(EvaluationError::Terminated);
        }
        let exception = scope.exception().and_then(|exception| exception.to_string(scope));
        let text = exception.map(|text| text.to_rust_string_lossy(scope));
        Err(EvaluationError::Exception(text.unwrap_or_else(|| "an exception without a text".into())))
    }

    /// What V8 says of the isolate's memory.
    pub fn heap_statistics(&mut self) -> v8::HeapStatistics {
        self.inner().get_heap_statistics()
    }

    /// What V8 says of each space of the isolate's heap.
    pub fn heap_spaces(&mut self) -> Vec<v8::HeapSpaceStatistics> {
        let isolate = self.inner();
        (0..isolate.number_of_heap_spaces())
            .filter_map(|index| isolate.get_heap_space_statistics(index))
            .collect()
    }

    /// Collects all garbage: milliseconds.
    pub fn collect_garbage(&mut self) {
        self.inner().low_memory_notification();
    }
}
