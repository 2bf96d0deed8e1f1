//! Zstandard (RFC 8878), to be read: one frame after another.

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::{Coder, Corrupt, Step};

/// log₂ of the largest window: the 8 MiB that every decoder should take (RFC 8878, 3.1.1.1.2), and no server should
/// exceed (RFC 9659).
const WINDOW: u32 = 23;

/// From zstd. It ends with each frame, and begins anew with the next.
pub(super) struct Decompressor(DCtx<'static>);

impl Decompressor {
    /// # Errors
    /// There is no memory for it.
    pub(super) fn new() -> Result<Self, Corrupt> {
        let mut context = DCtx::try_create().ok_or(Corrupt)?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW)).map_err(|_| Corrupt)?;
        Ok(Self(context))
    }
}

impl Coder for Decompressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], _last: bool) -> Result<Step, Corrupt> {
        let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
        let hint = self.0.decompress_stream(&mut output, &mut input).map_err(|_| Corrupt)?;
        let (taken, written) = (input.pos(), output.pos());
        Ok(Step { taken, written, ended: hint == 0 && (taken > 0 || written > 0) })
    }

    fn memory(&self) -> usize {
        self.0.sizeof()
    }
}
