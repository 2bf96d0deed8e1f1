//! What an isolate holds: its heap, its buffers, native memory; and what of it is too much.

pub(crate) mod check;
pub(crate) mod gauges;
pub(crate) mod heap;
pub(crate) mod meter;
pub(crate) mod reservations;
pub(crate) mod type_section;
