//! What a turn is made of: the task, the queue that it waits in, the locked isolate, the thread that is watched meanwhile.

pub(crate) mod conduct;
pub(crate) mod finished_code;
pub(crate) mod outbox;
pub(crate) mod task;
pub(crate) mod task_state;
pub(crate) mod thread_slot;
pub(crate) mod turn;
pub(crate) mod turn_queue;
pub(crate) mod turn_waits;
