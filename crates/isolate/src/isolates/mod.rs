//! Isolates: made, kept behind their lock, disposed.

pub(crate) mod deferred_destruction_queue;
pub(crate) mod disposal;
pub(crate) mod evaluate;
pub(crate) mod locker_managed_isolate;
pub(crate) mod snapshot;
pub(crate) mod spares;
