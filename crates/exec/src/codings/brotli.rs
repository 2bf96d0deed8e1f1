//! Brotli (RFC 7932). Windows larger than its 16 MiB are an extension, which nobody here reads or writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use brotli::enc::StandardAlloc;
use brotli::enc::combined_alloc::BrotliAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct};
use brotli::{Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper};

use super::{Coder, Corrupt, Step};

/// Of 0 to 11: what servers use for answers that they make on the fly. The memory for the best is ten times as much.
const QUALITY: u32 = 5;
/// log₂ of the window. A larger one takes memory and gains little for what a worker answers.
const WINDOW: u32 = 18;

/// The allocator of one coder: counts what it holds.
#[derive(Clone, Debug, Default)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl<T> Allocator<T> for Counted
where
    StandardAlloc: Allocator<T>,
{
    type AllocatedMemory = <StandardAlloc as Allocator<T>>::AllocatedMemory;

    fn alloc_cell(&mut self, length: usize) -> Self::AllocatedMemory {
        self.0.fetch_add(length * size_of::<T>(), Ordering::Relaxed);
        StandardAlloc::default().alloc_cell(length)
    }

    fn free_cell(&mut self, memory: Self::AllocatedMemory) {
        self.0.fetch_sub(size_of_val(memory.slice()), Ordering::Relaxed);
        StandardAlloc::default().free_cell(memory);
    }
}

impl BrotliAlloc for Counted {}

/// To brotli.
pub(super) struct Compressor {
    state: Box<BrotliEncoderStateStruct<Counted>>,
    memory: Counted,
}

impl Compressor {
    pub(super) fn new() -> Self {
        let memory = Counted::default();
        let mut state = Box::new(BrotliEncoderStateStruct::new(memory.clone()));
        state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_QUALITY, QUALITY);
        state.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, WINDOW);
        Self { state, memory }
    }
}

impl Coder for Compressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Corrupt> {
        let operation = match last {
            true => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            false => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        };
        let (mut input_left, mut output_left) = (input.len(), output.len());
        let (mut taken, mut written) = (0, 0);
        let succeeded = self.state.compress_stream(
            operation,
            &mut input_left,
            input,
            &mut taken,
            &mut output_left,
            output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        match succeeded {
            true => Ok(Step { taken, written, ended: self.state.is_finished() }),
            false => Err(Corrupt),
        }
    }

    fn memory(&self) -> usize {
        size_of::<BrotliEncoderStateStruct<Counted>>() + self.memory.bytes()
    }
}

type DecoderState = BrotliState<Counted, Counted, Counted>;

/// From brotli.
pub(super) struct Decompressor {
    state: Box<DecoderState>,
    memory: Counted,
}

impl Decompressor {
    pub(super) fn new() -> Self {
        let memory = Counted::default();
        let state = BrotliState::new_strict(memory.clone(), memory.clone(), memory.clone());
        Self { state: Box::new(state), memory }
    }
}

impl Coder for Decompressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], _last: bool) -> Result<Step, Corrupt> {
        let (mut input_left, mut output_left) = (input.len(), output.len());
        let (mut taken, mut written) = (0, 0);
        let result = BrotliDecompressStream(
            &mut input_left,
            &mut taken,
            input,
            &mut output_left,
            &mut written,
            output,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultSuccess => Ok(Step { taken, written, ended: true }),
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {
                Ok(Step { taken, written, ended: false })
            }
            BrotliResult::ResultFailure => Err(Corrupt),
        }
    }

    fn memory(&self) -> usize {
        size_of::<DecoderState>() + self.memory.bytes()
    }
}
