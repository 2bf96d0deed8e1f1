//! DEFLATE (RFC 1951) by itself, in zlib's frame (RFC 1950) and in gzip's (RFC 1952).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Coder, Corrupt, Step};

/// log₂ of the largest window.
const WINDOW: u8 = 15;

/// What zlib-rs allocates, measured: the window and its hashes, or the window and the tables of codes.
const COMPRESSOR: usize = 384 << 10;
const DECOMPRESSOR: usize = 48 << 10;

/// To one of the three.
pub(super) struct Compressor(Compress);

impl Compressor {
    pub(super) fn raw() -> Self {
        Self(Compress::new(Compression::default(), false))
    }

    pub(super) fn zlib() -> Self {
        Self(Compress::new(Compression::default(), true))
    }

    pub(super) fn gzip() -> Self {
        Self(Compress::new_gzip(Compression::default(), WINDOW))
    }
}

impl Coder for Compressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Corrupt> {
        let before = (self.0.total_in(), self.0.total_out());
        let flush = if last { FlushCompress::Finish } else { FlushCompress::None };
        let status = self.0.compress(input, output, flush).map_err(|_| Corrupt)?;
        Ok(step(before, (self.0.total_in(), self.0.total_out()), status))
    }

    fn memory(&self) -> usize {
        COMPRESSOR
    }
}

/// From one of the three.
pub(super) struct Decompressor(Decompress);

impl Decompressor {
    pub(super) fn raw() -> Self {
        Self(Decompress::new(false))
    }

    pub(super) fn zlib() -> Self {
        Self(Decompress::new(true))
    }

    pub(super) fn gzip() -> Self {
        Self(Decompress::new_gzip(WINDOW))
    }
}

impl Coder for Decompressor {
    fn step(&mut self, input: &[u8], output: &mut [u8], _last: bool) -> Result<Step, Corrupt> {
        let before = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output, FlushDecompress::None).map_err(|_| Corrupt)?;
        Ok(step(before, (self.0.total_in(), self.0.total_out()), status))
    }

    fn memory(&self) -> usize {
        DECOMPRESSOR
    }
}

fn step(before: (u64, u64), after: (u64, u64), status: Status) -> Step {
    // Both are lengths of slices.
    let (taken, written) = ((after.0 - before.0) as usize, (after.1 - before.1) as usize);
    Step { taken, written, ended: status == Status::StreamEnd }
}
